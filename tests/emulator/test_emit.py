from __future__ import annotations

from numba import cuda, float32

from mig_explorer.emulator.rewrite import rewrite

WHOLE = """\
# sums, rewritten: each loop over threads ends at a barrier.
import math

import numpy as np

from mig_explorer.emulator.parts import fill as gpu_fill, part as gpu_part, some as gpu_some


def run_grid(first_block, end_block, grid_dim_x, grid_dim_y, grid_dim_z, block_dim_x, \
block_dim_y, block_dim_z, block_bytes, values, unset_total):
    grid_dim_x = np.int32(grid_dim_x & 2147483647)
    grid_dim_y = np.int32(grid_dim_y & 2147483647)
    grid_dim_z = np.int32(grid_dim_z & 2147483647)
    block_dim_x = np.int32(block_dim_x & 2047)
    block_dim_y = np.int32(block_dim_y & 2047)
    block_dim_z = np.int32(block_dim_z & 2047)
    thread_lines = block_dim_y * block_dim_z
    thread_count = thread_lines * block_dim_x
    tile = gpu_part(block_bytes, 0, (4,), np.float32)
    local_own = gpu_part(block_bytes, 64, (thread_count, 2), np.float32)
    kept_total = gpu_part(block_bytes, 64 + 16 * thread_count, (thread_count,), unset_total)
    running = gpu_part(block_bytes, 64 + 32 * thread_count, (thread_count,), np.bool_)
    for block_number in range(first_block, end_block):
        block_x = np.int32(block_number % grid_dim_x & 2147483647)
        block_y = np.int32(block_number // grid_dim_x % grid_dim_y & 2147483647)
        block_z = np.int32(block_number // grid_dim_x // grid_dim_y & 2147483647)
        gpu_fill(tile, np.nan)
        gpu_fill(local_own, np.nan)
        gpu_fill(kept_total, unset_total)
        gpu_fill(running, True)
        for thread_line in range(thread_lines):
            thread_row = thread_line * block_dim_x & 2047
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
        if not gpu_some(running):
            continue
        k = 0
        while k < 2:
            for thread_line in range(thread_lines):
                thread_row = thread_line * block_dim_x & 2047
                for thread_x in range(block_dim_x):
                    thread_number = thread_row + thread_x
                    if not running[thread_number]:
                        continue
                    total = kept_total[thread_number]
                    total += tile[k]
                    kept_total[thread_number] = total
            k += 1
        for thread_line in range(thread_lines):
            thread_row = thread_line * block_dim_x & 2047
            for thread_x in range(block_dim_x):
                thread_number = thread_row + thread_x
                if not running[thread_number]:
                    continue
                own = local_own[thread_number]
                i = block_x * block_dim_x + thread_x
                total = kept_total[thread_number]
                values[i] = total + own[0]
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
    assert "        room_0 = gpu_room(values.size - block_x * block_dim_x, block_dim_x)\n" in source
    assert "            for thread_x in range(room_0):\n" in source
    assert "if" not in source.partition("def run_grid")[2]


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

    assert "for thread_" not in rewrite(kernel).source


def test_a_block_decision_with_nothing_in_it_is_still_python():
    def kernel(values):
        for _k in range(3):
            cuda.syncthreads()
        if values[0] > 1:
            cuda.syncthreads()
        else:
            values[1] = 2

    source = rewrite(kernel).source
    indent = " " * 8
    lines = ["for _k in range(3):", "    pass", "if values[0] > 1:", "    pass", "else:"]
    assert "".join(f"{indent}{each}\n" for each in lines) in source


def test_a_region_that_looks_at_y_or_z_has_a_loop_for_each():
    def kernel(values):
        values[cuda.threadIdx.y] = 1
        cuda.syncthreads()
        values[cuda.threadIdx.x] = 2

    source = rewrite(kernel).source
    assert (
        "        for thread_z in range(block_dim_z):\n            for thread_y in range(block_dim_y):\n"
        in source
    )
    assert (
        "        for thread_line in range(thread_lines):\n            for thread_x in range(block_dim_x):\n"
        in source
    )


def test_a_block_whose_threads_have_all_returned_leaves_its_loops_one_by_one():
    def kernel(values):
        for k in range(3):
            cuda.syncthreads()
            for j in range(2):
                if values[0] > k + j:
                    return
                cuda.syncthreads()

    found = [each.strip() for each in rewrite(kernel).source.splitlines()]
    after = [found[place + 1] for place, each in enumerate(found) if each == "if not gpu_some(running):"]
    assert after == ["break", "break", "continue"]
