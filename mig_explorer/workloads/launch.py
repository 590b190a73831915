"""How a kernel is launched: blocks, threads and shared memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod


def blocks_to_cover(items: int, items_per_block: int) -> int:
    """Return how many blocks cover `items`, the last of them perhaps in part.

    Examples
    --------
    >>> blocks_to_cover(1000, 256)
    4
    """
    return -(-items // items_per_block)


@dataclass(frozen=True)
class Launch:
    """A launch configuration, as in ``kernel[grid, block]``.

    Parameters
    ----------
    grid
        Blocks along x, y, z (one to three of them).
    block
        Threads of a block along x, y, z (one to three of them).
    shared_bytes
        Shared memory that one block declares, in bytes.

    Examples
    --------
    >>> launch = Launch(grid=(64, 64), block=(16, 16), shared_bytes=2048)
    >>> launch.blocks, launch.threads_per_block
    (4096, 256)
    """

    grid: tuple[int, ...]
    block: tuple[int, ...]
    shared_bytes: int = 0

    @property
    def blocks(self) -> int:
        """Blocks of the whole grid."""
        return prod(self.grid)

    @property
    def threads_per_block(self) -> int:
        """Threads of one block."""
        return prod(self.block)
