"""How much of the board is in use over time, a line for each sharing mode: its SMs, its memory bandwidth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.latency_by_tenants import provenance_of
from mig_explorer.charts.progress import TimeUnit
from mig_explorer.charts.theme import PRINTED, Theme, spread
from mig_explorer.experiments.words import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mig_explorer.charts.drawing import Figures, Row, StillChart, Style
    from mig_explorer.experiments import Result

RESOURCES = {"sm_use": "SMs", "bandwidth_use": "memory bandwidth"}
"""What can be drawn, by the column that holds it."""

BINS = 60


def use_over_time(result: Result, theme: Theme = PRINTED, bins: int = BINS) -> StillChart:
    """Draw what share of the board's SMs and of its memory bandwidth is in use, over the modelled time.

    Parameters
    ----------
    result : Result
        What an experiment gave; its ``over_time`` is drawn.
    theme : Theme
        Colours.
    bins : int
        Into how many equal parts the time is cut.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Examples
    --------
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> experiment = Experiment("GB10", tenants=tenants(triad(elements=2**20), 2), modes=[Monolithic()])
    >>> use_over_time(experiment.modelled()).title.subtitle[0]
    'share of the board in use, %, over modelled time, ms'
    """
    frame = result.over_time(bins)
    looks = parts.styles(dict(zip(frame["mode"], frame["title"], strict=True)), theme)
    panels, titles, captions = [], [], []
    data: dict[str, list[Row]] = {}
    axes = ""
    for column, what in RESOURCES.items():
        found = figures(frame, looks, provenance_of(result), column)
        panels.append(drawing(labels=parts.LABELS, prefix=column))
        data |= {f"{column}-{name}": rows for name, rows in found.data.items()}
        titles.append(found.title)
        captions.append(what[0].upper() + what[1:])
        axes = found.axes.replace(what, "the board")
    whole = parts.Figures(" ".join(titles), axes, provenance_of(result), data)
    return parts.still(panels, whole, theme, captions=captions)


def figures(
    frame: pd.DataFrame, looks: Mapping[str, Style], provenance: str, column: str = "sm_use"
) -> Figures:
    """Return what the chart of one resource says and its rows.

    Parameters
    ----------
    frame : DataFrame
        ``mode``, ``from_s``, ``to_s`` (modelled seconds) and the column, a share from 0 to 1; NaN where it is
        not known.
    looks : mapping of str to Style
        By mode, in the order in which they are drawn.
    provenance : str
        Where the figures are from.
    column : str
        ``"sm_use"`` or ``"bandwidth_use"``.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"mode": ["mps"] * 2, "from_s": [0, 1], "to_s": [1, 2], "sm_use": [0.5, 0.7]}
    >>> looks = parts.styles({"mps": "MPS"}, PRINTED)
    >>> figures(pd.DataFrame(rows), looks, "Modelled.").title
    'On average 60 % of the SMs are in use on MPS.'
    """
    what = RESOURCES[column]
    unit = TimeUnit.reading(float(frame["to_s"].max()) if len(frame) else 1.0)
    end = float(frame["to_s"].max()) * unit.factor if len(frame) else 1.0
    data: dict[str, list[Row]] = {
        "lines": [],
        "ends": [],
        "scale": parts.corners((0.0, 0.0), (end, 100.0), names=("time", "value")),
    }
    means: dict[str, float] = {}
    for slug, look in looks.items():
        mine = frame[frame["mode"] == slug]
        columns = (mine["from_s"] * unit.factor, mine["to_s"] * unit.factor, mine[column] * 100)
        rows = [
            (begin, end_, value)
            for begin, end_, value in zip(*(each.tolist() for each in columns), strict=True)
            if math.isfinite(value)
        ]
        if not rows:
            continue
        data["lines"] += [{**look.row(), "time": begin, "value": value} for begin, _, value in rows]
        data["lines"].append({**look.row(), "time": rows[-1][1], "value": rows[-1][2]})
        data["ends"].append({**look.row(), "time": rows[-1][1], "value": rows[-1][2]})
        means[look.label] = sum(value for _, _, value in rows) / len(rows) / 100
    heights = spread({row["mode"]: row["value"] for row in data["ends"]}, 100.0, parts.HEIGHT)
    for row in data["ends"]:
        row["height"] = heights[row["mode"]]
    return parts.Figures(
        title=_title(means, what),
        axes=f"share of {what} in use, %, over modelled time, {unit.name}",
        provenance=provenance,
        data=data,
    )


def drawing(labels: int = 110, prefix: str = "") -> alt.LayerChart:
    """Return the chart of one resource without its rows.

    Parameters
    ----------
    labels : int
        Pixels there are for the name at the end of a line.
    prefix : str
        What the names of its data sets begin with.
    """
    start = f"{prefix}-" if prefix else ""
    x, y = parts.across("time"), parts.upward("value", values=[0, 25, 50, 75, 100])
    mark = parts.rows_of(f"{start}lines").mark_line(
        aria=False, strokeWidth=2, interpolate="step-after", strokeJoin="round"
    )
    return alt.LayerChart(
        layer=[
            parts.unseen(x, y, f"{start}scale"),
            mark.encode(x=x, y=y, color=parts.colour(), strokeDash=parts.dash(), detail=alt.Detail("mode:N")),
            parts.end_labels(f"{start}ends", x, parts.upward("height", values=[0, 25, 50, 75, 100]), labels),
        ]
    )


def _title(means: Mapping[str, float], what: str) -> str:
    verb = "are" if what == "SMs" else "is"
    if not means:
        return f"How much of the {what} is in use is not known."
    least, most = min(means, key=lambda label: means[label]), max(means, key=lambda label: means[label])
    if percent(means[least]) == percent(means[most]):
        others = " and all others" if len(means) > 1 else ""
        return f"On average {percent(means[most])} of the {what} {verb} in use on {most}{others}."
    return (
        f"On average {percent(means[most])} of the {what} {verb} in use on {most}, "
        f"{percent(means[least])} on {least}."
    )
