"""A five-point stencil on a grid, from a tile of shared memory with a halo around it."""

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
WITH_HALO = TILE + 2
QUARTER = np.float32(0.25)


@cuda.jit
def stencil_kernel(before: NDArray[np.float32], after: NDArray[np.float32]) -> None:
    """Replace each inner cell by the mean of its four neighbours; the rim stays as it is."""
    tile = cuda.shared.array((WITH_HALO, WITH_HALO), float32)
    column, row = cuda.grid(2)
    rows, columns = before.shape
    x = cuda.threadIdx.x + 1
    y = cuda.threadIdx.y + 1
    if row < rows and column < columns:
        tile[y, x] = before[row, column]
        if x == 1 and column > 0:
            tile[y, 0] = before[row, column - 1]
        if x == TILE and column < columns - 1:
            tile[y, TILE + 1] = before[row, column + 1]
        if y == 1 and row > 0:
            tile[0, x] = before[row - 1, column]
        if y == TILE and row < rows - 1:
            tile[TILE + 1, x] = before[row + 1, column]
    cuda.syncthreads()
    if row < rows and column < columns:
        if 0 < row < rows - 1 and 0 < column < columns - 1:
            across = tile[y, x - 1] + tile[y, x + 1]
            along = tile[y - 1, x] + tile[y + 1, x]
            after[row, column] = QUARTER * (across + along)
        else:
            after[row, column] = tile[y, x]


def stencil(size: int = 8192, repeats: int = 1) -> Workload:
    """Return one Jacobi step of the heat equation on a square grid of `size` rows of float32.

    An inner cell takes three additions and a multiplication: ``4 (n - 2)^2`` FLOPs for ``n`` rows, none if
    there is no inner cell. Compulsory are ``8 n^2`` bytes: each cell is read once and written once. The halo
    of each 16 x 16 tile is read by two blocks, mostly from the L2; that is not counted. The additions are
    two deep and multiplying by a quarter is exact: two roundings.

    Parameters
    ----------
    size
        Rows and columns of the grid.
    repeats
        Launches in one request; each makes the same step.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    Examples
    --------
    >>> work = stencil(size=100)
    >>> work.launch.grid, work.launch.shared_bytes, work.cost.flops, work.cost.bytes
    ((7, 7), 1296, 38416, 80000)
    """
    size = whole_number("stencil", "size", size, limit=SQUARE, example=8192)
    repeats = whole_number("stencil", "repeats", repeats, limit=REPEATS, example=100)

    def inputs(generator: np.random.Generator) -> Arguments:
        before = generator.random((size, size), dtype=np.float32) + np.float32(0.5)
        return before, np.full((size, size), np.nan, dtype=np.float32)

    tiles = blocks_to_cover(size, TILE)
    return Workload(
        name="stencil",
        title=repeated(f"Five-point stencil, {size} × {size}", repeats),
        teaches="Shared memory lets neighbours reuse what one of them read, and bandwidth still decides.",
        factory="mig_explorer.workloads.stencil:stencil",
        parameters={"size": size, "repeats": repeats},
        kernel=stencil_kernel,
        launch=Launch(grid=(tiles, tiles), block=(TILE, TILE), shared_bytes=4 * WITH_HALO**2),
        cost=Cost(
            flops=4 * max(0, size - 2) ** 2 * repeats,
            bytes=8 * size**2 * repeats,
            launches=repeats,
            working_set_bytes=8 * size**2,
            precision="fp32",
        ),
        tolerance=rounding_tolerance(operations=2),
        repeats=repeats,
        emulation_limits={"size": 1024, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
    )


def _reference(arguments: Arguments) -> Reference:
    before = arguments[0].astype(np.float64)
    after = before.copy()
    across = before[1:-1, :-2] + before[1:-1, 2:]
    along = before[:-2, 1:-1] + before[2:, 1:-1]
    after[1:-1, 1:-1] = (across + along) / 4
    return {1: after}
