"""What is random in a run: one stream of random numbers for each source, whatever is simulated with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.model.arrivals import ClosedLoop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.model.simulation.description import Source


def streams(seed: int, sources: int) -> list[tuple[np.random.Generator, np.random.Generator]]:
    """Return two streams for each source: for when it sends, and for how much each request takes.

    They are spawned from the seed by the source's number. So a tenant sends the same requests in every
    sharing mode, and whoever comes after it.

    Examples
    --------
    >>> one, two = streams(7, 1), streams(7, 2)
    >>> one[0][0].random() == two[0][0].random()
    True
    """
    return [
        (np.random.default_rng(each), np.random.default_rng(each.spawn(1)[0]))
        for each in np.random.SeedSequence(seed).spawn(sources)
    ]


def sent_times(source: Source, stream: np.random.Generator, seconds: float) -> NDArray[np.float64]:
    """Return when a source that does not wait for answers sends, up to the end of the run, in order.

    Examples
    --------
    >>> from mig_explorer.model.arrivals import Replay
    >>> from mig_explorer.model.simulation.description import Source
    >>> trace = Source("ann", 0, 1.0, arrivals=Replay([0.5, 1.5, 2.5, 3.5]), joins=1.0, leaves=2.5)
    >>> sent_times(trace, streams(7, 1)[0][0], seconds=10.0)
    array([1.5])
    """
    if isinstance(source.arrivals, ClosedLoop):
        return np.empty(0)
    times = source.arrivals.times(stream, source.joins, min(source.leaves, seconds))
    return times[: np.searchsorted(times, source.leaves, side="left")]
