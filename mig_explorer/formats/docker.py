"""Containers on MIG devices without Kubernetes: Docker's ``--gpus``, the NVIDIA runtime, and CDI."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mig_explorer.formats.document import Document, Export, Format
from mig_explorer.formats.find_devices import MIG_UUIDS
from mig_explorer.formats.mig_devices import (
    counted,
    largest_first,
    mig_devices,
    notes_on_devices,
    why_nothing,
)

if TYPE_CHECKING:
    from mig_explorer.formats.document import Where
    from mig_explorer.formats.mig_devices import MigDevice
    from mig_explorer.layouts import Layout

IMAGE = "ubuntu:24.04"
"""An image without CUDA in it: ``nvidia-smi`` comes from the host."""

COMMAND = f"{IMAGE} nvidia-smi -L"

BASH = "#!/usr/bin/env bash\nset -euo pipefail\n"


def write(layout: Layout, where: Where) -> Export:
    """Write a container for each MIG device, by UUID where known, else in a way that finds it.

    Notes
    -----
    Source: NVIDIA MIG User Guide (containers) and the NVIDIA Container Toolkit's documentation (CDI).

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> halves = Layout(gpu("A30")).place("2g.12gb", 0).place("2g.12gb", 2)
    >>> print(write(halves, Where()).documents[0].text)
    #!/usr/bin/env bash
    set -euo pipefail
    # One container on each MIG device.
    docker run --rm --gpus '"device=0:0"' ubuntu:24.04 nvidia-smi -L  # 2g.12gb
    docker run --rm --gpus '"device=0:1"' ubuntu:24.04 nvidia-smi -L  # 2g.12gb
    # The same with the NVIDIA runtime and its variable.
    docker run --rm --runtime=nvidia -e NVIDIA_VISIBLE_DEVICES=0:0 ubuntu:24.04 nvidia-smi -L  # 2g.12gb
    <BLANKLINE>
    """
    why = why_nothing(layout)
    if why:
        return Export((), (why,))
    devices = largest_first(mig_devices(layout, where.uuids))
    prelude, ids, notes = _identified(devices, where)
    gpus = [f"docker run --rm --gpus {_gpus(one)} {COMMAND}  # {name}" for one, name in ids]
    first, name = ids[0]
    runtime = f"docker run --rm --runtime=nvidia -e NVIDIA_VISIBLE_DEVICES={first} {COMMAND}  # {name}"
    docker = [
        "# One container on each MIG device.",
        *gpus,
        "# The same with the NVIDIA runtime and its variable.",
        runtime,
    ]
    cdi = [
        "# Describes the devices that there are; again after every change of the layout.",
        "sudo nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml \\",
        "  --device-name-strategy=index --device-name-strategy=uuid",
        "nvidia-ctk cdi list",
        "# Podman, and Docker where CDI is switched on.",
        *(f"podman run --rm --device nvidia.com/gpu={one} {COMMAND}  # {name}" for one, name in ids),
        f"docker run --rm --device nvidia.com/gpu={first} {COMMAND}  # {name}",
    ]
    documents = (
        Document("docker.sh", "bash", BASH + prelude + "\n".join(docker) + "\n"),
        Document("cdi.sh", "bash", BASH + prelude + "\n".join(cdi) + "\n"),
    )
    return Export(
        documents,
        (
            *notes,
            "Needs the NVIDIA Container Toolkit, and the MIG devices in place.",
            f"{IMAGE} is there to show what a container sees: put your own image and command.",
            "cdi.sh writes the file that toolkit 1.18 and later keep up, except after a change of MIG.",
            *notes_on_devices(layout, where),
        ),
    )


def _identified(
    devices: tuple[MigDevice, ...], where: Where
) -> tuple[str, list[tuple[str, str]], tuple[str, ...]]:
    """Return what a script needs first, how it calls each device (with its profile), and what to note."""
    if devices[0].uuid:
        return "", [(each.uuid, each.name) for each in devices], ()
    counts = counted(devices)
    if len(counts) == 1:
        ids = [(f"{where.gpu_index}:{index}", each.name) for index, each in enumerate(devices)]
        note = f"The devices are named GPU:MIG device, as nvidia-smi -L counts; the GPU is {where.gpu_index}."
        return "", ids, (note,)
    lists = {name: f"profile_{number}" for number, name in enumerate(counts)}
    found = "".join(
        f"mapfile -t {variable} < <(mig_uuids {shlex.quote(name)})\n" for name, variable in lists.items()
    )
    ids = [
        (f'"${{{lists[name]}[{index}]}}"', name) for name, count in counts.items() for index in range(count)
    ]
    note = (
        "Which index the driver gives to which profile is not known beforehand, so the scripts look for the "
        f"UUIDs of each profile on GPU {where.gpu_index}."
    )
    return f"gpu={where.gpu_index}\n{MIG_UUIDS}{found}", ids, (note,)


def _gpus(device: str) -> str:
    """Return the argument of ``--gpus``, with the quotes that Docker wants to see inside."""
    return f"""'"device={device}"'""" if not device.startswith('"') else f'"\\"device={device[1:-1]}\\""'


FORMAT = Format(
    name="docker",
    title="Docker and CDI",
    order=70,
    about="Docker and Podman run it: a container on each slice of a machine of your own.",
    write=write,
)
