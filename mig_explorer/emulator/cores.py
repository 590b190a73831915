"""On how many cores the blocks of a kernel may run."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

from numba import config

if TYPE_CHECKING:
    from collections.abc import Callable

ENOUGH_THREADS = 2**16
"""Below so many CUDA threads, sharing them out costs more than it saves."""


def cores_for(threads: int, blocks: int) -> int:
    """Return how many cores to share the blocks of a launch out to.

    As many as Numba may use: ``NUMBA_NUM_THREADS``, else those of this process. The workers of an experiment
    set it to 1, for each of them has a core.

    Examples
    --------
    >>> cores_for(threads=1000, blocks=10)
    1
    """
    if threads < ENOUGH_THREADS:
        return 1
    allowed = int(config.NUMBA_NUM_THREADS)
    if hasattr(os, "sched_getaffinity"):
        allowed = min(allowed, len(os.sched_getaffinity(0)))
    return max(1, min(allowed, blocks))


def shared_out(blocks: int, cores: int, run: Callable[[int, int], None]) -> None:
    """Run all blocks, each core a stretch of its own.

    Parameters
    ----------
    blocks, cores
        How many there are.
    run
        Runs the blocks from a number up to another; it must not hold Python's lock.

    Examples
    --------
    >>> done = []
    >>> shared_out(5, 2, lambda first, end: done.append((first, end)))
    >>> sorted(done)
    [(0, 2), (2, 5)]
    """
    if cores == 1:
        run(0, blocks)
        return
    ends = [blocks * core // cores for core in range(cores + 1)]
    with ThreadPoolExecutor(cores) as pool:
        for each in [pool.submit(run, *pair) for pair in pairwise(ends)]:
            each.result()
