"""Distinct places of a group of lanes: what one warp asks for at once, without repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.observer import LaneArray


class Distinct(NamedTuple):
    """Pairs of a group and a place, each once, in ascending order; and how often each stood there."""

    groups: LaneArray
    places: LaneArray
    times: LaneArray


def ranks(ascending: LaneArray) -> tuple[LaneArray, int]:
    """Return the values of an ascending array numbered from 0, and how many different ones there are.

    Examples
    --------
    >>> ranks(np.array([4, 4, 7, 9, 9]))
    (array([0, 0, 1, 2, 2]), 3)
    """
    if not ascending.size:
        return ascending, 0
    numbered = np.zeros(ascending.size, np.int64)
    np.cumsum(ascending[1:] != ascending[:-1], out=numbered[1:])
    return numbered, int(numbered[-1]) + 1


def distinct(groups: LaneArray, places: LaneArray) -> Distinct:
    """Return each pair of a group and a place once.

    Parameters
    ----------
    groups
        Numbers from 0, such as `ranks` gives.
    places
        Numbers from 0: bytes, elements, words.

    Examples
    --------
    >>> distinct(np.array([0, 0, 0, 1]), np.array([8, 4, 8, 8]))
    Distinct(groups=array([0, 0, 1]), places=array([4, 8, 8]), times=array([1, 2, 1]))
    """
    span = int(places.max(initial=0)) + 1
    keys = groups * span + places
    if keys.size > 1 and not bool((keys[1:] >= keys[:-1]).all()):
        keys = np.sort(keys)
    first = np.ones(keys.size, np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    kept = keys[starts]
    return Distinct(kept // span, kept % span, np.diff(starts, append=keys.size))


def pieces(offsets: LaneArray, size: int, width: int) -> list[LaneArray]:
    """Return which pieces of memory of `width` bytes elements of `size` bytes touch: arrays like `offsets`.

    An element that touches fewer pieces than the others names its last one again.

    Examples
    --------
    >>> pieces(np.array([0, 8, 28]), 8, 32)
    [array([0, 0, 0]), array([0, 0, 1])]
    """
    first, last = offsets // width, (offsets + (size - 1)) // width
    most = int((last - first).max(initial=0))
    return [first, *(np.minimum(first + step, last) for step in range(1, most + 1))]


def groupwise_most(groups: LaneArray, numbers: LaneArray, count: int) -> np.ndarray[Any, Any]:
    """Return the largest number of each of `count` groups.

    Examples
    --------
    >>> groupwise_most(np.array([0, 0, 1]), np.array([3, 5, 2]), 2)
    array([5, 2])
    """
    most = np.zeros(count, np.int64)
    np.maximum.at(most, groups, numbers)
    return most
