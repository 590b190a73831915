"""STREAM triad, ``a[i] = b[i] + scalar * c[i]``: bound by memory bandwidth on every slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import cuda

from mig_explorer.workloads.check import rounding_tolerance
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, VECTOR, in_words, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

THREADS = 256
SCALAR = np.float32(3.0)


@cuda.jit
def triad_kernel(
    b: NDArray[np.float32], c: NDArray[np.float32], scalar: np.float32, a: NDArray[np.float32]
) -> None:
    """Add a scaled vector to a vector, one element a thread."""
    i = cuda.grid(1)
    if i < a.size:
        a[i] = b[i] + scalar * c[i]


def triad(elements: int = 2**26, repeats: int = 1) -> Workload:
    """Return the STREAM triad on vectors of `elements` float32 values.

    One launch of ``n`` elements does ``2 n`` FLOPs (a multiplication and an addition each) and moves
    ``12 n`` bytes (two float32 read, one written; a GPU does not read a line that it overwrites whole).
    Each value goes through two roundings.

    Parameters
    ----------
    elements
        Length of each of the three vectors.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    References
    ----------
    J. D. McCalpin, Memory Bandwidth and Machine Balance in Current High Performance Computers, IEEE TCCA
    Newsletter, 1995: the kernel and the way its bytes are counted.

    Examples
    --------
    >>> work = triad(elements=2**26)
    >>> work.cost.flops == 2 * 2**26, work.cost.bytes == 12 * 2**26, work.launch.blocks
    (True, True, 262144)
    """
    elements = whole_number("triad", "elements", elements, limit=VECTOR, example=2**26)
    repeats = whole_number("triad", "repeats", repeats, limit=REPEATS, example=100)

    def inputs(generator: np.random.Generator) -> Arguments:
        b = generator.random(elements, dtype=np.float32) + np.float32(0.5)
        c = generator.random(elements, dtype=np.float32) + np.float32(0.5)
        return b, c, SCALAR, np.full(elements, np.nan, dtype=np.float32)

    return Workload(
        name="triad",
        title=repeated(f"STREAM triad, {in_words(elements)} elements", repeats),
        teaches="A job bound by memory bandwidth gets a slice's share of the memory, not of the SMs.",
        factory="mig_explorer.workloads.triad:triad",
        parameters={"elements": elements, "repeats": repeats},
        kernel=triad_kernel,
        launch=Launch(grid=(blocks_to_cover(elements, THREADS),), block=(THREADS,)),
        cost=Cost(
            flops=2 * elements * repeats,
            bytes=12 * elements * repeats,
            launches=repeats,
            working_set_bytes=12 * elements,
            precision="fp32",
        ),
        tolerance=rounding_tolerance(operations=2),
        repeats=repeats,
        emulation_limits={"elements": 2**20, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
    )


def _reference(arguments: Arguments) -> Reference:
    b, c, scalar, _ = arguments
    return {3: b.astype(np.float64) + np.float64(scalar) * c.astype(np.float64)}
