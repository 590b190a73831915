"""Configuration of NVIDIA's Kubernetes device plugin: MIG strategies, time slicing and MPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.formats.document import Document, Export, Format
from mig_explorer.formats.kubernetes_names import NODE, WHOLE_GPU, mig_resource
from mig_explorer.formats.mig_devices import counted, divided, mig_devices, notes_on_devices, why_nothing
from mig_explorer.formats.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mig_explorer.formats.document import Where
    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import Layout

SHARERS_OF_A_SLICE = 2
"""Containers that a MIG device is handed to when it is time-sliced. A choice, to be changed."""

SHARERS_OF_A_GPU = 4
"""Containers that a whole GPU is handed to when it is shared. A choice, to be changed."""


def write(layout: Layout, where: Where) -> Export:
    """Write one configuration file a way of offering the layout, and the commands that install them.

    Without MIG there is no layout, and the files say how containers can share the whole GPU.

    Notes
    -----
    Source: README and source of NVIDIA's k8s-device-plugin.

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> export = write(Layout(gpu("A30")).place("2g.12gb"), Where())
    >>> print(export.documents[0].text)
    version: v1
    flags:
      migStrategy: mixed
    <BLANKLINE>
    """
    if not layout.gpu.has_mig:
        return _without_mig(layout.gpu, where)
    why = why_nothing(layout) or why_not_in_kubernetes(layout)
    if why:
        return Export((), (why,))
    counts = counted(mig_devices(layout))
    resources = [mig_resource(name) for name in counts]
    offered = ", ".join(f"{count} {mig_resource(name)}" for name, count in counts.items())
    files = {"mixed": _configuration("mixed")}
    notes = [f"mixed offers {offered} a GPU."]
    if len(counts) == 1:
        files["single"] = _configuration("single")
        name, count = next(iter(counts.items()))
        notes.append(
            f"single offers each {name} as {WHOLE_GPU}, {count} a GPU; every GPU of the node has to be "
            "divided like this one."
        )
    else:
        notes.append(
            "There is no file for the strategy single: it wants MIG devices that are all alike, and here are "
            f"{', '.join(counts)}."
        )
    files["time-slicing"] = _configuration("mixed", timeSlicing=_time_sliced(resources, SHARERS_OF_A_SLICE))
    notes.append(
        _on_time_slicing("each MIG device", SHARERS_OF_A_SLICE, f"{resources[0]}.shared for example")
    )
    notes.append("MPS is missing because the device plugin refuses it on MIG devices.")
    return _export(files, notes, layout, where)


def why_not_in_kubernetes(layout: Layout) -> str | None:
    """Return why NVIDIA's tools for Kubernetes cannot offer this layout, None if they can.

    Notes
    -----
    Source: NVIDIA/k8s-device-plugin issue 192, and ``AddDefaultResourcesToConfig`` in its source; the DRA
    driver looks only for compute instances that fill their GPU instance, too.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> print(why_not_in_kubernetes(Layout(gpu("A30")).place("2g.12gb").divide(0, "1c+1c")))
    NVIDIA's device plugin and DRA driver know only MIG devices that fill their GPU instance, so they cannot
    offer 1c.2g.12gb.
    """
    parts = divided(layout)
    if not parts:
        return None
    return (
        "NVIDIA's device plugin and DRA driver know only MIG devices that fill their GPU instance, so they "
        f"cannot offer {', '.join(parts)}."
    )


def _without_mig(gpu: Gpu, where: Where) -> Export:
    files = {
        "time-slicing": _configuration("none", timeSlicing=_time_sliced([WHOLE_GPU], SHARERS_OF_A_GPU)),
        "mps": _configuration("none", mps=_shared([WHOLE_GPU], SHARERS_OF_A_GPU)),
    }
    notes = [
        f"{gpu.name} has no MIG: what can be offered is the whole GPU to several containers at once.",
        _on_time_slicing("the GPU", SHARERS_OF_A_GPU, f"{WHOLE_GPU}.shared"),
        (
            f"MPS gives each of {SHARERS_OF_A_GPU} containers an equal share of the compute and of the "
            "memory, and no protection from each other's faults; the device plugin calls it experimental."
        ),
    ]
    if gpu.name == "GB10":
        notes.append(
            "NVML does not say how much memory a GB10 has: the device plugin starts there from v0.17.4 on, "
            "and whether its MPS can limit memory there is unknown."
        )
    return _export(files, notes, None, where)


def _configuration(strategy: str, **sharing: Mapping[str, Any]) -> str:
    shared = {"sharing": sharing} if sharing else {}
    return yaml_text({"version": "v1", "flags": {"migStrategy": strategy}, **shared})


def _shared(resources: Iterable[str], replicas: int) -> dict[str, Any]:
    listed = [{"name": name, "replicas": replicas} for name in resources]
    return {"renameByDefault": True, "resources": listed}


def _time_sliced(resources: Iterable[str], replicas: int) -> dict[str, Any]:
    shared = _shared(resources, replicas)
    return {"renameByDefault": True, "failRequestsGreaterThanOne": True, "resources": shared["resources"]}


def _on_time_slicing(what: str, replicas: int, resource: str) -> str:
    return (
        f"time-slicing hands {what} to {replicas} containers in turn, as {resource}: they share its memory, "
        f"and a fault in one ends all. {replicas} is a choice; change replicas."
    )


def _export(files: Mapping[str, str], notes: list[str], layout: Layout | None, where: Where) -> Export:
    documents = [Document(f"device-plugin-{name}.yaml", "yaml", text) for name, text in files.items()]
    default = next(iter(files))
    sources = " \\\n".join(f"  --from-file={name}=device-plugin-{name}.yaml" for name in files)
    script = f"""\
#!/usr/bin/env bash
set -euo pipefail
node={where.node or NODE}
# All files go into one ConfigMap; a node's label says which of them counts there.
kubectl create namespace nvidia-device-plugin --dry-run=client -o yaml | kubectl apply -f -
kubectl create configmap nvidia-plugin-configs --namespace nvidia-device-plugin \\
{sources} \\
  --dry-run=client -o yaml | kubectl apply -f -
helm upgrade --install nvdp nvdp/nvidia-device-plugin --namespace nvidia-device-plugin \\
  --set gfd.enabled=true --set config.name=nvidia-plugin-configs --set config.default={default}
kubectl label node "$node" nvidia.com/device-plugin.config={default} --overwrite
"""
    documents.append(Document("device-plugin.sh", "bash", script))
    notes.append(
        f"device-plugin.sh takes {default} for every node; the other file"
        f"{'s wait' if len(files) > 2 else ' waits'} for a node with its label."
    )
    notes.append("Helm has to know the device plugin's charts under the name nvdp.")
    notes.append("Under the GPU operator, hand the same ConfigMap to devicePlugin.config.name instead.")
    notes.extend(_on_node(where))
    notes.extend(() if layout is None else notes_on_devices(layout, where))
    return Export(tuple(documents), tuple(notes))


def _on_node(where: Where) -> tuple[str, ...]:
    return () if where.node else (f"{NODE} stands for the node's name.",)


FORMAT = Format(
    name="device-plugin",
    title="Device plugin",
    order=40,
    about="NVIDIA's Kubernetes device plugin reads it, and offers the slices to containers.",
    write=write,
)
