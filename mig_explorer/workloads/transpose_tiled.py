"""Transpose through a tile of shared memory: reads and writes are coalesced, banks are not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from numba import cuda, float32

from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, SQUARE, repeated, whole_number
from mig_explorer.workloads.transpose_naive import transpose_naive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mig_explorer.workloads.workload import Workload

TILE = 32
ROWS = 8


@cuda.jit
def transpose_tiled_kernel(matrix: NDArray[np.float32], transposed: NDArray[np.float32]) -> None:
    """Turn a tile of 32 x 32 for each block; the threads of a warp read a column of it."""
    tile = cuda.shared.array((TILE, TILE), float32)
    size = matrix.shape[0]
    x = cuda.threadIdx.x
    y = cuda.threadIdx.y
    column = cuda.blockIdx.x * TILE + x
    row = cuda.blockIdx.y * TILE + y
    for down in range(0, TILE, ROWS):
        if row + down < size and column < size:
            tile[y + down, x] = matrix[row + down, column]
    cuda.syncthreads()
    column = cuda.blockIdx.y * TILE + x
    row = cuda.blockIdx.x * TILE + y
    for down in range(0, TILE, ROWS):
        if row + down < size and column < size:
            transposed[row + down, column] = tile[x, y + down]


def transpose_tiled(size: int = 8192, repeats: int = 1) -> Workload:
    """Return the transpose of a square float32 matrix of `size` rows, tile by tile.

    Each block reads a tile row by row and writes it row by row; the turn happens in shared memory. There a
    row of 32 float32 is as long as the 32 banks are wide, so the 32 elements of a column lie in one bank, and
    a warp that reads a column takes 32 turns. `transpose_padded` differs in one number and does not. Inputs,
    cost and reference are those of `transpose_naive`.

    Parameters
    ----------
    size
        Rows and columns of the matrix.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    Examples
    --------
    >>> work = transpose_tiled(size=100)
    >>> work.launch.grid, work.launch.block, work.launch.shared_bytes
    ((4, 4), (32, 8), 4096)
    """
    size = whole_number("transpose_tiled", "size", size, limit=SQUARE, example=8192)
    repeats = whole_number("transpose_tiled", "repeats", repeats, limit=REPEATS, example=100)
    tiles = blocks_to_cover(size, TILE)
    return replace(
        transpose_naive(size, repeats),
        name="transpose_tiled",
        title=repeated(f"Tiled transpose, {size} × {size}", repeats),
        teaches="Shared memory mends scattered writes, but a column that lies in one bank makes a warp wait.",
        factory="mig_explorer.workloads.transpose_tiled:transpose_tiled",
        kernel=transpose_tiled_kernel,
        launch=Launch(grid=(tiles, tiles), block=(TILE, ROWS), shared_bytes=4 * TILE * TILE),
        note="The modelled time is that of the compulsory bytes: the 32 turns that a warp takes at one bank "
        "are left out, so it may be too short for this kernel.",
    )
