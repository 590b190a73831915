"""Who touched each unit of a memory last, and who before from elsewhere.

An access is packed into one number: the event in which it happened, then the thread. The later of two is the
larger. Keeping four of them a unit is enough to know whether any access is not ordered before a new one,
as long as only barriers order a block's threads and nothing orders blocks (see `ordering`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.checks.demotion import demoted, replaced

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.observer import LaneArray

THREAD_BITS = 32
THREAD_MASK = (1 << THREAD_BITS) - 1
WARP_BITS = 5

Packed = np.ndarray[Any, np.dtype[np.int64]]
"""Packed accesses; 0 stands for none."""

NONE: Packed = np.zeros(0, np.int64)


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
        last = self._column(0)
        before = replaced(last, units, threads, event)
        # It asks for a column when it needs one, and then begins anew.
        while missing := demoted(last, before, units, threads, event, self._others(), self.padded_block):
            self._column(missing)

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

    def _others(self) -> tuple[Packed, Packed, Packed]:
        one, two, three = (NONE if each is None else each for each in self._columns[1:])
        return one, two, three
