"""Dask-CUDA: a worker on each MIG device of a GPU."""

from __future__ import annotations

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
    from collections.abc import Iterable

    from mig_explorer.formats.document import Where
    from mig_explorer.formats.mig_devices import MigDevice
    from mig_explorer.layouts import Layout

SCHEDULER = "tcp://127.0.0.1:8786"
"""Where ``dask scheduler`` listens unless told otherwise, on the same machine."""


def write(layout: Layout, where: Where) -> Export:
    """Write a shell script that starts the workers, and a Python script that starts a whole local cluster.

    Notes
    -----
    Source: RAPIDS' deployment guide (MIG) and Dask-CUDA's source: one worker an entry of
    ``CUDA_VISIBLE_DEVICES``.

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> one = Layout(gpu("A30")).place("2g.12gb")
    >>> print(write(one, Where(uuids=("MIG-af5c3c59",))).documents[0].text)
    #!/usr/bin/env bash
    set -euo pipefail
    export CUDA_VISIBLE_DEVICES=MIG-af5c3c59
    # One worker on each device.
    exec dask cuda worker "${1:-tcp://127.0.0.1:8786}" --protocol tcp
    <BLANKLINE>
    """
    why = why_nothing(layout)
    if why:
        return Export((), (why,))
    devices = largest_first(mig_devices(layout, where.uuids))
    if len({each.instance.profile.memory_slices for each in devices}) > 1:
        names = ", ".join(counted(devices))
        return Export((), (f"Dask-CUDA wants devices that are alike in memory, and here are {names}.",))
    documents = (
        Document("dask_workers.sh", "bash", _workers(devices, where)),
        Document("dask_cluster.py", "python", _cluster(devices, where)),
    )
    count = "one worker" if len(devices) == 1 else f"{len(devices)} workers"
    notes = [
        f"dask_workers.sh starts {count} for the scheduler at {SCHEDULER}, or at the address given.",
        "dask_cluster.py starts scheduler and workers.",
        "Workers on MIG devices talk through TCP: there is neither NVLink nor CUDA IPC between them.",
    ]
    if not devices[0].uuid:
        notes.append("Dask-CUDA does not look for MIG devices, so the scripts find their UUIDs themselves.")
    shared = {each.instance.name: each.resources for each in devices if each.resources.sharers > 1}
    notes.extend(
        f"{piece.sharers} workers share the memory of {name}, and each would take it for its own: give "
        "them a device memory limit."
        for name, piece in shared.items()
    )
    return Export(documents, (*notes, *notes_on_devices(layout, where)))


def _workers(devices: tuple[MigDevice, ...], where: Where) -> str:
    lines = ["#!/usr/bin/env bash", "set -euo pipefail"]
    if devices[0].uuid:
        lines.append(f"export CUDA_VISIBLE_DEVICES={','.join(each.uuid for each in devices)}")
    else:
        found = "; ".join(f"mig_uuids {name}" for name in counted(devices))
        lines += [
            f"gpu={where.gpu_index}",
            MIG_UUIDS.rstrip(),
            f"CUDA_VISIBLE_DEVICES=$({{ {found}; }} | paste -sd, -)",
            'export CUDA_VISIBLE_DEVICES="${CUDA_VISIBLE_DEVICES:?no such MIG device on GPU $gpu}"',
        ]
    lines += [
        "# One worker on each device.",
        f'exec dask cuda worker "${{1:-{SCHEDULER}}}" --protocol tcp',
    ]
    return "\n".join(lines) + "\n"


def _cluster(devices: tuple[MigDevice, ...], where: Where) -> str:
    if devices[0].uuid:
        imports = ""
        found = f"MIG_DEVICES = {_listed(each.uuid for each in devices)}\n"
        called = "MIG_DEVICES"
    else:
        imports = "import re\nimport subprocess\n\n"
        found = _FINDING.format(gpu=where.gpu_index, profiles=_listed(counted(devices)))
        called = "mig_devices()"
    return f"""\
{imports}from dask.distributed import Client
from dask_cuda import LocalCUDACluster

{found}
if __name__ == "__main__":
    with (
        LocalCUDACluster(CUDA_VISIBLE_DEVICES={called}, protocol="tcp") as cluster,
        Client(cluster) as client,
    ):
        print(client)
"""


_FINDING = '''\
GPU = {gpu}
PROFILES = {profiles}


def mig_devices() -> list[str]:
    """Return the UUIDs of the MIG devices of these profiles on this GPU, as nvidia-smi -L lists them."""
    listing = subprocess.run(["nvidia-smi", "-L"], check=True, capture_output=True, text=True).stdout
    here, found = False, []
    for line in listing.splitlines():
        if board := re.match(r"GPU (\\d+):", line):
            here = int(board[1]) == GPU
        elif (device := re.match(r"\\s+MIG (\\S+)\\s+Device\\s+\\d+: \\(UUID: (\\S+)\\)", line)) and here:
            found += [device[2]] if device[1] in PROFILES else []
    if not found:
        raise SystemExit(f"There is no such MIG device on GPU {{GPU}}.")
    return found

'''


def _listed(names: Iterable[str]) -> str:
    lines = "".join(f'    "{name}",\n' for name in names)
    return f"[\n{lines}]"


FORMAT = Format(
    name="dask-cuda",
    title="Dask-CUDA",
    order=100,
    about="Dask runs it: a cluster with a worker on each slice.",
    write=write,
)
