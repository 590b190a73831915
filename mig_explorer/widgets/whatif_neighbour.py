"""The noisy neighbour of the what-if: what one tenant waits while another suddenly sends more.

Everybody sends as the sliders say; in the middle third of the window the neighbour also keeps `NOISE` more
requests under way, each sent as soon as the last is answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mig_explorer.charts.neighbour_timeline import Visit
from mig_explorer.experiments.words import number
from mig_explorer.model.arrivals import ClosedLoop
from mig_explorer.model.simulation import simulate_arrangement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.model.simulation import Arrangement

TENANT, NEIGHBOUR = 0, 1
"""Whose requests are looked at and who turns noisy, by their numbers among the tenants."""

NOISE = 8
"""Requests that the neighbour keeps under way beside its usual ones: a round number, nobody's measurement."""

DOES = f"keeps {number(NOISE)} more requests under way"


@dataclass(frozen=True, eq=False)
class Noise:
    """What the tenant waits on each sharing mode.

    Parameters
    ----------
    requests : DataFrame
        ``mode``, ``arrived``, ``finished`` (modelled seconds) of the tenant's requests.
    quiet : DataFrame or None
        The same with a neighbour that is never noisy, all else being equal; None where all wait for answers,
        so that what the tenant waits before and after the noise is what it waits without.
    visit : Visit
        Who is looked at, who is noisy, and when.
    """

    requests: pd.DataFrame
    quiet: pd.DataFrame | None
    visit: Visit


def noise(arrangements: Mapping[str, Arrangement], seconds: float, seed: int) -> Noise:
    """Let the second tenant turn noisy in the middle third, and return what the first one waits.

    Parameters
    ----------
    arrangements : mapping of str to Arrangement
        By sharing mode; two tenants or more.
    seconds : float
        Length of the window.
    seed : int
        Of the requests that come at random.

    Examples
    --------
    >>> from mig_explorer.model.simulation import Arrangement, Place, Source
    >>> two = Arrangement((Place(),), (Source("ann", 0, 0.5), Source("bob", 0, 0.5)))
    >>> found = noise({"monolithic": two}, seconds=30.0, seed=7)
    >>> waited = found.requests["finished"] - found.requests["arrived"]
    >>> found.visit.joins, float(waited[0]), float(waited.max())
    (10.0, 0.5, 5.0)
    """
    first = next(iter(arrangements.values()))
    visit = Visit(
        first.sources[TENANT].name,
        first.sources[NEIGHBOUR].name,
        joins=seconds / 3,
        leaves=2 * seconds / 3,
        seconds=seconds,
        does="is noisy",
    )
    loud = {slug: _noisy(each, visit) for slug, each in arrangements.items()}
    steady = all(source.closed for source in first.sources)
    quiet = None if steady else _waits(arrangements, seconds, seed)
    return Noise(_waits(loud, seconds, seed), quiet, visit)


def _waits(arrangements: Mapping[str, Arrangement], seconds: float, seed: int) -> pd.DataFrame:
    frames = []
    for slug, arrangement in arrangements.items():
        served = simulate_arrangement(arrangement, seconds, seed)
        mine = np.flatnonzero(served.source == TENANT)
        columns = {"arrived": served.arrived[mine], "finished": served.finished[mine]}
        frames.append(pd.DataFrame({"mode": slug, **columns}))
    return pd.concat(frames, ignore_index=True)


def _noisy(arrangement: Arrangement, visit: Visit) -> Arrangement:
    neighbour = arrangement.sources[NEIGHBOUR]
    more = [
        replace(
            neighbour,
            name=f"{neighbour.name}, more {count}",
            arrivals=ClosedLoop(),
            joins=visit.joins,
            leaves=visit.leaves,
        )
        for count in range(1, NOISE + 1)
    ]
    return replace(arrangement, sources=(*arrangement.sources, *more))
