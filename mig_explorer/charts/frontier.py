"""Throughput against tail latency over all layouts of a board, and which of them no other one beats."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import altair as alt

from mig_explorer.charts import drawing as parts
from mig_explorer.charts import labels
from mig_explorer.charts.progress import TimeUnit
from mig_explorer.charts.roofline_chart import ROUND, TICKS
from mig_explorer.charts.theme import PRINTED, Theme
from mig_explorer.experiments.words import duration, tenant_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from mig_explorer.charts.drawing import Figures, Row, StillChart

PLOT = 300
"""Width in pixels to place labels in; a wider plot has more room."""

MARGIN = 1.4


def frontier_chart(sweep: pd.DataFrame, theme: Theme = PRINTED) -> StillChart:
    """Draw a sweep over layouts: a point each, and a line through those that no other beats on both counts.

    Parameters
    ----------
    sweep : DataFrame
        What `mig_explorer.experiments.frontier.frontier` gave.
    theme : Theme
        Colours.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Examples
    --------
    >>> from mig_explorer.experiments import tenants
    >>> from mig_explorer.experiments.frontier import frontier
    >>> from mig_explorer.workloads import triad
    >>> sweep = frontier("A30", tenants(triad(elements=2**20), 4))
    >>> frontier_chart(sweep).title.text[0][:17]
    'None of 9 layouts'
    """
    found = figures(sweep, theme)
    return parts.still([drawing(theme)], found, theme)


def figures(
    sweep: pd.DataFrame,
    theme: Theme,
    chosen: tuple[str, str] = ("", ""),
    others: Sequence[Row] = (),
) -> Figures:
    """Return what the chart says and its rows.

    Parameters
    ----------
    sweep : DataFrame
        ``title``, ``throughput_per_s``, ``latency_p99_s`` and ``best`` of each layout; its ``attrs`` have
        ``provenance`` and the number of ``tenants``.
    theme : Theme
        Colours.
    chosen : tuple of str
        Title of the layout to mark, and the colour to mark it in.
    others : sequence of dict
        Other sharing modes: ``mode``, ``colour``, ``throughput_per_s``, ``latency_p99_s``.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"title": ["7 × 1g.5gb", "7g.40gb"], "best": [True, False]}
    >>> rows |= {"throughput_per_s": [20.0, 11.0], "latency_p99_s": [0.3, 0.6]}
    >>> sweep = pd.DataFrame(rows)
    >>> sweep.attrs |= {"provenance": "Modelled.", "tenants": 7}
    >>> figures(sweep, PRINTED).title
    'None of 2 layouts serves more, or sooner, than 7 × 1g.5gb.'
    """
    count = int(sweep.attrs["tenants"])
    known = [row for row in parts.records(sweep) if math.isfinite(row["latency_p99_s"])]
    modes = [row for row in others if math.isfinite(row["latency_p99_s"])]
    every = [*known, *modes]
    unit = TimeUnit.reading(max((row["latency_p99_s"] for row in every), default=1.0))
    latencies = [row["latency_p99_s"] * unit.factor for row in every] or [1.0]
    low, high = min(latencies) / MARGIN, max(latencies) * MARGIN
    right = 1.08 * max((row["throughput_per_s"] for row in every), default=1.0)
    corner = (right, low, high)
    data: dict[str, list[Row]] = {
        "scale": parts.corners((0.0, low), (right, high), names=("throughput", "latency")),
        "layouts": [{**_place(row, unit), "title": row["title"]} for row in known if not row["best"]],
        "best": [{**_place(row, unit), "title": row["title"]} for row in known if row["best"]],
        "chosen": [
            {**_place(row, unit), "title": row["title"], "colour": chosen[1]}
            for row in known
            if row["title"] == chosen[0]
        ],
        "modes": [{**_place(row, unit), "title": row["mode"], "colour": row["colour"]} for row in modes],
    }
    data["best"].sort(key=lambda row: row["throughput"])
    wanted = [
        *data["chosen"],
        *data["modes"],
        *({**row, "colour": theme.ink} for row in _ends_first(data["best"])),
    ]
    data["right"], data["left"] = _labels(wanted, [*data["layouts"], *data["best"], *data["modes"]], corner)
    return parts.Figures(
        title=_title(known, chosen[0], left_out=len(known) < len(sweep)),
        axes=f"p99 latency, {unit.name} (logarithmic), by requests/s of {_all(count)}",
        provenance=str(sweep.attrs["provenance"]),
        data=data,
    )


def drawing(theme: Theme) -> alt.LayerChart:
    """Return the chart without its rows."""
    x = alt.X(
        "throughput:Q",
        scale=alt.Scale(nice=False, zero=True),
        axis=alt.Axis(**parts.axes({}), title=None),
    )

    def upward(name: str) -> alt.Y:
        axis = alt.Axis(
            title=None,
            labelExpr=TICKS,
            labelOverlap="greedy",
            tickCount=8,
            gridOpacity=alt.condition(ROUND, alt.value(1), alt.value(0)),
        )
        return alt.Y(f"{name}:Q", scale=alt.Scale(type="log", nice=False), axis=axis)

    y = upward("latency")
    best = parts.rows_of("best").encode(x=x, y=y)
    words = [
        parts.beside(side, dx, baseline="middle").encode(
            x=x, y=upward("height"), text="title:N", color=parts.colour()
        )
        for side, dx in (("right", labels.GAP), ("left", -labels.GAP))
    ]
    return alt.LayerChart(
        layer=[
            parts.unseen(x, y),
            parts.rows_of("layouts")
            .mark_circle(aria=False, size=22, color=theme.quiet, opacity=0.5)
            .encode(x=x, y=y),
            best.mark_line(
                aria=False, color=theme.ink, strokeWidth=1.4, order=False, interpolate="step-before"
            ),
            best.mark_circle(aria=False, color=theme.ink, size=34, opacity=1),
            parts.rows_of("modes")
            .mark_point(aria=False, shape="diamond", filled=True, size=70, opacity=1)
            .encode(x=x, y=y, color=parts.colour()),
            parts.rows_of("chosen")
            .mark_point(aria=False, size=150, strokeWidth=2, filled=False)
            .encode(x=x, y=y, color=parts.colour()),
            *words,
        ]
    )


def _all(count: int) -> str:
    return "one tenant" if count == 1 else f"all {tenant_count(count)}"


def _place(row: Row, unit: TimeUnit) -> Row:
    return {"throughput": row["throughput_per_s"], "latency": row["latency_p99_s"] * unit.factor}


def _ends_first(rows: Sequence[Row]) -> list[Row]:
    """Return rows so that those that matter most to read come first: the two ends, then from the right."""
    return [*rows[-1:], *rows[:1], *reversed(rows[1:-1])]


def _labels(
    wanted: Sequence[Row], every: Sequence[Row], corner: tuple[float, float, float]
) -> tuple[list[Row], list[Row]]:
    """Return the rows of labels to the right of their points, and to the left."""
    right, low, high = corner
    per_factor = parts.HEIGHT / math.log(high / low)

    def spot(row: Row) -> tuple[float, float]:
        return row["throughput"] / right * PLOT, math.log(high / row["latency"]) * per_factor

    rows = list({row["title"]: row for row in reversed(wanted)}.values())[::-1]
    placed = labels.place(
        [row["title"] for row in rows],
        [spot(row) for row in rows],
        [spot(row) for row in every],
        (PLOT, parts.HEIGHT),
    )
    sides: dict[str, list[Row]] = {"right": [], "left": []}
    for label in placed:
        height = high / math.exp(label.y / per_factor)
        sides[label.side].append({**rows[label.number], "height": height})
    return sides["right"], sides["left"]


def _title(known: Sequence[dict[str, Any]], chosen: str, *, left_out: bool) -> str:
    best = sorted((row for row in known if row["best"]), key=lambda row: -row["throughput_per_s"])
    many = f"{len(known)} layout{'' if len(known) == 1 else 's'}{' that can serve this' if left_out else ''}"
    if not best:
        return "No layout keeps up."
    if len(best) == 1:
        found = f"None of {many} serves more, or sooner, than {best[0]['title']}."
    else:
        most, soonest = best[0], best[-1]
        found = (
            f"Of {many} {most['title']} serves most, "
            f"{soonest['title']} has the lowest p99 ({duration(soonest['latency_p99_s'])})."
        )
    mine = next((row for row in known if row["title"] == chosen), None)
    if mine is None or any(alike(mine, row) for row in best):
        return found
    beaten = any(
        row["throughput_per_s"] >= mine["throughput_per_s"] and row["latency_p99_s"] <= mine["latency_p99_s"]
        for row in best
    )
    return f"{found} {chosen} is beaten on both." if beaten else found


def alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two layouts serve the same, as far as their figures are written.

    Examples
    --------
    >>> figures = {"throughput_per_s": 20.0, "latency_p99_s": 0.3}
    >>> (
    ...     alike(figures, {**figures, "latency_p99_s": 0.3001}),
    ...     alike(figures, {**figures, "latency_p99_s": 0.31}),
    ... )
    (True, False)
    """
    return all(f"{one[name]:.3g}" == f"{other[name]:.3g}" for name in ("throughput_per_s", "latency_p99_s"))
