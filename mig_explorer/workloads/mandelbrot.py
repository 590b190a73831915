"""The Mandelbrot set: every thread runs until its own point escapes, and its warp waits for the slowest."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numba import cuda, float32

from mig_explorer.workloads.check import EXACT, FLOAT32_UNIT_ROUNDOFF, Bounds
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, SQUARE, Limit, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = (32, 8)
LEFT, TOP, WIDTH = -2.0, 1.25, 2.5
SAMPLE = 64
LIMIT = Limit(2**14, "iterations of a point that never escapes")

ROUNDING = 1.01 * FLOAT32_UNIT_ROUNDOFF
"""A float32 rounding, with room for the float64 ones of the reference and for products of errors."""


@cuda.jit
def mandelbrot_kernel(
    left: np.float32, top: np.float32, step: np.float32, limit: int, counts: NDArray[np.int32]
) -> None:
    """Count the iterations of ``z = z^2 + c`` until ``|z| > 2``, for one point of the plane a thread."""
    column, row = cuda.grid(2)
    if row < counts.shape[0] and column < counts.shape[1]:
        c_real = left + step * float32(column)
        c_imaginary = top - step * float32(row)
        real = imaginary = float32(0.0)
        count = 0
        while count < limit:
            real_squared = real * real
            imaginary_squared = imaginary * imaginary
            if real_squared + imaginary_squared > float32(4.0):
                break
            imaginary = float32(2.0) * real * imaginary + c_imaginary
            real = real_squared - imaginary_squared + c_real
            count += 1
        counts[row, column] = count


def mandelbrot(size: int = 4096, limit: int = 256, repeats: int = 1) -> Workload:
    """Return how many iterations each point of a square view of the Mandelbrot set takes to escape.

    The view is 2.5 wide and has the whole set in it; the seed shifts it by less than a pixel. Points next to
    each other may take 3 iterations or all 256, and a warp runs as long as the slowest of its 32.

    A point takes 4 FLOPs for its place, 8 for each iteration and 3 to find that it has escaped. How many
    iterations that is depends on the view: they are counted on a sample of 64 x 64 of its points, so the
    FLOPs of a larger view are an estimate, within a few per cent. Compulsory are ``4 n^2`` bytes for ``n``
    rows of points: the counts.

    Iterations amplify rounding, and a compiler may fuse a product and a sum or not, so for a point near
    ``|z| = 2`` float32 does not settle when it escapes. The reference follows each orbit in float64 with a
    bound on how far any float32 orbit can be from it, and allows every count between the first iteration at
    which the point may have escaped and the first at which it must have. For nearly all points that is one
    number.

    Parameters
    ----------
    size
        Rows and columns of points.
    limit
        Iterations after which a point counts as one of the set.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    Examples
    --------
    >>> work = mandelbrot(size=256, limit=100)
    >>> work.launch.grid, work.launch.block, work.cost.bytes
    ((8, 32), (32, 8), 262144)
    """
    size = whole_number("mandelbrot", "size", size, limit=SQUARE, example=4096)
    limit = whole_number("mandelbrot", "limit", limit, limit=LIMIT, example=256)
    repeats = whole_number("mandelbrot", "repeats", repeats, limit=REPEATS, example=100)
    step = WIDTH / size

    def inputs(generator: np.random.Generator) -> Arguments:
        across, down = generator.random(2)
        corner = np.float32(LEFT + across * step), np.float32(TOP - down * step)
        return *corner, np.float32(step), limit, np.full((size, size), -1, dtype=np.int32)

    width, height = BLOCK
    return Workload(
        name="mandelbrot",
        title=repeated(f"Mandelbrot set, {size} × {size}, {limit:,} iterations", repeats),
        teaches="A warp is as slow as its slowest thread, and blocks of unequal length leave SMs idle.",
        factory="mig_explorer.workloads.mandelbrot:mandelbrot",
        parameters={"size": size, "limit": limit, "repeats": repeats},
        kernel=mandelbrot_kernel,
        launch=Launch(grid=(blocks_to_cover(size, width), blocks_to_cover(size, height)), block=BLOCK),
        cost=Cost(
            flops=round(_flops_per_point(min(size, SAMPLE), limit) * size**2) * repeats,
            bytes=4 * size**2 * repeats,
            launches=repeats,
            working_set_bytes=4 * size**2,
            precision="fp32",
        ),
        tolerance=EXACT,
        repeats=repeats,
        emulation_limits={"size": 256, "limit": 256, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
        note="The modelled time is that of the iterations alone: threads that wait for the slowest of their "
        "warp are left out, so it is too short for this kernel.",
    )


@cache
def _flops_per_point(across: int, limit: int) -> float:
    """Return the mean FLOPs of a point, from a sample of that many points across and down."""
    step = WIDTH / across
    places = (np.arange(across) + 0.5) * step
    counts = _counts((LEFT + places) + 1j * (TOP - places)[:, np.newaxis], limit, rounding=0.0).lowest
    return float(np.mean(4 + 8 * counts + 3 * (counts < limit)))


def _reference(arguments: Arguments) -> Reference:
    left, top, step, limit, counts = arguments
    rows, columns = counts.shape
    across = float(left) + float(step) * np.arange(columns)
    down = float(top) - float(step) * np.arange(rows)
    return {4: _counts(across + 1j * down[:, np.newaxis], limit, ROUNDING)}


def _counts(points: NDArray[np.complex128], limit: int, rounding: float) -> Bounds:
    """Return the iterations after which each point may first, and must, have escaped.

    An iterate that is off by at most ``e`` gives one that is off by at most ``2 |z| e + e^2``, the error of
    ``c``, and the roundings of the step: two of squares, one of their difference, one of the product, and one
    in each part for adding ``c``, together at most ``u (sqrt(5) (|z| + e)^2 + |z'| + e')``.
    """
    c = points.ravel()
    off_in_c = rounding * (2 * np.abs(c) + np.hypot(c.real - LEFT, c.imag - TOP) + WIDTH * rounding)
    lowest, highest = np.full(c.size, limit), np.full(c.size, limit)
    left, z, off = np.arange(c.size), np.zeros_like(c), np.zeros(c.size)
    for count in range(limit):
        size = np.abs(z)
        lost = off >= 1
        may = lost | ((size + off) ** 2 * (1 + 4 * rounding) > 4)
        lowest[left[may]] = np.minimum(lowest[left[may]], count)
        must = ~lost & (size > off) & ((size - off) ** 2 * (1 - 4 * rounding) > 4)
        highest[left[must]] = count
        stays = ~must & ~lost
        left, c, off_in_c = left[stays], c[stays], off_in_c[stays]
        z, off, size = z[stays], off[stays], size[stays]
        z = z * z + c
        grown = size + off
        off = 2 * size * off + off**2 + off_in_c + rounding * (5**0.5 * grown**2 + np.abs(z))
        off *= 1 + 2 * rounding
    return Bounds(*(each.reshape(points.shape).astype(np.float64) for each in (lowest, highest)))
