"""The NVIDIA GPU operator: a ConfigMap with a mig-parted file, and the label that chooses from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mig_explorer.formats import mig_parted
from mig_explorer.formats.device_plugin import why_not_in_kubernetes
from mig_explorer.formats.document import Document, Export, Format, Where
from mig_explorer.formats.kubernetes_names import NODE, configuration_name
from mig_explorer.formats.mig_devices import counted, mig_devices
from mig_explorer.formats.yaml_text import yaml_text

if TYPE_CHECKING:
    from mig_explorer.layouts import Layout

CONFIG_MAP = "custom-mig-config"
NAMESPACE = "gpu-operator"


def write(layout: Layout, where: Where) -> Export:
    """Write the ConfigMap, the chart's values that point to it, and the commands for a cluster that runs.

    Notes
    -----
    Source: the GPU operator's documentation (MIG, custom configuration) and its chart's templates: the key
    ``config.yaml``, and ``all-disabled`` as what a node without a label gets.

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> print(write(Layout(gpu("A30")).place("2g.12gb"), Where()).documents[0].text)
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
          '1x2g.12gb':
          - devices:
            - 0
            mig-enabled: true
            mig-devices:
              '2g.12gb': 1
    <BLANKLINE>
    """
    plain = mig_parted.write(layout, where)
    why = why_not_in_kubernetes(layout)
    if why or not plain.documents:
        return Export((), (why,) if why else plain.notes)
    counts = counted(mig_devices(layout))
    name = configuration_name(counts)
    entry = {"devices": [where.gpu_index], "mig-enabled": True, "mig-devices": dict(counts)}
    file = {
        "version": "v1",
        "mig-configs": {"all-disabled": [{"devices": "all", "mig-enabled": False}], name: [entry]},
    }
    settings = {"mig": {"strategy": "mixed"}, "migManager": {"config": {"name": CONFIG_MAP}}}
    documents = (
        Document("mig-configmap.yaml", "yaml", _config_map(yaml_text(file))),
        Document("helm-values.yaml", "yaml", yaml_text(settings)),
        Document("gpu-operator.sh", "bash", _commands(name, settings, where)),
    )
    notes = [
        "helm-values.yaml is for installing the operator, gpu-operator.sh for one that runs.",
        f"The label divides GPU {where.gpu_index} of its node; with devices: all it would be every GPU.",
        "The operator first stops what uses the GPU; nvidia.com/mig.config.state says how it went.",
        "The way back is the label nvidia.com/mig.config=all-disabled; a node without a label gets that too.",
        "Where a GPU cannot be reset, as in many clouds, set WITH_REBOOT to true in migManager.env.",
        f"The operator is taken to be in the namespace {NAMESPACE}, its ClusterPolicy to be cluster-policy.",
    ]
    if not where.node:
        notes.append(f"{NODE} stands for the node's name.")
    notes += [each for each in plain.notes if "mig-parted.yaml" not in each]
    return Export(documents, tuple(notes))


def _config_map(file: str) -> str:
    return yaml_text(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": CONFIG_MAP, "namespace": NAMESPACE},
            "data": {"config.yaml": file},
        }
    )


def _commands(name: str, settings: dict[str, Any], where: Where) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail
node={where.node or NODE}
kubectl apply -f mig-configmap.yaml
kubectl patch clusterpolicies.nvidia.com/cluster-policy --type=merge \\
  -p '{json.dumps({"spec": settings})}'
kubectl label node "$node" nvidia.com/mig.config={name} --overwrite
kubectl get node "$node" -L nvidia.com/mig.config -L nvidia.com/mig.config.state
"""


FORMAT = Format(
    name="gpu-operator",
    title="GPU operator",
    order=30,
    about="The NVIDIA GPU operator reads it, and divides the GPUs of a Kubernetes node with a label.",
    write=write,
)
