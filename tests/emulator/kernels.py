"""Small kernels, one a construct, that both the emulator and Numba's CUDA simulator can run.

They work on whole numbers, so that results are the same to the last bit in any order of additions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import cuda, float32, int64

THREADS = 8
NEGATIVE = -2
LIMITS = (3, 5)


@dataclass(frozen=True)
class Case:
    kernel: Any
    grid: int | tuple[int, ...]
    block: int | tuple[int, ...]
    arguments: Callable[[], tuple[Any, ...]]


CASES: dict[str, Case] = {}


def _numbers(count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(5).integers(1, 50, count).astype(np.float32)


def case(grid: Any, block: Any, *arguments: Any) -> Callable[[Any], Any]:
    def register(kernel: Any) -> Any:
        def copies() -> tuple[Any, ...]:
            return tuple(each.copy() if isinstance(each, np.ndarray) else each for each in arguments)

        CASES[kernel.py_func.__name__ if hasattr(kernel, "py_func") else kernel.fn.__name__] = Case(
            kernel, grid, block, copies
        )
        return kernel

    return register


@case((3, 2), (4, 3), np.zeros((5, 11), np.float32))
@cuda.jit
def two_dimensions(out):
    x, y = cuda.grid(2)
    width, height = cuda.gridsize(2)
    if y < out.shape[0] and x < out.shape[1]:
        out[y, x] = 1000 * cuda.blockIdx.y + 100 * cuda.blockDim.x + 10 * x + y + width * height


@case((2, 2, 2), (2, 3, 2), np.zeros((4, 6, 4), np.float32))
@cuda.jit
def three_dimensions(out):
    x, y, z = cuda.grid(3)
    out[x, y, z] = (
        cuda.threadIdx.x
        + 2 * cuda.threadIdx.y
        + 6 * cuda.threadIdx.z
        + 12 * (cuda.blockIdx.x + cuda.gridDim.x * (cuda.blockIdx.y + cuda.gridDim.y * cuda.blockIdx.z))
    )


@case(2, 4, _numbers(37), np.zeros(37, np.float32))
@cuda.jit
def grid_stride(values, out):
    i = cuda.grid(1)
    while i < values.size:
        out[i] = 2 * values[i]
        i += cuda.gridsize(1)


@case(2, 4, _numbers(37), np.zeros(37, np.float32))
@cuda.jit
def grid_stride_for(values, out):
    for i in range(cuda.grid(1), values.size, cuda.gridsize(1)):
        out[i] = 3 * values[i]


@case(3, THREADS, _numbers(24), np.zeros(24, np.float32))
@cuda.jit
def reverse_in_block(values, out):
    tile = cuda.shared.array(THREADS, float32)
    i = cuda.grid(1)
    thread = cuda.threadIdx.x
    tile[thread] = values[i]
    cuda.syncthreads()
    out[i] = tile[THREADS - 1 - thread]


@case(2, THREADS, _numbers(16), np.zeros(16, np.float32))
@cuda.jit
def scalars_across_barriers(values, out):
    tile = cuda.shared.array(THREADS, float32)
    thread = cuda.threadIdx.x
    mine = values[cuda.grid(1)]
    count = int64(thread)
    even = thread % 2 == 0
    tile[thread] = mine
    cuda.syncthreads()
    other = tile[(thread + 1) % THREADS]
    cuda.syncthreads()
    count += 1
    if even:
        out[cuda.grid(1)] = mine + 100 * other + count
    else:
        out[cuda.grid(1)] = mine - other


@case(2, THREADS, _numbers(16), np.zeros(16, np.float32), 5)
@cuda.jit
def barriers_in_nested_loops(values, out, rounds):
    tile = cuda.shared.array(THREADS, float32)
    thread = cuda.threadIdx.x
    total = 0
    for outer in range(rounds):
        inner = outer
        while inner > 0:
            tile[thread] = values[cuda.grid(1)] + inner
            cuda.syncthreads()
            total += tile[(thread + outer) % THREADS]
            cuda.syncthreads()
            inner -= 2
        total += 1
    out[cuda.grid(1)] = total


@case(2, THREADS, np.zeros(16, np.float32), 3)
@cuda.jit
def only_carried_by_its_loop(out, rounds):
    thread = cuda.threadIdx.x
    for k in range(rounds):
        cuda.syncthreads()
        if k == 0:
            total = 0.0
        total += k * thread
        out[cuda.grid(1)] = total


@case(4, THREADS, _numbers(32), np.zeros(32, np.float32))
@cuda.jit
def barrier_in_a_uniform_if(values, out):
    tile = cuda.shared.array(THREADS, float32)
    thread = cuda.threadIdx.x
    tile[thread] = values[cuda.grid(1)]
    if cuda.blockIdx.x % 2 == 0:
        cuda.syncthreads()
        out[cuda.grid(1)] = tile[(thread + 3) % THREADS]
    else:
        out[cuda.grid(1)] = -1
        cuda.syncthreads()
        out[cuda.grid(1)] += tile[(thread + 2) % THREADS]


@case(2, THREADS, _numbers(16), np.zeros(16, np.float32))
@cuda.jit
def leave_a_barrier_loop_together(values, out):
    left = cuda.shared.array(1, float32)
    thread = cuda.threadIdx.x
    if thread == 0:
        left[0] = values[cuda.blockIdx.x]
    cuda.syncthreads()
    rounds = 0
    while True:
        remaining = left[0]
        cuda.syncthreads()
        rounds += 1
        if remaining <= 0:
            break
        if rounds % 2 == 0:
            continue
        if thread == 0:
            left[0] -= 7
        cuda.syncthreads()
    out[cuda.grid(1)] = rounds * 10 + thread


@case(3, THREADS, _numbers(20), np.full(24, -1, np.float32))
@cuda.jit
def guard_before_a_barrier(values, out):
    tile = cuda.shared.array(THREADS, float32)
    i = cuda.grid(1)
    if i >= values.size:
        return
    tile[cuda.threadIdx.x] = values[i]
    cuda.syncthreads()
    out[i] = tile[cuda.threadIdx.x ^ 1]


@case(3, THREADS, _numbers(20), np.full(24, -1, np.float32))
@cuda.jit
def guards_around_a_barrier(values, out):
    i = cuda.grid(1)
    if i < values.size:
        mine = values[i]
    cuda.syncthreads()
    if i < values.size:
        out[i] = 2 * mine


@case(3, THREADS, _numbers(24), np.full(24, -1, np.float32))
@cuda.jit
def return_out_of_a_loop(values, out):
    i = cuda.grid(1)
    for k in range(values.size):
        for m in range(3):
            if values[k] + m > 2 * values[i]:
                out[i] = k + m
                return
        out[i] = -k
    out[i] = -100


@case(3, THREADS, _numbers(24), np.full(24, -1, np.float32))
@cuda.jit
def return_between_barriers(values, out):
    i = cuda.grid(1)
    total = 0.0
    for k in range(4):
        cuda.syncthreads()
        if values[i] > 12 * (k + 1):
            return
        total += values[i]
        out[i] = total
    cuda.syncthreads()
    out[i] = -total


@case(2, THREADS, _numbers(16), np.zeros((16, 3), np.float32))
@cuda.jit
def local_arrays_across_barriers(values, out):
    mine = cuda.local.array(3, float32)
    i = cuda.grid(1)
    for k in range(3):
        mine[k] = values[i] + k
    cuda.syncthreads()
    again = mine
    for k in range(3):
        out[i, 2 - k] = again[k]


@case(2, THREADS, _numbers(16), np.zeros(5, np.float32))
@cuda.jit
def histogram(values, counts):
    mine = cuda.shared.array(shape=5, dtype=float32)
    thread = cuda.threadIdx.x
    if thread < 5:
        mine[thread] = 0
    cuda.syncthreads()
    cuda.atomic.add(mine, int(values[cuda.grid(1)]) % 5, 1)
    cuda.syncthreads()
    if thread < 5:
        cuda.atomic.add(counts, thread, mine[thread])


@case(2, 4, _numbers(8), np.zeros(8, np.float32), 3)
@cuda.jit
def changes_its_own_parameter(values, out, n):
    i = cuda.grid(1)
    n = n + cuda.threadIdx.x
    n *= 2
    cuda.syncthreads()
    out[i] = values[i] + n


@case(2, THREADS, np.zeros(16, np.float32), 12)
@cuda.jit
def halves_its_own_parameter(out, n):
    while n > 0:
        cuda.syncthreads()
        out[cuda.grid(1)] += n
        n //= 2


@case(2, 4, np.zeros(8, np.float64))
@cuda.jit
def constants_and_functions(out):
    i = cuda.grid(1)
    out[i] = (NEGATIVE**2 + LIMITS[1] + max(i, 3) + abs(NEGATIVE) + math.sqrt(16.0)) if i != 2 else -1
    if not (i == 1 or 4 <= i < 6):
        out[i] += float(i) / 2 + math.pi * 0


@case(1, THREADS, _numbers(THREADS), np.zeros(THREADS, np.float32))
@cuda.jit
def scan_with_two_buffers(values, out):
    buffers = cuda.shared.array((2, THREADS), float32)
    thread = cuda.threadIdx.x
    source, target = 0, 1
    buffers[source, thread] = values[thread]
    cuda.syncthreads()
    offset = 1
    while offset < cuda.blockDim.x:
        if thread >= offset:
            buffers[target, thread] = buffers[source, thread] + buffers[source, thread - offset]
        else:
            buffers[target, thread] = buffers[source, thread]
        cuda.syncthreads()
        source, target = target, source
        offset *= 2
    out[thread] = buffers[source, thread]


@case(2, THREADS, _numbers(16), np.zeros(16, np.float32))
@cuda.jit
def private_break_and_continue(values, out):
    i = cuda.grid(1)
    total = 0
    for k in range(10):
        if k == cuda.threadIdx.x:
            continue
        if k > values[i]:
            break
        total += k
    cuda.syncthreads()
    while total > 20:
        total -= 20
    out[i] = total


def _with_offset(offset: int) -> Any:
    @cuda.jit
    def adds_a_closed_over_constant(values, out):
        i = cuda.grid(1)
        out[i] = values[i] + offset

    return adds_a_closed_over_constant


case(2, 4, _numbers(8), np.zeros(8, np.float32))(_with_offset(7))


@case(2, 4, np.arange(8), np.zeros(8, np.int64))
@cuda.jit
def integer_arithmetic(values, out):
    i = cuda.grid(1)
    mine = values[i]
    cuda.syncthreads()
    out[i] = (mine << 2) | (mine & 1) ^ (~mine % 3) + (-mine) // 2 + mine**2


@case(2, THREADS, _numbers(16), np.zeros(16, np.float32))
@cuda.jit
def uniform_value_changed_in_a_uniform_if(values, out):
    rounds = 1
    if cuda.blockIdx.x == 1:
        rounds = 3
    else:
        out[cuda.grid(1)] = 5
    for k in range(rounds):
        cuda.syncthreads()
        out[cuda.grid(1)] += values[cuda.grid(1)] * (k + rounds)


@case(4, THREADS, _numbers(20), np.array([2, 1, 3]), np.full(32, -1, np.float32))
@cuda.jit
def a_block_whose_threads_have_all_gone(values, rounds, out):
    i = cuda.grid(1)
    if i >= values.size:
        return
    for k in range(rounds[cuda.blockIdx.x]):
        cuda.syncthreads()
        out[i] = values[i] + k
