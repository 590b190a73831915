"""The energy of a request, as far as published figures go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.figures import board_power_w, energy_per_request
from mig_explorer.model import constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.experiments.trace import Event
    from mig_explorer.gpus import Gpu

TIMED_BOARDS = ("A100-SXM4-40GB", "A100-PCIE-40GB")
"""The published powers are of an A100-40GB, and are not taken for any other board."""


def board_power(gpu: Gpu) -> dict[str, float] | None:
    """Return the ends of the line through a board's published power over its use, in W; None if unknown.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board_power(gpu("GB10")) is None
    True
    """
    if gpu.name not in TIMED_BOARDS:
        return None
    return {"at_no_use_w": constant("power_intercept"), "at_full_use_w": constant("power_at_full_use")}


def fill_in_energy(
    header: Event, rows: Sequence[dict[str, Any]], uses: Sequence[float], use_of_all: float
) -> None:
    """Fill in the energy of a request in the rows of one mode, the last of which is that of all tenants.

    The power of the board lies on a straight line over the use of its SMs. Nobody has published the power of
    a slice, so each tenant is charged the part of the whole that it has of all use of the SMs. NaN where the
    power or any tenant's use is unknown.

    Parameters
    ----------
    header : dict
        The experiment event.
    rows : sequence of dict
        Of the table.
    uses : sequence of float
        Share of the board's SM-seconds of each tenant.
    use_of_all : float
        The same of all together, with SMs that several use counted once.

    Examples
    --------
    >>> header = {"board": {"power": {"at_no_use_w": 50.0, "at_full_use_w": 450.0}}, "seconds": 10.0}
    >>> rows = [{"requests": count, "energy_j_per_request": math.nan} for count in (100, 100, 200)]
    >>> fill_in_energy(header, rows, uses=[0.25, 0.25], use_of_all=0.5)
    >>> [row["energy_j_per_request"] for row in rows]
    [12.5, 12.5, 12.5]
    """
    power, use = header["board"].get("power"), math.fsum(uses)
    if power is None or not use > 0:
        return
    watts = board_power_w(power["at_no_use_w"], power["at_full_use_w"], use_of_all)
    for row, part in zip(rows, [*uses, use], strict=True):
        if row["requests"] > 0:
            share = part / use
            row["energy_j_per_request"] = energy_per_request(watts, header["seconds"], share, row["requests"])


def energy_words(header: Event) -> str:
    """Return where the energy of a request comes from, or why there is none.

    Examples
    --------
    >>> energy_words({"board": {"power": None}})
    'unknown: no published power of this board under load'
    """
    if header["board"].get("power") is None:
        return "unknown: no published power of this board under load"
    return (
        "modelled: on a line through the power of an A100-40GB at work, attributed by share of SM use "
        "(no source gives the power of a slice)"
    )
