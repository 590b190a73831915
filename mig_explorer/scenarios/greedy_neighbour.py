"""Neighbours that ask for more memory than there is: counted from capacities, with the refusals they get."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import DoesNotFit
from mig_explorer.experiments import Experiment, Tenant
from mig_explorer.scenarios.noisy_neighbour import VICTIM, mode_of, private_layout
from mig_explorer.workloads import triad

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.gpus import Gpu

MIB = 2**20

PER_MIB = MIB // 12
"""Elements of STREAM triad a MiB: three vectors of 4 bytes."""

MOST_MIB = 24 * 1024
"""What one triad can take: its indices are 32 bits."""


@dataclass(frozen=True)
class Left:
    """What Ann can still allocate once the neighbours have taken all they can get.

    Parameters
    ----------
    way : str
        How the board is shared.
    memory_mib : int or None
        What is left; None if the record does not know it.
    refusal : str
        What the tenants are told that do not fit.
    """

    way: str
    memory_mib: int | None
    refusal: str


def left(gpu: Gpu, way: str) -> Left:
    """Return what is left for Ann.

    With MIG it is the memory of her own slice; where all allocate from one memory, nothing.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> left(gpu("A100-SXM4-40GB"), "MIG").memory_mib, left(gpu("A100-SXM4-40GB"), "MPS").memory_mib
    (19968, 0)
    """
    mine = private_layout(gpu).instances[0].profile.memory_mib if way == "MIG" else 0
    return Left(way, mine, _refusal(gpu, way))


def _refusal(gpu: Gpu, way: str) -> str:
    """Let Ann ask for half of a slice, and neighbours for so much that all together it does not fit."""
    whole = gpu.whole.memory_mib or 0
    mine = (private_layout(gpu).instances[0].profile.memory_mib or 0) // 2 if gpu.has_mig else whole // 8
    each = min(MOST_MIB, whole * 3 // 4)
    who = [Tenant(VICTIM, triad(elements=mine * PER_MIB))]
    who += [
        Tenant(f"neighbour {number}", triad(elements=each * PER_MIB))
        for number in range(1, math.floor((whole - mine) / each) + 2)
    ]
    try:
        _ = Experiment(gpu, who, [mode_of(way, gpu)]).plan
    except DoesNotFit as error:
        return str(error)
    return ""


def table(rows: list[Left]) -> pd.DataFrame:
    """Return them as a table.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> table([left(gpu("A30"), "MIG")])["left_for_ann_mib"].tolist()
    [11968]
    """
    import pandas as pd  # noqa: PLC0415

    columns = ["way", "left_for_ann_mib", "what_is_refused"]
    found = pd.DataFrame([(each.way, each.memory_mib, each.refusal) for each in rows], columns=columns)
    found.attrs["provenance"] = (
        "counted: capacities of the catalogue; what CUDA itself takes is left out, and so are limits that "
        "MPS "
        "clients can be given"
    )
    return found
