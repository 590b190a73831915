"""The two loops over the lanes of an event that keep `latest` up to date, compiled.

They run for every read that is watched, and as loops they are several times as fast as NumPy: most of what a
lane does there depends on whether another lane has touched the same unit.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numba.core.errors import NumbaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.checks.latest import Packed
    from mig_explorer.emulator.simt.observer import LaneArray

THREAD_BITS = 32
THREAD_MASK = (1 << THREAD_BITS) - 1
WARP_BITS = 5


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function when it is first called, and keep it on disk where that is possible.

    What is found there and cannot be read is done without.
    """
    alone = njit(function)
    try:
        ways = [njit(cache=True)(function), alone]
    except RuntimeError:  # Numba finds no folder that it may write to
        return alone  # type: ignore[no-any-return]

    @functools.wraps(function)
    def call(*given: Any) -> Any:
        try:
            return ways[0](*given)
        except NumbaError:
            raise
        except Exception:  # a damaged file raises anything, before the function has begun
            if len(ways) == 1:
                raise
            del ways[0]
            return ways[0](*given)

    return call


@compiled
def replaced(last: Packed, units: LaneArray, threads: LaneArray, event: int) -> Packed:
    """Put accesses in the place of the last ones, and return for each which one it found there.

    Where several come to one unit, all find what was there before the event, and the last of them stays.

    Examples
    --------
    >>> last = np.array([0, (1 << 32) | 7])
    >>> before = replaced(last, np.array([1, 1]), np.array([2, 3]), 4)
    >>> before >> 32, before & 31, last[1] & 31
    (array([1, 1]), array([7, 7]), np.int64(3))
    """
    before = np.empty(units.size, np.int64)
    for place in range(units.size):
        before[place] = last[units[place]]
    for place in range(units.size):
        last[units[place]] = (event << THREAD_BITS) | threads[place]
    return before


@compiled
def demoted(  # noqa: PLR0913, PLR0917 - arrays and numbers, for compiled code
    last: Packed,
    before: Packed,
    units: LaneArray,
    threads: LaneArray,
    event: int,
    others: tuple[Packed, Packed, Packed],
    padded_block: int,
) -> int:
    """Keep what is no longer the last access, in as many columns as it is far from the one that is.

    Parameters
    ----------
    last, before
        After `replaced`, and what that returned.
    units, threads, event
        The accesses of the event.
    others
        The last access by another thread than the last one's, by another warp, by another block.
    padded_block
        Threads of a block, rounded up to whole warps.

    Returns
    -------
    int
        0 if all is done; else which column is needed and has no element: then it can be called once more.
    """
    count = units.size
    for step in range(2 * count):
        # First what was there; then, backwards, those of this event that another one of it has replaced: so
        # the first and the last thread are kept.
        place = step if step < count else 2 * count - 1 - step
        unit = units[place]
        access = before[place] if step < count else (event << THREAD_BITS) | threads[place]
        winner = last[unit]
        mine, its = access & THREAD_MASK, winner & THREAD_MASK
        if access == 0 or mine == its:
            continue
        if mine >> WARP_BITS == its >> WARP_BITS:
            columns = 1
        else:
            columns = 2 if mine // padded_block == its // padded_block else 3
        for column in range(columns):
            if others[column].size == 0:
                return column + 1
            others[column][unit] = access
    return 0
