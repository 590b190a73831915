"""A grid of cases: who is the better choice in each, by colour and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.palette import DARK_INK, LIGHT_INK, contrast
from mig_explorer.charts.theme import PRINTED, Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mig_explorer.charts.drawing import Row, StillChart

NEITHER = "#dfe3e8"
EITHER = "#f3dc9a"


def case_grid(
    frame: pd.DataFrame, columns: tuple[str, str], title: str, axes: str, theme: Theme = PRINTED
) -> StillChart:
    """Draw a cell for each case, coloured by who wins and with a word in it.

    Parameters
    ----------
    frame : DataFrame
        A row for each case: the two columns, ``winner`` and ``cell``, the word. Its
        ``attrs["provenance"]`` is the subtitle's last line, and ``attrs["winners"]`` names the winners in
        the order of the legend: the first two are the parties, then a draw, then none.
    columns : tuple of str
        The column across and the column downward, in the order in which they first come.
    title : str
        What the cases come to, in one sentence.
    axes : str
        What is across, what is downward, and what a cell says.
    theme : Theme
        Colours.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {
    ...     "users": ["1", "7"],
    ...     "job": ["chat", "chat"],
    ...     "winner": ["B", "A"],
    ...     "cell": ["1 : 1", "1 : 7"],
    ... }
    >>> frame = pd.DataFrame(rows)
    >>> frame.attrs |= {"provenance": "Modelled.", "winners": ("A", "B", "either", "neither")}
    >>> case_grid(frame, ("users", "job"), "A wins from 7 users on.", "Users by job").title.text
    ['A wins from 7 users on.']
    """
    across, down = columns
    winners = tuple(frame.attrs["winners"])
    fills = dict(zip(winners, (*theme.others[:2], EITHER, NEITHER), strict=True))
    rows: list[Row] = [
        {
            "x": str(row[across]),
            "y": str(row[down]),
            "cell": str(row["cell"]),
            "colour": fills[row["winner"]],
            "ink": _ink(fills[row["winner"]]),
        }
        for row in parts.records(frame)
    ]
    figures = parts.Figures(title, axes, str(frame.attrs["provenance"]), {"cells": rows, "key": _key(fills)})
    orders = [list(dict.fromkeys(str(each) for each in frame[name])) for name in columns]
    shown = parts.still([_cells(orders), _legend(theme)], figures, theme)
    shown.concat[0].height = 24 * len(orders[1])
    shown.concat[1].height = 16
    return shown


def _cells(orders: list[list[str]]) -> alt.LayerChart:
    x = alt.X("x:N", sort=orders[0], axis=alt.Axis(title=None, labelAngle=0, orient="top"))
    y = alt.Y("y:N", sort=orders[1], axis=alt.Axis(title=None, labelLimit=220))
    cells = parts.rows_of("cells")
    return alt.LayerChart(
        layer=[
            cells.mark_rect(aria=False, stroke="white", strokeWidth=2, cornerRadius=3).encode(
                x=x, y=y, color=parts.colour()
            ),
            cells.mark_text(aria=False, fontSize=10).encode(
                x=x, y=y, text="cell:N", color=alt.Color("ink:N", scale=None, legend=None)
            ),
        ]
    )


def _legend(theme: Theme) -> alt.LayerChart:
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=None)
    key = parts.rows_of("key")
    return alt.LayerChart(
        layer=[
            key.mark_square(aria=False, size=130, opacity=1).encode(x=x, color=parts.colour()),
            key.mark_text(aria=False, align="left", dx=11, fontSize=11, color=theme.ink).encode(
                x=x, text="name:N"
            ),
        ]
    )


def _key(fills: Mapping[str, str]) -> list[Row]:
    letters, rows = 0, []
    total = sum(len(name) + 7 for name in fills)
    for name, colour in fills.items():
        rows.append({"x": 0.01 + letters / total, "name": name, "colour": colour})
        letters += len(name) + 7
    return rows


def _ink(fill: str) -> str:
    return max(LIGHT_INK, DARK_INK, key=lambda ink: contrast(fill, ink))
