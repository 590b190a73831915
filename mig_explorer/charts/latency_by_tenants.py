"""Tail latency by number of tenants, a line for each sharing mode, with the model's uncertainty around it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.progress import TimeUnit, round_ticks
from mig_explorer.charts.theme import PRINTED, Theme, spread
from mig_explorer.experiments.load import UNSTABLE
from mig_explorer.experiments.words import duration, tenant_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from mig_explorer.charts.drawing import Figures, Row, StillChart, Style
    from mig_explorer.experiments import Result

FARTHEST = 5.0
"""What is more than so many times the highest figure of the calmest mode leaves the plot at its top: modes
that cannot keep up would else press all others flat on the axis. At the chosen number of tenants four times
as much stays in sight."""


DODGE = 0.24
"""How far apart the bars of two modes stand, in tenants."""


def latency_by_tenants(result: Result, theme: Theme = PRINTED) -> StillChart:
    """Draw the p99 latency of every sharing mode with 1, 2, … tenants.

    Parameters
    ----------
    result : Result
        What an experiment gave; its ``by_tenants`` is drawn.
    theme : Theme
        Colours.

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
    >>> latency_by_tenants(experiment.run()).title.text[0][:29]
    'p99 latency with two tenants:'
    """
    sweep = result.by_tenants
    looks = parts.styles(dict(zip(sweep["mode"], sweep["title"], strict=True)), theme)
    found = figures(sweep, looks, provenance_of(result))
    return parts.still([drawing(theme, labels=parts.LABELS)], found, theme)


def provenance_of(result: Result) -> str:
    """Say what kind of figures a result holds."""
    header = result.header
    return (
        f"{header['provenance']['time'].capitalize()} time (model {header['versions']['model']}), "
        f"not measured; {header['gpu']}; seed {header['seed']}."
    )


def figures(
    sweep: pd.DataFrame, looks: Mapping[str, Style], provenance: str, chosen: int | None = None
) -> Figures:
    """Return what the chart says and its rows.

    Parameters
    ----------
    sweep : DataFrame
        ``mode``, ``tenants``, ``latency_p99_s`` and, where known, ``load`` (where it is 1 or more, latency
        has no end: the line leaves the plot), ``latency_p99_low_s`` and
        ``latency_p99_high_s``: the same were every request as fast, or as slow, as the model's band says.
    looks : mapping of str to Style
        By mode, in the order in which they are drawn.
    provenance : str
        Where the figures are from.
    chosen : int, optional
        Number of tenants to mark and to speak of; only there the band is drawn, as a bar. By default the
        largest, and the band everywhere.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"mode": ["mps"] * 2, "tenants": [1, 2], "latency_p99_s": [0.01, 0.02]}
    >>> looks = parts.styles({"mps": "MPS"}, PRINTED)
    >>> found = figures(pd.DataFrame(rows), looks, "Modelled.")
    >>> found.title, found.axes
    ('p99 latency with two tenants: 20.0 ms on MPS.', 'p99 latency, ms, by number of tenants')
    """
    records = [row for row in parts.records(sweep) if math.isfinite(row["latency_p99_s"]) or _overloaded(row)]
    lines = {
        slug: sorted((row for row in records if row["mode"] == slug), key=lambda row: row["tenants"])
        for slug in looks
    }
    lines = {slug: rows for slug, rows in lines.items() if rows}
    peaks = [max(known) for rows in lines.values() if (known := _p99(rows))]
    calmest, highest = min(peaks, default=1.0), max(peaks, default=1.0)
    now = [row["latency_p99_s"] for row in records if row["tenants"] == chosen and not _overloaded(row)]
    shown = min(max(now, default=0.0), 4 * FARTHEST * calmest)
    ceiling = max(shown, min(highest, FARTHEST * calmest))
    unit = TimeUnit.reading(ceiling)
    top = round_ticks(ceiling * unit.factor)[-1]
    many = max((int(row["tenants"]) for row in records), default=1)
    data: dict[str, list[Row]] = {
        "band": [],
        "reach": [],
        "lines": [],
        "ends": [],
        "chosen": [{"tenants": chosen}] if chosen else [],
        "scale": parts.corners((1, 0.0), (max(2, many), top), names=("tenants", "value")),
    }
    for number, (slug, rows) in enumerate(lines.items()):
        _add(data, looks[slug], rows, unit.factor, top)
        data["reach"] += [
            {**row, "tenants": row["tenants"] + DODGE * (number - (len(lines) - 1) / 2)}
            for row in data["band"]
            if row["mode"] == looks[slug].label and row["tenants"] == chosen
        ]
    if chosen:
        data["band"] = []
    heights = spread({row["mode"]: row["value"] for row in data["ends"]}, top, parts.HEIGHT)
    for row in data["ends"]:
        row["height"] = heights[row["mode"]]
    return parts.Figures(
        title=_title(lines, looks, chosen or many),
        axes=f"p99 latency, {unit.name}, by number of tenants{_legend(data)}",
        provenance=provenance,
        data=data,
    )


def drawing(theme: Theme, labels: int = 110) -> alt.LayerChart:
    """Return the chart without its rows.

    Parameters
    ----------
    theme : Theme
        Colours.
    labels : int
        Pixels there are for the name at the end of a line.
    """
    x = parts.across("tenants", format="d", tickMinStep=1, tickCount=14, labelFlush=False, labelSeparation=5)
    band = parts.rows_of("band").mark_area(aria=False, opacity=0.16, line=False)
    reach = parts.rows_of("reach").mark_rule(aria=False, strokeWidth=2.5, opacity=0.55, strokeCap="round")
    lines = parts.rows_of("lines")
    rule = parts.rows_of("chosen").mark_rule(aria=False, color=theme.quiet, strokeWidth=1, opacity=0.35)
    return alt.LayerChart(
        layer=[
            parts.unseen(x, parts.upward("value")),
            rule.encode(x=x),
            band.encode(
                x=x, y=parts.upward("low"), y2="high:Q", color=parts.colour(), detail=alt.Detail("mode:N")
            ),
            reach.encode(x=x, y=parts.upward("low"), y2="high:Q", color=parts.colour()),
            lines.mark_line(aria=False, strokeWidth=2.2, strokeCap="round", strokeJoin="round").encode(
                x=x,
                y=parts.upward("value"),
                color=parts.colour(),
                strokeDash=parts.dash(),
                detail=alt.Detail("mode:N"),
            ),
            lines.mark_circle(aria=False, size=22, opacity=1)
            .transform_filter("datum.whole")
            .encode(x=x, y=parts.upward("value"), color=parts.colour()),
            parts.end_labels("ends", x, parts.upward("height"), labels),
        ]
    )


def _add(data: dict[str, list[Row]], look: Style, rows: Sequence[Row], factor: float, top: float) -> None:
    before: Row | None = None
    for row in rows:
        value = math.inf if _overloaded(row) else row["latency_p99_s"] * factor
        now = {**look.row(), "tenants": row["tenants"], "value": value, "whole": True}
        if value > top:
            if before is not None:
                rise = value - before["value"] if math.isfinite(value) else top - before["value"]
                share = (top - before["value"]) / rise if rise else 1.0
                place = before["tenants"] + share * (now["tenants"] - before["tenants"])
                data["lines"].append({**now, "tenants": place, "value": top, "whole": False})
            data["ends"].append({**look.row(), "tenants": rows[-1]["tenants"], "value": top})
            data["ends"][-1]["mode"] = f"{look.label} ↑"
            return
        data["lines"].append(now)
        low, high = (row.get(f"latency_p99_{end}_s", math.nan) * factor for end in ("low", "high"))
        if math.isfinite(low) and math.isfinite(high):
            data["band"].append(
                {**look.row(), "tenants": row["tenants"], "low": min(low, top), "high": min(high, top)}
            )
        before = now
    if before is not None:
        data["ends"].append({**look.row(), "tenants": before["tenants"], "value": before["value"]})


def _legend(data: Mapping[str, Sequence[Row]]) -> str:
    said = "; bars: model's band" if data["reach"] else "; shaded: the model's band" if data["band"] else ""
    return f"{said}; ↑: off the plot" if any(row["mode"].endswith("↑") for row in data["ends"]) else said


def _p99(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    return [float(row["latency_p99_s"]) for row in rows if math.isfinite(row["latency_p99_s"])]


def _overloaded(row: Mapping[str, Any]) -> bool:
    """Whether more is asked for than can be served, so that latency grows for as long as one watches."""
    return bool(row.get("load", math.nan) >= UNSTABLE)


def _title(lines: Mapping[str, Sequence[Mapping[str, Any]]], looks: Mapping[str, Style], count: int) -> str:
    at = {
        looks[slug].label: float(row["latency_p99_s"])
        for slug, rows in lines.items()
        for row in rows
        if row["tenants"] == count and math.isfinite(row["latency_p99_s"])
    }
    who = f"p99 latency with {tenant_count(count)}"
    if not at:
        return f"{who}: no mode keeps up."
    least, most = min(at, key=lambda label: at[label]), max(at, key=lambda label: at[label])
    shortest, longest = duration(at[least]), duration(at[most])
    if shortest == longest:
        return f"{who}: {shortest} on {least}{' and all others' if len(at) > 1 else ''}."
    return f"{who}: from {shortest} on {least} to {longest} on {most}."
