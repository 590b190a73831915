"""The requests of one sharing mode as columns: all arithmetic on them is NumPy's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TIMES = ("arrived", "started", "finished")


@dataclass(frozen=True, eq=False)
class Requests:
    """Requests that were served; those of a tenant are in the order in which they finished.

    Parameters
    ----------
    tenant : array of int, shape (n,)
        Number of the tenant in the experiment's order.
    place : array of int, shape (n,)
        Number of the slice in the mode's order.
    arrived, started, finished : array of float64, shape (n,)
        Modelled seconds from the start of the window.

    Examples
    --------
    >>> one = Requests.of([(0, 0, 0.0, 0.5, 2.0), (1, 0, 0.0, 2.0, 3.5)])
    >>> len(one), one.by(1).latencies
    (2, array([3.5]))
    """

    tenant: NDArray[np.integer[Any]]
    place: NDArray[np.integer[Any]]
    arrived: NDArray[np.float64]
    started: NDArray[np.float64]
    finished: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.finished.size)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, float, float, float]]) -> Requests:
        """Return rows of tenant, place, arrived, started and finished as columns."""
        tenant, place, *times = zip(*rows, strict=True) if rows else [()] * 5
        numbers = (np.array(tenant, np.int32), np.array(place, np.int16))
        return cls(*numbers, *(np.array(each, np.float64) for each in times))

    @property
    def latencies(self) -> NDArray[np.float64]:
        """Seconds from sent to answered."""
        return np.asarray(self.finished - self.arrived)

    def by(self, tenant: int) -> Requests:
        """Return those of one tenant."""
        return self.where(np.flatnonzero(self.tenant == tenant))

    def in_order(self) -> Requests:
        """Return them in the order in which they finished; of those at one moment, lower tenants first."""
        return self.where(np.lexsort((self.started, self.arrived, self.tenant, self.finished)))

    def where(self, rows: NDArray[np.integer[Any]]) -> Requests:
        """Return some rows, by their numbers."""
        times = (np.asarray(getattr(self, name)[rows]) for name in TIMES)
        return Requests(np.asarray(self.tenant[rows]), np.asarray(self.place[rows]), *times)


def requests_of_events(
    events: Sequence[Mapping[str, Any]], tenants: Sequence[str], places: Sequence[str]
) -> Requests:
    """Return the request events of one mode as columns.

    Examples
    --------
    >>> times = {"arrived": 0.0, "started": 0.0, "finished": 2.5}
    >>> requests_of_events([{"tenant": "ann", "slice": "whole GPU", **times}], ["ann"], ["whole GPU"]).place
    array([0], dtype=int16)
    """
    who = {name: number for number, name in enumerate(tenants)}
    where = {name: number for number, name in enumerate(places)}
    return Requests.of(
        [
            (
                who[e["tenant"]],
                where[e["slice"]],
                float(e["arrived"]),
                float(e["started"]),
                float(e["finished"]),
            )
            for e in events
        ]
    )
