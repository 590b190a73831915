"""What of a board is at work in each sharing mode, what stands idle, and what nobody can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mig_explorer.gpus import gpu as board_of
from mig_explorer.scenarios.work_done import totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.experiments import Result
    from mig_explorer.experiments.trace import Event
    from mig_explorer.gpus import Gpu

MIB = 2**20
RESOURCES = {
    "sms": "SMs with work",
    "warp_slots": "their warp slots",
    "bandwidth": "memory bandwidth",
    "memory": "memory",
}
"""What is looked at, by the beginning of its columns."""


def idle(result: Result, bytes_each: int) -> pd.DataFrame:
    """Return what share of the board each mode uses, leaves idle, and puts out of reach.

    Out of reach is what no tenant can be given however much it wants: the SMs, bandwidth and memory that
    belong to no slice of a MIG layout, and the SMs that are left over when green contexts share them out.

    Parameters
    ----------
    result : Result
        Of an experiment in which all tenants run the same.
    bytes_each : int
        What the arrays of one request take of the GPU's memory.

    Returns
    -------
    pandas.DataFrame
        ``mode``, ``title``, and of each of `RESOURCES` ``…_used_percent``, ``…_idle_percent`` and
        ``…_out_of_reach_percent``, which are 100 together. NaN where the board's record does not say.
        Warp slots are those of the whole board.
    """
    board = board_of(result.header["gpu"])
    of_all = totals(result)
    rows = []
    for mode in result.modes:
        row = of_all[mode["mode"]]
        sms, bandwidth, memory = _within_reach(mode, board)
        shares = {
            "sms": (float(row["sm_active"]), sms),
            "warp_slots": (float(row["sm_occupancy"]), sms),
            "bandwidth": (float(row["bandwidth_use"]), bandwidth),
            "memory": (
                _resident(mode["slices"]) * bytes_each / MIB / (board.memory_mib or float("nan")),
                memory,
            ),
        }
        found: dict[str, Any] = {"mode": mode["mode"], "title": mode["title"]}
        for name, (used, reach) in shares.items():
            found[f"{name}_used_percent"] = 100 * used
            found[f"{name}_idle_percent"] = 100 * max(0.0, reach - used)
            found[f"{name}_out_of_reach_percent"] = 100 * (1 - max(used, reach))
        rows.append(found)
    return pd.DataFrame(rows)


def _within_reach(mode: Event, board: Gpu) -> tuple[float, float, float]:
    """Return the shares of the board's SMs, bandwidth and memory that belong to some tenant's place."""
    pieces = mode["slices"]
    groups = {piece["compute_group"]: piece["sms"] for piece in pieces}
    sms = min(1.0, sum(groups.values()) / (board.sms or float("nan")))
    held = {piece["memory_group"]: piece["profile"] for piece in pieces if piece["profile"] is not None}
    profiles = [board.profiles[name] for name in held.values()]
    if not profiles:
        return sms, 1.0, 1.0
    slices = sum(profile.memory_slices for profile in profiles) / board.memory_slices
    memory = sum(profile.memory_mib or float("nan") for profile in profiles)
    return sms, min(1.0, slices), min(1.0, memory / (board.memory_mib or float("nan")))


def _resident(pieces: Sequence[Event]) -> int:
    """Return how many requests have their arrays on the board at once: one where they queue, else all."""
    return sum(
        min(len(piece["tenants"]), piece["at_once"]) if piece["at_once"] else len(piece["tenants"])
        for piece in pieces
    )
