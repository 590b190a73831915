"""Histogram of bytes with atomic additions in shared memory: slow where many threads want one bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import cuda, int32

from mig_explorer.workloads.check import EXACT
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, VECTOR, Limit, in_words, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 256
THREADS = BINS
CHUNK = 2**15
DISTINCT = Limit(BINS, "a value is one byte")


@cuda.jit
def histogram_kernel(values: NDArray[np.uint8], partial_counts: NDArray[np.int32]) -> None:
    """Count how often each byte occurs in a chunk of the values for each block, a bin for each thread."""
    counts = cuda.shared.array(BINS, int32)
    thread = cuda.threadIdx.x
    counts[thread] = 0
    cuda.syncthreads()
    first = cuda.blockIdx.x * CHUNK
    last = min(first + CHUNK, values.size)
    for i in range(first + thread, last, THREADS):
        cuda.atomic.add(counts, values[i], 1)
    cuda.syncthreads()
    partial_counts[cuda.blockIdx.x, thread] = counts[thread]


def histogram(elements: int = 2**28, distinct: int = BINS, repeats: int = 1) -> Workload:
    """Return the histogram of `elements` bytes, as the 256 counts of each block of 32,768 bytes.

    Each block counts in its own shared memory, where an atomic addition is cheap, and writes its counts once;
    adding the rows up is left to the caller. One launch of ``n`` bytes and ``b`` blocks does no FLOPs, ``n``
    atomic additions in shared memory, and moves ``n + 1024 b`` bytes (every value read, 256 counts of four
    bytes written by each block). Counts are whole numbers: they must be equal to the reference.

    Parameters
    ----------
    elements
        How many bytes are counted.
    distinct
        How many different values they have, all equally likely. With few, the threads of a warp meet in the
        same bins and their additions are done one after another; with 1, all 32 wait for each other.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    Examples
    --------
    >>> work = histogram(elements=100_000)
    >>> work.launch.blocks, work.cost.flops, work.cost.bytes
    (4, 0, 104096)
    """
    elements = whole_number("histogram", "elements", elements, limit=VECTOR, example=2**28)
    distinct = whole_number("histogram", "distinct", distinct, limit=DISTINCT, example=BINS)
    repeats = whole_number("histogram", "repeats", repeats, limit=REPEATS, example=100)
    blocks = blocks_to_cover(elements, CHUNK)
    moved = elements + 4 * BINS * blocks

    def inputs(generator: np.random.Generator) -> Arguments:
        offset = generator.integers(0, BINS, dtype=np.uint8)
        values = generator.integers(0, distinct, elements, dtype=np.uint8, endpoint=False) + offset
        return values, np.full((blocks, BINS), -1, dtype=np.int32)

    kinds = "" if distinct == BINS else f", {distinct} distinct"
    return Workload(
        name="histogram",
        title=repeated(f"Histogram, {in_words(elements)} bytes{kinds}", repeats),
        teaches="Threads that update the same counter take turns, on a slice as on the whole board.",
        factory="mig_explorer.workloads.histogram:histogram",
        parameters={"elements": elements, "distinct": distinct, "repeats": repeats},
        kernel=histogram_kernel,
        launch=Launch(grid=(blocks,), block=(THREADS,), shared_bytes=4 * BINS),
        cost=Cost(
            flops=0,
            bytes=moved * repeats,
            launches=repeats,
            working_set_bytes=moved,
            precision="fp32",
        ),
        tolerance=EXACT,
        repeats=repeats,
        emulation_limits={"elements": 2**22, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
        note="The modelled time is that of reading the bytes: atomic additions, and how long they wait for "
        "each other, are left out, and with few distinct values they set the time.",
    )


def _reference(arguments: Arguments) -> Reference:
    values, _ = arguments
    block = np.arange(values.size) // CHUNK
    blocks = blocks_to_cover(values.size, CHUNK)
    counts = np.bincount(block * BINS + values, minlength=blocks * BINS)
    return {1: counts.reshape(blocks, BINS).astype(np.float64)}
