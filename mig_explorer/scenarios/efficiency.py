"""Work per watt, as far as published figures go: nobody has published the power of a slice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from mig_explorer.experiments.energy import board_power
from mig_explorer.experiments.figures import board_power_w
from mig_explorer.gpus import gpu as board_of
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.work_done import totals

if TYPE_CHECKING:
    from mig_explorer.experiments import Result
    from mig_explorer.gpus.facts import Fact

NAN = float("nan")


def work_per_watt(result: Result) -> pd.DataFrame:
    """Return requests per joule of each mode, between two views of what the board draws.

    Published is a line through the power of an A100-40GB over its utilisation, which counts the time that any
    kernel runs. Small kernels keep it at 100 % and use few SMs, and what they draw lies between the line's
    end and its power at the share of SMs in use: both are given. Of other boards only the listed limit is
    known, which gives the least that a joule does.

    Parameters
    ----------
    result : Result
        Of an experiment.

    Returns
    -------
    pandas.DataFrame
        ``mode``, ``title``, ``throughput_per_s``; ``power_low_w`` and ``power_high_w``;
        ``requests_per_joule_low`` and ``…_high``; ``requests_per_joule_at_limit``, at the board's listed
        limit. NaN where it is not known. ``attrs["provenance"]`` says so in words.
    """
    board = board_of(result.header["gpu"])
    power, limit = board_power(board), board.value("tdp_w")
    rows = []
    for row in totals(result).values():
        served = float(row["throughput_per_s"])
        ends = [NAN, NAN]
        if power is not None:
            ends = [board_power_w(**power, use=use) for use in (float(row["sm_active"]), 1.0)]
        rows.append(
            {
                "mode": row["mode"],
                "title": row["title"],
                "throughput_per_s": served,
                "power_low_w": ends[0],
                "power_high_w": ends[1],
                "requests_per_joule_low": served / ends[1],
                "requests_per_joule_high": served / ends[0],
                "requests_per_joule_at_limit": served / limit if limit else NAN,
            }
        )
    table = pd.DataFrame(rows)
    known = "modelled from the power of an A100-40GB at work (MISO, SoCC 2022)"
    table.attrs["provenance"] = known if power is not None else f"power of {board.name} under load: unknown"
    return table


def per_joule(table: pd.DataFrame, slug: str, gain: float) -> Figure:
    """Return how much more a mode does with a joule than one job after another, or that it is unknown.

    Parameters
    ----------
    table : DataFrame
        Of `work_per_watt`.
    slug : str
        Of the mode.
    gain : float
        Its work over one after another.
    """
    rows: Any = table.set_index("mode").to_dict("index")
    what = f"work per joule, {rows[slug]['title']} over one after another"
    by_use = gain * float(rows["monolithic"]["power_low_w"]) / float(rows[slug]["power_low_w"])
    if math.isnan(by_use):
        return Figure(what, None, "times", "modelled", str(table.attrs["provenance"]))
    low, high = sorted((by_use, gain))
    return Figure(what, by_use, "times", "modelled", _FROM, low, high)


def at_the_limit(table: pd.DataFrame, slug: str, listed: Fact | None, source: str) -> Figure:
    """Return the least that a mode does with a joule: its work at the board's listed limit.

    Parameters
    ----------
    table : DataFrame
        Of `work_per_watt`.
    slug : str
        Of the mode.
    listed : Fact or None
        The limit in W; None if it is not listed.
    source : str
        What the throughput comes from.
    """
    rows: Any = table.set_index("mode").to_dict("index")
    what = f"requests per joule, {rows[slug]['title']}, at the least"
    if listed is None or listed.value is None:
        return Figure(what, None, "1/J", "modelled", "no limit of power is listed")
    limit = f"{source}, at the listed {listed.value:g} W ({listed.note or 'the board without its host'})"
    return Figure(what, float(rows[slug]["requests_per_joule_at_limit"]), "1/J", "modelled", limit)


_FROM = (
    "board power by its SMs in use (a line through 32 jobs of MISO, SoCC 2022) to the same power in every "
    "mode; "
    "nobody published the power of a slice"
)
