from __future__ import annotations

from mig_explorer.formats import Where, write_layout
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout, preset_layouts
from tests.formats.kubernetes import validated

A100 = gpu("A100-SXM4-40GB")
MIXED = parse_layout(A100, "1g.5gb@0 1g.5gb@1 1g.5gb+me@2 3g.20gb@4")
SEVEN = preset_layouts(A100)["7 × 1g"]

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: mig-{name}
spec:
  restartPolicy: Never
{selector}  containers:
  - name: cuda
    image: ubuntu:24.04
    command:
    - nvidia-smi
    - -L
    resources:
      limits:
        {resource}: 1
"""
NOTE_ON_IMAGE = (
    "Each container prints its MIG device and ends: put your own image for ubuntu:24.04, and your command. "
    "The driver's files, nvidia-smi among them, come from the node."
)
NOTE_ON_TAINTS = "If GPU nodes are tainted, the Pods need the matching tolerations."


def pod(name: str, resource: str, selector: str = "") -> str:
    return POD.format(
        name=name, resource=resource, selector=selector and f"  nodeSelector:\n    {selector}\n"
    )


def test_each_kind_of_slice_has_a_pod_under_the_strategy_mixed() -> None:
    export = write_layout(MIXED, "pods")
    (document,) = export.documents
    assert (document.filename, document.language) == ("pods-mixed.yaml", "yaml")
    assert document.text == "---\n".join(
        [
            pod("3g-20gb", "nvidia.com/mig-3g.20gb"),
            pod("1g-5gb-me", "nvidia.com/mig-1g.5gb.me"),
            pod("1g-5gb", "nvidia.com/mig-1g.5gb"),
        ]
    )
    assert export.notes == (
        "pods-mixed.yaml is for the device plugin's strategy mixed.",
        (
            "A GPU has room for 1 nvidia.com/mig-3g.20gb, 1 nvidia.com/mig-1g.5gb.me, 2 "
            "nvidia.com/mig-1g.5gb at once."
        ),
        "The strategy single cannot offer MIG devices that differ, so there is no Pod for it.",
        NOTE_ON_IMAGE,
        NOTE_ON_TAINTS,
    )
    assert [each["kind"] for each in validated(document.text)] == ["Pod"] * 3


def test_slices_that_are_alike_have_a_pod_under_the_strategy_single_too() -> None:
    export = write_layout(SEVEN, "pods")
    mixed, single = export.documents
    assert mixed.text == pod("1g-5gb", "nvidia.com/mig-1g.5gb")
    assert single.filename == "pods-single.yaml"
    assert single.text == pod(
        "1g-5gb", "nvidia.com/gpu", "nvidia.com/gpu.product: NVIDIA-A100-SXM4-40GB-MIG-1g.5gb"
    )
    assert export.notes[2] == (
        "pods-single.yaml is for the strategy single, where a slice is a nvidia.com/gpu like any other: "
        "the label nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB-MIG-1g.5gb, which GPU feature discovery "
        "sets, leads to it."
    )
    validated(mixed.text)
    validated(single.text)


def test_a_node_that_is_known_is_chosen_by_its_name() -> None:
    export = write_layout(SEVEN, "pods", Where(node="n1"))
    assert export.documents[0].text == pod("1g-5gb", "nvidia.com/mig-1g.5gb", "kubernetes.io/hostname: n1")
    assert export.documents[1].text == pod("1g-5gb", "nvidia.com/gpu", "kubernetes.io/hostname: n1")
    assert export.notes[2] == (
        "pods-single.yaml is for the strategy single, where a slice is a nvidia.com/gpu like any other: "
        "the node's name leads to it."
    )


def test_a_name_that_is_a_number_stays_a_text() -> None:
    (found,) = validated(write_layout(MIXED, "pods", Where(node="10")).documents[0].text)[:1]
    assert found["spec"]["nodeSelector"] == {"kubernetes.io/hostname": "10"}


def test_what_cannot_be_offered_has_no_pod() -> None:
    divided = write_layout(parse_layout(A100, "2g.10gb@0[1c@0+1c@1]"), "pods")
    assert divided.documents == ()
    assert divided.notes == (
        (
            "NVIDIA's device plugin and DRA driver know only MIG devices that fill their GPU instance, so "
            "they cannot offer 1c.2g.10gb."
        ),
    )
    without = write_layout(Layout(gpu("RTX-4090")), "pods")
    assert (without.documents, without.notes) == (
        (),
        ("RTX-4090 has no MIG, so there is no slice of it to hand out.",),
    )


def test_a_gpu_instance_on_which_nothing_runs_is_left_out_and_said() -> None:
    export = write_layout(parse_layout(A100, "3g.20gb@0[] 3g.20gb@4"), "pods")
    assert len(validated(export.documents[0].text)) == 1
    assert export.notes[-1] == (
        "Left out, because no program can run there without a compute instance: 3g.20gb@0."
    )
