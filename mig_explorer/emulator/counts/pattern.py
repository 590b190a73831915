"""The access pattern of one warp: which lane wants which bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WarpPattern:
    """One request of a warp, kept as an example for a line.

    Parameters
    ----------
    kind
        ``"global"`` or ``"shared"``.
    access
        ``"load"``, ``"store"`` or ``"atomic"``.
    array
        The memory's name.
    element_bytes
        Size of an element.
    block
        The block's index, x, y, z.
    warp
        The warp's number in its block.
    lanes
        The lanes of the warp that are at it, 0 to 31.
    offsets
        For each of these lanes, bytes from the start of the array to its element.

    Examples
    --------
    >>> column = WarpPattern("global", "load", "matrix", 4, (0, 0, 0), 0, (0, 1, 2), (0, 4096, 8192))
    >>> column.lanes, column.offsets
    ((0, 1, 2), (0, 4096, 8192))
    """

    kind: str
    access: str
    array: str
    element_bytes: int
    block: tuple[int, int, int]
    warp: int
    lanes: tuple[int, ...]
    offsets: tuple[int, ...]
