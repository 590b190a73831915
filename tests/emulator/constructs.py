"""The table of what a kernel may have: a small kernel for each, and which engine it takes.

Those of `kernels` are in it too. ``python -m tests.emulator.constructs`` prints it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numba import cuda, float32, float64, int32

from tests.emulator.kernels import CASES

NATIVE = "native"
LANES = "lane by lane"
BLOCK = 8
TABLE = np.array([3, 1, 4, 1, 5, 9, 2, 6])
WEIGHTS = np.array([[1.5, 2.0], [0.5, 4.0]], np.float32)


@dataclass(frozen=True)
class Construct:
    """A construct, a kernel with it, and what is known about its result.

    Parameters
    ----------
    says
        What it is.
    kernel, grid, block, arguments, dynamic
        A launch of it; arguments are made anew each time.
    engine
        What must run it.
    simulated
        Whether Numba's CUDA simulator has it too.
    expected
        What an argument must hold afterwards, by its place, where the simulator can't say.
    """

    says: str
    kernel: Any
    grid: Any
    block: Any
    arguments: Callable[[], tuple[Any, ...]]
    engine: str = NATIVE
    dynamic: int = 0
    simulated: bool = True
    expected: dict[int, Any] | None = None


CONSTRUCTS: dict[str, Construct] = {
    name: Construct(name.replace("_", " "), case.kernel, case.grid, case.block, case.arguments)
    for name, case in CASES.items()
}


def construct(says: str, grid: Any, block: Any, *arguments: Any, **known: Any) -> Callable[[Any], Any]:
    def register(kernel: Any) -> Any:
        def copies() -> tuple[Any, ...]:
            return tuple(each.copy() if isinstance(each, np.ndarray) else each for each in arguments)

        name = getattr(kernel, "py_func", None) or getattr(kernel, "fn", kernel)
        CONSTRUCTS[name.__name__] = Construct(says, kernel, grid, block, copies, **known)
        return kernel

    return register


def _whole(count: int, dtype: Any = np.int64, seed: int = 3) -> Any:
    return np.random.default_rng(seed).integers(0, 40, count).astype(dtype)


# Device functions


@cuda.jit(device=True)
def squared(x):
    return x * x


@cuda.jit(device=True)
def clipped(x, low, high):
    if x < low:
        return low
    if x > high:
        return high
    return squared(x)


@cuda.jit(device=True)
def my_place(stride):
    return cuda.threadIdx.x * stride + cuda.blockIdx.x


@cuda.jit(device=True)
def put(array, place, value):
    array[place] = value


@cuda.jit(device=True)
def block_total(tile, value):
    thread = cuda.threadIdx.x
    tile[thread] = value
    cuda.syncthreads()
    width = cuda.blockDim.x // 2
    while width > 0:
        if thread < width:
            tile[thread] += tile[thread + width]
        cuda.syncthreads()
        width //= 2
    total = tile[0]
    cuda.syncthreads()
    return total


@cuda.jit(device=True)
def reversed_digits(value):
    digits = cuda.local.array(3, int32)
    for k in range(3):
        digits[k] = value % 10
        value //= 10
    total = 0
    for k in range(3):
        total = total * 10 + digits[k]
    return total


def plain_helper(x, y):
    return x + 2 * y


@construct("device functions, one calling another", 2, BLOCK, _whole(16), np.zeros(16, np.int64))
@cuda.jit
def device_functions(values, out):
    i = cuda.grid(1)
    out[i] = clipped(values[i], 10, 30) + squared(i)


@construct("a device function that asks for its thread, and one that writes", 2, 4, np.zeros(8, np.int64))
@cuda.jit
def device_functions_of_a_thread(out):
    put(out, my_place(2), cuda.grid(1))


@construct(
    "a plain function called like a device function",
    1,
    4,
    np.zeros(4, np.int64),
    simulated=False,
    expected={0: np.arange(4) * 3},
)
def plain_kernel(out):
    i = cuda.grid(1)
    out[i] = plain_helper(i, i)


@construct("a device function with barriers", 2, BLOCK, _whole(16), np.zeros(16, np.int64))
@cuda.jit
def device_function_with_barriers(values, out):
    tile = cuda.shared.array(BLOCK, float64)
    first = block_total(tile, values[cuda.grid(1)])
    second = block_total(tile, first + cuda.threadIdx.x)
    out[cuda.grid(1)] = first + 1000 * second


@construct("a device function with a local array", 2, BLOCK, _whole(16), np.zeros(16, np.int64))
@cuda.jit
def device_function_with_an_array(values, out):
    turned = reversed_digits(values[cuda.grid(1)] + 100)
    out[cuda.grid(1)] = turned


# Atomics: what they return is used where it can't depend on the order of threads


@construct("atomic add and sub", 3, BLOCK, _whole(24), np.zeros(4, np.int64), np.zeros((24, 2), np.int32))
@cuda.jit
def atomic_add_and_sub(values, totals, out):
    i = cuda.grid(1)
    cuda.atomic.add(totals, values[i] % 4, values[i])
    cuda.atomic.sub(totals, 1, 2)
    out[i, 0] = 5
    out[i, 1] = cuda.atomic.add(out, (i, 0), 7) + cuda.atomic.sub(out, (i, 0), i)


@construct(
    "atomic and, or, xor, exch", 2, BLOCK, _whole(16), np.full((16, 5), 12, np.int32), np.zeros(2, np.int32)
)
@cuda.jit
def atomic_bits(values, own, shared):
    i = cuda.grid(1)
    cuda.atomic.or_(shared, 0, 1 << (values[i] % 20))
    cuda.atomic.xor(shared, 1, values[i])
    own[i, 4] = (
        cuda.atomic.and_(own, (i, 0), values[i])
        + cuda.atomic.or_(own, (i, 1), values[i])
        + cuda.atomic.xor(own, (i, 2), values[i])
        + cuda.atomic.exch(own, (i, 3), values[i])
    )


@construct(
    "atomic max and min", 3, BLOCK, _whole(24, np.float32), np.full(2, 20, np.float32), np.zeros(24, np.int64)
)
@cuda.jit
def atomic_extremes(values, found, own):
    i = cuda.grid(1)
    cuda.atomic.max(found, 0, values[i])
    cuda.atomic.min(found, 1, values[i])
    own[i] = 15
    own[i] += 100 * cuda.atomic.max(own, i, values[i])


@construct(
    "atomic inc and dec, which wrap", 2, BLOCK, np.arange(16, dtype=np.uint32), np.zeros((16, 2), np.uint32)
)
@cuda.jit
def atomic_wrapping(values, out):
    i = cuda.grid(1)
    own = values
    out[i, 0] = cuda.atomic.inc(own, i, 9) + 100 * cuda.atomic.dec(out, (i, 1), 3 + i)


@construct("atomic cas and compare_and_swap", 2, BLOCK, np.zeros(16, np.int32), np.zeros((16, 2), np.int64))
@cuda.jit
def atomic_swaps(own, out):
    i = cuda.grid(1)
    out[i, 0] = cuda.atomic.cas(own, i, i % 2, 7)
    out[i, 1] = own[i] + cuda.atomic.compare_and_swap(own[i:], 7, i)


@construct(
    "atomics and NaN: max keeps one, nanmax does not",
    1,
    BLOCK,
    np.array([1, np.nan, 3, np.nan, np.nan, 2, 0, 1], np.float32),
    np.array([[2, np.nan]] * 4, np.float32),
    simulated=False,
    expected={1: np.array([[3, np.nan], [0, np.nan], [3, 3], [0, 0]], np.float32)},
)
@cuda.jit
def atomics_and_nan(values, out):
    i = cuda.grid(1)
    for k in range(2):
        cuda.atomic.max(out, (0, k), values[i])
        cuda.atomic.min(out, (1, k), values[i])
        cuda.atomic.nanmax(out, (2, k), values[i])
        cuda.atomic.nanmin(out, (3, k), values[i])


@construct(
    "an atomic's operand is cast to the elements' type first",
    1,
    4,
    np.array([-5, -5], np.int64),
    simulated=False,
    expected={0: np.array([3, -5 + 0 + 1 + 3 + 5], np.int64)},
)
@cuda.jit
def atomic_operands(out):
    cuda.atomic.add(out, 0, 2.9)
    cuda.atomic.add(out, 1, cuda.threadIdx.x * 1.9)


# Barriers with a vote


@construct("syncthreads_count, _and and _or", 3, BLOCK, _whole(24), np.zeros((24, 3), np.int64))
@cuda.jit
def votes(values, out):
    i = cuda.grid(1)
    many = cuda.syncthreads_count(int32(values[i] > 20))
    out[i, 0] = many
    out[i, 1] = cuda.syncthreads_and(1 if values[i] >= cuda.blockIdx.x else 0) + 10
    out[i, 2] = cuda.syncthreads_or(int32(values[i] > 38))


@construct("a loop that goes on while a vote says so", 2, BLOCK, _whole(16), np.zeros(16, np.int64))
@cuda.jit
def loop_on_a_vote(values, out):
    i = cuda.grid(1)
    left = values[i]
    rounds = 0
    while cuda.syncthreads_or(int32(left > 0)):
        left -= 7
        rounds += 1
        if cuda.syncthreads_count(int32(left > 0)) < 3:
            break
    out[i] = 100 * rounds + left


@construct("a vote among those that have not returned", 3, BLOCK, _whole(20), np.full(24, -1, np.int64))
@cuda.jit
def vote_after_a_return(values, out):
    i = cuda.grid(1)
    if i >= values.size:
        return
    out[i] = cuda.syncthreads_count(1)


# Memory


@construct(
    "dynamic shared memory, shared out by slices", 2, BLOCK, _whole(16), np.zeros(16, np.float32), dynamic=96
)
@cuda.jit
def dynamic_memory(values, out):
    everything = cuda.shared.array(0, float32)
    n = cuda.blockDim.x
    first = everything[:n]
    second = everything[n : 2 * n]
    thread = cuda.threadIdx.x
    first[thread] = values[cuda.grid(1)]
    second[n - 1 - thread] = thread
    cuda.syncthreads()
    out[cuda.grid(1)] = first[(thread + 1) % n] + 100 * second[thread] + 1000 * everything[8]


@construct("constant arrays and global arrays", 2, BLOCK, np.zeros(16, np.float32))
@cuda.jit
def constant_arrays(out):
    weights = cuda.const.array_like(WEIGHTS)
    i = cuda.grid(1)
    out[i] = weights[i % 2, i // 8] * TABLE[cuda.threadIdx.x] + TABLE.size


@construct("tuples, as arguments and made in the kernel", 2, 4, (3, 1.5), (np.arange(8), 2), np.zeros(8))
@cuda.jit
def tuples(pair, mixed, out):
    i = cuda.grid(1)
    both = (pair[0] * i, pair[1])
    swapped = both[1], both[0]
    table, step = mixed
    out[i] = swapped[0] + swapped[1] + table[i] * step + len(pair)


POINT = np.dtype([("x", np.float32), ("count", np.int32)])


def _points() -> Any:
    points = np.zeros(8, POINT)
    points["x"], points["count"] = np.arange(8) / 2, np.arange(8)
    return points


@construct("arrays of records", 2, 4, _points(), np.zeros(8))
@cuda.jit
def records(points, out):
    i = cuda.grid(1)
    points[i]["count"] += 3
    points[i]["x"] *= 2
    point = points[i]
    out[i] = point["x"] + points[i]["count"]


@construct("a row of an array, and a slice of it", 2, 4, np.arange(24.0).reshape(8, 3), np.zeros(8))
@cuda.jit
def rows_and_slices(values, out):
    i = cuda.grid(1)
    row = values[i]
    rest = row[1:]
    out[i] = row[0] + 10 * rest[1] + 100 * rest.size


@construct("complex numbers", 2, 4, np.arange(8) * (1 + 2j), np.zeros(8))
@cuda.jit
def complex_numbers(values, out):
    i = cuda.grid(1)
    z = values[i] * (1 + 1j)
    out[i] = z.real - 3 * z.imag + abs(z)


# Numbers


def _exact(x: float, y: float, z: float) -> float:
    return float(Fraction(x) * Fraction(y) + Fraction(z))


TENTHS = (0.1, 1 / 3, 7.0, 1e16)


@construct(
    "cuda.fma: one rounding, not two",
    1,
    4,
    np.array(TENTHS),
    np.zeros(4),
    np.zeros(4, np.float32),
    simulated=False,
    expected={
        1: np.array([_exact(x, x, -(x * x)) for x in TENTHS]),
        2: np.array([_exact(float(np.float32(x)), float(np.float32(x)), 1.0) for x in TENTHS], np.float32),
    },
)
@cuda.jit
def fused(values, double, single):
    i = cuda.grid(1)
    x = values[i]
    double[i] = cuda.fma(x, x, -(x * x))
    single[i] = cuda.fma(float32(x), float32(x), float32(1))


@construct(
    "cuda.popc, clz, ffs and brev",
    1,
    8,
    np.array([0, 1, -1, 12, 1 << 20, -(2**31), 7, 2**31 - 1], np.int32),
    np.zeros((8, 6), np.int64),
    simulated=False,
    expected={
        1: np.array(
            [
                [0, 32, 0, 0, 31, 32],
                [1, 31, 1, 2**31, 31, 31],
                [32, 0, 1, 2**32 - 1, 31, 30],
                [2, 28, 3, 3 << 28, 31, 30],
                [1, 11, 21, 1 << 11, 31, 29],
                [1, 0, 32, 1, 31, 29],
                [3, 29, 1, 7 << 29, 31, 29],
                [31, 1, 1, 2**32 - 2, 31, 29],
            ]
        )
    },
)
@cuda.jit
def bits(values, out):
    i = cuda.threadIdx.x
    x = values[i]
    out[i, 0] = cuda.popc(x)
    out[i, 1] = cuda.clz(x)
    out[i, 2] = cuda.ffs(x)
    out[i, 3] = cuda.brev(x)
    out[i, 4] = cuda.clz(cuda.blockDim.x) + cuda.popc(cuda.gridDim.x) + 2
    out[i, 5] = cuda.clz(i)


@construct("cuda.selp", 2, 4, _whole(8), np.zeros(8, np.int64))
@cuda.jit
def selected(values, out):
    i = cuda.grid(1)
    out[i] = cuda.selp(values[i] > 20, values[i], -values[i])


@construct(
    "cuda.cbrt and libdevice functions",
    1,
    4,
    np.array([1.0, 8.0, 27.0, 0.001]),
    np.zeros((4, 5)),
    simulated=False,
    expected={
        1: np.array(
            [
                [
                    np.cbrt(x),
                    1 / math.sqrt(x),
                    np.float32(np.exp(np.float32(x))),
                    max(x, 2.0),
                    int(x).bit_count(),
                ]
                for x in (1.0, 8.0, 27.0, 0.001)
            ]
        )
    },
)
@cuda.jit
def library(values, out):
    i = cuda.grid(1)
    x = values[i]
    out[i, 0] = cuda.cbrt(x)
    out[i, 1] = cuda.libdevice.rsqrt(x)
    out[i, 2] = cuda.libdevice.fast_expf(x)
    out[i, 3] = cuda.libdevice.fmax(x, 2.0)
    out[i, 4] = cuda.libdevice.popc(x)


@construct(
    "max and min of two: a NaN loses, as on a GPU",
    1,
    4,
    np.array([1.0, np.nan, 3.0, np.nan]),
    np.zeros((4, 2)),
    simulated=False,
    expected={1: np.array([[2.0, 1.0], [2.0, 2.0], [3.0, 2.0], [2.0, 2.0]])},
)
@cuda.jit
def extremes_and_nan(values, out):
    i = cuda.grid(1)
    out[i, 0] = max(values[i], 2.0)
    out[i, 1] = min(2.0, values[i])


@construct("functions of NumPy that numba.cuda has", 1, 4, np.arange(1.0, 5.0), np.zeros(4))
@cuda.jit
def numpy_functions(values, out):
    i = cuda.grid(1)
    out[i] = np.sin(values[i]) + np.log2(values[i]) + np.float32(0.5)


# Loops


@construct(
    "a grid-stride loop in two dimensions", (2, 2), (4, 2), np.arange(66.0).reshape(6, 11), np.zeros((6, 11))
)
@cuda.jit
def grid_stride_in_two_dimensions(values, out):
    x0, y0 = cuda.grid(2)
    dx, dy = cuda.gridsize(2)
    for y in range(y0, values.shape[0], dy):
        for x in range(x0, values.shape[1], dx):
            out[y, x] = values[y, x] + 100 * x + y


@construct("a grid-stride loop that sums up", 2, BLOCK, _whole(83), np.zeros((16, 2), np.int64))
@cuda.jit
def grid_stride_sum(values, out):
    total = 0
    last = -1
    start = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    for i in range(start, values.shape[0], cuda.gridDim.x * cuda.blockDim.x):
        if values[i] % 5 == 0:
            continue
        total += values[i]
        last = i
    out[start, 0] = total
    out[start, 1] = last


@construct("a grid-stride loop whose variable is used after it", 2, 4, _whole(21), np.zeros(8, np.int64))
@cuda.jit
def grid_stride_and_after(values, out):
    i = cuda.grid(1)
    while i < values.size:
        values[i] += 1
        i += cuda.gridsize(1)
    out[cuda.grid(1)] = i


@construct("a grid-stride loop that some threads leave", 2, 4, _whole(40), np.zeros(8, np.int64))
@cuda.jit
def grid_stride_with_a_break(values, out):
    mine = cuda.grid(1)
    for i in range(mine, values.size, cuda.gridsize(1)):
        if values[i] < 8:
            break
        out[mine] += values[i]


@construct("a grid-stride loop from which threads return", 2, 4, _whole(40), np.zeros(8, np.int64))
@cuda.jit
def grid_stride_with_a_return(values, out):
    mine = cuda.grid(1)
    for i in range(mine, values.size, cuda.gridsize(1)):
        if values[i] < 8:
            return
        out[mine] += values[i]
    out[mine] = -out[mine]


@construct(
    "a grid-stride loop that leaves its last place behind",
    2,
    4,
    _whole(21),
    np.full((8, 2), -1),
    np.zeros(21),
)
@cuda.jit
def grid_stride_last(values, out, seen):
    mine = cuda.grid(1)
    last = -5
    for i in range(mine, values.size, cuda.gridsize(1)):
        last = values[i]
        seen[i] += 1
    out[mine, 0] = last


@construct("a grid-stride loop that a thread returns out of, for good", 2, 4, _whole(40), np.zeros(40))
@cuda.jit
def grid_stride_return_for_good(values, out):
    for i in range(cuda.grid(1), values.size, cuda.gridsize(1)):
        if values[i] < 12:
            return
        out[i] = values[i]


@construct("each round of a grid-stride loop reads what the last one wrote", 2, 4, np.arange(40))
@cuda.jit
def grid_stride_chain(values):
    step = cuda.gridsize(1)
    for i in range(cuda.grid(1) + step, values.size, step):
        values[i] += values[i - step]


@construct("a grid-stride loop with shared counts", 3, 4, _whole(50), np.zeros((3, 4), np.int64))
@cuda.jit
def grid_stride_shared(values, out):
    counts = cuda.shared.array(4, int32)
    thread = cuda.threadIdx.x
    counts[thread] = 0
    cuda.syncthreads()
    i = cuda.grid(1)
    while i < values.shape[0]:
        cuda.atomic.add(counts, values[i] % 4, 1)
        i += cuda.blockDim.x * cuda.gridDim.x
    cuda.syncthreads()
    out[cuda.blockIdx.x, thread] = counts[thread]


@construct("a sum under a test of the bounds", (3, 2), (4, 4), _whole(70, np.float64), np.zeros((7, 10)), 7)
@cuda.jit
def sum_under_a_guard(values, out, n):
    x, y = cuda.grid(2)
    if x < out.shape[1] and y < out.shape[0]:
        total = 0.0
        for k in range(n):
            total += values[k * 10 + x] * (y + k)
        out[y, x] = total + 1


@construct("a sum after an early return", 3, 8, _whole(200, np.float64), np.zeros(20), 10)
@cuda.jit
def sum_after_a_return(values, out, n):
    i = cuda.grid(1)
    if i >= out.size:
        return
    total = float(i)
    for k in range(1, n):
        if values[i + k] > 5:
            total += values[i + k]
    out[i] = total


@construct(
    "break and continue that all threads of a block take", 2, BLOCK, _whole(16), np.zeros(16, np.int64), 9
)
@cuda.jit
def uniform_break_and_continue(values, out, n):
    tile = cuda.shared.array(BLOCK, int32)
    thread = cuda.threadIdx.x
    total = 0
    for k in range(n):
        if k == 2 + cuda.blockIdx.x:
            continue
        tile[thread] = values[cuda.grid(1)] + k
        cuda.syncthreads()
        total += tile[(thread + k) % BLOCK]
        cuda.syncthreads()
        if k > 5:
            break
        total += 1
    out[cuda.grid(1)] = total


@construct(
    "lane, warp size, syncwarp and fences",
    2,
    40,
    np.zeros(80, np.int64),
    simulated=False,
    expected={0: np.tile(np.arange(40) % 32 + 3200, 2)},
)
@cuda.jit
def warps_and_fences(out):
    i = cuda.grid(1)
    out[i] = cuda.laneid
    cuda.syncwarp()
    cuda.threadfence()
    out[i] += cuda.warpsize * 100


@construct("an annotated assignment", 1, 4, np.zeros(4, np.int64))
@cuda.jit
def annotated(out):
    i: int = cuda.grid(1)
    out[i] = i


# What runs lane by lane

FULL = 0xFFFFFFFF
LANE = np.arange(32)


def by_lanes(
    says: str, expected: Any, *arguments: Any, block: int = 32, **known: Any
) -> Callable[[Any], Any]:
    return construct(says, 1, block, *arguments, engine=LANES, simulated=False, expected=expected, **known)


@by_lanes(
    "shfl_sync, _up, _down and _xor",
    {0: np.stack([np.full(32, 3), np.maximum(LANE - 1, 0), np.minimum(LANE + 1, 31), LANE ^ 5], 1)},
    np.zeros((32, 4), np.int64),
)
@cuda.jit
def shuffles(out):
    i = cuda.threadIdx.x
    out[i, 0] = cuda.shfl_sync(FULL, i, 3)
    out[i, 1] = cuda.shfl_up_sync(FULL, i, 1)
    out[i, 2] = cuda.shfl_down_sync(FULL, i, 1)
    out[i, 3] = cuda.shfl_xor_sync(FULL, i, 5)


@by_lanes(
    "ballot, any, all and activemask",
    {0: np.stack([np.full(32, 0xFF), np.ones(32), np.zeros(32), np.full(32, 2**32 - 1)], 1).astype(np.int64)},
    np.zeros((32, 4), np.int64),
)
@cuda.jit
def warp_votes(out):
    i = cuda.threadIdx.x
    out[i, 0] = cuda.ballot_sync(FULL, i < 8)
    out[i, 1] = cuda.any_sync(FULL, i == 5)
    out[i, 2] = cuda.all_sync(FULL, i == 5)
    out[i, 3] = cuda.activemask() & 0xFFFFFFFF


@by_lanes(
    "syncwarp that one warp comes to",
    {0: np.tile(LANE[::-1], 2)[:40] * (np.arange(40) < 32)},
    np.zeros(40, np.int64),
    block=40,
)
@cuda.jit
def syncwarp_of_one_warp(out):
    tile = cuda.shared.array(32, int32)
    i = cuda.threadIdx.x
    if i < 32:
        tile[i] = i
        cuda.syncwarp()
        out[i] = tile[31 - i]


@by_lanes("a lock that threads wait for", {0: np.array([0, 32])}, np.zeros(2, np.int32))
@cuda.jit
def waits_for_a_lock(out):
    while cuda.atomic.cas(out, 0, 0, 1) != 0:
        pass
    out[1] += 1
    cuda.threadfence()
    cuda.atomic.exch(out, 0, 0)


@by_lanes("a barrier under a test that all threads pass", {0: LANE[::-1]}, np.zeros(32, np.int64))
@cuda.jit
def barrier_under_a_test(out):
    tile = cuda.shared.array(32, int32)
    i = cuda.threadIdx.x
    if i < out.size:
        tile[i] = i
        cuda.syncthreads()
        out[i] = tile[31 - i]


@by_lanes(
    "the operator :=, else after a loop, and in",
    {0: np.where(LANE < 5, LANE + 100, -1)},
    np.zeros(32, np.int64),
)
@cuda.jit
def python_that_is_not_rewritten(out):
    i = cuda.threadIdx.x
    for k in range(5):
        if (found := k) == i:
            out[i] = found + 100
            break
    else:
        out[i] = -1


@by_lanes("a tuple that is kept across a barrier", {0: LANE + 7}, np.zeros(32, np.int64))
@cuda.jit
def tuple_across_a_barrier(out):
    i = cuda.threadIdx.x
    pair = (i, out[0] + 7)
    cuda.syncthreads()
    out[i] = pair[0] + pair[1]


@by_lanes("a slice that is assigned to", {0: np.repeat([0, 3, 0], [1, 3, 28])}, np.zeros(32, np.int64))
@cuda.jit
def assigned_slice(out):
    if cuda.threadIdx.x == 0:
        part = out[1:4]
        part[:] = 3


def main() -> None:
    """Print the table."""
    for name, each in CONSTRUCTS.items():
        print(f"{each.engine:14}{name:46}{each.says}")  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
