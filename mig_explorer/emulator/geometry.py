"""The grid, block and shared memory of a launch, checked as a GPU would check them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from numbers import Integral

from mig_explorer.errors import InvalidWorkload

MOST_THREADS = 1024
MOST_IN_BLOCK = (1024, 1024, 64)
MOST_IN_GRID = (2**31 - 1, 65535, 65535)
"""Limits of every NVIDIA GPU since compute capability 3.0 (CUDA C++ Programming Guide, technical
specifications)."""
MOST_DYNAMIC_BYTES = 227 * 1024
"""The most shared memory that a block may have on any GPU (the same tables, compute capability 9.0)."""


@dataclass(frozen=True)
class Geometry:
    """Blocks of a grid and threads of a block, along x, y and z, and bytes of dynamic shared memory."""

    grid: tuple[int, int, int]
    block: tuple[int, int, int]
    dynamic_bytes: int = 0

    @property
    def blocks(self) -> int:
        """Blocks of the grid."""
        return prod(self.grid)

    @property
    def threads_per_block(self) -> int:
        """Threads of one block."""
        return prod(self.block)


def geometry(kernel: str, configuration: object) -> Geometry:
    """Check what stands in ``emulate(kernel)[grid, block]``.

    Parameters
    ----------
    kernel
        The kernel's name, for messages.
    configuration
        A grid and a block, each a whole number or a tuple of one to three; perhaps a stream, which changes
        nothing here, and the bytes of dynamic shared memory.

    Raises
    ------
    InvalidWorkload
        If a GPU would refuse the launch.

    Examples
    --------
    >>> geometry("triad", (64, (16, 16)))
    Geometry(grid=(64, 1, 1), block=(16, 16, 1), dynamic_bytes=0)
    >>> geometry("tree", (64, 256, 0, 1024)).dynamic_bytes
    1024
    """
    if not isinstance(configuration, tuple) or not 2 <= len(configuration) <= 4:
        msg = (
            f"{kernel}[{_text(configuration)}]: a launch takes a grid and a block, such as "
            f"{kernel}[64, 256], and perhaps a stream and the bytes of dynamic shared memory."
        )
        raise InvalidWorkload(msg)
    asked = f"{kernel}[{_text(configuration)}]"
    grid = _three(asked, "grid", configuration[0], MOST_IN_GRID)
    block = _three(asked, "block", configuration[1], MOST_IN_BLOCK)
    if prod(block) > MOST_THREADS:
        msg = (
            f"{asked}: a block may have at most {MOST_THREADS} threads, not {prod(block)}. "
            "Make the block smaller and the grid larger."
        )
        raise InvalidWorkload(msg)
    dynamic = configuration[3] if len(configuration) == 4 else 0
    whole = isinstance(dynamic, Integral) and not isinstance(dynamic, bool)
    if not whole or not 0 <= int(dynamic) <= MOST_DYNAMIC_BYTES:
        msg = (
            f"{asked}: dynamic shared memory takes a whole number of bytes from 0 to {MOST_DYNAMIC_BYTES}, "
            f"not {dynamic!r}."
        )
        raise InvalidWorkload(msg)
    return Geometry(grid, block, int(dynamic))


def _text(configuration: object) -> str:
    return ", ".join(map(repr, configuration)) if isinstance(configuration, tuple) else repr(configuration)


def _three(asked: str, what: str, given: object, most: tuple[int, int, int]) -> tuple[int, int, int]:
    sizes = given if isinstance(given, tuple) else (given,)
    if not 1 <= len(sizes) <= len(most):
        msg = f"{asked}: a {what} has one to three dimensions, not {len(sizes)}."
        raise InvalidWorkload(msg)
    for axis, size, limit in zip("xyz", sizes, most, strict=False):
        if isinstance(size, bool) or not isinstance(size, Integral) or not 1 <= int(size) <= limit:
            msg = f"{asked}: the {what}'s {axis} must be a whole number from 1 to {limit}, not {size!r}."
            raise InvalidWorkload(msg)
    x, y, z = (*(int(size) for size in sizes), 1, 1)[:3]
    return x, y, z
