"""A plan of the seats of some boards: a bar for each seat, filled if somebody sits there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import PRINTED, Theme

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.charts.drawing import Figures, Row, StillChart

STATES = ("taken", "free", "lost")
MOST_BOARDS = 16
ROW = 22
"""Pixels that a board has of the height."""


def seat_map(frame: pd.DataFrame, title: str, theme: Theme = PRINTED) -> StillChart:
    """Draw the first boards of a fleet, a row each.

    Parameters
    ----------
    frame : DataFrame
        A row for each seat: ``board``, its name; ``seat``, its size; ``share`` of the board, more than 0; and
        ``state``, one of `STATES`. ``attrs["provenance"]`` is the last line of the subtitle.
    title : str
        What the figures come to.
    theme : Theme
        Colours.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Examples
    --------
    >>> import pandas as pd
    >>> seats = pd.DataFrame({"board": ["a"] * 2, "seat": ["4g.24gb"] * 2, "share": [0.5, 0.5]})
    >>> seats["state"] = ["taken", "free"]
    >>> seats.attrs["provenance"] = "Counted."
    >>> seat_map(seats, "One of two seats is taken.").title.subtitle[0]
    'seats of each board by share of its memory slices; filled: taken, outlined: free'
    """
    found = figures(frame, title, theme)
    shown = parts.still([drawing()], found, theme)
    shown.concat[0].height = ROW * len({row["board"] for row in found.data["seats"]})
    return shown


def figures(frame: pd.DataFrame, title: str, theme: Theme) -> Figures:
    """Return what the chart says and its rows."""
    fills = {"taken": theme.others[0], "free": theme.background, "lost": theme.line}
    inks = {"taken": "#ffffff", "free": theme.quiet, "lost": theme.quiet}
    boards = list(dict.fromkeys(frame["board"]))
    reached: dict[str, float] = {}
    rows: list[Row] = []
    for row in parts.records(frame[frame["board"].isin(boards[:MOST_BOARDS])]):
        begin = reached.get(row["board"], 0.0)
        end = begin + row["share"]
        reached[row["board"]] = end
        rows.append(
            {
                "board": row["board"],
                "number": boards.index(row["board"]),
                "from": begin + 0.003,
                "to": end - 0.003,
                "middle": (begin + end) / 2,
                "word": {"lost": "lost"}.get(row["state"], row["seat"].partition(".")[0]),
                "fill": fills[row["state"]],
                "ink": inks[row["state"]],
                "line": theme.others[0] if row["state"] != "lost" else theme.quiet,
            }
        )
    lost = "; grey: lost" if "lost" in set(frame["state"]) else ""
    more = f"; the first {MOST_BOARDS} of {len(boards)} boards" if len(boards) > MOST_BOARDS else ""
    return parts.Figures(
        title,
        f"seats of each board by share of its memory slices; filled: taken, outlined: free{lost}{more}",
        str(frame.attrs["provenance"]),
        {"seats": rows},
    )


def drawing() -> alt.LayerChart:
    """Return the chart without its rows."""
    seats = parts.rows_of("seats")
    y = alt.Y(
        "board:N",
        sort=alt.EncodingSortField("number", op="min", order="ascending"),
        axis=alt.Axis(title=None, grid=False, labelLimit=180),
        scale=alt.Scale(paddingInner=0.22, paddingOuter=0.05),
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("from:Q", scale=scale, axis=None)
    return alt.LayerChart(
        layer=[
            seats.mark_bar(aria=False, cornerRadius=2, strokeWidth=1).encode(
                x=x,
                x2="to:Q",
                y=y,
                color=alt.Color("fill:N", scale=None, legend=None),
                stroke=alt.Stroke("line:N", scale=None, legend=None),
            ),
            seats.mark_text(aria=False, fontSize=10, baseline="middle", limit=60).encode(
                x=alt.X("middle:Q", scale=scale, axis=None),
                y=y,
                text="word:N",
                color=alt.Color("ink:N", scale=None, legend=None),
            ),
        ]
    )
