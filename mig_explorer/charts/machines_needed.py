"""Latency by the number of machines that share a class among them, against a level that is to be reached."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.progress import TimeUnit
from mig_explorer.charts.roofline_chart import ROUND, TICKS
from mig_explorer.charts.theme import PRINTED, Theme, spread

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.charts.drawing import Figures, Row, StillChart

MARGIN = 1.3


@dataclass(frozen=True)
class Level:
    """A latency to be reached, in seconds, with its band.

    Parameters
    ----------
    name : str
        Whose it is.
    seconds, low, high : float
        The level and its band.
    """

    name: str
    seconds: float
    low: float
    high: float


def machines_needed(
    frame: pd.DataFrame,
    level: Level,
    words: tuple[str, str],
    chosen: float | None = None,
    theme: Theme = PRINTED,
) -> StillChart:
    """Draw p99 latency by the number of machines, both axes logarithmic, and the level with its band.

    Parameters
    ----------
    frame : DataFrame
        ``machines``, ``latency_p99_s``, ``latency_p99_low_s`` and ``latency_p99_high_s``; its ``attrs`` have
        ``provenance`` and the ``name`` of the machines.
    level : Level
        What is to be reached.
    words : tuple of str
        What the figures come to, and what is drawn against what; the unit is put behind.
    chosen : float, optional
        A number of machines that was asked for.
    theme : Theme
        Colours.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"machines": [1, 8], "latency_p99_s": [0.8, 0.1]}
    >>> frame = pd.DataFrame(rows | {"latency_p99_low_s": [0.6, 0.08], "latency_p99_high_s": [1.0, 0.2]})
    >>> frame.attrs["provenance"] = "Modelled."
    >>> chart = machines_needed(frame, Level("a slice", 0.2, 0.1, 0.3), ("Four do.", "p99 latency by Sparks"))
    >>> chart.title.subtitle[0]
    'p99 latency by Sparks, ms; both logarithmic; shaded: model’s bands'
    """
    found = figures(frame, level, words, chosen, theme)
    return parts.still([drawing(theme)], found, theme)


def figures(
    frame: pd.DataFrame, level: Level, words: tuple[str, str], chosen: float | None, theme: Theme
) -> Figures:
    """Return what the chart says and its rows."""
    rows = [row for row in parts.records(frame) if math.isfinite(row["latency_p99_s"])]
    rows.sort(key=lambda row: row["machines"])
    name = str(frame.attrs.get("name", "machines"))
    unit = TimeUnit.reading(max([level.seconds, *(row["latency_p99_s"] for row in rows)]))
    values = [
        level.low,
        level.high,
        *(row[f"latency_p99{end}_s"] for row in rows for end in ("_low", "_high")),
    ]
    first, last = min(row["machines"] for row in rows), max(row["machines"] for row in rows)
    last = max(last, 2 * first)
    low, high = min(values) * unit.factor / MARGIN, max(values) * unit.factor * MARGIN
    blue, warm = theme.others[0], theme.others[1]
    title, axes = words
    data: dict[str, list[Row]] = {
        "scale": parts.corners((first, low), (last, high)),
        "lines": [
            {
                "x": row["machines"],
                "value": row["latency_p99_s"] * unit.factor,
                "low": row["latency_p99_low_s"] * unit.factor,
                "high": row["latency_p99_high_s"] * unit.factor,
                "colour": warm,
            }
            for row in rows
        ],
        "level": [
            {"x": at, "value": level.seconds * unit.factor, "low": level.low * unit.factor, "colour": blue}
            | {"high": level.high * unit.factor}
            for at in (first, last)
        ],
        "chosen": [] if chosen is None or not first <= chosen <= last else [{"x": chosen}],
        "names": _names(
            {
                level.name: (level.seconds * unit.factor, blue),
                name: (rows[-1]["latency_p99_s"] * unit.factor, warm),
            },
            (last, low, high),
        ),
    }
    return parts.Figures(
        title,
        f"{axes}, {unit.name}; both logarithmic; shaded: model’s bands",
        str(frame.attrs["provenance"]),
        data,
    )


def _names(ends: dict[str, tuple[float, str]], corner: tuple[float, float, float]) -> list[Row]:
    """Return the names at the ends of the lines, apart from each other on the logarithmic scale."""
    last, low, high = corner
    top = math.log(high / low)
    heights = spread(
        {name: math.log(max(value, low) / low) for name, (value, _) in ends.items()}, top, parts.HEIGHT
    )
    return [
        {"x": last, "value": low * math.exp(heights[name]), "mode": name, "colour": colour}
        for name, (_, colour) in ends.items()
    ]


def drawing(theme: Theme) -> alt.LayerChart:
    """Return the chart without its rows."""
    axis = alt.Axis(title=None, labelExpr=TICKS, labelOverlap="greedy", tickCount=8)
    x = alt.X("x:Q", scale=alt.Scale(type="log", nice=False), axis=axis)

    def upward(name: str) -> alt.Y:
        grid = alt.condition(ROUND, alt.value(1), alt.value(0))
        return alt.Y(
            f"{name}:Q",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(title=None, labelExpr=TICKS, labelOverlap="greedy", tickCount=8, gridOpacity=grid),
        )

    lines = parts.rows_of("lines")
    level = parts.rows_of("level")
    return alt.LayerChart(
        layer=[
            parts.unseen(x, upward("value")),
            parts.rows_of("chosen")
            .mark_rule(aria=False, color=theme.quiet, strokeWidth=1, opacity=0.5)
            .encode(x=x),
            level.mark_area(aria=False, opacity=0.14, line=False).encode(
                x=x, y=upward("low"), y2="high:Q", color=parts.colour()
            ),
            lines.mark_area(aria=False, opacity=0.16, line=False).encode(
                x=x, y=upward("low"), y2="high:Q", color=parts.colour()
            ),
            level.mark_line(aria=False, strokeWidth=2, strokeDash=[5, 3]).encode(
                x=x, y=upward("value"), color=parts.colour()
            ),
            lines.mark_line(aria=False, strokeWidth=2.2, strokeJoin="round").encode(
                x=x, y=upward("value"), color=parts.colour()
            ),
            lines.mark_circle(aria=False, size=22, opacity=1).encode(
                x=x, y=upward("value"), color=parts.colour()
            ),
            parts.end_labels("names", x, upward("value"), parts.LABELS),
        ]
    )
