"""The observer that counts what a launch does, line by line."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.counts.banks import banked
from mig_explorer.emulator.counts.contention import Tally, contended
from mig_explorer.emulator.counts.counts import CountedLine, Counts
from mig_explorer.emulator.counts.distinct import distinct, ranks
from mig_explorer.emulator.counts.flops import work
from mig_explorer.emulator.counts.metrics import LARGEST, together
from mig_explorer.emulator.counts.pattern import WarpPattern
from mig_explorer.emulator.counts.sectors import coalesced
from mig_explorer.emulator.simt.observer import WARP, Observer

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.lines import Line
    from mig_explorer.emulator.simt.observer import BatchView, LaneArray, LaunchView
    from mig_explorer.emulator.simt.values import Memory

Place = tuple[str, int]


class Counter(Observer):
    """Counts for each line what its warps ask of memory and do.

    Local and constant memory are not counted: a compiler keeps most of the one in registers, and the other
    has a cache of its own. An index out of bounds and threads that wait at different barriers end the launch.
    """

    def __init__(self) -> None:
        self._figures: dict[Place, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._lines: dict[Place, Line] = {}
        self._patterns: dict[tuple[Place, str, str, str], WarpPattern] = {}
        self._on_element = Tally()
        self._on_element_by_line = Tally()
        self._most_on_element = 0
        self._launch: LaunchView
        self._batch: BatchView

    def counts(self, file: str) -> Counts:
        """Return what was counted, the lines of this file in front."""
        places = sorted(self._figures, key=lambda place: (place[0] != file, place))
        lines = tuple(
            CountedLine(
                self._lines[place],
                together([self._figures[place]]),
                tuple(pattern for key, pattern in self._patterns.items() if key[0] == place),
            )
            for place in places
        )
        total = together([*self._figures.values(), {"atomic_most_on_element": self._most_on_element}])
        return Counts(self._launch, file, lines, total)

    def begin(self, launch: LaunchView) -> None:
        """Start anew."""
        self._launch = launch

    def begin_batch(self, batch: BatchView) -> None:
        """Forget the shared memory of the blocks before."""
        self._batch = batch
        self._on_element.forget("shared")
        self._on_element_by_line.forget("shared")

    def load(self, memory: Memory, index: LaneArray, lanes: LaneArray, line: Line) -> None:
        """Count bytes, requests and sectors, or bank conflicts."""
        self._access("load", memory, index, lanes, line)

    def store(
        self, memory: Memory, index: LaneArray, lanes: LaneArray, line: Line, values: np.ndarray[Any, Any]
    ) -> None:
        """Count bytes, requests and sectors, or bank conflicts."""
        del values
        self._access("store", memory, index, lanes, line)

    def atomic(self, memory: Memory, index: LaneArray, lanes: LaneArray, line: Line, operation: str) -> None:
        """Count operations, and those that meet at one element."""
        del operation
        if not lanes.size or memory.kind not in ("global", "shared"):
            return
        found = contended(self._batch.warp_numbers(lanes), index)
        # An array passed twice is one memory; blocks of one batch have their elements side by side.
        name = (memory.kind, memory.address, memory.stride)
        self._most_on_element = max(
            self._most_on_element, self._on_element.add(name, memory.data.size, index)
        )
        here = self._on_element_by_line.add((*name, line.place), memory.data.size, index)
        self._add(
            line,
            {
                f"{memory.kind}_atomics": lanes.size,
                "atomic_requests": found.requests,
                "atomic_turns": found.turns,
                "atomic_most_in_warp": found.most_in_warp,
                "atomic_most_on_element": here,
            },
        )
        self._keep("atomic", memory, index, lanes, line)

    def barrier(self, blocks: LaneArray, line: Line, kind: str) -> None:
        """Count the blocks that meet."""
        del kind
        self._add(line, {"barriers": blocks.size})

    def warp_sync(self, mask: LaneArray, lanes: LaneArray, line: Line, kind: str) -> None:
        """Count the warps that meet, each mask for itself."""
        del kind
        groups, _ = ranks(self._batch.warp_numbers(lanes))
        self._add(line, {"warp_syncs": distinct(groups, mask.astype(np.int64) & 0xFFFFFFFF).places.size})

    def branch(self, line: Line, lanes_taken: LaneArray, lanes_not_taken: LaneArray) -> None:
        """Count the warps that come here, and those that split."""
        taken, others = self._warps(lanes_taken), self._warps(lanes_not_taken)
        split = np.intersect1d(taken, others, assume_unique=True).size
        self._add(line, {"branches": taken.size + others.size - split, "divergent_branches": split})

    def operation(self, name: str, dtype: np.dtype[Any], lanes_count: int, line: Line) -> None:
        """Count floating-point operations."""
        done = work(name, dtype)
        if done is not None:
            self._add(line, {done.metric: done.amount * lanes_count})

    def _access(self, access: str, memory: Memory, index: LaneArray, lanes: LaneArray, line: Line) -> None:
        if not lanes.size or memory.kind not in ("global", "shared"):
            return
        size = memory.data.dtype.itemsize
        warps = self._batch.warp_numbers(lanes)
        if memory.kind == "global":
            found = coalesced(warps, _offsets(memory, index), size)
            figures = {
                f"{access}_bytes": size * lanes.size,
                f"{access}_requests": found.requests,
                f"{access}_sectors": found.sectors,
                f"{access}_ideal_sectors": found.ideal_sectors,
            }
        else:
            places = self._batch.thread_numbers(lanes) % WARP
            served = banked(warps, places, _offsets(memory, index), size)
            figures = {
                f"shared_{access}_bytes": size * lanes.size,
                f"shared_{access}_requests": served.requests,
                "shared_turns": served.turns,
                "bank_conflicts": served.conflicts,
            }
        self._add(line, figures)
        self._keep(access, memory, index, lanes, line)

    def _warps(self, lanes: LaneArray) -> LaneArray:
        """Return the warps of these lanes, each once."""
        warps = self._batch.warp_numbers(lanes)
        first = np.ones(warps.size, np.bool_)
        np.not_equal(warps[1:], warps[:-1], out=first[1:])
        return warps[first]

    def _add(self, line: Line, figures: dict[str, int]) -> None:
        place = line.place
        self._lines.setdefault(place, line)
        here = self._figures[place]
        for name, figure in figures.items():
            here[name] = max(here[name], figure) if name in LARGEST else here[name] + figure

    def _keep(self, access: str, memory: Memory, index: LaneArray, lanes: LaneArray, line: Line) -> None:
        """Keep the first warp of a line as an example, or a later one of which more lanes take part."""
        key = (line.place, memory.kind, access, memory.name)
        before = self._patterns.get(key)
        first = self._batch.warp_numbers(lanes[:WARP])
        count = int((first == first[0]).sum())
        if before is not None and len(before.lanes) >= count:
            return
        ours, threads = lanes[:count], self._batch.thread_numbers(lanes[:count])
        x, y, z = self._batch.block_ids(ours[:1])[0].tolist()
        self._patterns[key] = WarpPattern(
            memory.kind,
            access,
            memory.name,
            memory.data.dtype.itemsize,
            (x, y, z),
            int(threads[0]) // WARP,
            tuple((threads % WARP).tolist()),
            tuple(_offsets(memory, index[:count]).tolist()),
        )


def _offsets(memory: Memory, index: LaneArray) -> LaneArray:
    """Return bytes from the start of the array or of the block's own part; a GPU aligns both."""
    own = index % memory.block_span if memory.block_span else index
    return own * memory.stride + _field_offset(memory)


def _field_offset(memory: Memory) -> int:
    """Return where in its record a field begins, 0 for an array of numbers."""
    base = memory.data.base
    if memory.stride == memory.data.dtype.itemsize or not isinstance(base, np.ndarray):
        return 0
    whole = int(base.__array_interface__["data"][0])
    return (memory.address - whole) % memory.stride
