from __future__ import annotations

import numpy as np
import pytest
from numba import cuda, float64

from mig_explorer.emulator.simt import Observer
from mig_explorer.errors import KernelFault
from tests.emulator.simt.launching import launch


def first_line(kernel):
    return kernel.py_func.__code__.co_firstlineno


@cuda.jit
def barriers_on_both_sides(out):
    i = cuda.grid(1)
    if i % 2 == 0:
        cuda.syncthreads()
        out[i] = 1
    else:
        cuda.syncthreads()
        out[i] = 2


def test_threads_at_different_barriers():
    with pytest.raises(KernelFault) as refused:
        launch(barriers_on_both_sides, 1, 8, np.zeros(8))
    line = first_line(barriers_on_both_sides)
    assert str(refused.value) == (
        f"barriers_on_both_sides, line {line + 4}: waits at this barrier, while thread (1, 0, 0) waits at "
        f"the one in line {line + 7} (thread (0, 0, 0) of block (0, 0, 0))."
    )


@cuda.jit
def a_barrier_for_each_block(out):
    tile = cuda.shared.array(8, float64)
    tile[cuda.threadIdx.x] = cuda.blockIdx.x
    for _ in range(cuda.blockIdx.x):
        cuda.syncthreads()
        tile[cuda.threadIdx.x] += tile[(cuda.threadIdx.x + 1) % 8] * 0 + 1
        cuda.syncthreads()
    out[cuda.grid(1)] = tile[7 - cuda.threadIdx.x]


def test_blocks_may_meet_a_different_number_of_times():
    out = np.zeros(40)
    launch(a_barrier_for_each_block, 5, 8, out)
    assert out.tolist() == np.repeat(2.0 * np.arange(5), 8).tolist()


@cuda.jit
def barrier_that_some_have_returned_from(out):
    i = cuda.threadIdx.x
    for k in range(8):
        if i == k:
            out[i] = k
            return
        here = cuda.syncthreads_count(1)
        out[8 + k] = here


def test_threads_that_have_returned_are_not_waited_for():
    out = np.zeros(16)
    launch(barrier_that_some_have_returned_from, 1, 8, out)
    assert out.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1, 0]


@cuda.jit
def a_lock(lock, total):
    while cuda.atomic.cas(lock, 0, 0, 1) != 0:
        pass
    total[0] = total[0] + 1
    cuda.threadfence()
    cuda.atomic.exch(lock, 0, 0)


def test_a_lock_is_taken_by_one_thread_after_the_other():
    lock, total = np.zeros(1, np.int32), np.zeros(1)
    launch(a_lock, 3, 40, lock, total)
    assert total[0] == 120
    assert lock[0] == 0


@cuda.jit
def waits_for_another_block(flag, out):
    if cuda.blockIdx.x == 0:
        while cuda.atomic.add(flag, 0, 0) == 0:
            cuda.nanosleep(10)
        out[cuda.threadIdx.x] = out[8] + 1
    else:
        out[8] = 41
        cuda.syncthreads()
        cuda.threadfence()
        flag[0] = 1


def test_a_block_may_wait_for_another():
    flag, out = np.zeros(1, np.int32), np.zeros(9)
    launch(waits_for_another_block, 2, 4, flag, out)
    assert out.tolist() == [42, 42, 42, 42, 0, 0, 0, 0, 41]


@cuda.jit
def last_block_adds_up(values, parts, done, total):
    i = cuda.grid(1)
    cuda.atomic.add(parts, cuda.blockIdx.x, values[i])
    cuda.threadfence()
    here = cuda.shared.array(1, float64)
    cuda.syncthreads()
    if cuda.threadIdx.x == 0:
        here[0] = cuda.atomic.inc(done, 0, cuda.gridDim.x - 1)
    cuda.syncthreads()
    if here[0] == cuda.gridDim.x - 1 and cuda.threadIdx.x == 0:
        for k in range(parts.size):
            total[0] += parts[k]


def test_the_last_block_adds_up_what_all_have_left():
    values, total = np.arange(64.0), np.zeros(1)
    launch(last_block_adds_up, 8, 8, values, np.zeros(8), np.zeros(1, np.uint32), total)
    assert total[0] == values.sum()


@cuda.jit
def waits_on_plain_memory(flag, out):
    if cuda.threadIdx.x == 0:
        while flag[0] == 0:
            pass
        out[0] = 1
    else:
        flag[0] = 1


def test_a_thread_may_wait_for_another_of_its_warp():
    out = np.zeros(1)
    launch(waits_on_plain_memory, 1, 2, np.zeros(1, np.int32), out)
    assert out[0] == 1


@cuda.jit
def a_lock_with_tries(lock, total):
    tries = 0
    while cuda.atomic.cas(lock, 0, 0, 1) != 0:
        tries += 1
    total[0] += 1
    total[1] += tries > 0
    cuda.atomic.exch(lock, 0, 0)


def test_a_lock_whose_tries_are_counted():
    lock, total = np.zeros(1, np.int32), np.zeros(2)
    launch(a_lock_with_tries, 1, 8, lock, total)
    assert total.tolist() == [8, 7]


@cuda.jit
def long_rows(out):
    i = cuda.grid(1)
    total = 0
    for k in range(1 + i * 3000):
        total += out[i] + k % 2
    cuda.atomic.add(out, 8, 1)
    out[i] = total


def test_lanes_that_are_done_wait_for_those_that_are_not():
    meetings: list[int] = []

    class Atomics(Observer):
        def atomic(self, _memory, _index, lanes, *_):
            meetings.append(len(lanes))

    launch(long_rows, 1, 4, np.zeros(9), observer=Atomics())
    assert meetings == [4]
