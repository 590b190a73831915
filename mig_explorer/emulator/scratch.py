"""How much memory a core needs for the blocks it runs: their shared arrays, and what their threads own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.emulator.lower import LoweredKernel

ALIGNED = 64
"""Bytes of a line of a CPU's cache, and of its longest vector."""
WIDEST = 16
"""Bytes of the largest number there is, complex128: what a variable may take whose type is not known yet."""


def aligned(size: int, to: int = ALIGNED) -> int:
    """Return the first multiple that is not smaller than a size.

    Examples
    --------
    >>> aligned(65), aligned(3, 16)
    (128, 16)
    """
    return -(-size // to) * to


@dataclass(frozen=True)
class Scratch:
    """How many bytes a core needs for the blocks it runs: fixed ones, and some for each thread of a block."""

    fixed: int = 0
    per_thread: int = 0

    def made(self, threads: int, dynamic: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Return the bytes for blocks of so many threads and of so much dynamic shared memory.

        Examples
        --------
        >>> Scratch(64, 16).made(threads=4, dynamic=8).size
        136
        """
        return np.empty(self.fixed + self.per_thread * threads + dynamic, np.uint8)


@dataclass(frozen=True)
class BlockArray:
    """An array in the memory of a block, as it stands in the rewritten source.

    Parameters
    ----------
    name, shape, kind
        What it is called, its sizes for one block or thread, and the source of the type of its elements.
    unset
        The source of what it is filled with before a block starts; "" if another array has its memory.
    fixed, per_thread
        Where it starts: so many bytes on, and so many more for each thread of a block.
    of_threads
        Whether every thread has its own.
    """

    name: str
    shape: tuple[int | str, ...]
    kind: str
    unset: str
    fixed: int
    per_thread: int
    of_threads: bool


def block_arrays(
    kernel: LoweredKernel, kept: Sequence[str], *, masked: bool
) -> tuple[list[BlockArray], Scratch]:
    """Return the arrays of a block and the memory for them: those of the block, then those of its threads.

    Parameters
    ----------
    kernel
        The kernel, lowered.
    kept
        The variables that threads keep across a barrier.
    masked
        Whether it is remembered which threads have returned.
    """
    names, stored = kernel.names, kernel.stored
    arrays: list[BlockArray] = []
    fixed = 0
    for each in stored("shared", "votes"):
        unset = each.unset if each.kind == "shared" else "0"
        arrays.append(BlockArray(each.name, each.shape, each.type, unset, fixed, 0, of_threads=False))
        fixed += aligned(each.bytes)
    own = [
        (names.local(each.name), each.shape, each.type, each.unset, each.bytes) for each in stored("local")
    ]
    own += [(names.kept(each), (), names.unset(each), names.unset(each), WIDEST) for each in kept]
    if masked:
        own.append((names.running, (), "np.bool_", "True", 1))
    per_thread = 0
    for name, shape, kind, unset, size in own:
        arrays.append(BlockArray(name, shape, kind, unset, fixed, per_thread, of_threads=True))
        per_thread += aligned(size, WIDEST)
    if stored("dynamic"):
        sizes: list[tuple[str, int, str, str]] = [(names.dynamic, 1, "np.uint8", "255")]
        sizes += [(each.name, each.dtype.itemsize, each.type, "") for each in stored("dynamic")]
        for name, size, kind, unset in sizes:
            count = f"{names.dynamic_bytes} // {size}" if size > 1 else names.dynamic_bytes
            arrays.append(BlockArray(name, (count,), kind, unset, fixed, per_thread, of_threads=False))
    return arrays, Scratch(fixed, per_thread)
