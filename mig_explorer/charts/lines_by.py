"""A line for each of several ways to do the same, over whatever is turned: a rate, a count, a size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.progress import round_ticks
from mig_explorer.charts.theme import PRINTED, Theme, spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from mig_explorer.charts.drawing import Row, StillChart, Style


@dataclass(frozen=True)
class Words:
    """What the chart says.

    Parameters
    ----------
    title : str
        What the figures come to, in one sentence.
    axes : str
        What is drawn against what, in which unit.
    """

    title: str
    axes: str


@dataclass(frozen=True)
class Marks:
    """What is marked in the plot.

    Parameters
    ----------
    level : float, optional
        A height that matters, such as a latency target, dotted.
    level_name : str
        What it is called.
    chosen : float, optional
        A place across that was asked for.
    top : float, optional
        Upper end of the scale; what is higher leaves the plot. By default all is shown.
    logarithmic : bool
        Whether the scale across is.
    """

    level: float | None = None
    level_name: str = ""
    chosen: float | None = None
    top: float | None = None
    logarithmic: bool = False


NO_MARKS = Marks()
SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def lines_by(
    frame: pd.DataFrame,
    columns: tuple[str, str],
    words: Words,
    marks: Marks = NO_MARKS,
    theme: Theme = PRINTED,
) -> StillChart:
    """Draw a line for each way.

    Parameters
    ----------
    frame : DataFrame
        A row for each point: ``way``, and the two columns. Where the height is NaN there is no point, and
        where it is infinite the line leaves the plot. Its ``attrs["provenance"]`` is the subtitle's last
        line, and ``attrs["slugs"]`` may give short names by way: ``"monolithic"`` is drawn in the quiet
        colour.
    columns : tuple of str
        The column across and the column upward.
    words : Words
        Title and axes.
    marks : Marks
        What is marked.
    theme : Theme
        Colours.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"way": ["MPS", "MPS"], "models": [1, 2], "rate": [10.0, 8.0]})
    >>> frame.attrs["provenance"] = "Modelled."
    >>> words = Words("MPS serves less the more models there are.", "Requests/s by number of models")
    >>> lines_by(frame, ("models", "rate"), words).title.subtitle
    ['Requests/s by number of models', 'Modelled.']
    """
    across, upward = columns
    slugs = frame.attrs.get("slugs", {})
    names = list(dict.fromkeys(frame["way"]))
    looks = dict(
        zip(names, parts.styles({slugs.get(name, name): name for name in names}, theme).values(), strict=True)
    )
    points = [
        {"way": row["way"], "x": float(row[across]), "value": float(row[upward])}
        for row in parts.records(frame)
        if not math.isnan(row[upward])
    ]
    data = _data(points, looks, marks)
    figures = parts.Figures(words.title, words.axes, str(frame.attrs["provenance"]), data)
    return parts.still([drawing(theme, logarithmic=marks.logarithmic)], figures, theme)


def drawing(theme: Theme, *, logarithmic: bool = False) -> alt.LayerChart:
    """Return the chart without its rows."""
    axis = alt.Axis(**parts.axes({"labelFlush": False}), title=None)
    kind: dict[str, Any] = {"type": "log"} if logarithmic else {"zero": False}
    x = alt.X("x:Q", scale=alt.Scale(nice=False, **kind), axis=axis)
    y = parts.upward("value")
    lines = parts.rows_of("lines")
    level = parts.rows_of("level")
    return alt.LayerChart(
        layer=[
            parts.unseen(x, y),
            parts.rows_of("chosen")
            .mark_rule(aria=False, color=theme.quiet, strokeWidth=1, opacity=0.45)
            .encode(x=x),
            level.mark_rule(aria=False, color=theme.quiet, strokeDash=[2, 3]).encode(y=y),
            *(
                parts.rows_of(f"level {side}")
                .mark_text(aria=False, align=side, baseline="bottom", dy=-3, fontSize=10, color=theme.quiet)
                .encode(x=x, y=y, text="name:N")
                for side in SIDES
            ),
            lines.mark_line(aria=False, strokeWidth=2.2, strokeCap="round", strokeJoin="round").encode(
                x=x, y=y, color=parts.colour(), strokeDash=parts.dash(), detail=alt.Detail("mode:N")
            ),
            lines.mark_circle(aria=False, size=20, opacity=1)
            .transform_filter("datum.whole")
            .encode(x=x, y=y, color=parts.colour()),
            parts.end_labels("ends", x, parts.upward("height"), parts.LABELS),
        ]
    )


def _data(points: Sequence[Row], looks: Mapping[str, Style], marks: Marks) -> dict[str, list[Row]]:
    finite = [row["value"] for row in points if math.isfinite(row["value"])]
    highest = max([*finite, marks.level or 0.0], default=1.0) or 1.0
    top = marks.top or round_ticks(highest)[-1]
    data: dict[str, list[Row]] = {"lines": [], "ends": []}
    for way, look in looks.items():
        rows = sorted((row for row in points if row["way"] == way), key=lambda row: row["x"])
        _add(data, look, rows, top, logarithmic=marks.logarithmic)
    places = [row["x"] for row in data["lines"]] or [1.0]
    first, last = min(places), max(places)
    if first == last:
        last = first * 2 if marks.logarithmic else first + 1
    shown = marks.chosen is not None and first <= marks.chosen <= last
    data["chosen"] = [{"x": marks.chosen}] if shown else []
    data |= _level(data["lines"], marks, (first, last))
    data["scale"] = parts.corners((first, 0.0), (last, top), names=("x", "value"))
    for row in data["ends"]:
        row["x"] = last
    heights = spread({row["mode"]: row["value"] for row in data["ends"]}, top, parts.HEIGHT)
    for row in data["ends"]:
        row["height"] = heights[row["mode"]]
    return data


def _add(
    data: dict[str, list[Row]], look: Style, rows: Sequence[Row], top: float, *, logarithmic: bool
) -> None:
    """Add a line up to where it leaves the plot, and its name."""
    before: Row | None = None
    for row in rows:
        now = {**look.row(), "x": row["x"], "value": row["value"], "whole": True}
        if row["value"] > top:
            if before is not None:
                rise = row["value"] - before["value"]
                share = (top - before["value"]) / rise if math.isfinite(rise) and rise > 0 else 1.0
                if logarithmic:
                    place = before["x"] * (row["x"] / before["x"]) ** share
                else:
                    place = before["x"] + share * (row["x"] - before["x"])
                data["lines"].append({**now, "x": place, "value": top, "whole": False})
            data["ends"].append({**look.row(), "mode": f"{look.label} ↑", "value": top})
            return
        data["lines"].append(now)
        before = now
    if before is not None:
        data["ends"].append({**look.row(), "value": before["value"]})


def _level(lines: Sequence[Row], marks: Marks, ends: tuple[float, float]) -> dict[str, list[Row]]:
    """Return the level that matters, and its name at the end from which the lines are farther."""
    found: dict[str, list[Row]] = {"level": [], **{f"level {side}": [] for side in SIDES}}
    if marks.level is None:
        return found
    free = {
        side: min((abs(row["value"] - marks.level) for row in lines if row["x"] == end), default=math.inf)
        for side, end in zip(SIDES, ends, strict=True)
    }
    side = max(SIDES, key=lambda each: free[each])
    row = {"x": ends[SIDES.index(side)], "value": marks.level, "name": marks.level_name}
    return found | {"level": [row], f"level {side}": [row]}
