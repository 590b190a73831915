from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mig_explorer.formats import Where, mig_parted, write_layout
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, layouts, parse_layout
from tests.formats.fake_tools import check_syntax, run_script
from tests.formats.kubernetes import validated

A100 = gpu("A100-SXM4-40GB")
CLASSIC = ("1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb")
MIXED = parse_layout(A100, "1g.5gb@0 1g.5gb+me@1 2g.10gb@2 3g.20gb@4")

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: custom-mig-config
  namespace: gpu-operator
data:
  config.yaml: |
    version: v1
    mig-configs:
      all-disabled:
      - devices: all
        mig-enabled: false
      '1x3g.20gb-1x2g.10gb-1x1g.5gb.me-1x1g.5gb':
      - devices:
        - 1
        mig-enabled: true
        mig-devices:
          '3g.20gb': 1
          '2g.10gb': 1
          '1g.5gb+me': 1
          '1g.5gb': 1
"""
VALUES = """\
mig:
  strategy: mixed
migManager:
  config:
    name: custom-mig-config
"""
SCRIPT = """\
#!/usr/bin/env bash
set -euo pipefail
node=n1
kubectl apply -f mig-configmap.yaml
kubectl patch clusterpolicies.nvidia.com/cluster-policy --type=merge \\
  -p '{"spec": {"mig": {"strategy": "mixed"}, "migManager": {"config": {"name": "custom-mig-config"}}}}'
kubectl label node "$node" nvidia.com/mig.config=1x3g.20gb-1x2g.10gb-1x1g.5gb.me-1x1g.5gb --overwrite
kubectl get node "$node" -L nvidia.com/mig.config -L nvidia.com/mig.config.state
"""


def test_the_documents_and_notes_in_full() -> None:
    export = write_layout(MIXED, "gpu-operator", Where(gpu_index=1, node="n1"))
    assert [(each.filename, each.language, each.text) for each in export.documents] == [
        ("mig-configmap.yaml", "yaml", CONFIG_MAP),
        ("helm-values.yaml", "yaml", VALUES),
        ("gpu-operator.sh", "bash", SCRIPT),
    ]
    assert export.notes[:6] == (
        "helm-values.yaml is for installing the operator, gpu-operator.sh for one that runs.",
        "The label divides GPU 1 of its node; with devices: all it would be every GPU.",
        "The operator first stops what uses the GPU; nvidia.com/mig.config.state says how it went.",
        "The way back is the label nvidia.com/mig.config=all-disabled; a node without a label gets that too.",
        "Where a GPU cannot be reset, as in many clouds, set WITH_REBOOT to true in migManager.env.",
        "The operator is taken to be in the namespace gpu-operator, its ClusterPolicy to be cluster-policy.",
    )
    # What mig-parted does not carry, the operator does not carry.
    assert set(export.notes[6:]) < set(mig_parted.write(MIXED, Where(gpu_index=1)).notes)
    assert any("Starts are not carried" in note for note in export.notes)


def test_a_node_whose_name_is_unknown_has_a_stand_in_that_is_said() -> None:
    export = write_layout(MIXED, "gpu-operator")
    assert "node=gpu-node\n" in export.documents[2].text
    assert "gpu-node stands for the node's name." in export.notes


def test_kubernetes_and_mig_parted_accept_the_config_map() -> None:
    (config_map,) = validated(write_layout(MIXED, "gpu-operator").documents[0].text)
    file = config_map["data"]["config.yaml"]
    assert mig_parted.config_names(file) == ("all-disabled", "1x3g.20gb-1x2g.10gb-1x1g.5gb.me-1x1g.5gb")
    assert mig_parted.read(A100, file, "all-disabled") == Layout(A100)


@pytest.mark.parametrize(("name", "profiles"), [("A30", None), ("A100-SXM4-40GB", CLASSIC)])
def test_the_file_in_the_config_map_asks_for_the_devices_of_the_layout(
    name: str, profiles: tuple[str, ...] | None
) -> None:
    board, written = gpu(name), 0
    every = layouts(board, profiles)
    for layout in every:
        export = write_layout(layout, "gpu-operator")
        assert bool(export.documents) == bool(mig_parted.write(layout, Where()).documents)
        if not export.documents:  # mig-parted gives no starts, and cannot make this one
            continue
        written += 1
        file = yaml.safe_load(export.documents[0].text)["data"]["config.yaml"]
        again = mig_parted.read(board, file, mig_parted.config_names(file)[1])
        assert sorted(each.profile.name for each in again.instances) == sorted(
            each.profile.name for each in layout.instances
        )
    assert written > len(every) / 2


def test_the_script_patches_the_policy_and_labels_the_node(tmp_path: Path) -> None:
    script = write_layout(MIXED, "gpu-operator", Where(node="n1")).documents[2].text
    check_syntax(script)
    calls = run_script(script, tmp_path, "kubectl")
    assert [call[1] for call in calls] == ["apply", "patch", "label", "get"]
    assert yaml.safe_load(calls[1][-1]) == {"spec": yaml.safe_load(VALUES)}
    assert calls[2] == [
        "kubectl",
        "label",
        "node",
        "n1",
        "nvidia.com/mig.config=1x3g.20gb-1x2g.10gb-1x1g.5gb.me-1x1g.5gb",
        "--overwrite",
    ]


def test_what_the_device_plugin_could_not_offer_is_not_written() -> None:
    export = write_layout(parse_layout(A100, "2g.10gb@0[1c@0+1c@1]"), "gpu-operator")
    assert export.documents == ()
    assert export.notes == (
        (
            "NVIDIA's device plugin and DRA driver know only MIG devices that fill their GPU instance, so "
            "they cannot offer 1c.2g.10gb."
        ),
    )


def test_a_board_without_mig_says_so() -> None:
    export = write_layout(Layout(gpu("L4")), "gpu-operator")
    assert export.documents == ()
    assert export.notes == ("L4 has no MIG, so mig-parted has nothing to do on it.",)
