"""A still chart of an experiment: tail latency and throughput by number of tenants, a line for each mode."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import altair as alt

from mig_explorer.charts.progress import TimeUnit, round_ticks
from mig_explorer.charts.theme import NUMBERS, PRINTED, Theme, config, dashes, spread
from mig_explorer.charts.vega import svg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.experiments import Result

HEIGHT = 150
BESIDE = {"width": 250, "labels": 105}
"""Two panels beside each other fit a notebook of 850 pixels, next to JupyterLab's file browser."""

STACKED = {"width": 460, "labels": 250}
SHORT = 17
"""Names of modes up to so many characters leave room for the second panel."""

MOST_TICKS = 12


class ComparisonChart(alt.ConcatChart):
    """An Altair chart that shows itself as SVG, so that it needs no network and no kernel."""

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        return {"image/svg+xml": svg(self.to_dict()), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return "<ComparisonChart: p99 latency and throughput by number of tenants>"


def chart(result: Result, theme: Theme = PRINTED) -> ComparisonChart:
    """Draw p99 latency and throughput of every sharing mode with 1, 2, … tenants.

    Parameters
    ----------
    result : Result
        What an experiment gave. The figures are its `by_tenants`, and modelled.
    theme : Theme
        Colours.

    Returns
    -------
    ComparisonChart
        An Altair chart: ``.save("x.png")``, ``.to_dict()`` and the rest work.

    Examples
    --------
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> experiment = Experiment("GB10", tenants=tenants(triad(elements=2**20), 2), modes=[Monolithic()])
    >>> chart(experiment.run()).title.text
    '1 to 2 tenants, one GB10'
    """
    rows = result.by_tenants.to_dict("records")
    header = result.header
    latencies = [row["latency_p99_s"] for row in rows if math.isfinite(row["latency_p99_s"])]
    unit = TimeUnit.reading(max(latencies, default=1.0))
    figures = [
        {
            "mode": row["title"],
            "tenants": row["tenants"],
            "latency": row["latency_p99_s"] * unit.factor,
            "throughput": row["throughput_per_s"],
        }
        for row in rows
    ]
    titles_by_slug = {row["mode"]: row["title"] for row in rows}
    colours = dict(zip(titles_by_slug.values(), theme.colours(list(titles_by_slug)), strict=True))
    count = len(header["tenants"])
    provenance = header["provenance"]
    titles = list(dict.fromkeys(tenant["title"] for tenant in header["tenants"]))
    heading = alt.TitleParams(
        f"1 to {count} tenants, one {header['gpu']}" if count > 1 else f"One tenant, one {header['gpu']}",
        subtitle=[
            f"{', '.join(titles)}.",
            (
                f"{provenance['time'].capitalize()} time (model {header['versions']['model']}), "
                f"not measured; kernels {provenance['kernels']}; seed {header['seed']}."
            ),
        ],
        offset=14,
    )
    beside = max(len(mode) for mode in colours) <= SHORT
    panels = [
        _panel(figures, field, title, colours, BESIDE if beside else STACKED)
        for field, title in (
            ("latency", f"p99 latency, {unit.name}, by number of tenants"),
            ("throughput", "Throughput, requests/s, by number of tenants"),
        )
    ]
    shown = ComparisonChart(concat=panels, columns=2 if beside else 1, spacing=20, title=heading)
    shown.config = config(theme)
    shown.padding = {"left": 12, "top": 12, "right": 12, "bottom": 12}
    return shown


def _panel(
    figures: Sequence[dict[str, Any]],
    field: str,
    title: str,
    colours: Mapping[str, str],
    size: Mapping[str, int],
) -> alt.LayerChart:
    count = max(row["tenants"] for row in figures)
    known = [
        row | {"latency": row["latency"] if math.isfinite(row["latency"]) else None}  # JSON has no NaN
        for row in figures
        if math.isfinite(row[field])
    ]
    ticks = round_ticks(max((row[field] for row in known), default=0.0))
    last = {row["mode"]: row for row in known}
    heights = spread({mode: row[field] for mode, row in last.items()}, ticks[-1], HEIGHT)
    ends = [{**row, "label": heights[mode]} for mode, row in last.items()]
    step = max(1, math.ceil(count / MOST_TICKS))
    across = alt.X(
        "tenants:Q",
        scale=alt.Scale(domain=[1, max(2, count)], nice=False, zero=False),
        axis=alt.Axis(values=list(range(1, count + 1, step)), format="d", title=None),
    )
    modes = list(colours)
    colour = alt.Color("mode:N", scale=alt.Scale(domain=modes, range=list(colours.values())), legend=None)
    dash = alt.StrokeDash("mode:N", scale=alt.Scale(domain=modes, range=dashes(len(modes))), legend=None)

    def upward(name: str) -> alt.Y:
        return alt.Y(
            f"{name}:Q",
            scale=alt.Scale(domain=[0, ticks[-1]], nice=False),
            axis=alt.Axis(values=list(ticks), format=NUMBERS, title=None),
        )

    lines = alt.Chart({"values": known}).encode(x=across, y=upward(field), color=colour)
    labels = alt.Chart({"values": ends}).encode(x=across, y=upward("label"), color=colour, text="mode:N")
    return alt.LayerChart(
        layer=[
            lines.mark_line(strokeWidth=2.2).encode(strokeDash=dash),
            lines.mark_circle(size=24, opacity=1),
            labels.mark_text(align="left", baseline="middle", dx=8, fontSize=11, limit=size["labels"]),
        ],
        width=size["width"],
        height=HEIGHT,
        title=alt.TitleParams(title, fontSize=12, offset=10),
    )
