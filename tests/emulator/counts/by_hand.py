"""Counts of the curated kernels as one derives them on paper: formulas in the size, or counting of sets.

Words: a warp has 32 lanes, a sector 32 bytes, so 8 float32. Every array begins at a sector. ``over(a, b)`` is
a / b rounded up. What is not named is 0.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from tests.emulator.counts.paper import coalesced, over, shared, split


def triad(arguments, *, elements, blocks):
    """Two arrays read and one written, side by side; a multiplication and an addition; one `if`."""
    n = elements
    del arguments
    return {
        **coalesced("load", 8 * n, 2 * over(n, 32), 2 * over(n, 8)),
        **coalesced("store", 4 * n, over(n, 32), over(n, 8)),
        "flops_fp32": 2 * n,
        "branches": 8 * blocks,
        "divergent_branches": split(n),
    }


saxpy = triad


def saxpy_grid_stride(arguments, *, elements, blocks):
    """As triad, but a warp tests its loop once for each 32 elements that it takes and once to leave."""
    return {
        **triad(arguments, elements=elements, blocks=blocks),
        "branches": over(elements, 32) + 8 * blocks,
    }


def reduction(arguments, *, elements, blocks):
    """Each element read and added once; the tree of 256 adds 255 times, with 128, 64, ..., 1 threads.

    These are in 4 + 2 + 1 * 6 = 12 warps, each reading twice and writing once; 8 warps write what the tree
    begins with and one reads its root. A warp tests 9 + 8 times in the first loop, 9 + 8 times in the second
    and once at the end. Split are the warp at the end of the values, the first warp at the widths 16, 8, 4,
    2 and 1, and at the end.
    """
    del arguments
    n, b = elements, blocks
    return {
        **coalesced("load", 4 * n, over(n, 32), over(n, 8)),
        **coalesced("store", 4 * b, b, b),
        **shared(25 * b, 20 * b, load_bytes=4 * (2 * 255 + 1) * b, store_bytes=4 * (256 + 255) * b),
        "flops_fp32": n + 255 * b,
        "branches": 8 * (9 + 8 + 9 + 8 + 1) * b,
        "divergent_branches": split(n) + 6 * b,
        "barriers": 9 * b,
    }


def histogram(arguments, *, elements, distinct, blocks):
    """Count a byte a lane, so one sector a request; contention is what each 32 neighbours have in common."""
    del distinct
    n, b = elements, blocks
    values = arguments[0].tolist()
    warps = [max(Counter(values[start : start + 32]).values()) for start in range(0, n, 32)]
    chunks = [max(Counter(values[start : start + 2**15]).values()) for start in range(0, n, 2**15)]
    return {
        **coalesced("load", n, over(n, 32), over(n, 32)),
        **coalesced("store", 1024 * b, 8 * b, 32 * b),
        **shared(8 * b, 8 * b, load_bytes=1024 * b, store_bytes=1024 * b),
        "shared_atomics": n,
        "atomic_requests": over(n, 32),
        "atomic_turns": sum(warps),
        "atomic_most_in_warp": max(warps),
        "atomic_most_on_element": max(chunks),
        "branches": over(n, 32) + 8 * b,
        "divergent_branches": split(n),
        "barriers": 2 * b,
    }


def _warps(threads):
    return len({thread // 32 for thread in threads})


def _split_warps(taken, others):
    return len({thread // 32 for thread in taken} & {thread // 32 for thread in others})


def prefix_sum(arguments, *, elements, blocks):
    """Block by block and level by level: who adds (reads two, writes one) and who copies (one each).

    The loop's first test, ``1 < 256``, is of constants: Numba leaves it out, so 8 tests are left.
    """
    del arguments, blocks
    n = elements
    total: Counter[str] = Counter()
    for first in range(0, n, 256):
        m = min(256, n - first)
        threads = range(256)
        inside, outside = range(m), range(m, 256)
        total += Counter(branches=8, divergent_branches=_split_warps(inside, outside))
        total += Counter(stored=_warps(inside) + _warps(outside), shared_store_bytes=1024)
        for level in range(8):
            far = [t for t in threads if t >= 2**level]
            adding = [t for t in far if t < m]
            copying = [t for t in threads if t not in adding]
            total += Counter(
                branches=8 + 8 + _warps(far),
                divergent_branches=_split_warps(far, set(threads) - set(far))
                + _split_warps(adding, set(far) - set(adding)),
                loaded=2 * _warps(adding) + _warps(copying),
                stored=_warps(adding) + _warps(copying),
                shared_load_bytes=4 * (256 + len(adding)),
                shared_store_bytes=1024,
                flops_fp32=len(adding),
            )
        # The last `if`; who has the block's sum: thread 255, or the last element's.
        rest = [t for t in inside if t != 255]
        total += Counter(
            branches=8 + _warps(inside) + _warps(rest),
            divergent_branches=_split_warps(inside, outside)
            + _split_warps(rest, set(inside) - set(rest))
            + (_split_warps([m - 1], range(m - 1)) if m < 256 else 0),
            loaded=_warps(inside) + 1,
            shared_load_bytes=4 * m + 4,
            barriers=9,
        )
    loaded, stored = total.pop("loaded"), total.pop("stored")
    b = over(n, 256)
    return {
        **total,
        **coalesced("load", 4 * n, over(n, 32), over(n, 8)),
        **coalesced("store", 4 * n + 4 * b, over(n, 32) + b, over(n, 8) + b),
        "shared_load_requests": loaded,
        "shared_store_requests": stored,
        "shared_turns": loaded + stored,  # every warp reads and writes neighbours
    }


def mandelbrot(arguments, *, size, limit, blocks):
    """Multiples of 32. A point with c full iterations of 8 FLOPs does 3 more if it escapes, and 4 before.

    A warp tests its loop once more than its longest point goes round, and the escape as often or once less,
    if that point never escapes. It is split at the escape once for each shorter length.
    """
    counts = arguments[-1].astype(int)
    n = size
    warps = counts.reshape(-1, 32)
    longest = warps.max(axis=1)
    shorter = [len(set(warp)) - 1 for warp in warps.tolist()]
    return {
        **coalesced("store", 4 * n * n, n * n // 32, n * n // 8),
        "flops_fp32": int(4 * n * n + 8 * counts.sum() + 3 * (counts < limit).sum()),
        "branches": 8 * blocks * 2 + int((longest + 1).sum() + np.minimum(longest + 1, limit).sum()),
        "divergent_branches": sum(shorter),
    }


def _sectors(places, size=4):
    return len({place * size // 32 for place in places})


def _ideal(places, size=4):
    return over(len(set(places)) * size, 32)


def spmv(arguments, *, rows, per_row, blocks):
    """Warps go on as long as their longest row; sectors are those of the places that their lanes are at."""
    del per_row
    starts, columns, *_ = (each.tolist() for each in arguments)
    nonzeros = len(columns)
    requests = [(range(rows)[w : w + 32], 1) for w in range(0, rows, 32)]
    read = [[*warp] for warp, _ in requests] + [[row + 1 for row in warp] for warp, _ in requests]
    tests = splits = 0
    for warp, _ in requests:
        lengths = [starts[row + 1] - starts[row] for row in warp]
        tests += max(lengths) + 1
        splits += len(set(lengths)) - 1
        for step in range(max(lengths)):
            at = [starts[row] + step for row, length in zip(warp, lengths, strict=True) if step < length]
            read += [at, at, [columns[k] for k in at]]
    return {
        **coalesced(
            "load",
            8 * rows + 12 * nonzeros,
            len(read),
            sum(map(_sectors, read)),
            sum(map(_ideal, read)),
        ),
        **coalesced("store", 4 * rows, over(rows, 32), over(rows, 8)),
        "flops_fp32": 2 * nonzeros,
        "branches": 8 * blocks + tests,
        "divergent_branches": split(rows) + splits,
    }


def pointer_chase(arguments, *, elements, steps, chains, blocks):
    """All lanes of a warp step together, each to a place of its own."""
    del elements
    following, at, *_ = arguments
    warps = over(chains, 32)
    read = []
    for _ in range(steps):
        read += [at[first : first + 32].tolist() for first in range(0, chains, 32)]
        at = following[at]
    return {
        **coalesced(
            "load",
            4 * chains * (1 + steps),
            warps * (1 + steps),
            over(chains, 8) + sum(map(_sectors, read)),
            over(chains, 8) + sum(map(_ideal, read)),
        ),
        **coalesced("store", 4 * chains, warps, over(chains, 8)),
        "branches": blocks + warps * (steps + 1),
        "divergent_branches": split(chains),
    }
