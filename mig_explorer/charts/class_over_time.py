"""How full a class is from moment to moment: who has come, who sits and who waits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import PRINTED, Theme, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mig_explorer.charts.drawing import Figures, Row, StillChart

MINUTE = 60.0
DASHES = {"arrived": [2, 2], "seated": [1, 0], "waiting": [5, 3]}
"""The lines by the column that holds them, and how they are dashed."""


def class_over_time(
    tables: Mapping[str, pd.DataFrame],
    *,
    until_s: float,
    lost_s: float | None = None,
    provenance: str = "",
    theme: Theme = PRINTED,
) -> StillChart:
    """Draw a panel for each fleet: users who have come, who sit and who wait, over minutes.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By the name of the fleet, `mig_explorer.fleet.Seating.over_time` of the same class: ``at_s``,
        ``arrived``, ``seated`` and ``waiting``.
    until_s : float
        Where the plot ends, in seconds after the doors open.
    lost_s : float, optional
        When a node is lost.
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
    >>> table = pd.DataFrame({"at_s": [0.0, 60.0], "arrived": [0, 8], "seated": [0, 7], "waiting": [0, 1]})
    >>> class_over_time({"one A100": table}, until_s=600.0, provenance="Counted.").description
    'Seated at the fullest: 7 of 8 on one A100. Users over minutes. Counted.'
    """
    found = figures(tables, until_s, lost_s, provenance, theme)
    panels = [drawing(theme, f"{number}-") for number in range(len(tables))]
    return parts.still(panels, found, theme, captions=list(tables))


def figures(
    tables: Mapping[str, pd.DataFrame], until_s: float, lost_s: float | None, provenance: str, theme: Theme
) -> Figures:
    """Return what the chart says and its rows; those of each panel begin with its number."""
    most = max(int(table["arrived"].max()) for table in tables.values())
    colours = {"arrived": theme.quiet, "seated": theme.others[0], "waiting": theme.others[1]}
    data: dict[str, list[Row]] = {}
    fullest, after = [], []
    for number, (name, table) in enumerate(tables.items()):
        rows, ends = [], {}
        for column, colour in colours.items():
            look: Row = {"mode": column, "colour": colour, "dash": DASHES[column]}
            steps = [
                (row["at_s"] / MINUTE, int(row[column]))
                for row in parts.records(table)
                if math.isfinite(row["at_s"]) and row["at_s"] < until_s
            ]
            steps.append((until_s / MINUTE, steps[-1][1]))
            rows += [{**look, "x": at, "value": value} for at, value in steps]
            ends[column] = float(steps[-1][1])
        heights = spread(ends, most, parts.HEIGHT)
        data[f"{number}-lines"] = rows
        data[f"{number}-ends"] = [
            {
                "mode": f"{column} {ends[column]:.0f}",
                "colour": colours[column],
                "x": until_s / MINUTE,
                "height": at,
            }
            for column, at in heights.items()
        ]
        data[f"{number}-lost"] = (
            [] if lost_s is None else [{"x": lost_s / MINUTE, "name": "a node is lost", "value": most}]
        )
        data[f"{number}-scale"] = parts.corners((0.0, 0.0), (until_s / MINUTE, float(most)))
        fullest.append(f"{int(table['seated'].max()):,} of {int(table['arrived'].max()):,} on {name}")
        if lost_s is not None:
            after.append(f"{int(table[table['at_s'] <= lost_s]['seated'].iloc[-1]):,}")
    lost = "" if lost_s is None else f"; after the loss {' and '.join(after)}"
    return parts.Figures(
        f"Seated at the fullest: {', '.join(fullest)}{lost}.", "Users over minutes", provenance, data
    )


def drawing(theme: Theme, prefix: str = "") -> alt.LayerChart:
    """Return one panel without its rows, whose data sets begin with the prefix."""
    x = parts.across("x", tickCount=8)
    lost = parts.rows_of(f"{prefix}lost")
    return alt.LayerChart(
        layer=[
            parts.unseen(x, parts.upward("value"), f"{prefix}scale"),
            lost.mark_rule(aria=False, color=theme.quiet, strokeWidth=1, opacity=0.6).encode(x=x),
            lost.mark_text(
                aria=False, align="left", baseline="top", dx=5, dy=6, fontSize=10, color=theme.quiet
            ).encode(x=x, y=parts.upward("value"), text="name:N"),
            parts.rows_of(f"{prefix}lines")
            .mark_line(aria=False, strokeWidth=2.2, interpolate="step-after")
            .encode(
                x=x,
                y=parts.upward("value"),
                color=parts.colour(),
                strokeDash=parts.dash(),
                detail=alt.Detail("mode:N"),
                order=alt.Order("x:Q"),
            ),
            parts.end_labels(f"{prefix}ends", x, parts.upward("height"), parts.LABELS),
        ]
    )
