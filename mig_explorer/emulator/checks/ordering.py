"""What happens before what: barriers order the threads of a block, warp syncs some of a warp.

An event is a number that grows with everything the engine reports. A barrier of a block in event `e` orders
all its threads' accesses before `e` ahead of all after it, so one number a block is enough; so it is for a
warp in which all take part. Where only some do, each thread knows the others up to an event of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.checks.handover import Handover
from mig_explorer.emulator.checks.latest import THREAD_BITS, WARP_BITS, event_of, thread_of
from mig_explorer.emulator.simt.observer import WARP

if TYPE_CHECKING:
    from mig_explorer.emulator.checks.latest import Packed
    from mig_explorer.emulator.simt.observer import BatchView, LaneArray, LaunchView


NOBODY: LaneArray = np.zeros(0, np.int64)


class Ordering:
    """Which accesses are ordered before what a thread does now.

    Parameters
    ----------
    launch
        The launch.

    Attributes
    ----------
    padded_block : int
        Threads of a block, rounded up to whole warps. A thread's number in the grid is its block's times
        this and its own, so that its warp is the number without the last five bits.

    Examples
    --------
    >>> from mig_explorer.emulator.checks.latest import packed
    >>> from mig_explorer.emulator.simt.observer import BatchView, LaunchView
    >>> launch = LaunchView("swap", (1, 1, 1), (64, 1, 1))
    >>> ordering = Ordering(launch)
    >>> ordering.begin_batch(BatchView(launch, 0, 1))
    >>> written_by_40 = packed(1, np.array([40]))
    >>> ordering.unordered(np.array([3]), written_by_40)
    array([0])
    >>> ordering.barrier(np.array([0]), event=2)
    >>> ordering.unordered(np.array([3]), written_by_40)
    array([], dtype=int64)
    """

    def __init__(self, launch: LaunchView) -> None:
        self.threads_per_block = launch.threads_per_block
        self.warps_per_block = -(-self.threads_per_block // WARP)
        self.padded_block = self.warps_per_block * WARP
        self.handover = Handover(self.padded_block)
        self.numbers: LaneArray = np.zeros(0, np.int64)

    def begin_batch(self, batch: BatchView) -> None:
        """Make room for the next blocks."""
        lanes = np.arange(batch.lanes)
        self.first_block = batch.first_block
        self.numbers = batch.block_numbers(lanes) * self.padded_block + batch.thread_numbers(lanes)
        self.first_number = batch.first_block * self.padded_block
        self.places = batch.blocks * self.padded_block
        self._barriers = np.zeros(batch.blocks, np.int64)
        self._before_all_barriers = 0
        self._warps = np.zeros(batch.blocks * self.warps_per_block, np.int64)
        self._known: np.ndarray[Any, np.dtype[np.int64]] | None = None
        self.handover.begin_batch(self.first_number, self.places)

    def lanes_of(self, numbers: LaneArray) -> LaneArray:
        """Return the lanes of threads; those of other batches get one that this batch has not."""
        blocks = numbers // self.padded_block - self.first_block
        return blocks * self.threads_per_block + numbers % self.padded_block

    def barrier(self, blocks: LaneArray, event: int) -> None:
        """Take note that blocks (their place in the batch) have met at a barrier."""
        self._barriers[blocks] = event
        self._before_all_barriers = int(self._barriers.min()) << THREAD_BITS
        self.handover.barrier(blocks + self.first_block)

    def warp_sync(self, masks: LaneArray, lanes: LaneArray, event: int) -> None:
        """Take note that lanes of one warp and with one mask have met."""
        numbers = self.numbers[lanes]
        warps = numbers >> WARP_BITS
        _, groups, sizes = np.unique((warps << THREAD_BITS) | masks, return_inverse=True, return_counts=True)
        first = (numbers % self.padded_block) & ~(WARP - 1)
        whole = sizes[groups] == np.minimum(WARP, self.threads_per_block - first)
        self._warps[warps[whole] - (self.first_number >> WARP_BITS)] = event
        self.handover.meet(numbers, groups)
        if not whole.all():
            self._partial(numbers[~whole] - self.first_number, groups[~whole], event)

    def fence(self, lanes: LaneArray, scope: str, event: int) -> None:
        """Take note of a memory fence."""
        barriers = self._barriers[lanes // self.threads_per_block]
        self.handover.fence(self.numbers[lanes], barriers, scope, event)

    def unordered(self, lanes: LaneArray, accesses: Packed, *, of_block: bool = False) -> LaneArray:
        """Return the places at which an access is not ordered before what the lane there does now.

        Parameters
        ----------
        lanes, accesses
            Pairs of a lane and an earlier access, of which a lane's own and 0 (none) are ordered.
        of_block
            Whether each pair is known to be of one block, as in shared memory.
        """
        if of_block and accesses.max(initial=0) < self._before_all_barriers:
            return NOBODY
        mine = self.numbers[lanes]
        theirs = thread_of(accesses)
        suspects = np.flatnonzero((accesses != 0) & (theirs != mine))
        if not suspects.size:
            return suspects
        mine, theirs, events = mine[suspects], theirs[suspects], event_of(accesses[suspects])
        left = events >= self._bounds(mine, theirs)
        if left.any() and self.handover.in_use:
            left[left] = ~self.handover.known(mine[left], theirs[left], events[left])
        found: LaneArray = suspects[left]
        return found

    def _bounds(self, mine: LaneArray, theirs: LaneArray) -> LaneArray:
        """Return for pairs of threads the event before which all accesses of the other are ordered."""
        block = mine // self.padded_block
        same_block = theirs // self.padded_block == block
        bounds = np.where(same_block, self._barriers[block - self.first_block], 0)
        neighbours = np.flatnonzero(theirs >> WARP_BITS == mine >> WARP_BITS)
        if neighbours.size:
            at = mine[neighbours] - self.first_number
            met = self._warps[at >> WARP_BITS]
            if self._known is not None:
                met = np.maximum(met, self._known[at, theirs[neighbours] & (WARP - 1)])
            bounds[neighbours] = np.maximum(bounds[neighbours], met)
        return bounds

    def _partial(self, places: LaneArray, groups: LaneArray, event: int) -> None:
        if self._known is None:
            self._known = np.zeros((self.places, WARP), np.int64)
        order = np.argsort(groups, kind="stable")
        places, groups = places[order], groups[order]
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        together = np.maximum.reduceat(self._known[places], starts, axis=0)
        row = np.cumsum(np.diff(groups, prepend=groups[0]) != 0)
        together[row, places & (WARP - 1)] = event
        self._known[places] = together[row]
