"""What the engine tells whoever watches a kernel run: every access, meeting, fork and operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.lines import Line
    from mig_explorer.emulator.simt.values import ArrayRef, Memory

WARP = 32
"""Threads of a warp, on every NVIDIA GPU so far."""

LaneArray = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class LaunchView:
    """A launch: the kernel's name, its grid and its block.

    Examples
    --------
    >>> LaunchView("saxpy", (4, 2, 1), (16, 16, 1)).threads_per_block
    256
    """

    kernel: str
    grid: tuple[int, int, int]
    block: tuple[int, int, int]

    @property
    def threads_per_block(self) -> int:
        """Threads of one block."""
        x, y, z = self.block
        return x * y * z

    @property
    def blocks(self) -> int:
        """Blocks of the grid."""
        x, y, z = self.grid
        return x * y * z


@dataclass(frozen=True)
class BatchView:
    """Some whole blocks of a launch that run at the same time; a lane is a thread's place among theirs.

    Lane 0 is the first thread of block `first_block`; the threads of a block lie side by side, x fastest, as
    they do in its warps.

    Examples
    --------
    >>> batch = BatchView(LaunchView("saxpy", (4, 2, 1), (16, 16, 1)), first_block=4, blocks=2)
    >>> batch.thread_ids(np.array([0, 17, 256]))
    array([[0, 0, 0],
           [1, 1, 0],
           [0, 0, 0]])
    >>> batch.block_ids(np.array([0, 17, 256])).tolist()
    [[0, 1, 0], [0, 1, 0], [1, 1, 0]]
    >>> batch.block_numbers(np.array([0, 17, 256])), batch.warp_numbers(np.array([0, 33, 256]))
    (array([4, 4, 5]), array([32, 33, 40]))
    """

    launch: LaunchView
    first_block: int
    blocks: int

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        return self.blocks * self.launch.threads_per_block

    def block_numbers(self, lanes: LaneArray) -> LaneArray:
        """Return the number of each lane's block in the whole grid, x fastest."""
        return self.first_block + lanes // self.launch.threads_per_block

    def thread_numbers(self, lanes: LaneArray) -> LaneArray:
        """Return the number of each lane's thread in its block, x fastest."""
        return lanes % self.launch.threads_per_block

    def warp_numbers(self, lanes: LaneArray) -> LaneArray:
        """Return a number for each lane's warp, that no other warp of the grid has."""
        warps = -(-self.launch.threads_per_block // WARP)
        return self.block_numbers(lanes) * warps + self.thread_numbers(lanes) // WARP

    def thread_ids(self, lanes: LaneArray) -> LaneArray:
        """Return ``threadIdx`` x, y, z of each lane, one row a lane."""
        return _three(self.thread_numbers(lanes), self.launch.block)

    def block_ids(self, lanes: LaneArray) -> LaneArray:
        """Return ``blockIdx`` x, y, z of each lane, one row a lane."""
        return _three(self.block_numbers(lanes), self.launch.grid)


def _three(numbers: LaneArray, size: tuple[int, int, int]) -> LaneArray:
    x, y, _ = size
    return np.stack([numbers % x, numbers // x % y, numbers // (x * y)], axis=-1)


class Observer:
    """Someone who watches a launch; override what you want to see. All the rest costs nothing.

    Lanes are always an ascending array of int64, with no lane twice; every other array that a hook gets has
    one entry a lane, in the same order, and is not to be changed. A hook may raise: that ends the launch.

    Attributes
    ----------
    negative_indices_wrap : bool
        Numba adds the array's length to a negative index in the code that it generates for a GPU too. Set
        it to False to be told of them through `out_of_bounds` instead.
    """

    negative_indices_wrap: bool = True

    def begin(self, launch: LaunchView) -> None:
        """Take note that a launch begins."""

    def begin_batch(self, batch: BatchView) -> None:
        """Take note that the next blocks begin. Shared and local memory is new; global memory stays."""

    def end_batch(self) -> None:
        """Take note that all the threads of the batch have ended."""

    def end(self) -> None:
        """Take note that the launch has ended well."""

    def load(self, memory: Memory, index: LaneArray, lanes: LaneArray, line: Line) -> None:
        """Take note that each lane reads ``memory.data[index]``, before it does."""

    def store(
        self,
        memory: Memory,
        index: LaneArray,
        lanes: LaneArray,
        line: Line,
        values: np.ndarray[Any, Any],
    ) -> None:
        """Take note that each lane writes one of `values`, of the memory's type, before it does."""

    def out_of_bounds(
        self,
        array: ArrayRef,
        indices: tuple[LaneArray, ...],
        lanes: LaneArray,
        line: Line,
        writing: bool,
    ) -> None:
        """Take note of lanes whose index lies outside; `indices` has one array an axis.

        The lanes go on: nothing is written, and what they read is zero. Only these lanes are named. When
        nobody overrides this, the engine raises `KernelFault`.
        """

    def atomic(self, memory: Memory, index: LaneArray, lanes: LaneArray, line: Line, operation: str) -> None:
        """Take note of atomic operations (``"add"``, ``"cas"``, …), before they are done in lane order."""

    def barrier(self, blocks: LaneArray, line: Line, kind: str) -> None:
        """Take note that all the threads left of these blocks (their place in the batch) have met.

        `kind` is ``"syncthreads"``, ``"syncthreads_count"``, ``"syncthreads_and"`` or ``"syncthreads_or"``.
        """

    def divergent_barrier(self, groups: list[tuple[Line, LaneArray]]) -> None:
        """Take note that threads of one block wait at different barriers; a group a line.

        They go on as if it had been the same one; `barrier` is then called too, with the first group's line.
        When nobody overrides this, the engine raises `KernelFault`.
        """

    def warp_sync(self, mask: LaneArray, lanes: LaneArray, line: Line, kind: str) -> None:
        """Take note that warps meet; `mask` is each lane's own.

        `kind` is ``"syncwarp"``, ``"shfl"``, ``"vote"``, ``"match_any"`` or ``"match_all"``. Lanes of one
        warp with one mask have met each other and no others.
        """

    def bad_mask(self, lanes: LaneArray, mask: int, line: Line, kind: str, missing: LaneArray) -> None:
        """Take note of lanes of one warp that meet with a mask that is wrong.

        `missing` are lanes that the mask names and that have not come, because they wait elsewhere or have
        returned; it is empty where the `lanes` themselves are not in their mask. They go on without them.
        With `kind` ``"shfl-source"``, which comes after the shuffle's `warp_sync`, the lanes read from those
        in `missing`, which do not take part in it or are not in the mask, or from lanes that do not exist.
        When nobody overrides this, the engine raises `KernelFault`, but for lanes that have returned.
        """

    def leave(self, lanes: LaneArray, line: Line) -> None:
        """Take note that threads end, with the line of the ``return``, or the last one they carried out."""

    def fence(self, lanes: LaneArray, line: Line, scope: str) -> None:
        """Take note of a memory fence; `scope` is ``"block"``, ``"device"`` or ``"system"``."""

    def branch(self, line: Line, lanes_taken: LaneArray, lanes_not_taken: LaneArray) -> None:
        """Take note of a branch on a condition: an ``if``, a loop's test, part of an ``and``."""

    def operation(self, name: str, dtype: np.dtype[Any], lanes_count: int, line: Line) -> None:
        """Take note of a computation on numbers by so many lanes.

        `name` is that of Python's operator module (``"add"``, ``"mul"``, ``"truediv"``, ``"lt"``), of a
        function (``"sqrt"``, ``"fma"``, ``"min"``) or ``"cast"``; `dtype` is what it is computed in.
        """

    def deadline(self, lanes: LaneArray, line: Line, seconds: float) -> None:
        """Take note that time is up, and which lanes were running where. `KernelFault` follows."""
