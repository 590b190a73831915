"""Kernels, one a construct, that both the lane-by-lane engine and Numba's CUDA simulator can run.

They work on whole numbers, so that results are the same to the last bit in any order of additions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import complex128, cuda, float32, float64, from_dtype, int32, int64

THREADS = 16
TABLE = np.array([[3, 1, 4], [1, 5, 9]], np.float64)
WEIGHTS = (2, 3, 5)
POINT = np.dtype([("x", np.float64), ("count", np.int32), ("ok", np.bool_)], align=True)


@dataclass(frozen=True)
class Case:
    """A kernel, its launch and what it is given."""

    kernel: Any
    grid: Any
    block: Any
    shared: int
    arguments: Callable[[], tuple[Any, ...]]


CASES: dict[str, Case] = {}


def case(grid: Any, block: Any, *arguments: Any, shared: int = 0) -> Callable[[Any], Any]:
    def register(kernel: Any) -> Any:
        def copies() -> tuple[Any, ...]:
            return tuple(each.copy() if isinstance(each, np.ndarray) else each for each in arguments)

        name = kernel.py_func.__name__ if hasattr(kernel, "py_func") else kernel.fn.__name__
        CASES[name] = Case(kernel, grid, block, shared, copies)
        return kernel

    return register


def _numbers(count: int, dtype: Any = np.float32) -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).integers(1, 40, count).astype(dtype)


def _zeros(*shape: int, dtype: Any = np.float64) -> np.ndarray[Any, Any]:
    return np.zeros(shape, dtype)


@cuda.jit(device=True)
def total_and_product(a, b):
    return a + b, a * b


@cuda.jit(device=True)
def first_above(values, limit):
    for k in range(values.shape[0]):
        if values[k] > limit:
            return k
    return -1


@cuda.jit(device=True)
def swap(values, i, j):
    kept = values[i]
    values[i] = values[j]
    values[j] = kept


@cuda.jit(device=True)
def outer_of_two(values, limit, factor=2):
    place = first_above(values, limit)
    total, product = total_and_product(place, factor)
    return total * 100 + product


@case(2, THREADS, _numbers(32), _zeros(32))
@cuda.jit
def device_functions(values, out):
    i = cuda.grid(1)
    total, product = total_and_product(values[i], i)
    out[i] = total + product + first_above(values, values[i]) + outer_of_two(values, 30)


@case(2, THREADS, _numbers(32), _zeros(32))
@cuda.jit
def device_function_on_a_local_array(values, out):
    mine = cuda.local.array(3, float64)
    i = cuda.grid(1)
    for k in range(3):
        mine[k] = values[(i + k) % values.size]
    swap(mine, 0, 2)
    if i % 3 == 0:
        swap(mine, 1, 2)
    out[i] = mine[0] + 100 * mine[1] + 10000 * mine[2]


@case(2, THREADS, _numbers(32), _zeros(32))
@cuda.jit
def while_break_continue(values, out):
    i = cuda.grid(1)
    k = 0
    while True:
        k += 1
        if k % 2 == 0:
            continue
        if k > values[i]:
            break
        out[i] += k
    for m in range(100):
        if m == cuda.threadIdx.x:
            break
        if m % 3 == 1:
            continue
        for n in range(m):
            if n > 4:
                break
            out[i] += n


@case(2, THREADS, _numbers(32), _zeros(32))
@cuda.jit
def early_returns(values, out):
    i = cuda.grid(1)
    if i == 3:
        return
    if values[i] > 20:
        out[i] = 1
        if values[i] > 30:
            return
        out[i] = 2
    elif values[i] > 10:
        out[i] = 3
        return
    out[i] += 10


@case(2, THREADS, _numbers(32), _zeros(32))
@cuda.jit
def ternaries_and_short_circuit(values, out):
    i = cuda.grid(1)
    inside = i + 1 < values.size and values[i + 1] > 20
    either = i >= values.size - 1 or values[i + 1] < 10
    out[i] = (1 if inside else 2) + (10 if either and not inside else 20 if values[i] > 15 else 30)


@case(2, THREADS, _zeros(32))
@cuda.jit
def tuples(out):
    i = cuda.grid(1)
    pair = (i, 2.5)
    triple = (pair[0], 7, i * 2)
    a, (b, c) = 1, (pair[1], triple[2])
    total = 0
    for weight in WEIGHTS:
        total += weight * i
    for place in range(3):
        total += WEIGHTS[place] * triple[place]
    out[i] = a + b + c + total + len(WEIGHTS) + WEIGHTS[i % 3]


@case(2, THREADS, _zeros(32))
@cuda.jit
def constant_arrays(out):
    table = cuda.const.array_like(TABLE)
    i = cuda.grid(1)
    out[i] = table[i % 2, i % 3] + 10 * table[1, 2] + 100 * table.shape[1]


@case(2, THREADS, _zeros(2, THREADS))
@cuda.jit
def shared_arrays_of_more_dimensions(out):
    tile = cuda.shared.array((4, 4, 2), float64)
    x, y = cuda.threadIdx.x % 4, cuda.threadIdx.x // 4
    tile[x, y, 0] = 10 * x + y
    tile[x, y, 1] = -1
    cuda.syncthreads()
    out[cuda.blockIdx.x, cuda.threadIdx.x] = tile[y, x, 0] + tile[3 - x, y, 1]


@case(2, THREADS, _zeros(32), shared=THREADS * 8)
@cuda.jit
def dynamic_shared_memory(out):
    tile = cuda.shared.array(0, float64)
    thread = cuda.threadIdx.x
    tile[thread] = cuda.grid(1)
    cuda.syncthreads()
    out[cuda.grid(1)] = tile[THREADS - 1 - thread] + 1000 * tile.size


@case(3, THREADS, _numbers(48), _zeros(48))
@cuda.jit
def barriers_that_vote(values, out):
    i = cuda.grid(1)
    big = values[i] > 20
    count = cuda.syncthreads_count(int(big))
    everyone = cuda.syncthreads_and(int(values[i] > 1))
    anyone = cuda.syncthreads_or(int(values[i] > 38))
    out[i] = count + (100 if everyone else 0) + (1000 if anyone else 0)


@case(2, THREADS, _numbers(32), _zeros(32))
@cuda.jit
def barrier_in_a_loop_that_threads_leave_together(values, out):
    tile = cuda.shared.array(THREADS, float32)
    thread, i = cuda.threadIdx.x, cuda.grid(1)
    tile[thread] = values[i]
    cuda.syncthreads()
    step = THREADS // 2
    while step > 0:
        if thread < step:
            tile[thread] += tile[thread + step]
        cuda.syncthreads()
        step //= 2
    out[i] = tile[0]


@case(2, THREADS, _numbers(32), _zeros(32))
@cuda.jit
def barriers_between_break_and_continue(values, out):
    tile = cuda.shared.array(THREADS, float32)
    thread, i = cuda.threadIdx.x, cuda.grid(1)
    for k in range(10):
        if k == 2:
            continue
        tile[thread] = values[i] + k
        cuda.syncthreads()
        if tile[0] > 1000 or k == 6:
            break
        out[i] += tile[(thread + k) % THREADS]
        cuda.syncthreads()
    out[i] += 1


@case(2, THREADS, _numbers(32, np.int32), np.zeros(5, np.int32), np.zeros((2, 3), np.float64))
@cuda.jit
def atomics_of_more_dimensions(values, counts, table):
    i = cuda.grid(1)
    cuda.atomic.add(counts, values[i] % 5, 1)
    cuda.atomic.max(table, (0, i % 3), values[i])
    cuda.atomic.add(table, (1, i % 3), 0.5)


@case(
    2,
    THREADS,
    _numbers(32, np.int64),
    np.array([5, 100, 0, -1, 0, 0xFF, 0, 0, 3, 1], np.int64),
    np.array([3, 3, 0], np.uint32),
)
@cuda.jit
def every_atomic(values, a, u):
    i = cuda.grid(1)
    cuda.atomic.add(a, 0, values[i])
    cuda.atomic.sub(a, 1, values[i])
    cuda.atomic.max(a, 2, values[i])
    cuda.atomic.min(a, 3, values[i])
    cuda.atomic.or_(a, 4, values[i])
    cuda.atomic.and_(a, 5, 0xF0 | values[i])
    cuda.atomic.xor(a, 6, values[i])
    cuda.atomic.cas(a, 7, 0, 17)
    cuda.atomic.compare_and_swap(a[8:], 3, 44)
    cuda.atomic.exch(a, 9, 77)
    cuda.atomic.inc(u, 0, 20)
    cuda.atomic.dec(u, 1, 20)


@case(2, THREADS, np.array([5, np.nan, 3, np.nan]))
@cuda.jit
def atomics_with_nan(a):
    i = cuda.grid(1)
    cuda.atomic.nanmax(a, 0, i)
    cuda.atomic.nanmax(a, 1, i)
    cuda.atomic.nanmin(a, 2, i - 4)
    cuda.atomic.nanmin(a, 3, i)


@case(2, THREADS, np.zeros(32, POINT), _zeros(32))
@cuda.jit
def records(points, out):
    i = cuda.grid(1)
    points[i].x = i * 1.5
    points[i]["count"] = i * 2
    points[i].ok = i % 3 == 0
    point = points[i]
    point.x += 1
    out[i] = point.x + point["count"] + (100 if points[i].ok else 0)


@case(2, THREADS, _zeros(32, dtype=np.complex128), _zeros(32))
@cuda.jit
def complex_numbers(z, out):
    i = cuda.grid(1)
    c = complex(i, 2)
    z[i] = c * c + 3 - c.conjugate()
    if z[i] != c:
        out[i] = z[i].real + 10 * z[i].imag


@case(2, THREADS, np.arange(64.0).reshape(8, 8)[::2, ::-1], _zeros(32))
@cuda.jit
def strides(values, out):
    i = cuda.grid(1)
    out[i] = values[i // 8, i % 8] + 1000 * values.shape[0] + values.size


@case(2, THREADS, np.arange(64.0).reshape(8, 8), _zeros(32))
@cuda.jit
def slices_and_rows(values, out):
    i = cuda.grid(1)
    row = values[i % 8]
    part = values[2:6, 1::2]
    tail = row[3:]
    column = values[:, i % 4]
    out[i] = row[1] + 100 * part[i % 4, i % 3] + tail[i % tail.shape[0]] + column[2] + len(tail) + part.size


@case(2, THREADS, _numbers(7), _zeros(32))
@cuda.jit
def loops_over_arrays(values, out):
    i = cuda.grid(1)
    for value in values:
        out[i] += value
    for place, value in enumerate(values):
        if place > i:
            break
        out[i] += place * value
    for a, b in zip(values, WEIGHTS_ARRAY):  # noqa: B905 - Numba knows no strict
        out[i] += a * b


WEIGHTS_ARRAY = np.array([1.0, 2.0, 4.0])


@case(2, THREADS, _zeros(32), 5, np.int32(7), np.float32(2.5), True)
@cuda.jit
def numbers_as_arguments(out, a, b, c, yes):
    i = cuda.grid(1)
    out[i] = a * i + b + c + (1 if yes else 0)


@case(2, THREADS, _zeros(32))
@cuda.jit
def numbers_of_many_kinds(out):
    i = cuda.grid(1)
    whole = int(7.9) + i // 3 + -i % 5 + (i << 3 >> 1) + (~i & 0xF) + (i ^ 5 | 8)
    out[i] = whole + float(i) / 4 + i**2 + min(i, 7, 4) + max(i, 3) + abs(2 - i) + math.floor(i / 3)
    out[i] += round(i / 4) + math.ceil(i / 3) + divmod(i, 4)[1] + int64(3) + int32(i) + (i == 4) * 2


@case(1, 8, np.zeros(0, np.float64), _zeros(8))
@cuda.jit
def arrays_of_no_elements(values, out):
    i = cuda.grid(1)
    if i < values.size:
        out[i] = values[i]
    else:
        out[i] = -1


@case((2, 2, 2), (2, 2, 2), _zeros(4, 4, 4))
@cuda.jit
def three_dimensions(out):
    x, y, z = cuda.grid(3)
    gx, gy, gz = cuda.gridsize(3)
    out[x, y, z] = (x + 10 * y + 100 * z) * 1000 + gx + gy + gz + cuda.gridDim.z + cuda.blockDim.y


@case(2, 4, _zeros(8))
@cuda.jit
def complex_local_array(out):
    z = cuda.local.array(2, complex128)
    i = cuda.grid(1)
    z[0] = i + 2j
    z[1] = z[0] * z[0]
    out[i] = z[1].real


@case(2, 8, _numbers(16), _zeros(16))
@cuda.jit
def swapped_arrays(values, out):
    a = cuda.shared.array(8, float64)
    b = cuda.shared.array(8, float64)
    thread, i = cuda.threadIdx.x, cuda.grid(1)
    a[thread] = values[i]
    cuda.syncthreads()
    for _ in range(3 + cuda.blockIdx.x):
        b[thread] = a[(thread + 1) % 8] + 1
        cuda.syncthreads()
        a, b = b, a
    out[i] = a[thread]


@case(2, 8, np.arange(16) % 2 == 0, _zeros(16, dtype=np.int32))
@cuda.jit
def booleans(flags, out):
    i = cuda.grid(1)
    flags[i] = not flags[i]
    both = flags[i] and i > 4
    out[i] = (1 if both else 0) + flags[i]


@case(1, 8, _zeros(8), (3, 4.5))
@cuda.jit
def a_tuple_as_argument(out, pair):
    i = cuda.grid(1)
    out[i] = pair[0] * i + pair[1]


@case(2, THREADS, np.arange(64.0).reshape(8, 8), _zeros(32, 3))
@cuda.jit
def writing_slices(values, out):
    mine = cuda.local.array((2, 3), float64)
    i = cuda.grid(1)
    mine[0] = i
    mine[1, :] = values[i % 8, 2:5]
    mine[:, 1] = 7
    out[i] = mine[1]
    out[i, i % 3 :] = mine[0, 0]


@case(2, THREADS, _zeros(32))
@cuda.jit
def comparing_and_searching_tuples(out):
    i = cuda.grid(1)
    out[i] = (1 if i in (3, 5, 30) else 0) + (10 if (i, i % 2) == (4, 0) else 20)
    out[i] += max(*(i, 7))
    first, second = (i, 1) + (2, 3), 5  # noqa: RUF005 - that is what is tried
    out[i] += first[2] * second


@case(2, THREADS, _zeros(32, 2))
@cuda.jit
def nested_loops_that_part_a_warp(out):
    i = cuda.grid(1)
    steps = 0
    n = i + 1
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
    out[i, 0] = steps
    for a in range(i % 5):
        for b in range(a, i, 3):
            if (a + b) % 4 == 3:
                break
            out[i, 1] += a * b


BOX = np.dtype([("corners", np.float32, (2, 2)), ("weight", np.float64)], align=True)
BOX_OF_NUMBA = from_dtype(BOX)


@case(2, 4, np.zeros(8, BOX), _zeros(8))
@cuda.jit
def arrays_in_records(boxes, out):
    i = cuda.grid(1)
    for k in range(2):
        boxes[i].corners[k, 1] = 10 * i + k
    boxes[i].weight = boxes[i].corners[1, 1] * 2
    out[i] = boxes[7 - i].weight * 0 + boxes[i].corners[0, 1] + boxes[i].corners.shape[1]


@case(2, 4, _zeros(8))
@cuda.jit
def records_in_shared_and_local_memory(out):
    tile = cuda.shared.array(4, BOX_OF_NUMBA)
    mine = cuda.local.array(2, BOX_OF_NUMBA)
    i, t = cuda.grid(1), cuda.threadIdx.x
    tile[t]["weight"] = i
    tile[t]["corners"][1, 0] = 100 + i
    mine[1]["weight"] = 7
    cuda.syncthreads()
    out[i] = tile[3 - t]["weight"] + tile[3 - t]["corners"][1, 0] * 1000 + mine[1]["weight"]
