"""The two charts of a race that grow while it is played: throughput and tail latency so far.

A chart is built once, empty, with named data sets; the page appends rows to them. Scales are fixed beforehand
from the whole trace, so that nothing is cut off and nothing jumps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from mig_explorer.charts.progress import round_ticks
from mig_explorer.charts.theme import NUMBERS, ON_PAGE, config, dashes

if TYPE_CHECKING:
    from collections.abc import Mapping

HEIGHT = 150
PADDING = {"left": 46, "right": 118, "top": 9, "bottom": 22}


@dataclass(frozen=True)
class LiveChart:
    """A growing chart and what the page must know to feed it.

    Attributes
    ----------
    field : str
        The figure it shows: ``"throughput"`` or ``"p99"``.
    title : str
        Its heading, with the unit.
    top : float
        Upper end of the vertical scale, in the unit of the heading.
    altair : altair.LayerChart
        Lines over the data set ``progress`` (time, mode, value) and labels over ``ends``
        (time, mode, value, label).
    """

    field: str
    title: str
    top: float
    altair: alt.LayerChart

    def plan(self) -> dict[str, Any]:
        """Give the chart as JSON for the page."""
        spec = self.altair.to_dict()
        return {
            "field": self.field,
            "title": self.title,
            "top": self.top,
            "height": HEIGHT,
            "padding": dict(PADDING),
            "spec": spec,
        }


def live_chart(
    field: str, title: str, modes: Mapping[str, str], *, time_end: float, largest: float
) -> LiveChart:
    """Build an empty chart with one line a sharing mode, labelled at its end.

    Parameters
    ----------
    field : str
        Name of the figure in the samples.
    title : str
        Heading, with the unit.
    modes : mapping of str to str
        The label of each line, by the short name of its mode, which chooses the colour.
    time_end : float
        End of the race on the horizontal axis, in the axis's unit.
    largest : float
        Largest value that will ever be shown.

    Examples
    --------
    >>> chart = live_chart(
    ...     "throughput",
    ...     "Requests/s so far",
    ...     {"monolithic": "Monolithic"},
    ...     time_end=35.0,
    ...     largest=616.0,
    ... )
    >>> chart.top, [layer["data"] for layer in chart.plan()["spec"]["layer"]]
    (800.0, [{'name': 'progress'}, {'name': 'ends'}, {'name': 'ends'}])
    """
    ticks = round_ticks(largest)
    times = [tick for tick in round_ticks(time_end, parts=7) if tick <= time_end * (1 + 1e-9)]
    names = list(modes.values())
    colour = alt.Color(
        "mode:N", scale=alt.Scale(domain=names, range=list(ON_PAGE.colours(list(modes)))), legend=None
    )
    dash = alt.StrokeDash("mode:N", scale=alt.Scale(domain=names, range=dashes(len(names))), legend=None)
    across = alt.X(
        "time:Q",
        scale=alt.Scale(domain=[0, time_end], nice=False, zero=False),
        axis=alt.Axis(values=times, format=NUMBERS, title=None),
    )

    def upward(value: str) -> alt.Y:
        return alt.Y(
            f"{value}:Q",
            scale=alt.Scale(domain=[0, ticks[-1]], nice=False),
            axis=alt.Axis(values=list(ticks), format=NUMBERS, title=None),
        )

    lines = alt.Chart(alt.NamedData(name="progress"))
    ends = alt.Chart(alt.NamedData(name="ends")).encode(x=across, color=colour)
    # No words for each mark: a screen reader would read hundreds. The chart has one description.
    layers = [
        lines.mark_line(aria=False, strokeWidth=2.2, strokeCap="round", strokeJoin="round").encode(
            x=across, y=upward("value"), color=colour, strokeDash=dash
        ),
        ends.mark_circle(aria=False, size=34, opacity=1).encode(y=upward("value")),
        ends.mark_text(
            aria=False, align="left", baseline="middle", dx=8, fontSize=11, limit=PADDING["right"] - 10
        ).encode(y=upward("label"), text="mode:N"),
    ]
    chart = alt.LayerChart(
        layer=layers,
        width=400,
        height=HEIGHT,
        padding=dict(PADDING),
        autosize=alt.AutoSizeParams(type="none"),
        description=f"{title}: one line for each of {', '.join(names)}.",
        config=config(ON_PAGE),
    )
    return LiveChart(field=field, title=title, top=ticks[-1], altair=chart)
