"""Prefix sums of each block, after Hillis and Steele: more additions than one thread needs, fewer steps."""

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
OFFSETS = tuple(2**step for step in range(THREADS.bit_length() - 1))


@cuda.jit
def prefix_sum_kernel(
    values: NDArray[np.float32], sums: NDArray[np.float32], totals: NDArray[np.float32]
) -> None:
    """Give each element the sum of those before it in its block and of itself, one element a thread."""
    buffers = cuda.shared.array((2, THREADS), float32)
    thread = cuda.threadIdx.x
    i = cuda.grid(1)
    now = 0
    if i < values.size:
        buffers[now, thread] = values[i]
    else:
        buffers[now, thread] = float32(0.0)
    cuda.syncthreads()
    offset = 1
    while offset < THREADS:
        if thread >= offset and i < values.size:
            buffers[1 - now, thread] = buffers[now, thread - offset] + buffers[now, thread]
        else:
            buffers[1 - now, thread] = buffers[now, thread]
        cuda.syncthreads()
        now = 1 - now
        offset *= 2
    if i < values.size:
        sums[i] = buffers[now, thread]
        if thread == THREADS - 1 or i == values.size - 1:
            totals[cuda.blockIdx.x] = buffers[now, thread]


def prefix_sum(elements: int = 2**26, repeats: int = 1) -> Workload:
    """Return the inclusive prefix sums within each block of 256 elements, and the total of each block.

    This is the first of the three steps of a long scan: the caller scans the totals, which are 256 times
    fewer, in the same way, and adds to each block what comes before it. Two buffers take turns, so that no
    thread overwrites what another still reads.

    A block of ``m`` elements does ``m - d`` additions for each offset ``d`` of 1, 2, 4, ..., 128 below ``m``:
    1793 for a full block, where one thread alone would need 255. With ``b`` blocks, one launch moves
    ``8 n + 4 b`` bytes (every value read, every sum and total written). An element goes through at most 8
    additions.

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
    W. D. Hillis and G. L. Steele, Data Parallel Algorithms, Communications of the ACM 29(12), 1986.

    Examples
    --------
    >>> work = prefix_sum(elements=512)
    >>> work.launch.blocks, work.cost.flops, work.cost.bytes
    (2, 3586, 4104)
    """
    elements = whole_number("prefix_sum", "elements", elements, limit=VECTOR, example=2**26)
    repeats = whole_number("prefix_sum", "repeats", repeats, limit=REPEATS, example=100)
    blocks = blocks_to_cover(elements, THREADS)
    full, rest = divmod(elements, THREADS)
    additions = full * _additions(THREADS) + _additions(rest)
    moved = 8 * elements + 4 * blocks

    def inputs(generator: np.random.Generator) -> Arguments:
        values = generator.random(elements, dtype=np.float32) + np.float32(0.5)
        outputs = (np.full(size, np.nan, dtype=np.float32) for size in (elements, blocks))
        return values, *outputs

    return Workload(
        name="prefix_sum",
        title=repeated(f"Block prefix sums, {in_words(elements)} elements", repeats),
        teaches="Seven times the additions cost nothing while memory bandwidth sets the time of every slice.",
        factory="mig_explorer.workloads.prefix_sum:prefix_sum",
        parameters={"elements": elements, "repeats": repeats},
        kernel=prefix_sum_kernel,
        launch=Launch(grid=(blocks,), block=(THREADS,), shared_bytes=2 * 4 * THREADS),
        cost=Cost(
            flops=additions * repeats,
            bytes=moved * repeats,
            launches=repeats,
            working_set_bytes=moved,
            precision="fp32",
        ),
        tolerance=rounding_tolerance(operations=len(OFFSETS)),
        repeats=repeats,
        emulation_limits={"elements": 2**20, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
    )


def _additions(elements: int) -> int:
    """Return the additions of a block with that many elements."""
    return sum(max(0, elements - offset) for offset in OFFSETS)


def _reference(arguments: Arguments) -> Reference:
    values, _, _ = arguments
    blocks = blocks_to_cover(values.size, THREADS)
    padded = np.zeros(blocks * THREADS)
    padded[: values.size] = values
    sums = padded.reshape(blocks, THREADS).cumsum(axis=1)
    return {1: sums.ravel()[: values.size], 2: sums[:, -1]}
