"""Tree reduction in shared memory: each block sums a chunk of a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import cuda, float32

from mig_explorer.workloads.check import rounding_tolerance
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, VECTOR, in_words, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

THREADS = 256
ELEMENTS_PER_THREAD = 8
CHUNK = THREADS * ELEMENTS_PER_THREAD
TREE_LEVELS = THREADS.bit_length() - 1


@cuda.jit
def reduction_kernel(values: NDArray[np.float32], partial_sums: NDArray[np.float32]) -> None:
    """Sum a chunk of the values for each block: eight a thread, then a tree over the block."""
    tree = cuda.shared.array(THREADS, float32)
    thread = cuda.threadIdx.x
    first = cuda.blockIdx.x * CHUNK + thread
    total = float32(0.0)
    for step in range(ELEMENTS_PER_THREAD):
        i = first + step * THREADS
        if i < values.size:
            total += values[i]
    tree[thread] = total
    cuda.syncthreads()
    width = THREADS // 2
    while width > 0:
        if thread < width:
            tree[thread] += tree[thread + width]
        cuda.syncthreads()
        width //= 2
    if thread == 0:
        partial_sums[cuda.blockIdx.x] = tree[0]


def reduction(elements: int = 2**26, repeats: int = 1) -> Workload:
    """Return the sum of `elements` float32 values, as one partial sum for each block of 2048.

    One launch of ``n`` elements and ``b`` blocks does ``n - b`` FLOPs (additions of real data) and moves
    ``4 n + 4 b`` bytes (every value read, every partial sum written). There are no atomics, so a result is
    the same on every run; adding the partial sums is left to the caller, as is usual. A value goes through
    at most 8 additions in its thread and 8 in the tree: 16 roundings.

    Parameters
    ----------
    elements
        Length of the vector.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    References
    ----------
    M. Harris, Optimizing Parallel Reduction in CUDA, NVIDIA, 2007.

    Examples
    --------
    >>> work = reduction(elements=5000)
    >>> work.launch.blocks, work.cost.flops, work.cost.bytes
    (3, 4997, 20012)
    """
    elements = whole_number("reduction", "elements", elements, limit=VECTOR, example=2**26)
    repeats = whole_number("reduction", "repeats", repeats, limit=REPEATS, example=100)
    blocks = blocks_to_cover(elements, CHUNK)
    moved = 4 * elements + 4 * blocks

    def inputs(generator: np.random.Generator) -> Arguments:
        values = generator.random(elements, dtype=np.float32) + np.float32(0.5)
        return values, np.full(blocks, np.nan, dtype=np.float32)

    return Workload(
        name="reduction",
        title=repeated(f"Tree reduction, {in_words(elements)} elements", repeats),
        teaches="A barrier at every level of the tree, and still memory bandwidth sets the time.",
        factory="mig_explorer.workloads.reduction:reduction",
        parameters={"elements": elements, "repeats": repeats},
        kernel=reduction_kernel,
        launch=Launch(grid=(blocks,), block=(THREADS,), shared_bytes=4 * THREADS),
        cost=Cost(
            flops=(elements - blocks) * repeats,
            bytes=moved * repeats,
            launches=repeats,
            working_set_bytes=moved,
            precision="fp32",
        ),
        tolerance=rounding_tolerance(operations=ELEMENTS_PER_THREAD + TREE_LEVELS),
        repeats=repeats,
        emulation_limits={"elements": 2**21, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
    )


def _reference(arguments: Arguments) -> Reference:
    values = arguments[0].astype(np.float64)
    return {1: np.add.reduceat(values, np.arange(0, values.size, CHUNK))}
