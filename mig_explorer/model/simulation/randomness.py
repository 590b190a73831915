"""What is random in a run: one stream of random numbers for each source, whatever is simulated with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.model.arrivals import ClosedLoop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.model.simulation.description import Source


@dataclass(frozen=True)
class Streams:
    """The random numbers of one source, made when they are first asked for: many sources need none.

    They are spawned from the seed by the source's number, as ``SeedSequence.spawn`` does. So a tenant sends
    the same requests in every sharing mode, and whoever comes after it.

    Parameters
    ----------
    seed : int
        Of the run.
    source : int
        Number of the source.

    Examples
    --------
    >>> one, two = Streams(7, 0), Streams(7, 0)
    >>> one.arrivals.random() == two.arrivals.random()
    True
    """

    seed: int
    source: int

    @cached_property
    def arrivals(self) -> np.random.Generator:
        """For when it sends; what it spawns is not `services`."""
        spawned = np.random.SeedSequence(self.seed, spawn_key=(self.source,), n_children_spawned=1)
        return np.random.default_rng(spawned)

    @cached_property
    def services(self) -> np.random.Generator:
        """For how much each request takes."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(self.source, 0)))


def sent_times(source: Source, streams: Streams, seconds: float) -> NDArray[np.float64]:
    """Return when a source that does not wait for answers sends, up to the end of the run, in order.

    Examples
    --------
    >>> from mig_explorer.model.arrivals import Replay
    >>> from mig_explorer.model.simulation.description import Source
    >>> trace = Source("ann", 0, 1.0, arrivals=Replay([0.5, 1.5, 2.5, 3.5]), joins=1.0, leaves=2.5)
    >>> sent_times(trace, Streams(7, 0), seconds=10.0)
    array([1.5])
    """
    if isinstance(source.arrivals, ClosedLoop):
        return np.empty(0)
    times = source.arrivals.times(streams.arrivals, source.joins, min(source.leaves, seconds))
    return times[: np.searchsorted(times, source.leaves, side="left")]
