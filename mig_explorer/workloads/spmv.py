"""Sparse matrix times vector, one row a thread: rows of unequal length, and reads all over the vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import cuda, float32

from mig_explorer.workloads.check import rounding_tolerance
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, VECTOR, Limit, in_words, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

THREADS = 256
PER_ROW = Limit(1024, "a row has at most twice as many, and a thread goes through them one by one")
ROWS = Limit(VECTOR.most // 1024, "the index of a non-zero must fit 32 bits")


@cuda.jit
def spmv_kernel(
    row_starts: NDArray[np.int32],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
) -> None:
    """Multiply one row of the matrix with the vector for each thread."""
    row = cuda.grid(1)
    if row < y.size:
        total = float32(0.0)
        for k in range(row_starts[row], row_starts[row + 1]):
            total += values[k] * x[columns[k]]
        y[row] = total


def spmv(rows: int = 2**20, per_row: int = 32, repeats: int = 1) -> Workload:
    """Return ``y = A x`` for a square float32 matrix with `per_row` non-zeros in a row on average.

    The matrix is in compressed sparse row form (CSR): the values of all rows one after another, the column of
    each, and where each row starts. Rows have 0 to twice `per_row` non-zeros, in pairs that share that many,
    so that the sum is known; columns are drawn evenly, and one that is drawn twice in a row counts twice.
    Threads of a warp wait for their longest row, and a warp reads ``x`` at 32 places.

    With ``n`` rows and ``z = n per_row`` non-zeros, one launch does ``2 z`` FLOPs and has to move
    ``8 z + 12 n + 4`` bytes: values and columns, starts of rows, ``x`` and ``y``. A value goes through as
    many roundings as its row has non-zeros.

    Parameters
    ----------
    rows
        Rows and columns of the matrix.
    per_row
        Mean number of non-zeros in a row.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    References
    ----------
    N. Bell and M. Garland, Implementing Sparse Matrix-Vector Multiplication on Throughput-Oriented
    Processors, SC 2009: this kernel is their scalar CSR.

    Examples
    --------
    >>> work = spmv(rows=1000, per_row=8)
    >>> work.launch.blocks, work.cost.flops, work.cost.bytes
    (4, 16000, 76004)
    """
    rows = whole_number("spmv", "rows", rows, limit=ROWS, example=2**20)
    per_row = whole_number("spmv", "per_row", per_row, limit=PER_ROW, example=32)
    repeats = whole_number("spmv", "repeats", repeats, limit=REPEATS, example=100)
    nonzeros = rows * per_row
    moved = 8 * nonzeros + 12 * rows + 4

    def inputs(generator: np.random.Generator) -> Arguments:
        first = generator.integers(0, 2 * per_row, rows // 2, endpoint=True)
        lengths = np.concatenate([first, 2 * per_row - first, np.full(rows % 2, per_row)])
        row_starts = np.zeros(rows + 1, dtype=np.int32)
        row_starts[1:] = np.cumsum(generator.permutation(lengths))
        columns = generator.integers(0, rows, nonzeros, dtype=np.int32)
        values = generator.random(nonzeros, dtype=np.float32) + np.float32(0.5)
        x = generator.random(rows, dtype=np.float32) + np.float32(0.5)
        return row_starts, columns, values, x, np.full(rows, np.nan, dtype=np.float32)

    return Workload(
        name="spmv",
        title=repeated(f"Sparse matrix times vector, {in_words(rows)} rows of {per_row}", repeats),
        teaches="Reads all over a vector live from the L2, and a slice gets a share of that too.",
        factory="mig_explorer.workloads.spmv:spmv",
        parameters={"rows": rows, "per_row": per_row, "repeats": repeats},
        kernel=spmv_kernel,
        launch=Launch(grid=(blocks_to_cover(rows, THREADS),), block=(THREADS,)),
        cost=Cost(
            flops=2 * nonzeros * repeats,
            bytes=moved * repeats,
            launches=repeats,
            working_set_bytes=moved,
            precision="fp32",
        ),
        tolerance=rounding_tolerance(operations=2 * per_row),
        repeats=repeats,
        emulation_limits={"rows": 2**15, "per_row": 32, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
        note="The modelled time is that of the compulsory bytes: reads that are not coalesced and threads "
        "that wait for the longest row of their warp take longer, so it is too short for this kernel.",
    )


def _reference(arguments: Arguments) -> Reference:
    row_starts, columns, values, x, _ = arguments
    products = values.astype(np.float64) * x.astype(np.float64)[columns]
    rows = np.repeat(np.arange(x.size), np.diff(row_starts))
    y = np.zeros(x.size)
    np.add.at(y, rows, products)
    return {4: y}
