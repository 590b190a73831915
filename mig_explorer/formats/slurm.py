"""Slurm: the files that offer MIG devices to jobs, and a job that asks for one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mig_explorer.formats.document import Document, Export, Format
from mig_explorer.formats.kubernetes_names import NODE
from mig_explorer.formats.mig_devices import largest_first, mig_devices, notes_on_devices, why_nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.formats.document import Where
    from mig_explorer.formats.mig_devices import MigDevice
    from mig_explorer.gpus import Profile
    from mig_explorer.layouts import Layout


def write(layout: Layout, where: Where) -> Export:
    """Write ``gres.conf``, the lines of ``slurm.conf`` and ``cgroup.conf``, and a job's script.

    Notes
    -----
    Source: Slurm's documentation (GRES, MIG management) and its ``gpu/nvml`` plugin, which makes the name of
    a MIG device from the slices of its GPU instance and its memory rounded to whole GiB.

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> export = write(Layout(gpu("A30")).place("2g.12gb", 0).place("2g.12gb", 2), Where(node="n1"))
    >>> print(export.documents[1].text)
    # Beside what is there already; Gres= belongs to the node's own line.
    GresTypes=gpu
    TaskPlugin=task/cgroup
    NodeName=n1 Gres=gpu:2g.12gb:2
    <BLANKLINE>
    """
    why = why_nothing(layout)
    if why:
        return Export((), (why,))
    devices = largest_first(mig_devices(layout))
    types = _types(devices)
    node = where.node or NODE
    gres = ",".join(f"gpu:{each}:{len(names)}" for each, names in types.items())
    first = next(iter(types))
    documents = (
        Document("gres.conf", "ini", "AutoDetect=nvml\n"),
        Document(
            "slurm.conf",
            "ini",
            "# Beside what is there already; Gres= belongs to the node's own line.\n"
            f"GresTypes=gpu\nTaskPlugin=task/cgroup\nNodeName={node} Gres={gres}\n",
        ),
        Document("cgroup.conf", "ini", "ConstrainDevices=yes\n"),
        Document("job.sh", "bash", f"#!/bin/bash\n#SBATCH --gres=gpu:{first}:1\nsrun nvidia-smi -L\n"),
    )
    notes = [
        "Create the MIG devices before slurmd starts: it makes none, and with MIG on it stops without any.",
        "Needs Slurm 21.08 or later, built with NVML.",
        *_on_names(types),
        *_on_unknown_memory(devices),
        "Drivers differ in the memory they report, and so in these names: compare with sudo slurmd -G.",
        f"The job gets one {first}, and ConstrainDevices keeps the other devices from it.",
        "ConstrainDevices works through task/cgroup; TaskPlugin may list others beside it.",
        "These are the devices of one GPU; add those of the node's other GPUs to its line.",
    ]
    if not where.node:
        notes.append(f"{NODE} stands for the node's name.")
    return Export(documents, (*notes, *notes_on_devices(layout, where)))


def slurm_type(profile: Profile) -> str:
    """Return what Slurm's NVML plugin calls a MIG device in a GPU instance of this profile.

    Its memory is rounded to whole GiB, halves up; where the record does not know it, the profile's own name
    has to do. Compute instances and ``+me`` do not show.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [slurm_type(each) for each in gpu("A100-SXM4-80GB").profiles.values()][-2:]
    ['4g.39gb', '7g.79gb']
    """
    if profile.memory_mib is None:
        return re.split(r"[+-]", profile.name)[0]
    return f"{profile.compute_slices}g.{(profile.memory_mib + 512) // 1024}gb"


def _types(devices: tuple[MigDevice, ...]) -> Mapping[str, list[str]]:
    """Return for each type of Slurm the names of the MIG devices that it stands for."""
    types: dict[str, list[str]] = {}
    for each in devices:
        types.setdefault(slurm_type(each.instance.profile), []).append(each.name)
    return types


def _on_names(types: Mapping[str, list[str]]) -> tuple[str, ...]:
    differing = (
        f"{', '.join(dict.fromkeys(names))} all gpu:{each}"
        if len(set(names)) > 1
        else f"{names[0]} gpu:{each}"
        for each, names in types.items()
        if set(names) != {each}
    )
    calls = "; ".join(differing)
    how = "its names hold no more than the slices of the GPU instance and the memory in whole GiB"
    return (f"Slurm calls {calls}: {how}.",) if calls else ()


def _on_unknown_memory(devices: tuple[MigDevice, ...]) -> tuple[str, ...]:
    unknown = [each.name for each in devices if each.instance.profile.memory_mib is None]
    if not unknown:
        return ()
    names = ", ".join(dict.fromkeys(unknown))
    return (f"The memory of {names} is unknown here, so the type is NVIDIA's name, and Slurm's may differ.",)


FORMAT = Format(
    name="slurm",
    title="Slurm",
    order=80,
    about="Slurm reads it, and gives a slice to each job that asks.",
    write=write,
)
