"""What one thread publishes with a fence and an atomic, and another learns by an atomic on the same element.

That is how the last block to finish may read what the others wrote, and how a lock guards a variable. A
thread that has fenced publishes with each atomic that follows: its own accesses before the fence, those of
its block before the barrier before that fence, what others of its block fenced before a barrier, and what it
had learnt itself. Whoever does an atomic there afterwards has learnt it, and so has its block after the next
barrier.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mig_explorer.emulator.simt.observer import LaneArray

Learnt = dict[int, int]
"""How much of what was published on each element, by its address, is known."""

LARGEST_NUMBER = 1 << 62
TABLES = 64


@dataclass(frozen=True, eq=False)
class _Published:
    thread: int
    block: int
    near: int
    """Event of the thread's latest fence of any scope: good inside its block."""
    far: int
    """Event of its latest fence for the whole device; 0 if none."""
    before: int
    """Event of its block's barrier before that fence."""
    fenced: LaneArray | None
    """What each thread of the block had fenced before a barrier."""
    learnt: Learnt


@dataclass(frozen=True, eq=False)
class _Table:
    """What is known of others: of each block up to an event, of some threads up to a later one."""

    blocks: LaneArray
    block_events: LaneArray
    threads: LaneArray
    thread_events: LaneArray

    def bounds(self, threads: LaneArray, padded_block: int) -> LaneArray:
        return np.maximum(
            _looked_up(self.blocks, self.block_events, threads // padded_block),
            _looked_up(self.threads, self.thread_events, threads),
        )


class Handover:
    """Who knows of whose accesses through fences and atomics.

    Parameters
    ----------
    padded_block
        Threads of a block, rounded up to whole warps.

    Examples
    --------
    >>> handover = Handover(padded_block=32)
    >>> handover.begin_batch(0, 64)
    >>> writer, reader, counter = np.array([0]), np.array([32]), np.array([4096])
    >>> handover.fence(writer, np.array([0]), "device", event=5)
    >>> handover.atomic(counter, writer)
    >>> handover.atomic(counter, reader)
    >>> handover.known(reader, writer, np.array([4])), handover.known(reader, writer, np.array([6]))
    (array([ True]), array([False]))
    """

    def __init__(self, padded_block: int) -> None:
        self.padded_block = padded_block
        self.in_use = False
        self._published: dict[int, list[_Published]] = {}
        self._threads: defaultdict[int, Learnt] = defaultdict(dict)
        self._blocks: defaultdict[int, Learnt] = defaultdict(dict)
        self._fenced: dict[int, LaneArray] = {}
        self._tables: dict[tuple[frozenset[tuple[int, int]], int], _Table] = {}

    def begin_batch(self, first_number: int, places: int) -> None:
        """Make room for the next blocks. What earlier ones published stays."""
        self.first_number = first_number
        self._near = np.zeros(places, np.int64)
        self._far = np.zeros(places, np.int64)
        self._before = np.zeros(places, np.int64)
        self._threads.clear()
        self._blocks.clear()
        self._fenced.clear()

    def fence(self, threads: LaneArray, barriers: LaneArray, scope: str, event: int) -> None:
        """Take note of a fence by threads, and of the event of their blocks' last barrier."""
        places = threads - self.first_number
        self._near[places] = event
        if scope != "block":
            self._far[places] = event
        self._before[places] = barriers
        self.in_use = True

    def barrier(self, blocks: Iterable[int]) -> None:
        """Take note that blocks have met: what one thread knows or has fenced is now its whole block's."""
        if not self.in_use:
            return
        met = {int(block) for block in blocks}
        for thread in [each for each in self._threads if each // self.padded_block in met]:
            _merge(self._blocks[thread // self.padded_block], self._threads.pop(thread))
        for block in met:
            start = block * self.padded_block - self.first_number
            far = self._far[start : start + self.padded_block]
            if far.any():
                self._fenced[block] = far.copy()

    def meet(self, threads: LaneArray, groups: LaneArray) -> None:
        """Take note that threads of one group have met: what one knows, they all know."""
        if not self._threads:
            return
        knowing = np.isin(threads, np.fromiter(self._threads, np.int64))
        for group in np.unique(groups[knowing]):
            members = threads[groups == group].tolist()
            together: Learnt = {}
            for member in members:
                _merge(together, self._threads.get(member, {}))
            for member in members:
                self._threads[member] = dict(together)

    def atomic(self, addresses: LaneArray, threads: LaneArray) -> None:
        """Take note of atomics, in this order: each learns what was published there, and may publish."""
        if not self.in_use:
            return
        publishing = self._near[threads - self.first_number] > 0
        if self._fenced:
            publishing |= np.isin(threads // self.padded_block, np.fromiter(self._fenced, np.int64))
        learning = np.isin(addresses, np.fromiter(self._published, np.int64))
        if publishing.any():
            learning |= np.isin(addresses, addresses[publishing])
        for place in np.flatnonzero(publishing | learning):
            address, thread = int(addresses[place]), int(threads[place])
            published = self._published.setdefault(address, [])
            if published:
                self._threads[thread][address] = len(published)
            if publishing[place]:
                published.append(self._publication(thread))

    def known(self, mine: LaneArray, theirs: LaneArray, events: LaneArray) -> np.ndarray[Any, Any]:
        """Return for pairs of threads whether the first knows the other's accesses of an event."""
        result = np.zeros(mine.size, np.bool_)
        blocks = mine // self.padded_block
        knowing = np.isin(mine, np.fromiter(self._threads, np.int64))
        knowing |= np.isin(blocks, np.fromiter(self._blocks, np.int64))
        asked = np.flatnonzero(knowing)
        # Threads of a block that have learnt nothing of their own share what the block knows.
        own = np.isin(mine[asked], np.fromiter(self._threads, np.int64))
        keys = np.where(own, mine[asked], -1 - blocks[asked])
        for key in np.unique(keys):
            rows = asked[keys == key]
            block = int(blocks[rows[0]])
            learnt = dict(self._blocks.get(block, {}))
            if key >= 0:
                _merge(learnt, self._threads[int(key)])
            table = self._table(learnt, block)
            result[rows] = events[rows] < table.bounds(theirs[rows], self.padded_block)
        return result

    def _publication(self, thread: int) -> _Published:
        block = thread // self.padded_block
        place = thread - self.first_number
        learnt = dict(self._blocks.get(block, {}))
        _merge(learnt, self._threads.get(thread, {}))
        return _Published(
            thread=thread,
            block=block,
            near=int(self._near[place]),
            far=int(self._far[place]),
            before=int(self._before[place]),
            fenced=self._fenced.get(block),
            learnt=learnt,
        )

    def _table(self, learnt: Learnt, block: int) -> _Table:
        key = (frozenset(learnt.items()), block)
        if key not in self._tables:
            if len(self._tables) >= TABLES:
                self._tables.clear()
            self._tables[key] = self._new_table(learnt, block)
        return self._tables[key]

    def _new_table(self, learnt: Learnt, block: int) -> _Table:
        blocks: list[tuple[int, int]] = []
        threads: list[tuple[int, int]] = []
        rows: list[tuple[LaneArray, LaneArray]] = []
        for each in self._all(learnt):
            event = each.near if each.block == block else each.far
            if event:
                threads.append((each.thread, event))
                blocks.append((each.block, each.before))
            if each.fenced is not None:
                first = each.block * self.padded_block
                rows.append((np.arange(first, first + self.padded_block), each.fenced))
        rows.append(_pair(threads))
        return _Table(
            *_latest(*_pair(blocks)),
            *_latest(
                np.concatenate([numbers for numbers, _ in rows]),
                np.concatenate([events for _, events in rows]),
            ),
        )

    def _all(self, learnt: Learnt) -> Iterable[_Published]:
        """Yield what was published, with what its publishers had learnt."""
        done: Learnt = {}
        waiting = list(learnt.items())
        while waiting:
            address, count = waiting.pop()
            start = done.get(address, 0)
            if count <= start:
                continue
            done[address] = count
            for each in self._published[address][start:count]:
                yield each
                waiting.extend(each.learnt.items())


def _merge(into: Learnt, other: Mapping[int, int]) -> None:
    for address, count in other.items():
        into[address] = max(count, into.get(address, 0))


def _pair(pairs: list[tuple[int, int]]) -> tuple[LaneArray, LaneArray]:
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _latest(numbers: LaneArray, events: LaneArray) -> tuple[LaneArray, LaneArray]:
    """Return each number once, in ascending order, with its latest event."""
    order = np.lexsort((events, numbers))
    numbers, events = numbers[order], events[order]
    last = np.diff(numbers, append=LARGEST_NUMBER) != 0
    return numbers[last], events[last]


def _looked_up(numbers: LaneArray, events: LaneArray, asked: LaneArray) -> LaneArray:
    if not numbers.size:
        return np.zeros(asked.size, np.int64)
    at = np.minimum(np.searchsorted(numbers, asked), numbers.size - 1)
    return np.where(numbers[at] == asked, events[at], 0)
