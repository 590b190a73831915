from __future__ import annotations

from numba import cuda, float32

from mig_explorer.emulator.rewrite import rewrite

WHOLE = """\
# sums, rewritten: each loop over threads ends at a barrier.
import math

import numpy as np


def run_block(block_x, block_y, block_z, grid_dim_x, grid_dim_y, grid_dim_z, block_dim_x, \
block_dim_y, block_dim_z, values, unset_total, tile, local_own, kept_total, running):
    tile.fill(np.nan)
    local_own.fill(np.nan)
    kept_total.fill(unset_total)
    running.fill(True)
    for thread_z in range(block_dim_z):
        for thread_y in range(block_dim_y):
            thread_row = (thread_z * block_dim_y + thread_y) * block_dim_x & 2047
            for thread_x in range(block_dim_x):
                thread_number = thread_row + thread_x
                if not running[thread_number]:
                    continue
                own = local_own[thread_number]
                i = block_x * block_dim_x + thread_x
                if i >= values.size:
                    running[thread_number] = False
                    continue
                tile[thread_x] = values[i]
                own[0] = i
                total = 0.0
                kept_total[thread_number] = total
    if not running.any():
        return
    k = 0
    while k < 2:
        for thread_z in range(block_dim_z):
            for thread_y in range(block_dim_y):
                thread_row = (thread_z * block_dim_y + thread_y) * block_dim_x & 2047
                for thread_x in range(block_dim_x):
                    thread_number = thread_row + thread_x
                    if not running[thread_number]:
                        continue
                    total = kept_total[thread_number]
                    total += tile[k]
                    kept_total[thread_number] = total
        k += 1
    for thread_z in range(block_dim_z):
        for thread_y in range(block_dim_y):
            thread_row = (thread_z * block_dim_y + thread_y) * block_dim_x & 2047
            for thread_x in range(block_dim_x):
                thread_number = thread_row + thread_x
                if not running[thread_number]:
                    continue
                own = local_own[thread_number]
                i = block_x * block_dim_x + thread_x
                total = kept_total[thread_number]
                values[i] = total + own[0]
    return


def run_grid(first_block, end_block, grid_dim_x, grid_dim_y, grid_dim_z, block_dim_x, block_dim_y, \
block_dim_z, values, unset_total):
    grid_dim_x = np.int32(grid_dim_x & 2147483647)
    grid_dim_y = np.int32(grid_dim_y & 2147483647)
    grid_dim_z = np.int32(grid_dim_z & 2147483647)
    block_dim_x = np.int32(block_dim_x & 2047)
    block_dim_y = np.int32(block_dim_y & 2047)
    block_dim_z = np.int32(block_dim_z & 2047)
    tile = np.empty((4,), np.float32)
    local_own = np.empty((block_dim_x * block_dim_y * block_dim_z, 2), np.float32)
    kept_total = np.full(block_dim_x * block_dim_y * block_dim_z, unset_total)
    running = np.empty(block_dim_x * block_dim_y * block_dim_z, np.bool_)
    for block_number in range(first_block, end_block):
        block_x = np.int32(block_number % grid_dim_x & 2147483647)
        block_y = np.int32(block_number // grid_dim_x % grid_dim_y & 2147483647)
        block_z = np.int32(block_number // grid_dim_x // grid_dim_y & 2147483647)
        run_block(block_x, block_y, block_z, grid_dim_x, grid_dim_y, grid_dim_z, block_dim_x, \
block_dim_y, block_dim_z, values, unset_total, tile, local_own, kept_total, running)
"""


def test_a_kernel_with_everything_is_rewritten_like_this():
    def sums(values):
        tile = cuda.shared.array(4, float32)
        own = cuda.local.array(2, float32)
        i = cuda.grid(1)
        if i >= values.size:
            return
        tile[cuda.threadIdx.x] = values[i]
        own[0] = i
        total = 0.0
        k = 0
        while k < 2:
            cuda.syncthreads()
            total += tile[k]
            k += 1
        cuda.syncthreads()
        values[i] = total + own[0]

    assert rewrite(sums).source == WHOLE


def test_a_guard_at_the_end_of_the_grid_stops_the_loop_and_costs_nothing_in_it():
    def guarded(values):
        i = cuda.grid(1)
        if i >= values.size:
            return
        values[i] = 1

    source = rewrite(guarded).source
    assert "running" not in source
    assert "    room_0 = gpu_room(values.size - block_x * block_dim_x, block_dim_x)\n" in source
    assert "            for thread_x in range(room_0):\n" in source
    assert "if" not in source.partition("run_block")[2].partition("run_grid")[0]


def test_a_guard_of_another_kind_stays_in_the_loop_without_bookkeeping():
    def guarded(values):
        i = cuda.grid(1)
        if values[i] > 3:
            return
        values[i] = 1

    source = rewrite(guarded).source
    assert "running" not in source
    assert "                if values[i] > 3:\n                    continue\n" in source


def test_names_of_the_kernel_are_left_alone():
    def kernel(thread_x, kept_total):
        kept_total[0] = thread_x + cuda.threadIdx.x

    assert "kept_total[0] = thread_x + _thread_x" in rewrite(kernel).source


def test_an_empty_kernel_is_rewritten_to_one_that_does_nothing():
    def kernel(_values):
        cuda.syncthreads()

    assert ":\n    return\n" in rewrite(kernel).source


def test_a_block_decision_with_nothing_in_it_is_still_python():
    def kernel(values):
        for _k in range(3):
            cuda.syncthreads()
        if values[0] > 1:
            cuda.syncthreads()
        else:
            values[1] = 2

    source = rewrite(kernel).source
    assert "    for _k in range(3):\n        pass\n    if values[0] > 1:\n        pass\n    else:\n" in source
