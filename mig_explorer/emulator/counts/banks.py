"""Bank conflicts: how many turns shared memory takes to serve the lanes of a warp."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mig_explorer.emulator.counts.distinct import distinct, pieces, ranks

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.observer import LaneArray

BANKS = 32
WORD = 4
"""Shared memory has 32 banks; successive words of 4 bytes lie in successive ones, and a bank gives one word a
turn (CUDA C++ Programming Guide, compute capability 5.x and later)."""

WARP = 32


class Banked(NamedTuple):
    """What the accesses of some lanes come to."""

    requests: int
    turns: int
    conflicts: int


def banked(warps: LaneArray, places: LaneArray, offsets: LaneArray, size: int) -> Banked:
    """Count the requests of warps to shared memory, their turns, and the turns that conflicts add.

    A bank serves one word a turn, to all lanes that want this word. Elements of 8 bytes are served in two
    turns at the least, one for each half of the warp, those of 16 bytes in four; only lanes that are served
    together can conflict. A half without an active lane takes no turn.

    Parameters
    ----------
    warps
        The warp of each lane, ascending.
    places
        The place of each lane in its warp, 0 to 31.
    offsets
        Bytes from the start of the block's memory, or from any place in bank 0, to the element of each lane.
    size
        Bytes of an element.

    References
    ----------
    CUDA C++ Programming Guide, shared memory of compute capability 5.x and later: banks, words and broadcast.
    CUDA C Programming Guide 4.2, compute capability 2.x, whose banks are the same: 64-bit accesses conflict
    only within half a warp. Later editions do not say. An answer in NVIDIA's developer forum ("Unexpected
    shared memory bank conflict", 77228) gives the cause, 128 bytes a turn, hence four turns for 128 bits, and
    a case in which compute capability 7.x does better: lanes in pairs with equal addresses. That case is
    counted as if it did not exist.

    Examples
    --------
    32 lanes that read a row of float32, a column of a 32 x 32 tile, or a row of float64:

    >>> warp, lane = np.zeros(32, int), np.arange(32)
    >>> banked(warp, lane, 4 * lane, 4)
    Banked(requests=1, turns=1, conflicts=0)
    >>> banked(warp, lane, 128 * lane, 4)
    Banked(requests=1, turns=32, conflicts=31)
    >>> banked(warp, lane, 8 * lane, 8)
    Banked(requests=1, turns=2, conflicts=0)
    """
    _, requests = ranks(warps)
    parts = _parts(size)
    groups, served = ranks(warps * parts + places * parts // WARP)
    touched = pieces(offsets, size, WORD)
    words = distinct(np.tile(groups, len(touched)), np.concatenate(touched))
    in_bank = np.bincount(words.groups * BANKS + words.places % BANKS, minlength=served * BANKS)
    turns = int(in_bank.reshape(served, BANKS).max(axis=1).sum()) if served else 0
    return Banked(requests, turns, turns - served)


def _parts(size: int) -> int:
    """Return in how many parts a warp is served for elements of so many bytes."""
    parts = 1
    while parts * WORD < size and parts < WARP:
        parts *= 2
    return parts
