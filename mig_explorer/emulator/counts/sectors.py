"""Coalescing: how many 32-byte sectors of global memory the lanes of a warp ask for together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mig_explorer.emulator.counts.distinct import distinct, pieces, ranks

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.observer import LaneArray

SECTOR = 32
"""Bytes that the L2 moves at the least (CUDA C++ Best Practices Guide, coalesced access to global memory)."""


class Coalesced(NamedTuple):
    """What the accesses of some lanes come to."""

    requests: int
    sectors: int
    ideal_sectors: int


def coalesced(warps: LaneArray, offsets: LaneArray, size: int) -> Coalesced:
    """Count the requests of warps to global memory, and the sectors of each.

    A request is one access of the lanes of one warp. It touches each sector once, however many of its lanes
    want something there. Ideal is as if the different elements of a request lay side by side from the start
    of a sector on. What a cache holds already is not looked at.

    Parameters
    ----------
    warps
        The warp of each lane, ascending.
    offsets
        Bytes from a place aligned to 32 bytes to the element of each lane. Memory that a GPU allocates is
        aligned to 256 bytes.
    size
        Bytes of an element.

    References
    ----------
    CUDA C++ Best Practices Guide, coalesced access to global memory: as many 32-byte transactions as are
    necessary to serve all the threads of a warp.

    Examples
    --------
    32 lanes that read neighbours of 4 bytes, or each the first of eight:

    >>> warp, lane = np.zeros(32, int), np.arange(32)
    >>> coalesced(warp, 4 * lane, 4)
    Coalesced(requests=1, sectors=4, ideal_sectors=4)
    >>> coalesced(warp, 32 * lane, 4)
    Coalesced(requests=1, sectors=32, ideal_sectors=4)
    """
    groups, requests = ranks(warps)
    elements = distinct(groups, offsets)
    touched = pieces(elements.places, size, SECTOR)
    if len(touched) == 1:
        sectors = distinct(elements.groups, touched[0])
    else:
        sectors = distinct(np.tile(elements.groups, len(touched)), np.concatenate(touched))
    wanted = np.bincount(elements.groups, minlength=requests) * size
    return Coalesced(requests, sectors.places.size, int((-(-wanted // SECTOR)).sum()))
