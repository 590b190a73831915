"""Ratios with their bands against 1: a dot and a bar for each, on a scale where twice and half are alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import PRINTED, Theme
from mig_explorer.experiments.words import times

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.charts.drawing import Figures, Row, StillChart

TICKS = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64, 128, 256)
NAMES = 190
"""Pixels for the name in front of a row."""


def ratios(frame: pd.DataFrame, title: str, axes: str, provenance: str, theme: Theme = PRINTED) -> StillChart:
    """Draw ratios, one in each row, with the range that each lies in.

    Parameters
    ----------
    frame : DataFrame
        ``title`` of each row, ``value``, ``low`` and ``high``, more than 0 each; a row without a value is
        left out, and one without a band has no bar. ``mode``, where there is one, gives the colour.
    title : str
        What the figures come to.
    axes : str
        What is divided by what.
    provenance : str
        Where the figures are from.
    theme : Theme
        Colours.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"title": ["MPS"], "value": [3.5], "low": [2.0], "high": [3.6]})
    >>> ratios(rows, "MPS does more.", "work against one after another", "Modelled.").description
    'MPS does more. work against one after another. Modelled.'
    """
    found = figures(frame, title, axes, provenance, theme)
    return parts.still([drawing(found, theme)], found, theme)


def figures(frame: pd.DataFrame, title: str, axes: str, provenance: str, theme: Theme = PRINTED) -> Figures:
    """Return what the chart says and its rows, from the top down.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"title": ["MPS"], "value": [3.5], "low": [2.0], "high": [3.6]})
    >>> figures(rows, "MPS does more.", "work", "Modelled.").data["dots"][0]["words"]
    '3.5 times'
    """
    given = parts.records(frame)
    # Also of rows that are left out: a mode keeps its colour from one chart to the next.
    looks = parts.styles({str(row.get("mode", row["title"])): str(row["title"]) for row in given}, theme)
    given = [row for row in given if math.isfinite(row["value"])]
    dots: list[Row] = []
    for place, row in enumerate(given):
        look = looks[str(row.get("mode", row["title"]))]
        low, high = (row.get(end, math.nan) for end in ("low", "high"))
        low, high = (value if math.isfinite(value) else row["value"] for value in (low, high))
        dots.append(
            {
                **look.row(),
                "mode": str(row["title"]),
                "place": place,
                "value": row["value"],
                "low": low,
                "high": high,
                "words": times(row["value"]),
            }
        )
    return parts.Figures(title, axes, provenance, {"dots": dots, "one": [{"value": 1.0}]})


def drawing(found: Figures, theme: Theme) -> alt.LayerChart:
    """Return the chart over the rows of `figures`, whose ends give its scale."""
    dots = found.data["dots"]
    lowest = min([1.0, *(row["low"] for row in dots)])
    highest = max([1.0, *(row["high"] for row in dots)])
    ticks = [tick for tick in TICKS if lowest / 2 < tick < highest * 2]
    scale = alt.Scale(type="log", domain=[min(lowest, ticks[0]) / 1.08, max(highest, ticks[-1]) * 1.35])
    labels = "datum.value < 1 ? '1/' + format(1 / datum.value, 'd') : format(datum.value, 'd')"
    x = alt.X("value:Q", scale=scale, axis=alt.Axis(values=ticks, labelExpr=labels, title=None, grid=True))
    rows = alt.Scale(domain=[-0.6, len(dots) - 0.4], reverse=True, nice=False, zero=False)
    y = alt.Y("place:Q", scale=rows, axis=None)
    mark = parts.rows_of("dots")
    rule = parts.rows_of("one").mark_rule(aria=False, color=theme.quiet, strokeWidth=1, opacity=0.7)
    bars = mark.mark_rule(aria=False, strokeWidth=5, opacity=0.3, strokeCap="round")
    names = mark.mark_text(aria=False, align="left", baseline="middle", fontSize=11, color=theme.ink)
    words = mark.mark_text(aria=False, align="left", baseline="bottom", dx=5, dy=-3, fontSize=10)
    return alt.LayerChart(
        layer=[
            rule.encode(x=x),
            bars.encode(x=alt.X("low:Q", scale=scale), x2="high:Q", y=y, color=parts.colour()),
            mark.mark_circle(aria=False, size=70, opacity=1).encode(x=x, y=y, color=parts.colour()),
            words.encode(x=x, y=y, text="words:N", color=parts.colour()),
            names.encode(x=alt.value(-NAMES), y=y, text="mode:N"),
        ]
    )
