"""Saxpy with a grid-stride loop: a grid of fixed size walks over vectors of any length."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from numba import cuda

from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.saxpy import THREADS, saxpy
from mig_explorer.workloads.sizes import REPEATS, VECTOR, in_words, repeated, whole_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mig_explorer.workloads.workload import Workload

MOST_BLOCKS = 432


@cuda.jit
def saxpy_grid_stride_kernel(
    scalar: np.float32, x: NDArray[np.float32], y: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """Add a scaled vector to a vector; each thread goes on by the size of the whole grid."""
    for i in range(cuda.grid(1), out.size, cuda.gridsize(1)):
        out[i] = scalar * x[i] + y[i]


def saxpy_grid_stride(elements: int = 2**26, repeats: int = 1) -> Workload:
    """Return saxpy on vectors of `elements` float32 values, with at most 432 blocks.

    The grid is four blocks for each of the 108 SMs of an A100, whatever the length; neighbouring threads
    still touch neighbouring elements. Inputs, cost, tolerance and reference are those of `saxpy`: the work
    is the same, only which thread does it differs.

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
    M. Harris, CUDA Pro Tip: Write Flexible Kernels with Grid-Stride Loops, NVIDIA, 2013.

    Examples
    --------
    >>> saxpy_grid_stride(elements=2**26).launch.blocks, saxpy_grid_stride(elements=1000).launch.blocks
    (432, 4)
    """
    elements = whole_number("saxpy_grid_stride", "elements", elements, limit=VECTOR, example=2**26)
    repeats = whole_number("saxpy_grid_stride", "repeats", repeats, limit=REPEATS, example=100)
    blocks = min(MOST_BLOCKS, blocks_to_cover(elements, THREADS))
    return replace(
        saxpy(elements, repeats),
        name="saxpy_grid_stride",
        title=repeated(f"Grid-stride saxpy, {in_words(elements)} elements", repeats),
        teaches="One grid serves every length and every slice, as each thread takes many elements in turn.",
        factory="mig_explorer.workloads.saxpy_grid_stride:saxpy_grid_stride",
        kernel=saxpy_grid_stride_kernel,
        launch=Launch(grid=(blocks,), block=(THREADS,)),
    )
