"""Attention of one head with a softmax that can't overflow, keys and values tile by tile."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import cuda, float32

from mig_explorer.workloads.check import rounding_tolerance
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, VECTOR, Limit, in_words, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD = 64
THREADS = HEAD
TILE = 32
SCALE = np.float32(0.125)
"""One over the root of the head's 64 features."""

COMMON = 32
"""First feature of every query and key: it alone adds 128 to every score, and ``exp(128)`` overflows."""

LENGTH = Limit(VECTOR.most // HEAD, "the index of an element must fit 32 bits")


@cuda.jit
def attention_kernel(  # noqa: C901 - a kernel reads best in one piece, as a thread runs it
    queries: NDArray[np.float32],
    keys: NDArray[np.float32],
    values: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Weigh all values for each query, one a thread, with the softmax of its scores."""
    key_tile = cuda.shared.array((TILE, HEAD), float32)
    value_tile = cuda.shared.array((TILE, HEAD), float32)
    query = cuda.local.array(HEAD, float32)
    scores = cuda.local.array(TILE, float32)
    total = cuda.local.array(HEAD, float32)
    thread = cuda.threadIdx.x
    row = cuda.grid(1)
    length = queries.shape[0]
    if row < length:
        for feature in range(HEAD):
            query[feature] = queries[row, feature] * SCALE
            total[feature] = float32(0.0)
    largest = float32(-math.inf)
    weight_sum = float32(0.0)
    for start in range(0, length, TILE):
        count = min(TILE, length - start)
        for k in range(count):
            key_tile[k, thread] = keys[start + k, thread]
            value_tile[k, thread] = values[start + k, thread]
        cuda.syncthreads()
        if row < length:
            before = largest
            for k in range(count):
                score = float32(0.0)
                for feature in range(HEAD):
                    score += query[feature] * key_tile[k, feature]
                scores[k] = score
                largest = max(largest, score)
            correction = math.exp(before - largest)
            weight_sum *= correction
            for feature in range(HEAD):
                total[feature] *= correction
            for k in range(count):
                weight = math.exp(scores[k] - largest)
                weight_sum += weight
                for feature in range(HEAD):
                    total[feature] += weight * value_tile[k, feature]
        cuda.syncthreads()
    if row < length:
        for feature in range(HEAD):
            out[row, feature] = total[feature] / weight_sum


def attention(length: int = 4096, repeats: int = 1) -> Workload:
    """Return ``softmax(Q K^T / 8) V`` for `length` queries, keys and values of 64 features.

    A thread keeps one query and goes through the keys in tiles of 32. ``exp`` of a large score overflows, so
    it is taken of the difference to the largest score so far; when a tile brings a larger one, what has been
    summed is scaled down to it. The scores themselves are never written to memory.

    With ``n`` rows, ``d`` features and ``t`` tiles, one launch does ``n^2 (4 d + 3) + n t (d + 3) + 2 n d``
    FLOPs: for each pair, ``d`` products and ``d`` additions for the score, a subtraction, an ``exp`` and an
    addition for the weight, ``d`` products and ``d`` additions for the value; for each query and tile, a
    subtraction, an ``exp`` and ``d + 1`` products for the correction; for each query, ``d`` products by the
    scale and ``d`` divisions. Compulsory are ``16 n d`` bytes: three matrices read, one written. Each block
    of 64 queries reads all keys and values again, mostly from the L2; that is not counted.

    Queries and keys are quarters of whole numbers of few digits, so that scores and their differences are
    exact in float32. A weight then carries the error of ``exp``, taken as 4 roundings (2 ulp; NVIDIA states
    1), and at most 5 for the correction of each tile; sums and values are positive. Numerator and denominator
    each have ``n + 5 t + 5`` roundings, and the division one.

    Parameters
    ----------
    length
        Queries, and keys and values.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    References
    ----------
    M. Milakov and N. Gimelshein, Online normalizer calculation for softmax, 2018 (arXiv:1805.02867);
    T. Dao et al., FlashAttention, NeurIPS 2022: the softmax tile by tile.

    Examples
    --------
    >>> work = attention(length=4096)
    >>> work.launch.blocks, work.launch.shared_bytes, work.cost.bytes
    (64, 16384, 4194304)
    """
    length = whole_number("attention", "length", length, limit=LENGTH, example=4096)
    repeats = whole_number("attention", "repeats", repeats, limit=REPEATS, example=100)
    tiles = blocks_to_cover(length, TILE)
    flops = length**2 * (4 * HEAD + 3) + length * tiles * (HEAD + 3) + 2 * length * HEAD

    def inputs(generator: np.random.Generator) -> Arguments:
        queries, keys = (
            generator.integers(-8, 8, (length, HEAD), endpoint=True).astype(np.float32) / np.float32(4)
            for _ in range(2)
        )
        queries[:, 0] = keys[:, 0] = COMMON
        values = generator.random((length, HEAD), dtype=np.float32) + np.float32(0.5)
        return queries, keys, values, np.full((length, HEAD), np.nan, dtype=np.float32)

    return Workload(
        name="attention",
        title=repeated(f"Attention, one head, length {in_words(length)}", repeats),
        teaches="One head has a thread a query, too few to fill a whole GPU, and does much with each byte.",
        factory="mig_explorer.workloads.attention:attention",
        parameters={"length": length, "repeats": repeats},
        kernel=attention_kernel,
        launch=Launch(
            grid=(blocks_to_cover(length, THREADS),), block=(THREADS,), shared_bytes=2 * 4 * TILE * HEAD
        ),
        cost=Cost(
            flops=flops * repeats,
            bytes=16 * length * HEAD * repeats,
            launches=repeats,
            working_set_bytes=16 * length * HEAD,
            precision="fp32",
        ),
        tolerance=rounding_tolerance(operations=2 * (length + 5 * tiles + 5) + 1),
        repeats=repeats,
        emulation_limits={"length": 512, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
        note="The modelled time takes an SM's speed as proportional to the blocks it holds, so with few of "
        "them it is an upper end; nor does it know how few the registers of this kernel leave room for.",
    )


def _reference(arguments: Arguments) -> Reference:
    queries, keys, values = (each.astype(np.float64) for each in arguments[:3])
    scores = queries @ keys.T / math.sqrt(HEAD)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return {3: weights @ values / weights.sum(axis=1, keepdims=True)}
