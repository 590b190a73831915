"""The roofline of every slice of a board, and where a workload lies under each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from mig_explorer.charts import drawing as parts
from mig_explorer.charts import labels
from mig_explorer.charts.theme import PRINTED, Theme, spread
from mig_explorer.errors import DoesNotFit, InvalidWorkload
from mig_explorer.experiments.words import number
from mig_explorer.model import MODEL_VERSION, step_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.charts.drawing import Figures, Row, StillChart
    from mig_explorer.gpus import Gpu, Slice
    from mig_explorer.workloads import Workload

DECADES_BELOW = 1.5
"""How far below the lowest ridge the picture begins where no workload asks for more."""

ROUND = "indexof([1, 2, 5], round(datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9)))) >= 0"
TICKS = f"{ROUND} ? format(datum.value, ',.4~f') : ''"
"""On a logarithmic axis only 1, 2 and 5 of each decade are written."""

LABEL_GAP = 13.0


def roofline_chart(gpu: Gpu, workloads: Sequence[Workload], theme: Theme = PRINTED) -> StillChart:
    """Draw every slice's roof, and each workload under it.

    Parameters
    ----------
    gpu : Gpu
        The board.
    workloads : sequence of Workload
        Counted workloads, all in the same precision.
    theme : Theme
        Colours.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Raises
    ------
    InvalidWorkload
        If there is no workload, they are not of one precision, or the board's peak rate in it is unknown.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import triad
    >>> roofline_chart(gpu("A100-SXM4-40GB"), [triad()]).title.text
    ['STREAM triad, 2^26 elements: memory sets its time on every slice.']
    """
    precisions = sorted({each.cost.precision for each in workloads})
    if len(precisions) != 1:
        given = " and ".join(precisions) or "no workload"
        raise InvalidWorkload(
            f"A roofline is drawn for workloads of one precision, not for {given}. "
            f"Draw one for each precision."
        )
    found = figures(
        roofs(gpu, precisions[0]), points(gpu, workloads), provenance(gpu, precisions[0]), theme=theme
    )
    return parts.still([drawing(theme)], found, theme)


def provenance(gpu: Gpu, precision: str) -> str:
    """Say what the roofs are made of and where the points come from."""
    return (
        f"{gpu.name}: {precision} peak of the data sheet by SMs, STREAM copy bandwidth; "
        f"points modelled (model {MODEL_VERSION}), not measured."
    )


def roofs(gpu: Gpu, precision: str) -> pd.DataFrame:
    """Return the two limits of the whole board and of the slice of each plain profile.

    Parameters
    ----------
    gpu : Gpu
        The board.
    precision : str
        ``"fp32"`` or ``"fp64"``.

    Returns
    -------
    DataFrame
        ``slice``, ``peak_gflops`` and ``bandwidth_gbs``, the largest first.

    Raises
    ------
    InvalidWorkload
        If the board's peak rate in that precision is unknown.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> frame = roofs(gpu("A30"), "fp32")
    >>> [str(name) for name in frame["slice"]]
    ['whole GPU', '4g.24gb', '2g.12gb', '1g.6gb']
    """
    peak = gpu.peak_fp64_tflops if precision == "fp64" else gpu.peak_fp32_tflops
    if peak is None:
        raise InvalidWorkload(
            f"The {precision} peak rate of {gpu.name} is unknown, so it has no {precision} roofline. "
            f"Use a workload in the other precision or another board."
        )
    rows: list[Row] = [
        {
            "slice": piece.name,
            "peak_gflops": 1000 * peak * (piece.sms or 0) / gpu.sms,
            "bandwidth_gbs": float(piece.bandwidth.value),
        }
        for piece in slices(gpu)
    ]
    rows.sort(key=lambda row: (-row["peak_gflops"], -row["bandwidth_gbs"]))
    return pd.DataFrame(rows, columns=["slice", "peak_gflops", "bandwidth_gbs"])


def slices(gpu: Gpu) -> tuple[Slice, ...]:
    """Return the whole board and the slice of each profile whose SMs and bandwidth are known.

    Profiles with media engines or graphics have the same of both as the plain one of their size.
    """
    plain = [profile.name for profile in gpu.profiles.values() if not profile.attributes]
    pieces = (gpu.whole, *(gpu.slice(name) for name in plain))
    return tuple(each for each in pieces if each.sms is not None and each.bandwidth.value is not None)


def points(gpu: Gpu, workloads: Sequence[Workload]) -> pd.DataFrame:
    """Return what each workload reaches on the whole board and on each profile's slice that it fits.

    Returns
    -------
    DataFrame
        ``slice``, ``workload``, ``intensity`` (FLOP a byte), ``gflops`` (GFLOP/s over its modelled time) and
        ``limited_by``.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import triad
    >>> frame = points(gpu("GB10"), [triad()])
    >>> frame["limited_by"].tolist(), round(float(frame["intensity"][0]), 3)
    (['memory'], 0.167)
    """
    rows = []
    for work in workloads:
        for piece in slices(gpu):
            try:
                step = step_time(work, piece, gpu)
            except (DoesNotFit, InvalidWorkload):
                continue
            rows.append(
                {
                    "slice": piece.name,
                    "workload": work.title,
                    "intensity": work.cost.flops / work.cost.bytes,
                    "gflops": work.cost.flops / step.seconds / 1e9,
                    "limited_by": step.limited_by,
                }
            )
    return pd.DataFrame(rows, columns=["slice", "workload", "intensity", "gflops", "limited_by"])


def figures(
    roof_rows: pd.DataFrame,
    point_rows: pd.DataFrame,
    source: str,
    *,
    theme: Theme,
    used: Mapping[str, str] | None = None,
) -> Figures:
    """Return what the chart says and its rows.

    Parameters
    ----------
    roof_rows, point_rows : DataFrame
        As `roofs` and `points` give them.
    source : str
        Where the figures are from.
    theme : Theme
        Colours.
    used : mapping of str to str, optional
        Slices to stress, each with its colour; by default all are drawn alike.
    """
    given = parts.records(point_rows)
    marked = [row for row in given if row["gflops"] > 0]  # without arithmetic there is no place under a roof
    lines = parts.records(roof_rows)
    ridges = [row["peak_gflops"] / row["bandwidth_gbs"] for row in lines] or [1.0]
    left = min([min(ridges) / 10**DECADES_BELOW, *(row["intensity"] / 2 for row in marked)])
    right = max([max(ridges) * 4, *(row["intensity"] * 2 for row in marked)])
    low = min(
        [left * min((row["bandwidth_gbs"] for row in lines), default=1.0), *(r["gflops"] / 2 for r in marked)]
    )
    high = 1.3 * max((row["peak_gflops"] for row in lines), default=1.0)
    data: dict[str, list[Row]] = {"roofs": [], "points": [], "names": [], "right": [], "left": []}
    data["scale"] = parts.corners((left, low), (right, high), names=("intensity", "gflops"))
    for row in lines:
        look = {
            "slice": row["slice"],
            "on": not used or row["slice"] in used,
            "colour": (used or {}).get(row["slice"], theme.ink),
        }
        ridge = row["peak_gflops"] / row["bandwidth_gbs"]
        for at in (left, ridge, right):
            rate = min(row["peak_gflops"], at * row["bandwidth_gbs"])
            data["roofs"].append({**look, "intensity": at, "gflops": rate})
        data["names"].append({**look, "intensity": right, "gflops": row["peak_gflops"]})
    data["names"] = _apart(data["names"], low, high)
    for row in marked:
        data["points"].append({**row, "on": not used or row["slice"] in used})
    data["right"], data["left"] = _labels(marked, (left, low), (right, high))
    return parts.Figures(
        title=_title(marked, without=[row for row in given if not row["gflops"] > 0]),
        axes="GFLOP/s by FLOP per byte of memory traffic, both logarithmic",
        provenance=source,
        data=data,
    )


def drawing(theme: Theme) -> alt.LayerChart:
    """Return the chart without its rows."""
    x = alt.X(
        "intensity:Q",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(title=None, labelExpr=TICKS, labelOverlap="greedy", labelSeparation=6, grid=False),
    )
    y = alt.Y(
        "gflops:Q",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(title=None, labelExpr=TICKS, labelOverlap="greedy", tickCount=8, grid=False),
    )
    on = alt.condition("datum.on", alt.value(1.0), alt.value(0.45))
    roof = parts.rows_of("roofs").mark_line(aria=False, strokeJoin="round")
    names = parts.rows_of("names").mark_text(aria=False, align="left", baseline="middle", dx=8, fontSize=11)
    reached = parts.rows_of("points").mark_circle(aria=False, size=52, color=theme.ink)
    words = [
        parts.beside(side, dx, baseline="middle", fontWeight=600, color=theme.ink).encode(
            x=x, y=y, text="words:N"
        )
        for side, dx in (("right", labels.GAP), ("left", -labels.GAP))
    ]
    return alt.LayerChart(
        layer=[
            parts.unseen(x, y),
            roof.encode(
                x=x,
                y=y,
                detail=alt.Detail("slice:N"),
                color=parts.colour(),
                opacity=on,
                strokeWidth=alt.condition("datum.on", alt.value(2.0), alt.value(1.1)),
            ),
            reached.encode(x=x, y=y, opacity=on),
            names.encode(
                x=x,
                y=y,
                text="slice:N",
                color=parts.colour(),
                opacity=alt.condition("datum.on", alt.value(1.0), alt.value(0.75)),
            ),
            *words,
        ]
    )


def _apart(names: list[Row], low: float, high: float) -> list[Row]:
    """Move names at the right end apart; slices whose roofs end at one height share a line."""
    merged: dict[float, Row] = {}
    for row in names:
        kept = merged.setdefault(row["gflops"], {**row, "slice": ""})
        kept["slice"] = f"{kept['slice']}, {row['slice']}" if kept["slice"] else row["slice"]
        kept["colour"] = row["colour"] if row["on"] else kept["colour"]
        kept["on"] = kept["on"] or row["on"]
    heights = {row["slice"]: math.log(rate / low) for rate, row in merged.items()}
    apart = spread(heights, math.log(high / low), parts.HEIGHT, gap=LABEL_GAP)
    return [{**row, "gflops": low * math.exp(apart[row["slice"]])} for row in merged.values()]


def _labels(
    marked: Sequence[Row], least: tuple[float, float], most: tuple[float, float]
) -> tuple[list[Row], list[Row]]:
    """Return the names of several workloads, to the right of their points and to the left; of one none."""
    works = _by_workload(marked)
    if len(works) < 2:
        return [], []
    across = parts.WIDTH / math.log(most[0] / least[0])
    down = parts.HEIGHT / math.log(most[1] / least[1])

    def spot(row: Row) -> tuple[float, float]:
        return math.log(row["intensity"] / least[0]) * across, math.log(most[1] / row["gflops"]) * down

    lowest = [min(rows, key=lambda row: row["gflops"]) for rows in works.values()]
    short = [name.split(",")[0] for name in works]
    names = short if len(set(short)) == len(works) else list(works)
    placed = labels.place(
        names, [spot(row) for row in lowest], [spot(row) for row in marked], (parts.WIDTH, parts.HEIGHT)
    )
    sides: dict[str, list[Row]] = {"right": [], "left": []}
    for label in placed:
        row = lowest[label.number]
        height = most[1] / math.exp(label.y / down)
        sides[label.side].append(
            {"intensity": row["intensity"], "gflops": height, "words": names[label.number]}
        )
    return sides["right"], sides["left"]


def _by_workload(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["workload"], []).append(row)
    return found


def _title(rows: Sequence[Row], without: Sequence[Row]) -> str:
    works = _by_workload(rows)
    if len(works) > 1:
        best = [max(mine, key=lambda row: row["gflops"])["limited_by"] for mine in works.values()]
        limits = [f"{_limit(limit)} that of {number(best.count(limit))}" for limit in dict.fromkeys(best)]
        listed = ", ".join(limits).replace(" that of", " sets the time of", 1)
        return f"On the fastest slice {listed} of {len(works)} workloads."
    said = []
    for name, mine in _by_workload(rows).items():
        limits = list(dict.fromkeys(row["limited_by"] for row in mine))
        if len(limits) == 1:
            where = "on every slice" if len(mine) > 1 else f"on the {mine[0]['slice']}"
            said.append(f"{name}: {_limit(limits[0])} sets its time {where}.")
        else:
            kinds = [
                f"{_limit(limit)} on {', '.join(row['slice'] for row in mine if row['limited_by'] == limit)}"
                for limit in limits
            ]
            said.append(f"{name}: its time is set by {'; '.join(kinds)}.")
    if not said and without:
        return f"{without[0]['workload']}: no floating-point arithmetic, so no place under a roof."
    return " ".join(said) or "No workload fits a slice of this board."


def _limit(name: str) -> str:
    return {"compute": "arithmetic", "host": "the host", "copies": "copying"}.get(name, name)
