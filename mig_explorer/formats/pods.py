"""Kubernetes Pods that ask the device plugin for a MIG device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.formats.device_plugin import why_not_in_kubernetes
from mig_explorer.formats.document import Document, Export, Format
from mig_explorer.formats.kubernetes_names import WHOLE_GPU, mig_resource, object_name, single_label
from mig_explorer.formats.mig_devices import counted, mig_devices, notes_on_devices, why_nothing
from mig_explorer.formats.yaml_text import yaml_text

if TYPE_CHECKING:
    from mig_explorer.formats.document import Where
    from mig_explorer.layouts import Layout

IMAGE = "ubuntu:24.04"
"""An image without CUDA in it: ``nvidia-smi`` comes from the node."""

COMMAND = ["nvidia-smi", "-L"]

NOTE_ON_IMAGE = (
    f"Each container prints its MIG device and ends: put your own image for {IMAGE}, and your command. The "
    "driver's files, nvidia-smi among them, come from the node."
)


def write(layout: Layout, where: Where) -> Export:
    """Write a Pod for each kind of MIG device, for the strategies mixed and single.

    Notes
    -----
    Source: README of NVIDIA's k8s-device-plugin; names of resources and labels from its source.

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> print(write(Layout(gpu("A30")).place("2g.12gb"), Where()).documents[0].text)
    apiVersion: v1
    kind: Pod
    metadata:
      name: mig-2g-12gb
    spec:
      restartPolicy: Never
      containers:
      - name: cuda
        image: ubuntu:24.04
        command:
        - nvidia-smi
        - -L
        resources:
          limits:
            nvidia.com/mig-2g.12gb: 1
    <BLANKLINE>
    """
    why = why_nothing(layout) or why_not_in_kubernetes(layout)
    if why:
        return Export((), (why,))
    counts = counted(mig_devices(layout))
    here = {"kubernetes.io/hostname": where.node} if where.node else {}
    mixed = [_pod(name, mig_resource(name), here) for name in counts]
    documents = [Document("pods-mixed.yaml", "yaml", yaml_text(*mixed))]
    room = ", ".join(f"{count} {mig_resource(name)}" for name, count in counts.items())
    notes = [
        "pods-mixed.yaml is for the device plugin's strategy mixed.",
        f"A GPU has room for {room} at once.",
    ]
    if len(counts) == 1:
        name = next(iter(counts))
        label, value = single_label(layout.gpu, name)
        single = _pod(name, WHOLE_GPU, here or {label: value})
        documents.append(Document("pods-single.yaml", "yaml", yaml_text(single)))
        how = (
            "the node's name"
            if where.node
            else f"the label {label}={value}, which GPU feature discovery sets,"
        )
        notes.append(
            f"pods-single.yaml is for the strategy single, where a slice is a {WHOLE_GPU} like any other: "
            f"{how} leads to it."
        )
    else:
        notes.append("The strategy single cannot offer MIG devices that differ, so there is no Pod for it.")
    notes.append(NOTE_ON_IMAGE)
    notes.append("If GPU nodes are tainted, the Pods need the matching tolerations.")
    return Export(tuple(documents), (*notes, *notes_on_devices(layout, where)))


def _pod(profile_name: str, resource: str, node_selector: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": object_name(profile_name)},
        "spec": {
            "restartPolicy": "Never",
            **({"nodeSelector": node_selector} if node_selector else {}),
            "containers": [
                {
                    "name": "cuda",
                    "image": IMAGE,
                    "command": COMMAND,
                    "resources": {"limits": {resource: 1}},
                }
            ],
        },
    }


FORMAT = Format(
    name="pods",
    title="Pods",
    order=50,
    about="Kubernetes runs it: a container on each kind of slice, through the device plugin.",
    write=write,
)
