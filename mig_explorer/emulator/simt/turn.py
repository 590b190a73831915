"""One turn of the engine: some lanes of a batch that carry out the same instructions together."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mig_explorer.emulator.simt.observer import WARP, BatchView, LaneArray, Observer
from mig_explorer.errors import KernelFault

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.lines import Line
    from mig_explorer.emulator.simt.values import Memory, Numbers


@dataclass(frozen=True)
class Watch:
    """Which hooks somebody has overridden, so that the others need not be called.

    Examples
    --------
    >>> class Loads(Observer):
    ...     def load(self, memory, index, lanes, line):
    ...         print("read")
    >>> Watch.of(Loads()).load, Watch.of(Loads()).store, Watch.of(None).load
    (True, False, False)
    """

    load: bool
    store: bool
    out_of_bounds: bool
    atomic: bool
    barrier: bool
    divergent_barrier: bool
    warp_sync: bool
    bad_mask: bool
    leave: bool
    fence: bool
    branch: bool
    operation: bool

    @classmethod
    def of(cls, observer: Observer | None) -> Watch:
        """Return which hooks of an observer do something."""
        kind = type(observer) if observer is not None else Observer
        return cls(
            *(
                getattr(kind, name) is not getattr(Observer, name)
                or name in getattr(observer, "__dict__", {})
                for name in cls.__dataclass_fields__
            )
        )


@dataclass(eq=False)
class Batch:
    """Some blocks of a launch that run at the same time, and the memory of theirs."""

    view: BatchView
    observer: Observer | None
    watch: Watch
    dynamic_shared: int
    memories: dict[Any, Memory] = field(default_factory=dict)

    @cached_property
    def negative_indices_wrap(self) -> bool:
        """Whether an index below 0 counts from the end."""
        return self.observer is None or self.observer.negative_indices_wrap

    @property
    def watcher(self) -> Observer:
        """Who watches; ask `watch` first."""
        return cast("Observer", self.observer)

    @cached_property
    def lanes(self) -> LaneArray:
        """All lanes."""
        return np.arange(self.view.lanes)

    @cached_property
    def thread(self) -> tuple[Any, ...]:
        """``threadIdx`` x, y, z of each lane."""
        return self._three(self.view.thread_ids(self.lanes), self.view.launch.block)

    @cached_property
    def block(self) -> tuple[Any, ...]:
        """``blockIdx`` x, y, z of each lane."""
        return self._three(self.view.block_ids(self.lanes), self.view.launch.grid)

    @cached_property
    def block_place(self) -> LaneArray:
        """The place of each lane's block in the batch."""
        return self.lanes // self.view.launch.threads_per_block

    @cached_property
    def warp_place(self) -> LaneArray:
        """The place of each lane's warp among those of the batch."""
        numbers = self.view.warp_numbers(self.lanes)
        places: LaneArray = numbers - numbers[0]
        return places

    @cached_property
    def lane_id(self) -> Numbers:
        """``laneid`` of each lane."""
        return (self.view.thread_numbers(self.lanes) % WARP).astype(np.int32)

    @cached_property
    def grid_ids(self) -> tuple[Any, ...]:
        """``cuda.grid(3)`` of each lane."""
        sizes = self.view.launch.block
        parts = zip(self.thread, self.block, sizes, strict=True)
        return tuple(t.astype(np.int64) + b.astype(np.int64) * size for t, b, size in parts)

    @cached_property
    def block_size(self) -> tuple[Any, ...]:
        """``blockDim``."""
        return tuple(np.int32(each) for each in self.view.launch.block)

    @cached_property
    def grid_size(self) -> tuple[Any, ...]:
        """``gridDim``."""
        return tuple(np.int32(each) for each in self.view.launch.grid)

    def _three(self, rows: Numbers, sizes: tuple[int, int, int]) -> tuple[Any, ...]:
        columns = np.ascontiguousarray(rows.T.astype(np.int32))
        return tuple(
            np.int32(0) if size == 1 else column for column, size in zip(columns, sizes, strict=True)
        )


@dataclass(eq=False, slots=True)
class Turn:
    """The lanes that carry out a segment, in ascending order, and the line they are at."""

    batch: Batch
    lanes: LaneArray
    line: Line
    whole: bool

    @property
    def count(self) -> int:
        """How many lanes take part."""
        return len(self.lanes)

    @property
    def watch(self) -> Watch:
        """Which hooks are to be called."""
        return self.batch.watch

    @property
    def observer(self) -> Observer:
        """Who watches; ask `watch` first."""
        return self.batch.watcher

    def mine(self, of_all: Any) -> Any:
        """Return what these lanes have of something that every lane of the batch has."""
        return of_all if self.whole or not isinstance(of_all, np.ndarray) else of_all.take(self.lanes)

    def spread(self, value: Any) -> Numbers:
        """Return a number that may be the same for all as one entry a lane."""
        if isinstance(value, np.ndarray):
            return value
        return np.broadcast_to(value, self.count)

    def note(self, name: str, dtype: np.dtype[Any]) -> None:
        """Tell the observer of a computation."""
        if self.batch.watch.operation:
            self.observer.operation(name, dtype, self.count, self.line)

    def fault(self, text: str, lane: int | np.integer[Any]) -> KernelFault:
        """Return the error that says what one lane does wrong, and where."""
        return fault(self.batch.view, self.line, text, int(lane))


def fault(view: BatchView, line: Line, text: str, lane: int) -> KernelFault:
    """Return the error that says what one lane does wrong, and where."""
    x, y, z = view.thread_ids(np.array([lane]))[0].tolist()
    block = tuple(view.block_ids(np.array([lane]))[0].tolist())
    return KernelFault(f"{line.function}, line {line}: {text} (thread {(x, y, z)} of block {block}).")
