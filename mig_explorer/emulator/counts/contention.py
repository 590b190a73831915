"""Contention: atomics of one warp, and of one launch, that meet at one element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mig_explorer.emulator.counts.distinct import distinct, groupwise_most, ranks

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.observer import LaneArray


class Contended(NamedTuple):
    """What the atomics of some lanes come to."""

    requests: int
    turns: int
    most_in_warp: int


def contended(warps: LaneArray, index: LaneArray) -> Contended:
    """Count the requests of warps for atomics, and the turns they take.

    Atomics on one element are done one after another, so a request takes as many turns as there are lanes
    at its most wanted element.

    Parameters
    ----------
    warps
        The warp of each lane, ascending.
    index
        The element of each lane.

    Examples
    --------
    >>> contended(np.array([0, 0, 0, 0, 1, 1]), np.array([5, 5, 5, 2, 1, 3]))
    Contended(requests=2, turns=4, most_in_warp=3)
    """
    groups, requests = ranks(warps)
    elements = distinct(groups, index)
    most = groupwise_most(elements.groups, elements.times, requests)
    return Contended(requests, int(most.sum()), int(most.max(initial=0)))


class Tally:
    """How many atomics each element of each memory has had.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.add("counts", 256, np.array([5, 5, 2])), tally.add("counts", 256, np.array([5]))
    (2, 3)
    """

    def __init__(self) -> None:
        self._times: dict[Any, LaneArray] = {}

    def add(self, memory: Any, elements: int, index: LaneArray) -> int:
        """Add atomics on a memory of so many elements; return the most that one of these elements has had."""
        if memory not in self._times:
            self._times[memory] = np.zeros(elements, np.int64)
        times = self._times[memory]
        wanted, more = np.unique(index, return_counts=True)
        times[wanted] += more
        return int(times[wanted].max(initial=0))

    def forget(self, kind: str) -> None:
        """Forget the memories whose names begin with this kind: shared memory ends with its blocks."""
        self._times = {memory: times for memory, times in self._times.items() if memory[0] != kind}
