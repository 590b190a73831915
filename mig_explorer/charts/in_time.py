"""Which share of answers comes within a deadline, for every deadline: a line for each sharing mode."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt
import numpy as np

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.progress import TimeUnit
from mig_explorer.charts.theme import PRINTED, Theme, spread
from mig_explorer.experiments.words import duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mig_explorer.charts.drawing import Figures, Row, StillChart

STEPS = 120
BEYOND = 3.0
"""The deadlines reach from a fraction of the one that counts to so many times it."""


def in_time(
    latencies: Mapping[str, NDArray[np.float64]],
    titles: Mapping[str, str],
    deadline_seconds: float,
    provenance: str,
    theme: Theme = PRINTED,
) -> StillChart:
    """Draw the share of answers in time over the deadline, and mark the deadline that counts.

    Parameters
    ----------
    latencies : mapping of str to array of float64, shape (n,)
        Seconds, by mode; a mode without any is left out.
    titles : mapping of str to str
        What each mode is called, in the order in which they are drawn.
    deadline_seconds : float
        The one that counts.
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
    >>> import numpy as np
    >>> waits = {"mps": np.array([0.01, 0.02, 0.03, 0.08]), "mig": np.array([0.02] * 4)}
    >>> in_time(waits, {"mps": "MPS", "mig": "MIG"}, 0.05, "Modelled.").title.text
    ['In time by a deadline of 50.0 ms: from 75.0 % on MPS to 100.0 % on MIG.']
    """
    found = figures(latencies, titles, deadline_seconds, provenance, theme)
    return parts.still([drawing(theme)], found, theme)


def share(in_time_percent: float) -> str:
    """Return a share of answers with one decimal, rounded down: 100 % is all of them.

    Examples
    --------
    >>> share(99.96), share(100.0)
    ('99.9 %', '100.0 %')
    """
    return f"{math.floor(10 * in_time_percent + 1e-9) / 10:.1f} %"


def figures(
    latencies: Mapping[str, NDArray[np.float64]],
    titles: Mapping[str, str],
    deadline_seconds: float,
    provenance: str,
    theme: Theme = PRINTED,
) -> Figures:
    """Return what the chart says and its rows.

    Examples
    --------
    >>> import numpy as np
    >>> found = figures({"mps": np.array([0.01, 0.08])}, {"mps": "MPS"}, 0.05, "Modelled.")
    >>> found.title, found.data["lines"][-1]["value"]
    ('In time by a deadline of 50.0 ms: 50.0 % on MPS.', 100.0)
    """
    looks = parts.styles(titles, theme)
    unit = TimeUnit.reading(BEYOND * deadline_seconds)
    deadlines = np.linspace(0.0, BEYOND * deadline_seconds, STEPS + 1)
    met: dict[str, float] = {}
    data: dict[str, list[Row]] = {"lines": [], "ends": []}
    for slug, title in titles.items():
        waited = np.sort(latencies[slug])
        if not waited.size:
            continue
        shares = 100.0 * np.searchsorted(waited, deadlines, side="right") / waited.size
        met[title] = 100.0 * float(np.searchsorted(waited, deadline_seconds, side="right")) / waited.size
        data["lines"] += [
            {**looks[slug].row(), "time": at * unit.factor, "value": share}
            for at, share in zip(deadlines.tolist(), shares.tolist(), strict=True)
        ]
        data["ends"].append(data["lines"][-1])
    heights = spread({row["mode"]: row["value"] for row in data["ends"]}, 100.0, parts.HEIGHT)
    data["ends"] = [{**row, "height": heights[row["mode"]]} for row in data["ends"]]
    at = deadline_seconds * unit.factor
    data["deadline"] = [{"time": at, "words": f"deadline {duration(deadline_seconds)}"}]
    data["scale"] = parts.corners(
        (0.0, 0.0), (BEYOND * deadline_seconds * unit.factor, 100.0), names=("time", "value")
    )
    return parts.Figures(
        title=_title(met, deadline_seconds),
        axes=f"answers in time, %, by deadline, {unit.name}",
        provenance=provenance,
        data=data,
    )


def drawing(theme: Theme, labels: int = parts.LABELS) -> alt.LayerChart:
    """Return the chart without its rows.

    Parameters
    ----------
    theme : Theme
        Colours.
    labels : int
        Pixels there are for the name at the end of a line.
    """
    x, y = parts.across("time"), parts.upward("value", values=[0, 25, 50, 75, 100])
    mark = parts.rows_of("lines").mark_line(aria=False, strokeWidth=2.2, strokeJoin="round")
    rule = parts.rows_of("deadline").mark_rule(aria=False, color=theme.quiet, strokeWidth=1, opacity=0.7)
    words = parts.rows_of("deadline").mark_text(
        aria=False, align="center", baseline="bottom", fontSize=11, color=theme.quiet
    )
    return alt.LayerChart(
        layer=[
            parts.unseen(x, y),
            rule.encode(x=x),
            words.encode(x=x, y=alt.value(-5), text="words:N"),
            mark.encode(x=x, y=y, color=parts.colour(), strokeDash=parts.dash(), detail=alt.Detail("mode:N")),
            parts.end_labels("ends", x, parts.upward("height", values=[0, 25, 50, 75, 100]), labels),
        ]
    )


def _title(met: Mapping[str, float], deadline_seconds: float) -> str:
    lead = f"In time by a deadline of {duration(deadline_seconds)}:"
    if not met:
        return f"{lead} nobody was answered."
    least, most = min(met, key=lambda title: met[title]), max(met, key=lambda title: met[title])
    if share(met[least]) == share(met[most]):
        return f"{lead} {share(met[most])} on {most}{' and all others' if len(met) > 1 else ''}."
    return f"{lead} from {share(met[least])} on {least} to {share(met[most])} on {most}."
