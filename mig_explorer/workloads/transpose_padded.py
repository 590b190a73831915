"""Transpose through a padded tile of shared memory: one unused column keeps the banks apart."""

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
PADDED = TILE + 1
ROWS = 8


@cuda.jit
def transpose_padded_kernel(matrix: NDArray[np.float32], transposed: NDArray[np.float32]) -> None:
    """Turn a tile of 32 x 32 for each block; its rows are 33 long, so a column spans all banks."""
    tile = cuda.shared.array((TILE, PADDED), float32)
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


def transpose_padded(size: int = 8192, repeats: int = 1) -> Workload:
    """Return the transpose of a square float32 matrix of `size` rows, through padded tiles.

    As `transpose_tiled`, but with rows of 33 float32 in shared memory: the 32 elements of a column then lie
    in 32 different banks, and a warp reads them in one turn. The padding costs 128 bytes of shared memory
    and is never read. Inputs, cost and reference are those of `transpose_naive`.

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
    >>> work = transpose_padded(size=100)
    >>> work.launch.grid, work.launch.block, work.launch.shared_bytes
    ((4, 4), (32, 8), 4224)
    """
    size = whole_number("transpose_padded", "size", size, limit=SQUARE, example=8192)
    repeats = whole_number("transpose_padded", "repeats", repeats, limit=REPEATS, example=100)
    tiles = blocks_to_cover(size, TILE)
    return replace(
        transpose_naive(size, repeats),
        name="transpose_padded",
        title=repeated(f"Padded transpose, {size} × {size}", repeats),
        teaches="One unused column of shared memory, and a transpose runs at the bandwidth of its slice.",
        factory="mig_explorer.workloads.transpose_padded:transpose_padded",
        kernel=transpose_padded_kernel,
        launch=Launch(grid=(tiles, tiles), block=(TILE, ROWS), shared_bytes=4 * TILE * PADDED),
        note="",
    )
