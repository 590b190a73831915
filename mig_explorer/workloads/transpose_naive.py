"""Transpose of a matrix, one element a thread: reads are coalesced, writes are scattered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import cuda

from mig_explorer.workloads.check import EXACT
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, SQUARE, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = (32, 8)


@cuda.jit
def transpose_naive_kernel(matrix: NDArray[np.float32], transposed: NDArray[np.float32]) -> None:
    """Write each element at its mirrored place; the threads of a warp write a column."""
    column, row = cuda.grid(2)
    if row < matrix.shape[0] and column < matrix.shape[1]:
        transposed[column, row] = matrix[row, column]


def transpose_naive(size: int = 8192, repeats: int = 1) -> Workload:
    """Return the transpose of a square float32 matrix of `size` rows, without shared memory.

    There are no FLOPs, and ``8 n^2`` bytes are compulsory for ``n`` rows: each element is read once and
    written once. A warp reads 32 neighbours, four sectors of 32 bytes, but writes 32 elements of a column,
    one in each of 32 sectors. The result must be equal to the reference.

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

    References
    ----------
    G. Ruetsch and P. Micikevicius, Optimizing Matrix Transpose in CUDA, NVIDIA, 2009: this kernel and the
    two with shared memory, `transpose_tiled` and `transpose_padded`.

    Examples
    --------
    >>> work = transpose_naive(size=100)
    >>> work.launch.grid, work.cost.flops, work.cost.bytes
    ((4, 13), 0, 80000)
    """
    size = whole_number("transpose_naive", "size", size, limit=SQUARE, example=8192)
    repeats = whole_number("transpose_naive", "repeats", repeats, limit=REPEATS, example=100)

    def inputs(generator: np.random.Generator) -> Arguments:
        matrix = generator.random((size, size), dtype=np.float32) + np.float32(0.5)
        return matrix, np.full((size, size), np.nan, dtype=np.float32)

    width, height = BLOCK
    return Workload(
        name="transpose_naive",
        title=repeated(f"Naive transpose, {size} × {size}", repeats),
        teaches="Writes that a warp scatters waste the bandwidth that a slice was given.",
        factory="mig_explorer.workloads.transpose_naive:transpose_naive",
        parameters={"size": size, "repeats": repeats},
        kernel=transpose_naive_kernel,
        launch=Launch(grid=(blocks_to_cover(size, width), blocks_to_cover(size, height)), block=BLOCK),
        cost=Cost(
            flops=0,
            bytes=8 * size**2 * repeats,
            launches=repeats,
            working_set_bytes=8 * size**2,
            precision="fp32",
        ),
        tolerance=EXACT,
        repeats=repeats,
        emulation_limits={"size": 1024, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
        note="The modelled time is that of the compulsory bytes: writes that are not coalesced take longer, "
        "so it is too short for this kernel.",
    )


def _reference(arguments: Arguments) -> Reference:
    return {1: arguments[0].T.astype(np.float64)}
