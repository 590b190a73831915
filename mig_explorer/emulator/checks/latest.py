"""Who touched each unit of a memory last, and who before from elsewhere.

An access is packed into one number: the event in which it happened, then the thread. The later of two is the
larger. Keeping four of them a unit is enough to know whether any access is not ordered before a new one,
as long as only barriers order a block's threads and nothing orders blocks (see `ordering`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.observer import LaneArray

THREAD_BITS = 32
THREAD_MASK = (1 << THREAD_BITS) - 1
WARP_BITS = 5

Packed = np.ndarray[Any, np.dtype[np.int64]]
"""Packed accesses; 0 stands for none."""


def packed(event: int, threads: LaneArray) -> Packed:
    """Pack accesses by threads in one event.

    Examples
    --------
    >>> access = packed(7, np.array([0, 40]))
    >>> event_of(access), thread_of(access)
    (array([7, 7]), array([ 0, 40]))
    """
    return (event << THREAD_BITS) | threads


def event_of(accesses: Packed) -> LaneArray:
    """Return the event of each access."""
    return accesses >> THREAD_BITS


def thread_of(accesses: Packed) -> LaneArray:
    """Return the thread of each access."""
    return accesses & THREAD_MASK


class Latest:
    """The latest accesses of one kind to each unit of a memory.

    Parameters
    ----------
    size
        Units of the memory.
    padded_block
        Threads of a block, rounded up to whole warps: threads are numbered with such gaps.

    Examples
    --------
    >>> reads = Latest(size=4, padded_block=64)
    >>> reads.note(np.array([2, 2]), np.array([0, 33]), event=1)
    >>> reads.note(np.array([2]), np.array([70]), event=2)
    >>> [thread_of(each[[2]]).item() for each in reads.columns()]
    [70, 33, 33, 33]
    """

    def __init__(self, size: int, padded_block: int) -> None:
        self.size = size
        self.padded_block = padded_block
        # The last of all; the last by another thread than that one's; by another warp; by another block.
        self._columns: list[Packed | None] = [None, None, None, None]

    def columns(self) -> list[Packed]:
        """Return the columns that hold anything, the last access of all first."""
        return [each for each in self._columns if each is not None]

    def none_of(self, units: LaneArray) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return which units nobody has touched."""
        last = self._columns[0]
        return np.ones(units.size, np.bool_) if last is None else last[units] == 0

    def note(self, units: LaneArray, threads: LaneArray, event: int) -> None:
        """Take note of accesses of one event, one thread each."""
        new = packed(event, threads)
        last = self._column(0)
        before = last[units]
        last[units] = new
        winner = last[units]
        demoted = (before != 0) & ((before ^ winner) & THREAD_MASK != 0)
        if demoted.any():
            self._demote(units[demoted], before[demoted], winner[demoted])
        beaten = winner != new
        if beaten.any():
            # Backwards, so that of those who came together the first and the last thread are kept.
            self._demote(units[beaten][::-1], new[beaten][::-1], winner[beaten][::-1])

    def forget(self, units: LaneArray) -> None:
        """Forget accesses to these units: a later one is ordered after them, and stands for them."""
        last = self._columns[0]
        if last is None:
            return
        touched = units[last[units] != 0]
        if touched.size:
            for column in self.columns():
                column[touched] = 0

    def absorb(self, other: Latest, factor: int, start: int) -> None:
        """Take over what another knows, whose units are `factor` of these and begin at `start`."""
        for place, column in enumerate(other._columns):
            if column is not None:
                self._column(place)[start : start + other.size * factor] = np.repeat(column, factor)

    def _column(self, place: int) -> Packed:
        column = self._columns[place]
        if column is None:
            column = self._columns[place] = np.zeros(self.size, np.int64)
        return column

    def _demote(self, units: LaneArray, accesses: Packed, winners: Packed) -> None:
        self._column(1)[units] = accesses
        mine, theirs = thread_of(accesses), thread_of(winners)
        elsewhere = mine >> WARP_BITS != theirs >> WARP_BITS
        if elsewhere.any():
            units, accesses, mine, theirs = (each[elsewhere] for each in (units, accesses, mine, theirs))
            self._column(2)[units] = accesses
            far = mine // self.padded_block != theirs // self.padded_block
            if far.any():
                self._column(3)[units[far]] = accesses[far]
