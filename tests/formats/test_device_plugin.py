from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mig_explorer.formats import Where, write_layout
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, parse_layout, preset_layouts
from tests.formats.fake_tools import check_syntax, run_script

A100 = gpu("A100-SXM4-40GB")
MIXED = parse_layout(A100, "1g.5gb@0 1g.5gb+me@1 2g.10gb@2 3g.20gb@4")
SEVEN = preset_layouts(A100)["7 × 1g"]

MIXED_FILE = """\
version: v1
flags:
  migStrategy: mixed
"""
TIME_SLICING = """\
version: v1
flags:
  migStrategy: mixed
sharing:
  timeSlicing:
    renameByDefault: true
    failRequestsGreaterThanOne: true
    resources:
    - name: nvidia.com/mig-3g.20gb
      replicas: 2
    - name: nvidia.com/mig-2g.10gb
      replicas: 2
    - name: nvidia.com/mig-1g.5gb.me
      replicas: 2
    - name: nvidia.com/mig-1g.5gb
      replicas: 2
"""
SCRIPT = """\
#!/usr/bin/env bash
set -euo pipefail
node=gpu-node
# All files go into one ConfigMap; a node's label says which of them counts there.
kubectl create namespace nvidia-device-plugin --dry-run=client -o yaml | kubectl apply -f -
kubectl create configmap nvidia-plugin-configs --namespace nvidia-device-plugin \\
  --from-file=mixed=device-plugin-mixed.yaml \\
  --from-file=time-slicing=device-plugin-time-slicing.yaml \\
  --dry-run=client -o yaml | kubectl apply -f -
helm upgrade --install nvdp nvdp/nvidia-device-plugin --namespace nvidia-device-plugin \\
  --set gfd.enabled=true --set config.name=nvidia-plugin-configs --set config.default=mixed
kubectl label node "$node" nvidia.com/device-plugin.config=mixed --overwrite
"""


def texts(layout: Layout, where: Where | None = None) -> dict[str, str]:
    export = write_layout(layout, "device-plugin", where or Where())
    return {each.filename: each.text for each in export.documents}


def check_configuration(text: str) -> dict[str, Any]:
    """Raise unless a file has what the device plugin knows, and nothing else."""
    data: dict[str, Any] = yaml.safe_load(text)
    assert set(data) <= {"version", "flags", "sharing"}
    assert data["version"] == "v1"
    assert set(data["flags"]) == {"migStrategy"}
    assert data["flags"]["migStrategy"] in {"none", "single", "mixed"}
    sharing = data.get("sharing", {})
    assert len(sharing) <= 1, "time slicing and MPS exclude each other"
    for kind, settings in sharing.items():
        only = {"failRequestsGreaterThanOne"} if kind == "timeSlicing" else set()
        assert kind in {"timeSlicing", "mps"}
        assert set(settings) == {"renameByDefault", "resources"} | only
        assert settings["resources"], "the plugin does not start with an empty list"
        for each in settings["resources"]:
            assert set(each) == {"name", "replicas"}
            assert each["replicas"] >= 2
            if kind == "mps":
                assert (each["name"], data["flags"]["migStrategy"]) == ("nvidia.com/gpu", "none")
    return data


def test_devices_that_differ_need_the_strategy_mixed() -> None:
    export = write_layout(MIXED, "device-plugin")
    assert [(each.filename, each.language, each.text) for each in export.documents] == [
        ("device-plugin-mixed.yaml", "yaml", MIXED_FILE),
        ("device-plugin-time-slicing.yaml", "yaml", TIME_SLICING),
        ("device-plugin.sh", "bash", SCRIPT),
    ]
    assert export.notes == (
        (
            "mixed offers 1 nvidia.com/mig-3g.20gb, 1 nvidia.com/mig-2g.10gb, 1 nvidia.com/mig-1g.5gb.me, "
            "1 nvidia.com/mig-1g.5gb a GPU."
        ),
        (
            "There is no file for the strategy single: it wants MIG devices that are all alike, and here are "
            "3g.20gb, 2g.10gb, 1g.5gb+me, 1g.5gb."
        ),
        (
            "time-slicing hands each MIG device to 2 containers in turn, as nvidia.com/mig-3g.20gb.shared "
            "for example: they share its memory, and a fault in one ends all. 2 is a choice; change replicas."
        ),
        "MPS is missing because the device plugin refuses it on MIG devices.",
        "device-plugin.sh takes mixed for every node; the other file waits for a node with its label.",
        "Helm has to know the device plugin's charts under the name nvdp.",
        "Under the GPU operator, hand the same ConfigMap to devicePlugin.config.name instead.",
        "gpu-node stands for the node's name.",
    )


def test_devices_that_are_alike_can_be_offered_as_whole_gpus_too() -> None:
    export = write_layout(SEVEN, "device-plugin", Where(node="n1"))
    assert [each.filename for each in export.documents] == [
        "device-plugin-mixed.yaml",
        "device-plugin-single.yaml",
        "device-plugin-time-slicing.yaml",
        "device-plugin.sh",
    ]
    assert export.documents[1].text == MIXED_FILE.replace("mixed", "single")
    assert "node=n1\n" in export.documents[3].text
    assert export.notes[1] == (
        "single offers each 1g.5gb as nvidia.com/gpu, 7 a GPU; every GPU of the node has to be divided like "
        "this one."
    )
    assert export.notes[-1] != "gpu-node stands for the node's name."


def test_two_sizes_of_one_compute_share_are_not_alike() -> None:
    layout = parse_layout(A100, "1g.5gb@0 1g.5gb+me@1")
    assert "device-plugin-single.yaml" not in texts(layout)


@pytest.mark.parametrize("board", [each for each in gpus() if not each.has_mig], ids=lambda each: each.name)
def test_a_board_without_mig_can_be_shared_by_time_slicing_and_mps(board: Any) -> None:
    export = write_layout(Layout(board), "device-plugin")
    assert [each.filename for each in export.documents] == [
        "device-plugin-time-slicing.yaml",
        "device-plugin-mps.yaml",
        "device-plugin.sh",
    ]
    shared = [check_configuration(each.text)["sharing"] for each in export.documents[:2]]
    assert shared == [
        {
            "timeSlicing": {
                "renameByDefault": True,
                "failRequestsGreaterThanOne": True,
                "resources": [{"name": "nvidia.com/gpu", "replicas": 4}],
            }
        },
        {"mps": {"renameByDefault": True, "resources": [{"name": "nvidia.com/gpu", "replicas": 4}]}},
    ]
    assert export.notes[:3] == (
        f"{board.name} has no MIG: what can be offered is the whole GPU to several containers at once.",
        (
            "time-slicing hands the GPU to 4 containers in turn, as nvidia.com/gpu.shared: they share its "
            "memory, and a fault in one ends all. 4 is a choice; change replicas."
        ),
        (
            "MPS gives each of 4 containers an equal share of the compute and of the memory, and no "
            "protection from each other's faults; the device plugin calls it experimental."
        ),
    )


def test_what_is_unknown_of_gb10_is_said() -> None:
    assert (
        "NVML does not say how much memory a GB10 has: the device plugin starts there from v0.17.4 on, and "
        "whether its MPS can limit memory there is unknown."
    ) in write_layout(Layout(gpu("GB10")), "device-plugin").notes
    assert not any("NVML" in note for note in write_layout(Layout(gpu("T4")), "device-plugin").notes)


@pytest.mark.parametrize("board", [each for each in gpus() if each.has_mig], ids=lambda each: each.name)
def test_every_file_has_what_the_plugin_knows_and_nothing_else(board: Any) -> None:
    for layout in preset_layouts(board).values():
        files = texts(layout)
        for name, text in files.items():
            if name.endswith(".yaml"):
                check_configuration(text)
        assert len(files) in {3, 4}


def test_the_script_installs_every_file_and_labels_the_node(tmp_path: Path) -> None:
    script = texts(MIXED)["device-plugin.sh"]
    check_syntax(script)
    calls = run_script(script, tmp_path, "kubectl", "helm")
    assert sorted(calls, key=lambda call: call[:3]) == [
        [
            "helm",
            "upgrade",
            "--install",
            "nvdp",
            "nvdp/nvidia-device-plugin",
            "--namespace",
            "nvidia-device-plugin",
            "--set",
            "gfd.enabled=true",
            "--set",
            "config.name=nvidia-plugin-configs",
            "--set",
            "config.default=mixed",
        ],
        ["kubectl", "apply", "-f", "-"],
        ["kubectl", "apply", "-f", "-"],
        [
            "kubectl",
            "create",
            "configmap",
            "nvidia-plugin-configs",
            "--namespace",
            "nvidia-device-plugin",
            "--from-file=mixed=device-plugin-mixed.yaml",
            "--from-file=time-slicing=device-plugin-time-slicing.yaml",
            "--dry-run=client",
            "-o",
            "yaml",
        ],
        ["kubectl", "create", "namespace", "nvidia-device-plugin", "--dry-run=client", "-o", "yaml"],
        ["kubectl", "label", "node", "gpu-node", "nvidia.com/device-plugin.config=mixed", "--overwrite"],
    ]


def test_what_the_plugin_does_not_know_is_not_written() -> None:
    export = write_layout(parse_layout(A100, "2g.10gb@0[1c@0+1c@1] 3g.20gb@4"), "device-plugin")
    assert export.documents == ()
    assert export.notes == (
        (
            "NVIDIA's device plugin and DRA driver know only MIG devices that fill their GPU instance, so "
            "they cannot offer 1c.2g.10gb."
        ),
    )


def test_an_empty_layout_has_nothing_to_offer() -> None:
    export = write_layout(Layout(A100), "device-plugin")
    assert (export.documents, export.notes) == (
        (),
        ("There is nothing to write yet: place an instance first.",),
    )
