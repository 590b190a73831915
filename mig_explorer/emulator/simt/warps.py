"""What warps compute when their lanes meet: shuffles, votes, matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.observer import WARP

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.observer import LaneArray
    from mig_explorer.emulator.simt.program import Meet
    from mig_explorer.emulator.simt.values import Numbers


class Party:
    """Lanes that meet: those of some warps, with their masks.

    Parameters
    ----------
    lanes
        Ascending.
    warps
        The place of each lane's warp.
    lane_ids
        Each lane's place in its warp.
    masks
        Each lane's mask.
    """

    def __init__(self, lanes: LaneArray, warps: LaneArray, lane_ids: Numbers, masks: Numbers) -> None:
        self.lanes = lanes
        first = int(warps[0])
        self.rows = warps - first
        self.columns = lane_ids.astype(np.int64)
        self.masks = masks
        self.shape = (int(warps[-1]) - first + 1, WARP)

    def table(self, values: Numbers) -> Numbers:
        """Return values with a row a warp and a column a lane; 0 where no lane is."""
        rows = np.zeros(self.shape, values.dtype)
        rows[self.rows, self.columns] = values
        return rows

    def bits(self, truth: Numbers) -> Numbers:
        """Return for each warp the lanes of which something is true, as bits."""
        bits = np.zeros(self.shape[0], np.uint32)
        powers = np.uint32(1) << self.columns.astype(np.uint32)
        np.bitwise_or.at(bits, self.rows, np.where(truth, powers, np.uint32(0)))
        return bits


def meeting(meet: Meet, party: Party, operands: tuple[Numbers, ...]) -> Any:
    """Return what each lane gets from a meeting of its warp.

    Parameters
    ----------
    meet
        Which meeting it is.
    party
        The lanes that meet.
    operands
        Of each lane, after its mask.
    """
    if meet.kind == "shfl":
        return _shuffled(meet, party, *operands)
    if meet.kind == "vote":
        return _vote(meet, party, operands[0])
    if meet.kind == "match_any":
        return _same(party, operands[0]).view(np.int32)
    if meet.kind == "match_all":
        return _all_same(party, operands[0])
    return None


def absent_sources(meet: Meet, party: Party, lane: Numbers) -> tuple[Numbers, Numbers]:
    """Return which lanes of a shuffle read from one that takes no part, and that one's place in its warp.

    Parameters
    ----------
    meet
        A shuffle.
    party
        The lanes that meet.
    lane
        The shuffle's last operand, of each lane.
    """
    source, _ = _sources(meet, party, lane)
    masks = party.table(party.masks.astype(np.int64) + 1)
    there = masks[party.rows, source] == party.masks.astype(np.int64) + 1
    return ~there, source


def _sources(meet: Meet, party: Party, lane: Numbers) -> tuple[Numbers, Numbers]:
    """Return the lane that each lane of a shuffle reads from, its own where it would be none of its warp."""
    given = lane.astype(np.int64)
    own = party.columns
    if meet.mode == "idx":
        source, valid = given & (WARP - 1), np.ones(len(own), np.bool_)
    elif meet.mode == "up":
        source = own - (given & (WARP - 1))
        valid = source >= 0
    elif meet.mode == "down":
        source = own + (given & (WARP - 1))
        valid = source < WARP
    else:
        source = own ^ (given & (WARP - 1))
        valid = np.ones(len(own), np.bool_)
    return np.where(valid, source, own), valid


def _shuffled(meet: Meet, party: Party, values: Numbers, lane: Numbers) -> Any:
    own = party.columns
    source, valid = _sources(meet, party, lane)
    # A lane that is not there has nothing to give; on a GPU it is not said what one gets instead.
    present = party.table(np.ones(len(own), np.bool_))[party.rows, source]
    got = np.where(present, party.table(values)[party.rows, source], values)
    return (got, valid) if meet.with_predicate else got


def _vote(meet: Meet, party: Party, predicate: Numbers) -> Any:
    truth = predicate != 0
    ballot = _of_own_mask(party, truth)
    everyone = _of_own_mask(party, np.ones(len(truth), np.bool_))
    if meet.mode == "ballot":
        bits = ballot.view(np.int32)
        return (bits, truth) if meet.with_predicate else bits
    if meet.mode == "all":
        answer = ballot == everyone
    elif meet.mode == "any":
        answer = ballot != 0
    else:
        answer = (ballot == 0) | (ballot == everyone)
    return (ballot.view(np.int32), answer) if meet.with_predicate else answer


def _of_own_mask(party: Party, truth: Numbers) -> Numbers:
    """Return the lanes of each lane's warp and mask of which something is true, as bits."""
    bits: Numbers = party.bits(truth)[party.rows] & party.masks.astype(np.uint32)
    return bits


def _same(party: Party, values: Numbers) -> Numbers:
    """Return the lanes of each lane's warp and mask with its value, as bits. A NaN is like itself."""
    words = np.ascontiguousarray(values).view(f"uint{values.dtype.itemsize * 8}")
    table = party.table(words)
    present = party.table(np.ones(len(words), np.bool_))
    alike = (table[party.rows] == words[:, np.newaxis]) & present[party.rows]
    powers = np.uint32(1) << np.arange(WARP, dtype=np.uint32)
    bits: Numbers = np.where(alike, powers, np.uint32(0)).sum(axis=1, dtype=np.uint32)
    return bits & party.masks.astype(np.uint32)


def _all_same(party: Party, values: Numbers) -> tuple[Numbers, Numbers]:
    everyone = _of_own_mask(party, np.ones(len(values), np.bool_))
    answer = _same(party, values) == everyone
    return np.where(answer, everyone, np.uint32(0)).view(np.int32), answer
