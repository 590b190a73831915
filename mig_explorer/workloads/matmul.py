"""Tiled matrix multiplication: bound by arithmetic when large, by launches when small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import cuda, float32

from mig_explorer.workloads.check import rounding_tolerance
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, SQUARE, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 16


@cuda.jit
def matmul_kernel(a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32]) -> None:
    """Multiply two square matrices, a tile of the result for each block, an element for each thread."""
    a_tile = cuda.shared.array((TILE, TILE), float32)
    b_tile = cuda.shared.array((TILE, TILE), float32)
    column, row = cuda.grid(2)
    x = cuda.threadIdx.x
    y = cuda.threadIdx.y
    size = c.shape[0]
    total = float32(0.0)
    for start in range(0, size, TILE):
        if row < size and start + x < size:
            a_tile[y, x] = a[row, start + x]
        else:
            a_tile[y, x] = float32(0.0)
        if start + y < size and column < size:
            b_tile[y, x] = b[start + y, column]
        else:
            b_tile[y, x] = float32(0.0)
        cuda.syncthreads()
        for k in range(TILE):
            total += a_tile[y, k] * b_tile[k, x]
        cuda.syncthreads()
    if row < size and column < size:
        c[row, column] = total


def matmul(size: int = 1024, repeats: int = 1) -> Workload:
    """Return ``c = a @ b`` for square float32 matrices of `size` rows.

    One launch of size ``n`` does ``2 n^3`` FLOPs and has to move ``12 n^2`` bytes (two matrices read, one
    written). The tiles read each input ``n / 16`` times, mostly from the L2; that is not compulsory and not
    counted. An element is a dot product of length ``n``: ``n`` roundings (Higham 2002, section 3.1).

    Parameters
    ----------
    size
        Rows and columns of each matrix.
    repeats
        Launches in one request: a small size with many launches is the job that can't fill a large GPU.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    Examples
    --------
    >>> work = matmul(size=256, repeats=50)
    >>> work.launch.grid, work.launch.block, work.launch.shared_bytes
    ((16, 16), (16, 16), 2048)
    >>> work.cost.flops == 50 * 2 * 256**3, work.cost.launches
    (True, 50)
    """
    size = whole_number("matmul", "size", size, limit=SQUARE, example=1024)
    repeats = whole_number("matmul", "repeats", repeats, limit=REPEATS, example=100)

    def inputs(generator: np.random.Generator) -> Arguments:
        a = generator.random((size, size), dtype=np.float32) + np.float32(0.5)
        b = generator.random((size, size), dtype=np.float32) + np.float32(0.5)
        return a, b, np.full((size, size), np.nan, dtype=np.float32)

    tiles = blocks_to_cover(size, TILE)
    return Workload(
        name="matmul",
        title=repeated(f"Tiled matmul, {size} × {size}", repeats),
        teaches="Large, it fills any GPU; small, it leaves most SMs of a large GPU idle, and slices win.",
        factory="mig_explorer.workloads.matmul:matmul",
        parameters={"size": size, "repeats": repeats},
        kernel=matmul_kernel,
        launch=Launch(grid=(tiles, tiles), block=(TILE, TILE), shared_bytes=2 * TILE * TILE * 4),
        cost=Cost(
            flops=2 * size**3 * repeats,
            bytes=12 * size**2 * repeats,
            launches=repeats,
            working_set_bytes=12 * size**2,
            precision="fp32",
        ),
        tolerance=rounding_tolerance(operations=size),
        repeats=repeats,
        emulation_limits={"size": 512, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
    )


def _reference(arguments: Arguments) -> Reference:
    a, b, _ = arguments
    return {2: a.astype(np.float64) @ b.astype(np.float64)}
