"""The noisy neighbour: what one tenant waits over time, while another comes and goes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import numpy as np

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.latency_by_tenants import provenance_of
from mig_explorer.charts.progress import TimeUnit, round_ticks
from mig_explorer.charts.theme import PRINTED, Theme, spread
from mig_explorer.errors import InvalidExperiment, nearest_names
from mig_explorer.experiments.words import times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from mig_explorer.charts.drawing import Figures, Row, StillChart, Style
    from mig_explorer.experiments import Result

    Column = NDArray[np.float64]
    Times = tuple[Column, Column]

BINS = 60


@dataclass(frozen=True)
class Visit:
    """Who comes to whom, and when.

    Parameters
    ----------
    tenant, neighbour : str
        Whose requests are looked at, and who comes and goes.
    joins, leaves : float
        When it comes and goes, modelled seconds.
    seconds : float
        Length of the window.
    does : str
        What the neighbour does meanwhile.
    """

    tenant: str
    neighbour: str
    joins: float
    leaves: float
    seconds: float
    does: str = "is there"


def neighbour_timeline(
    result: Result,
    tenant: str,
    neighbour: str,
    theme: Theme = PRINTED,
    bins: int = BINS,
) -> StillChart:
    """Draw the latency of one tenant over time, on each sharing mode, while a neighbour comes and goes.

    Parameters
    ----------
    result : Result
        What an experiment gave in which the neighbour joins late, leaves early, or both.
    tenant : str
        Whose requests are drawn.
    neighbour : str
        Whose stay is marked.
    theme : Theme
        Colours.
    bins : int
        Into how many equal parts the time is cut; the slowest request that ended in each is drawn.

    Returns
    -------
    StillChart
        An Altair chart that shows itself as SVG.

    Raises
    ------
    InvalidExperiment
        If the experiment has no tenant of either name.
    """
    header = result.header
    known = {each["name"]: each for each in header["tenants"]}
    for name in (tenant, neighbour):
        if name not in known:
            raise InvalidExperiment(f"The experiment has no tenant {name!r}. {nearest_names(name, known)}")
    end = float(header["seconds"])
    leaves = known[neighbour].get("leaves")
    visit = Visit(
        tenant,
        neighbour,
        joins=float(known[neighbour].get("joins") or 0.0),
        leaves=end if leaves is None else min(end, float(leaves)),
        seconds=end,
    )
    looks = parts.styles({mode["mode"]: mode["title"] for mode in result.modes}, theme)
    requests = result.requests
    mine = requests[requests["tenant"] == tenant]
    found = figures(mine, looks, provenance_of(result), visit, bins=bins)
    return parts.still([drawing(theme, labels=parts.LABELS)], found, theme)


def figures(  # noqa: PLR0913 - what there is to draw, and how
    requests: pd.DataFrame,
    looks: Mapping[str, Style],
    provenance: str,
    visit: Visit,
    *,
    bins: int = BINS,
    quiet: pd.DataFrame | None = None,
) -> Figures:
    """Return what the chart says and its rows.

    Parameters
    ----------
    requests : DataFrame
        ``mode``, ``arrived`` and ``finished`` (modelled seconds) of the tenant's requests.
    looks : mapping of str to Style
        By mode, in the order in which they are drawn.
    provenance : str
        Where the figures are from.
    visit : Visit
        Who comes to whom, and when.
    bins : int
        Into how many equal parts the window is cut.
    quiet : DataFrame, optional
        The same requests without the neighbour, to compare with; by default those of the time before it
        comes and after it left.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"mode": ["mps"] * 2, "arrived": [0.0, 5.0], "finished": [1.0, 8.0]}
    >>> looks = parts.styles({"mps": "MPS"}, PRINTED)
    >>> visit = Visit("ann", "bob", joins=4.0, leaves=10.0, seconds=10.0)
    >>> figures(pd.DataFrame(rows), looks, "Modelled.", visit, bins=10).title
    'While bob is there, ann waits 3.0 times as long on MPS.'
    """
    mine = _times(requests, looks)
    alone = dict.fromkeys(looks) if quiet is None else _times(quiet, looks)
    slowest = {slug: _slowest(mine[slug], visit, bins) for slug in looks}
    ratios = {
        look.label: ratio
        for slug, look in looks.items()
        if (ratio := _slower(mine[slug], visit, alone[slug])) is not None
    }
    known = [float(np.nanmax(each)) for each in slowest.values() if np.isfinite(each).any()]
    highest = max(known, default=1.0)
    unit, span = TimeUnit.reading(highest), TimeUnit.reading(visit.seconds)
    end, top = visit.seconds * span.factor, round_ticks(highest * unit.factor)[-1]
    stay = {"time": visit.joins * span.factor, "until": visit.leaves * span.factor}
    data: dict[str, list[Row]] = {
        "stay": [{**stay, "words": f"{visit.neighbour} {visit.does}"}],
        "lines": [],
        "ends": [],
        "scale": parts.corners((0.0, 0.0), (end, top), names=("time", "value")),
    }
    for slug, worst in slowest.items():
        rows = [
            {**looks[slug].row(), "time": (number + 0.5) / bins * end, "value": value * unit.factor}
            for number, value in enumerate(worst.tolist())
            if math.isfinite(value)
        ]
        data["lines"] += rows
        data["ends"] += rows[-1:]
    heights = spread({row["mode"]: row["value"] for row in data["ends"]}, top, parts.HEIGHT)
    data["ends"] = [{**row, "time": end, "height": heights[row["mode"]]} for row in data["ends"]]
    return parts.Figures(
        title=_title(ratios, visit),
        axes=f"latency of {visit.tenant}, {unit.name}, the slowest request of each moment, "
        f"over modelled time, {span.name}",
        provenance=provenance,
        data=data,
    )


def _times(requests: pd.DataFrame, looks: Mapping[str, Style]) -> dict[str, Times]:
    """Return when the requests of each mode came and when they were answered."""
    mode, arrived, finished = (requests[name].to_numpy() for name in ("mode", "arrived", "finished"))
    return {
        slug: (arrived[mode == slug].astype(float), finished[mode == slug].astype(float)) for slug in looks
    }


def _slowest(mine: Times, visit: Visit, bins: int) -> Column:
    """Return the longest latency of the requests that ended in each bin; NaN where none did."""
    arrived, finished = mine
    edges = np.linspace(0.0, visit.seconds, bins + 1)
    place = np.clip(np.searchsorted(edges, finished, side="right") - 1, 0, bins - 1)
    worst = np.full(bins, np.nan)
    np.fmax.at(worst, place, finished - arrived)
    return worst


def _slower(mine: Times, visit: Visit, alone: Times | None) -> float | None:
    """Return the p99 while the neighbour is there over that without it, in `alone` or before and after.

    What it sent last is served after it left: the longest latency beside it bounds how long that takes.
    """
    arrived, finished = mine
    beside = _beside(mine, visit)
    if not beside.any():
        return None
    latency = finished - arrived
    if alone is None:
        quiet = latency[(finished <= visit.joins) | (arrived >= visit.leaves + latency[beside].max())]
    else:
        quiet = (alone[1] - alone[0])[_beside(alone, visit)]
    return float(np.percentile(latency[beside], 99) / np.percentile(quiet, 99)) if quiet.size else None


def _beside(requests: Times, visit: Visit) -> NDArray[np.bool_]:
    """Return which requests were under way while the neighbour was there."""
    arrived, finished = requests
    return (finished > visit.joins) & (arrived < visit.leaves)


def drawing(theme: Theme, labels: int = 110) -> alt.LayerChart:
    """Return the chart without its rows.

    Parameters
    ----------
    theme : Theme
        Colours.
    labels : int
        Pixels there are for the name at the end of a line.
    """
    x, y = parts.across("time"), parts.upward("value")
    stay = parts.rows_of("stay")
    lines = parts.rows_of("lines").mark_line(aria=False, strokeWidth=2, strokeJoin="round")
    words = stay.mark_text(
        aria=False, align="left", baseline="top", dx=5, dy=4, fontSize=11, color=theme.quiet
    )
    return alt.LayerChart(
        layer=[
            parts.unseen(x, y),
            stay.mark_rect(aria=False, color=theme.quiet, opacity=0.12).encode(x=x, x2="until:Q"),
            words.encode(x=x, y=alt.value(0), text="words:N"),
            lines.encode(
                x=x, y=y, color=parts.colour(), strokeDash=parts.dash(), detail=alt.Detail("mode:N")
            ),
            parts.end_labels("ends", x, parts.upward("height"), labels),
        ]
    )


def _title(ratios: Mapping[str, float], visit: Visit) -> str:
    while_there, tenant = f"hile {visit.neighbour} {visit.does}", visit.tenant
    if not ratios:
        return f"Latency of {tenant} w{while_there}."
    said = {label: times(ratio) for label, ratio in ratios.items()}
    least, most = (said[choose(ratios, key=lambda label: ratios[label])] for choose in (min, max))
    worst, best = (_listed([label for label in said if said[label] == words]) for words in (most, least))
    lead = f"W{while_there}, {tenant} waits {most} as long on {worst}"
    return f"{lead}." if least == most else f"{lead}, {least} on {best}."


def _listed(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
