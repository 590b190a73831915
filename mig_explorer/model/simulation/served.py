"""The requests that a simulation served, as columns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS: dict[str, np.dtype[Any]] = {
    "source": np.dtype(np.int32),
    "place": np.dtype(np.int16),
    "arrived": np.dtype(np.float64),
    "started": np.dtype(np.float64),
    "finished": np.dtype(np.float64),
}
"""Name and type of each column."""


class Pause(NamedTuple):
    """When a change of the arrangement stopped requests from being taken into service.

    Parameters
    ----------
    stopped, drained, opened : float
        When the last could be taken up, when nothing was in service any more, when the new places opened:
        seconds from the start.
    """

    stopped: float
    drained: float
    opened: float


@dataclass(frozen=True, eq=False)
class Served:
    """Requests that were answered within the run, one a row.

    Rows are in the order of finish among places that share something; such groups of places follow each
    other. `in_order` sorts all of them.

    Parameters
    ----------
    source : array of int32
        Number of the source in the arrangement.
    place : array of int16
        Number of the place, in the arrangement that held when the request was started.
    arrived, started, finished : array of float64
        Modelled seconds from the start of the run.
    seconds : float
        Length of the run.
    sent : tuple of int
        Requests that each source sent within the run, answered or not.
    pauses : tuple of Pause
        One for each change that was complete within the run.

    Examples
    --------
    >>> from mig_explorer.model.simulation import Arrangement, Place, Source, simulate_arrangement
    >>> served = simulate_arrangement(Arrangement((Place(),), (Source("ann", 0, 1.0),)), 2.5, seed=7)
    >>> served.finished, served.in_flight
    (array([1., 2.]), (1,))
    """

    source: NDArray[np.int32]
    place: NDArray[np.int16]
    arrived: NDArray[np.float64]
    started: NDArray[np.float64]
    finished: NDArray[np.float64]
    seconds: float
    sent: tuple[int, ...]
    pauses: tuple[Pause, ...] = ()

    def __len__(self) -> int:
        return len(self.source)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns by name."""
        return {name: getattr(self, name) for name in COLUMNS}

    @property
    def latency(self) -> NDArray[np.float64]:
        """Seconds from arrival to finish of each row."""
        return self.finished - self.arrived

    @property
    def in_flight(self) -> tuple[int, ...]:
        """How many requests of each source waited or were in service when the run ended."""
        answered = np.bincount(self.source, minlength=len(self.sent))
        return tuple(int(sent - done) for sent, done in zip(self.sent, answered, strict=True))

    @property
    def digest(self) -> str:
        """SHA-256 of all columns: equal for equal bytes."""
        whole = hashlib.sha256()
        for column in self.columns.values():
            whole.update(np.ascontiguousarray(column).view(np.uint8).data)
        return whole.hexdigest()

    def rows(self, source: int) -> NDArray[np.intp]:
        """Return the numbers of the rows of one source, in order of finish."""
        return np.flatnonzero(self.source == source)

    def in_order(self) -> Served:
        """Return the same requests in order of finish; of those that finish together, lower sources first."""
        order = np.lexsort((self.started, self.arrived, self.source, self.finished))
        columns: dict[str, Any] = {name: column[order] for name, column in self.columns.items()}
        return replace(self, **columns)
