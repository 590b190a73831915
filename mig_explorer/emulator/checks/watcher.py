"""The observer that checks a launch while the engine runs it."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.checks import wording
from mig_explorer.emulator.checks.accesses import Accesses
from mig_explorer.emulator.checks.collector import Collector
from mig_explorer.emulator.checks.findings import Place
from mig_explorer.emulator.checks.naming import ElementNames
from mig_explorer.emulator.checks.ordering import Ordering
from mig_explorer.emulator.simt.lines import Line
from mig_explorer.emulator.simt.observer import WARP, Observer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.emulator.checks.findings import Finding
    from mig_explorer.emulator.checks.naming import Shape
    from mig_explorer.emulator.simt.observer import BatchView, LaneArray, LaunchView
    from mig_explorer.emulator.simt.values import ArrayRef, Memory

ORDERS_MEMORY = "syncwarp"
"""Shuffles, votes and matches make threads meet, but order no reads and writes (CUDA C++ Programming Guide,
warp shuffle functions: they do not imply a memory barrier)."""

OPERATIONS = {
    "syncwarp": "cuda.syncwarp",
    "shfl": "a shuffle",
    "shfl-source": "a shuffle",
    "vote": "a vote",
    "match_any": "cuda.match_any_sync",
    "match_all": "cuda.match_all_sync",
}
RETURN = re.compile(r"\breturn\b")


class Watcher(Observer):
    """Finds what is wrong in a launch. Ask for `findings` afterwards, or when the launch has failed.

    A negative index is reported too: Numba adds the array's length to it, as Python does, but a kernel
    written in CUDA C would touch memory before the array.

    Parameters
    ----------
    arrays
        The kernel's array arguments by the names of its parameters.
    shapes
        Shapes of shared and local arrays, see `naming.declared_shapes`.
    same_value
        Lines of stores, see `same_value.same_value_lines`.
    """

    negative_indices_wrap = False

    def __init__(
        self,
        arrays: Mapping[str, np.ndarray[Any, Any]] | None = None,
        shapes: Mapping[str, Shape] | None = None,
        same_value: set[tuple[str, int]] | None = None,
    ) -> None:
        self.names = ElementNames(arrays or {}, shapes or {})
        self.same_value = same_value or set()
        self.lines: list[Line] = [Line(0)]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found so far, the worst first."""
        return self.collector.findings()

    def begin(self, launch: LaunchView) -> None:
        """Begin with nothing known."""
        self.lines = [Line(0)]
        self.ordering = Ordering(launch)
        self.collector = Collector(launch, self.ordering.padded_block)
        self.accesses = Accesses(self.ordering, self.collector, self.names, self.same_value, self.lines)

    def begin_batch(self, batch: BatchView) -> None:
        """Forget what lives no longer than a block."""
        self.ordering.begin_batch(batch)
        self.accesses.begin_batch()
        self.threads_per_block = batch.launch.threads_per_block
        self._ended: dict[tuple[str, int], tuple[Line, LaneArray]] = {}
        self._has_ended = np.zeros(batch.lanes, np.bool_)

    def load(self, memory: Memory, index: LaneArray, lanes: LaneArray, line: Line) -> None:
        """Check reads."""
        self.accesses.load(memory, index, lanes, self._event(line))

    def store(
        self,
        memory: Memory,
        index: LaneArray,
        lanes: LaneArray,
        line: Line,
        values: np.ndarray[Any, Any],
    ) -> None:
        """Check writes."""
        self.accesses.store(memory, index, lanes, values, self._event(line))

    def atomic(self, memory: Memory, index: LaneArray, lanes: LaneArray, line: Line, operation: str) -> None:
        """Check atomics."""
        del operation
        self.accesses.atomic(memory, index, lanes, self._event(line))

    def out_of_bounds(
        self,
        array: ArrayRef,
        indices: tuple[LaneArray, ...],
        lanes: LaneArray,
        line: Line,
        writing: bool,
    ) -> None:
        """Report an index outside of its array."""
        numbers = self.ordering.numbers[lanes]
        negative = np.any(np.stack(indices) < 0, axis=0)
        for chosen in (np.flatnonzero(negative), np.flatnonzero(~negative)):
            if not chosen.size:
                continue
            first = int(chosen[0])
            index = tuple(int(each[first]) for each in indices)
            shape = _shape(array, first, len(lanes))
            verb = wording.WRITTEN if writing else wording.READ
            place = Place(line, verb, self.collector.thread(int(numbers[first])))
            finding = wording.out_of_bounds(array, index, shape, place)
            self.collector.add(numbers[chosen], partial(_same, finding), finding.kind, [line], array.name)

    def barrier(self, blocks: LaneArray, line: Line, kind: str) -> None:
        """Order the accesses of whole blocks; report threads of theirs that ended without it."""
        del kind
        self.ordering.barrier(blocks, self._event(line))
        self.accesses.barrier(blocks, self.threads_per_block)
        for end, ended in self._ended.values():
            skipping = ended[np.isin(ended // self.threads_per_block, blocks)]
            if skipping.size:
                self._skipped(line, end, skipping)

    def divergent_barrier(self, groups: list[tuple[Line, LaneArray]]) -> None:
        """Report threads of a block that wait at different barriers."""
        lanes = np.concatenate([each for _, each in groups])

        def make() -> Finding:
            return wording.divergent_barrier(
                [(line, len(each), self._thread(each[0])) for line, each in groups]
            )

        lines = [line for line, _ in groups]
        self.collector.add(self.ordering.numbers[lanes], make, "divergent-barrier", lines)

    def warp_sync(self, mask: LaneArray, lanes: LaneArray, line: Line, kind: str) -> None:
        """Order the accesses of lanes that meet in a ``syncwarp``."""
        if kind == ORDERS_MEMORY:
            self.ordering.warp_sync(mask & 0xFFFFFFFF, lanes, self._event(line))

    def bad_mask(self, lanes: LaneArray, mask: int, line: Line, kind: str, missing: LaneArray) -> None:
        """Report a mask, unless the lanes that do not come have returned: those are not waited for."""
        source = kind == "shfl-source"
        if missing.size and not source:
            missing = missing[~self._has_ended[missing]]
            if not missing.size:
                return

        def make() -> Finding:
            absent = (missing % self.threads_per_block % WARP).tolist()
            place = Place(line, f"{OPERATIONS[kind]} by", self._thread(lanes[0]))
            return wording.wrong_mask(mask, place, absent, source=source)

        self.collector.add(self.ordering.numbers[lanes], make, "shfl-mask", [line])

    def fence(self, lanes: LaneArray, line: Line, scope: str) -> None:
        """Take note of what may be handed over to other threads."""
        self.ordering.fence(lanes, scope, self._event(line))

    def leave(self, lanes: LaneArray, line: Line) -> None:
        """Take note of threads that end."""
        self._has_ended[lanes] = True
        if not RETURN.search(line.source.partition("#")[0]):
            ended = self._ended.get(line.place, (line, lanes[:0]))[1]
            self._ended[line.place] = (line, np.concatenate([ended, lanes]))

    def deadline(self, lanes: LaneArray, line: Line, seconds: float) -> None:
        """Report threads that were still running when time was up."""

        def make() -> Finding:
            return wording.endless_loop(line, self._thread(lanes[0]), len(lanes), seconds)

        self.collector.add(self.ordering.numbers[lanes], make, "endless-loop", [line])

    def _event(self, line: Line) -> int:
        self.lines.append(line)
        return len(self.lines) - 1

    def _skipped(self, barrier: Line, end: Line, lanes: LaneArray) -> None:
        block = lanes // self.threads_per_block == lanes[0] // self.threads_per_block

        def make() -> Finding:
            first = int(lanes[0]) // self.threads_per_block * self.threads_per_block
            alive = np.flatnonzero(~self._has_ended[first : first + self.threads_per_block])
            waits = self._thread(first + int(alive[0])) if alive.size else None
            count = int(np.count_nonzero(block))
            return wording.skipped_barrier(barrier, waits, end, count, self._thread(lanes[0]))

        self.collector.add(self.ordering.numbers[lanes], make, "divergent-barrier", [barrier, end])

    def _thread(self, lane: int) -> Any:
        return self.collector.thread(int(self.ordering.numbers[int(lane)]))


def _same(finding: Finding) -> Finding:
    return finding


def _shape(array: ArrayRef, place: int, count: int) -> Shape | None:
    """Return an array's shape for one of some lanes; None where it differs among lanes that are not here."""
    if any(np.ndim(size) and len(size) != count for size in array.shape):
        return None
    return tuple(int(size[place] if np.ndim(size) else size) for size in array.shape)
