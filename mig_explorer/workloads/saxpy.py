"""Saxpy, ``out[i] = a * x[i] + y[i]``: the first kernel of every course, with a thread for each element."""

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
SCALAR = np.float32(2.5)


@cuda.jit
def saxpy_kernel(
    scalar: np.float32, x: NDArray[np.float32], y: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """Add a scaled vector to a vector; a thread past the end has nothing to do."""
    i = cuda.grid(1)
    if i < out.size:
        out[i] = scalar * x[i] + y[i]


def saxpy(elements: int = 2**26, repeats: int = 1) -> Workload:
    """Return saxpy on vectors of `elements` float32 values, one thread an element.

    The BLAS routine overwrites ``y``. Here the result is a vector of its own, so that a second launch gives
    it again; what is moved is the same. One launch of ``n`` elements does ``2 n`` FLOPs (a multiplication
    and an addition each) and moves ``12 n`` bytes (two float32 read, one written). Each value goes through
    two roundings. The grid is rounded up to whole blocks, so the kernel guards the end: without the ``if``,
    up to 255 threads would write past it.

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

    Examples
    --------
    >>> work = saxpy(elements=1000)
    >>> work.launch.blocks, work.cost.flops, work.cost.bytes
    (4, 2000, 12000)
    """
    elements = whole_number("saxpy", "elements", elements, limit=VECTOR, example=2**26)
    repeats = whole_number("saxpy", "repeats", repeats, limit=REPEATS, example=100)

    def inputs(generator: np.random.Generator) -> Arguments:
        x = generator.random(elements, dtype=np.float32) + np.float32(0.5)
        y = generator.random(elements, dtype=np.float32) + np.float32(0.5)
        return SCALAR, x, y, np.full(elements, np.nan, dtype=np.float32)

    return Workload(
        name="saxpy",
        title=repeated(f"Saxpy, {in_words(elements)} elements", repeats),
        teaches="The grid grows with the data, and a slice works through the same blocks in more waves.",
        factory="mig_explorer.workloads.saxpy:saxpy",
        parameters={"elements": elements, "repeats": repeats},
        kernel=saxpy_kernel,
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
    scalar, x, y, _ = arguments
    return {3: np.float64(scalar) * x.astype(np.float64) + y.astype(np.float64)}
