"""Which lanes are where: those that can go on, those that wait, those that are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.observer import LaneArray

PATIENCE = 2**14
"""Ticks after which lanes that could go on do, though others are further behind. See `program.SPINS`."""


class Groups:
    """Lanes by the segment they are at.

    The lanes furthest behind go first, so that those that parted meet again. Lanes that have waited for very
    long go before them, if those ahead of them may be waiting for what they will write.

    Examples
    --------
    >>> groups = Groups(np.arange(4), 0)
    >>> groups.take()
    (0, array([0, 1, 2, 3]))
    >>> groups.put(5, np.array([1, 3])), groups.put(2, np.array([0]))
    (None, None)
    >>> groups.put(5, np.array([2])), groups.take(), groups.take()
    (None, (2, array([0])), (5, array([1, 2, 3])))
    """

    def __init__(self, lanes: LaneArray, start: int) -> None:
        self.ready: dict[int, LaneArray] = {start: lanes}
        self._since: dict[int, int] = {start: 0}
        self._ticks = 0

    def put(self, segment: int, lanes: LaneArray) -> None:
        """Let lanes go on at a segment."""
        if not len(lanes):
            return
        there = self.ready.get(segment)
        if there is None:
            self.ready[segment] = lanes
            self._since[segment] = self._ticks
        else:
            self.ready[segment] = joined(there, lanes)

    def take(self, patience: int = PATIENCE) -> tuple[int, LaneArray]:
        """Return the lanes whose turn it is, and where they are."""
        segment = min(self.ready)
        if len(self.ready) > 1:
            longest = min(self._since, key=self._since.__getitem__)
            if self._ticks - self._since[longest] >= patience:
                segment = longest
        del self._since[segment]
        return segment, self.ready.pop(segment)

    def tick(self, ticks: int) -> None:
        """Take note of a turn that may have been spent waiting."""
        self._ticks += ticks


def joined(a: LaneArray, b: LaneArray) -> LaneArray:
    """Return lanes of two groups, ascending.

    Examples
    --------
    >>> joined(np.array([0, 4]), np.array([2]))
    array([0, 2, 4])
    """
    both = np.concatenate([a, b])
    if a[-1] > b[0]:
        both.sort()
    return both
