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
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from mig_explorer.charts.drawing import Figures, Row, StillChart, Style
    from mig_explorer.experiments import Result

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
    """

    tenant: str
    neighbour: str
    joins: float
    leaves: float
    seconds: float


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
    found = figures(mine, looks, provenance_of(result), visit, bins)
    return parts.still([drawing(theme, labels=parts.LABELS)], found, theme)


def figures(
    requests: pd.DataFrame, looks: Mapping[str, Style], provenance: str, visit: Visit, bins: int = BINS
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

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"mode": ["mps"] * 2, "arrived": [0.0, 5.0], "finished": [1.0, 8.0]}
    >>> looks = parts.styles({"mps": "MPS"}, PRINTED)
    >>> visit = Visit("ann", "bob", joins=4.0, leaves=10.0, seconds=10.0)
    >>> figures(pd.DataFrame(rows), looks, "Modelled.", visit, bins=10).title
    'While bob is there, ann waits 3.0 times as long on MPS.'
    """
    slowest = {slug: _slowest(requests[requests["mode"] == slug], visit, bins) for slug in looks}
    ratios = {
        look.label: ratio
        for slug, look in looks.items()
        if (ratio := _slower(requests[requests["mode"] == slug], visit)) is not None
    }
    known = [float(np.nanmax(each)) for each in slowest.values() if np.isfinite(each).any()]
    highest = max(known, default=1.0)
    unit, span = TimeUnit.reading(highest), TimeUnit.reading(visit.seconds)
    end, top = visit.seconds * span.factor, round_ticks(highest * unit.factor)[-1]
    stay = {"time": visit.joins * span.factor, "until": visit.leaves * span.factor}
    data: dict[str, list[Row]] = {
        "stay": [{**stay, "words": f"{visit.neighbour} is there"}],
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
        title=_title(ratios, visit.tenant, visit.neighbour),
        axes=f"latency of {visit.tenant}, {unit.name}, the slowest request of each moment, "
        f"over modelled time, {span.name}",
        provenance=provenance,
        data=data,
    )


def _slowest(mine: pd.DataFrame, visit: Visit, bins: int) -> NDArray[np.float64]:
    """Return the longest latency of the requests that ended in each bin; NaN where none did."""
    arrived, finished = (mine[name].to_numpy(dtype=float) for name in ("arrived", "finished"))
    edges = np.linspace(0.0, visit.seconds, bins + 1)
    place = np.clip(np.searchsorted(edges, finished, side="right") - 1, 0, bins - 1)
    worst = np.full(bins, np.nan)
    np.fmax.at(worst, place, finished - arrived)
    return worst


def _slower(mine: pd.DataFrame, visit: Visit) -> float | None:
    """Return the p99 while the neighbour is there over that while it is not."""
    arrived, finished = (mine[name].to_numpy(dtype=float) for name in ("arrived", "finished"))
    beside = (finished > visit.joins) & (arrived < visit.leaves)
    if not beside.any() or beside.all():
        return None
    latency = finished - arrived
    return float(np.percentile(latency[beside], 99) / np.percentile(latency[~beside], 99))


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


def _title(ratios: Mapping[str, float], tenant: str, neighbour: str) -> str:
    if not ratios:
        return f"Latency of {tenant} while {neighbour} is there."
    least, most = min(ratios, key=lambda label: ratios[label]), max(ratios, key=lambda label: ratios[label])
    worst = f"While {neighbour} is there, {tenant} waits {times(ratios[most])} as long on {most}"
    return f"{worst}." if least == most else f"{worst}, {times(ratios[least])} on {least}."
