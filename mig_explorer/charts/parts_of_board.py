"""What of a board is used, idle or out of reach: a row for each sharing mode, a bar for each resource."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import PRINTED, Theme
from mig_explorer.experiments.words import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mig_explorer.charts.drawing import Figures, Row, StillChart

GAP = 0.42
"""Between two bars beside each other, in lengths of a bar."""

NAMES = 150
THICK = 13


def parts_of_board(
    frame: pd.DataFrame, resources: Mapping[str, str], title: str, provenance: str, theme: Theme = PRINTED
) -> StillChart:
    """Draw what share of each resource of a board each sharing mode uses.

    Parameters
    ----------
    frame : DataFrame
        ``mode``, ``title``, and of each resource ``…_used_percent`` and ``…_out_of_reach_percent``; what is
        not known is NaN and leaves a gap.
    resources : mapping of str to str
        What the columns begin with, and what to call it.
    title : str
        What the figures come to.
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
    >>> row = {"mode": "mps", "title": "MPS", "sms_used_percent": 60.0, "sms_out_of_reach_percent": 0.0}
    >>> parts_of_board(pd.DataFrame([row]), {"sms": "SMs"}, "MPS uses 60 %.", "Modelled.").description
    'MPS uses 60 %. share of the board in use. Modelled.'
    """
    found = figures(frame, resources, title, provenance, theme)
    return parts.still([drawing(len(frame), len(resources), theme)], found, theme, width=parts.WIDTH + 70)


def figures(
    frame: pd.DataFrame, resources: Mapping[str, str], title: str, provenance: str, theme: Theme = PRINTED
) -> Figures:
    """Return what the chart says and its rows: bars by their ends, in lengths of a bar.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"mode": "mps", "title": "MPS", "sms_used_percent": 60.0, "sms_out_of_reach_percent": 10.0}
    >>> found = figures(pd.DataFrame([row]), {"sms": "SMs"}, "MPS uses 60 %.", "Modelled.")
    >>> [(bar["value"], bar["end"]) for bar in found.data["used"] + found.data["out"]]
    [(0.0, 0.6), (0.9, 1.0)]
    """
    looks = parts.styles(dict(zip(frame["mode"], frame["title"], strict=True)), theme)
    data: dict[str, list[Row]] = {"used": [], "out": [], "whole": [], "names": [], "heads": []}
    for place, row in enumerate(parts.records(frame)):
        look = looks[str(row["mode"])]
        data["names"].append({**look.row(), "place": place})
        for column, name in enumerate(resources):
            begin = column * (1 + GAP)
            used, out = (row[f"{name}_{what}_percent"] / 100 for what in ("used", "out_of_reach"))
            where = {**look.row(), "place": place, "value": begin}
            if not math.isfinite(used):
                continue
            data["whole"].append({**where, "end": begin + 1})
            data["used"].append({**where, "end": begin + used, "words": _short(used), "until": begin + 1})
            if out > 0:
                data["out"].append({**where, "value": begin + 1 - out, "end": begin + 1})
    data["heads"] = [
        {"value": column * (1 + GAP), "words": words} for column, words in enumerate(resources.values())
    ]
    unreached = "; dark grey: out of every tenant's reach" if data["out"] else ""
    return parts.Figures(title, f"share of the board in use{unreached}", provenance, data)


def drawing(modes: int, resources: int, theme: Theme) -> alt.LayerChart:
    """Return the chart without its rows.

    Parameters
    ----------
    modes, resources : int
        How many rows and how many bars in each.
    theme : Theme
        Colours.
    """
    across = alt.Scale(domain=[0, resources * (1 + GAP)], nice=False)
    down = alt.Scale(domain=[-1.1, modes - 0.4], reverse=True, nice=False, zero=False)
    bare = alt.Axis(labels=False, grid=False, title=None)
    x, y = alt.X("value:Q", scale=across, axis=bare), alt.Y("place:Q", scale=down, axis=bare)

    def bars(name: str) -> alt.Chart:
        mark = parts.rows_of(name).mark_rule(aria=False, strokeWidth=THICK)
        drawn: alt.Chart = mark.encode(x=x, x2="end:Q", y=y)
        return drawn

    def text(name: str, size: int = 11, shift: int = 0) -> alt.Chart:
        mark = parts.rows_of(name)
        drawn: alt.Chart = mark.mark_text(
            aria=False, align="left", baseline="middle", fontSize=size, dx=shift
        )
        return drawn

    quiet, ink = alt.value(theme.quiet), alt.value(theme.ink)
    return alt.LayerChart(
        layer=[
            bars("whole").encode(color=alt.value(theme.line)),
            bars("out").encode(color=alt.value(theme.quiet), opacity=alt.value(0.45)),
            bars("used").encode(color=parts.colour()),
            text("used", 10, 4).encode(x=alt.X("until:Q", scale=across), y=y, text="words:N", color=quiet),
            text("names").encode(x=alt.value(-NAMES), y=y, text="mode:N", color=ink),
            text("heads").encode(x=x, y=alt.value(4), text="words:N", color=quiet),
        ]
    )


def _short(share: float) -> str:
    return percent(share).replace("less than", "<")
