"""Gravity between all pairs of bodies, a tile of them in shared memory at a time: bound by arithmetic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import cuda, float32

from mig_explorer.workloads.check import Tolerance, rounding_tolerance
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, VECTOR, Limit, in_words, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

THREADS = 128
SOFTENING = np.float32(0.0625)
"""The square of the distance below which gravity no longer grows."""

HEAVIEST = 1.5
"""What all bodies together weigh at most."""

BODIES = Limit(VECTOR.most // 4, "the index of an element must fit 32 bits")


@cuda.jit
def nbody_kernel(bodies: NDArray[np.float32], accelerations: NDArray[np.float32]) -> None:
    """Add up the pull of all bodies on each, one a thread; the rows of `bodies` are x, y, z and mass."""
    tile = cuda.shared.array((4, THREADS), float32)
    thread = cuda.threadIdx.x
    i = cuda.grid(1)
    count = bodies.shape[1]
    x = y = z = float32(0.0)
    if i < count:
        x = bodies[0, i]
        y = bodies[1, i]
        z = bodies[2, i]
    pull_x = pull_y = pull_z = float32(0.0)
    for start in range(0, count, THREADS):
        if start + thread < count:
            for row in range(4):
                tile[row, thread] = bodies[row, start + thread]
        cuda.syncthreads()
        if i < count:
            for j in range(min(THREADS, count - start)):
                dx = tile[0, j] - x
                dy = tile[1, j] - y
                dz = tile[2, j] - z
                inverse = float32(1.0) / math.sqrt(dx * dx + dy * dy + dz * dz + SOFTENING)
                strength = tile[3, j] * inverse * inverse * inverse
                pull_x += strength * dx
                pull_y += strength * dy
                pull_z += strength * dz
        cuda.syncthreads()
    if i < count:
        accelerations[0, i] = pull_x
        accelerations[1, i] = pull_y
        accelerations[2, i] = pull_z


def nbody(bodies: int = 2**18, repeats: int = 1) -> Workload:
    """Return the accelerations of `bodies` float32 bodies that attract each other, softened.

    ``a_i = sum over j of m_j d / (|d|^2 + e)^(3/2)`` with ``d = r_j - r_i`` and ``e = 1/16``; a body pulls
    itself by 0. A pair takes 20 FLOPs, where a square root and a division count as one each: 3 differences,
    3 squares and 3 additions, the root, its inverse, 3 products for the strength, and 3 products and 3
    additions for the sum. One launch of ``n`` bodies does ``20 n^2``. Compulsory are ``28 n`` bytes (four
    numbers read, three written for each body): each block reads all bodies again, mostly from the L2.

    A pull goes through at most 24 roundings and its sum through ``n``. Pulls cancel, so the tolerance is
    absolute: ``|d| / (|d|^2 + e)^(3/2)`` is at most ``2 / (3^1.5 e)`` and all masses together are at most
    1.5, hence the sum of all magnitudes is at most 9.24.

    Parameters
    ----------
    bodies
        How many bodies there are.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    References
    ----------
    L. Nyland, M. Harris and J. Prins, Fast N-Body Simulation with CUDA, GPU Gems 3, chapter 31, 2007: the
    tiles, and 20 FLOPs a pair.

    Examples
    --------
    >>> work = nbody(bodies=1000)
    >>> work.launch.blocks, work.cost.flops, work.cost.bytes
    (8, 20000000, 28000)
    """
    bodies = whole_number("nbody", "bodies", bodies, limit=BODIES, example=2**18)
    repeats = whole_number("nbody", "repeats", repeats, limit=REPEATS, example=100)

    def inputs(generator: np.random.Generator) -> Arguments:
        drawn = generator.random((4, bodies), dtype=np.float32) + np.float32(0.5)
        drawn[3] /= np.float32(bodies)
        return drawn, np.full((3, bodies), np.nan, dtype=np.float32)

    largest_sum = HEAVIEST * 2 / (3**1.5 * float(SOFTENING))
    return Workload(
        name="nbody",
        title=repeated(f"N-body, {in_words(bodies)} bodies", repeats),
        teaches="Arithmetic sets the time, so what counts is a slice's share of the SMs, not of the memory.",
        factory="mig_explorer.workloads.nbody:nbody",
        parameters={"bodies": bodies, "repeats": repeats},
        kernel=nbody_kernel,
        launch=Launch(grid=(blocks_to_cover(bodies, THREADS),), block=(THREADS,), shared_bytes=16 * THREADS),
        cost=Cost(
            flops=20 * bodies**2 * repeats,
            bytes=28 * bodies * repeats,
            launches=repeats,
            working_set_bytes=28 * bodies,
            precision="fp32",
        ),
        tolerance=Tolerance(rtol=0.0, atol=rounding_tolerance(bodies + 24).rtol * largest_sum),
        repeats=repeats,
        emulation_limits={"bodies": 1024, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
    )


def _reference(arguments: Arguments) -> Reference:
    places, masses = arguments[0][:3].astype(np.float64), arguments[0][3].astype(np.float64)
    pulls = np.empty(places.shape)
    for i in range(masses.size):
        towards = places - places[:, i : i + 1]
        pulls[:, i] = towards @ (masses * ((towards**2).sum(axis=0) + float(SOFTENING)) ** -1.5)
    return {1: pulls}
