"""Right kernels, many of them such as a careless check takes for wrong ones."""

from __future__ import annotations

import math

import numpy as np
from numba import cuda, float32, float64, int32

from tests.emulator.checks.planted import Catalogue, numbers

CATALOGUE = Catalogue()
right = CATALOGUE.right

BLOCK = 64
WITH_HALO = 66
TILE = 8
PADDED = 9
FULL = 0xFFFFFFFF
WEIGHTS = np.array([0.25, 0.5, 0.25], np.float32)
RECORD = np.dtype([("x", np.float32), ("y", np.float32), ("hits", np.int32)])


def zeros(*shape, dtype=np.float32):
    return np.zeros(shape, dtype)


@cuda.jit(device=True)
def warp_sum(value):
    for step in (16, 8, 4, 2, 1):
        value += cuda.shfl_down_sync(FULL, value, step)
    return value


@cuda.jit(device=True)
def add_in_turn(tile, t, step):
    if t < step:
        tile[t] += tile[t + step]
    cuda.syncthreads()


# Each thread for itself


@right((5, BLOCK), 3.0, numbers(300), zeros(300))
def saxpy(factor, values, out):
    i = cuda.grid(1)
    if i < out.size:
        out[i] = factor * values[i] + out[i]


@right((5, BLOCK), numbers(300))
def in_place(values):
    i = cuda.grid(1)
    if i >= values.size:
        return
    values[i] = values[i] * values[i] + 1


@right((2, BLOCK), numbers(1000), zeros(1000))
def grid_stride(values, out):
    for i in range(cuda.grid(1), values.size, cuda.gridsize(1)):
        out[i] = values[i] + 1


@right((2, BLOCK), numbers(1000))
def grid_stride_many_times_in_place(values):
    start = cuda.grid(1)
    for _ in range(3):
        for i in range(start, values.size, cuda.gridsize(1)):
            values[i] += 1


@right((4, BLOCK), numbers(256), numbers(3), zeros(256))
def everyone_reads_the_same(values, shared_by_all, out):
    i = cuda.grid(1)
    for k in range(shared_by_all.size):
        out[i] += values[i] * shared_by_all[k]


@right((4, BLOCK), numbers(256), zeros(256))
def stencil_with_edges(values, out):
    i = cuda.grid(1)
    if 0 < i < values.size - 1:
        out[i] = (values[i - 1] + values[i] + values[i + 1]) / 3
    elif i < values.size:
        out[i] = values[i]


@right((4, BLOCK), zeros(512))
def even_and_odd_elements(both):
    i = cuda.grid(1)
    both[2 * i] = i
    both[2 * i + 1] = -i


@right((4, BLOCK), zeros(256))
def reversed_places(out):
    i = cuda.grid(1)
    out[out.size - 1 - i] = i


@right(((2, 2), (8, 8)), numbers(256).reshape(16, 16), zeros(16, 16))
def naive_transpose(image, out):
    x, y = cuda.grid(2)
    out[x, y] = image[y, x]


@right((4, BLOCK), numbers(256), zeros(256))
def local_array(values, out):
    mine = cuda.local.array(4, float32)
    i = cuda.grid(1)
    for k in range(4):
        mine[k] = values[i] * k
    total = float32(0)
    for k in range(4):
        total += mine[k]
    out[i] = total


@right((4, BLOCK), numbers(256), zeros(256))
def constant_array(values, out):
    weights = cuda.const.array_like(WEIGHTS)
    i = cuda.grid(1)
    if 0 < i < values.size - 1:
        for k in range(3):
            out[i] += weights[k] * values[i + k - 1]


@right((4, BLOCK), numbers(512)[::2], zeros(512)[1::2])
def every_second_element(values, out):
    i = cuda.grid(1)
    out[i] = values[i]


@right((4, BLOCK), np.zeros(256, RECORD))
def fields_of_records(points):
    i = cuda.grid(1)
    points[i].x = i
    points[i].y = -points[i].x
    points[i].hits += 1


@right((2, BLOCK), zeros(2, 64, dtype=np.complex128))
def complex_numbers(out):
    t = cuda.threadIdx.x
    out[cuda.blockIdx.x, t] = complex(t, 1) * complex(0, 2)
    out[cuda.blockIdx.x, t] += 1


# The same value from everyone


@right((4, BLOCK), numbers(256), zeros(1, dtype=np.int32))
def flag_that_anybody_raises(values, found):
    i = cuda.grid(1)
    if values[i] > 100:
        found[0] = 1


@right((1, BLOCK), np.ones(200, np.bool_))
def sieve(prime):
    k = cuda.threadIdx.x + 2
    multiple = 2 * k
    while multiple < prime.size:
        prime[multiple] = False
        multiple += k


@right((4, BLOCK), numbers(256), zeros(4))
def result_written_by_the_whole_block(values, out):
    total = cuda.shared.array(1, float32)
    if cuda.threadIdx.x == 0:
        total[0] = 0
    cuda.syncthreads()
    cuda.atomic.add(total, 0, values[cuda.grid(1)])
    cuda.syncthreads()
    out[cuda.blockIdx.x] = total[0] / cuda.blockDim.x


# Blocks and their barriers


@right((2, BLOCK), numbers(128), zeros(128))
def reverse_in_block(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    tile[t] = values[i]
    cuda.syncthreads()
    out[i] = tile[BLOCK - 1 - t]


@right((2, BLOCK), numbers(128), zeros(2))
def tree_reduction(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[cuda.grid(1)]
    cuda.syncthreads()
    step = BLOCK // 2
    while step > 0:
        if t < step:
            tile[t] += tile[t + step]
        cuda.syncthreads()
        step //= 2
    if t == 0:
        out[cuda.blockIdx.x] = tile[0]


@right((2, BLOCK), numbers(128), zeros(2))
def tree_reduction_in_a_device_function(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[cuda.grid(1)]
    cuda.syncthreads()
    step = BLOCK // 2
    while step > 0:
        add_in_turn(tile, t, step)
        step //= 2
    if t == 0:
        out[cuda.blockIdx.x] = tile[0]


@right((4, (TILE, TILE)), numbers(256).reshape(16, 16), numbers(256).reshape(16, 16), zeros(16, 16))
def tiled_matmul(a, b, out):
    tile_a = cuda.shared.array((TILE, TILE), float32)
    tile_b = cuda.shared.array((TILE, TILE), float32)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    x = cuda.blockIdx.x % 2 * TILE + tx
    y = cuda.blockIdx.x // 2 * TILE + ty
    total = float32(0)
    for m in range(2):
        tile_a[ty, tx] = a[y, m * TILE + tx]
        tile_b[ty, tx] = b[m * TILE + ty, x]
        cuda.syncthreads()
        for k in range(TILE):
            total += tile_a[ty, k] * tile_b[k, tx]
        cuda.syncthreads()
    out[y, x] = total


@right((4, (TILE, TILE)), numbers(256).reshape(16, 16), zeros(16, 16))
def padded_transpose(image, out):
    tile = cuda.shared.array((TILE, PADDED), float32)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x % 2 * TILE, cuda.blockIdx.x // 2 * TILE
    tile[ty, tx] = image[top + ty, left + tx]
    cuda.syncthreads()
    out[left + ty, top + tx] = tile[tx, ty]


@right((1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def scan_with_two_buffers(values, out):
    buffers = cuda.shared.array((2, BLOCK), float32)
    t = cuda.threadIdx.x
    source, target = 0, 1
    buffers[source, t] = values[t]
    cuda.syncthreads()
    offset = 1
    while offset < BLOCK:
        if t >= offset:
            buffers[target, t] = buffers[source, t] + buffers[source, t - offset]
        else:
            buffers[target, t] = buffers[source, t]
        cuda.syncthreads()
        source, target = target, source
        offset *= 2
    out[t] = buffers[source, t]


@right((1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def scan_in_one_buffer_with_two_barriers(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    cuda.syncthreads()
    offset = 1
    while offset < BLOCK:
        before = tile[t - offset] if t >= offset else float32(0)
        cuda.syncthreads()
        tile[t] += before
        cuda.syncthreads()
        offset *= 2
    out[t] = tile[t]


@right((2, BLOCK), numbers(BLOCK * 8), zeros(2))
def next_tile_loaded_while_this_is_used(values, out):
    """Double buffering: one barrier a round is enough."""
    buffers = cuda.shared.array((2, BLOCK), float32)
    t, base = cuda.threadIdx.x, cuda.blockIdx.x * BLOCK * 4
    total = float32(0)
    buffers[0, t] = values[base + t]
    for k in range(4):
        cuda.syncthreads()
        if k < 3:
            buffers[(k + 1) % 2, t] = values[base + (k + 1) * BLOCK + t]
        for m in range(BLOCK):
            total += buffers[k % 2, m]
    if t == 0:
        out[cuda.blockIdx.x] = total


@right((2, BLOCK), numbers(128), zeros(128))
def halo_loaded_by_some(values, out):
    tile = cuda.shared.array(WITH_HALO, float32)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    tile[t + 1] = values[i]
    if t == 0:
        tile[0] = values[i - 1] if i > 0 else 0
    if t == BLOCK - 1:
        tile[BLOCK + 1] = values[i + 1] if i + 1 < values.size else 0
    cuda.syncthreads()
    out[i] = tile[t] + tile[t + 1] + tile[t + 2]


@right((3, BLOCK), numbers(150), zeros(150))
def return_before_any_barrier(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i >= values.size:
        return
    tile[t] = values[i]
    cuda.syncthreads()
    out[i] = tile[t ^ 1]


@right((3, BLOCK), numbers(150), zeros(3))
def zero_for_those_outside(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    tile[t] = values[i] if i < values.size else 0
    cuda.syncthreads()
    if t == 0:
        for k in range(BLOCK):
            out[cuda.blockIdx.x] += tile[k]


@right((4, BLOCK), numbers(256), zeros(256))
def barrier_in_a_branch_of_whole_blocks(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if cuda.blockIdx.x % 2 == 0:
        tile[t] = values[i]
        cuda.syncthreads()
        out[i] = tile[BLOCK - 1 - t]
    else:
        out[i] = values[i]


@right((2, BLOCK), numbers(128), zeros(128))
def barrier_in_a_loop_all_leave_together(values, out):
    left = cuda.shared.array(1, int32)
    t = cuda.threadIdx.x
    if t == 0:
        left[0] = 5
    cuda.syncthreads()
    while True:
        remaining = left[0]
        cuda.syncthreads()
        if remaining == 0:
            break
        out[cuda.grid(1)] += values[cuda.grid(1)]
        if t == 0:
            left[0] -= 1
        cuda.syncthreads()


@right((2, BLOCK, 0, 4 * BLOCK + 4 * BLOCK), numbers(128), zeros(128))
def two_parts_of_the_dynamic_memory(values, out):
    whole = cuda.shared.array(0, float32)
    first = whole[:BLOCK]
    second = whole[BLOCK:]
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    first[t] = values[i]
    second[t] = -values[i]
    cuda.syncthreads()
    out[i] = first[BLOCK - 1 - t] + second[(t + 1) % BLOCK]


@right((1, BLOCK, 0, 4 * BLOCK), numbers(BLOCK), zeros(BLOCK))
def dynamic_memory_used_again_as_another_type(values, out):
    some = cuda.shared.array(0, float32)
    other = cuda.shared.array(0, int32)
    t = cuda.threadIdx.x
    some[t] = values[t]
    cuda.syncthreads()
    mine = some[BLOCK - 1 - t]
    cuda.syncthreads()
    other[t] = int32(mine)
    cuda.syncthreads()
    out[t] = other[(t + 1) % BLOCK]


@right((4, BLOCK), zeros(256))
def barriers_order_global_memory_too(out):
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    out[i] = i
    cuda.syncthreads()
    other = out[cuda.blockIdx.x * BLOCK + (t + 1) % BLOCK]
    cuda.syncthreads()
    out[i] = other


@right((1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def bitonic_sort(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    cuda.syncthreads()
    size = 2
    while size <= BLOCK:
        step = size // 2
        while step > 0:
            other = t ^ step
            if other > t:
                ascending = t & size == 0
                mine, its = tile[t], tile[other]
                if (mine > its) == ascending:
                    tile[t] = its
                    tile[other] = mine
            cuda.syncthreads()
            step //= 2
        size *= 2
    out[t] = tile[t]


@right((2, BLOCK), numbers(128), zeros(2, dtype=np.int32))
def counting_at_a_barrier(values, out):
    large = cuda.syncthreads_count(1 if values[cuda.grid(1)] > 60 else 0)
    if cuda.threadIdx.x == 0:
        out[cuda.blockIdx.x] = large


@right((2, BLOCK), numbers(128), zeros(128))
def barrier_that_votes_orders_memory(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[cuda.grid(1)]
    if cuda.syncthreads_or(1 if values[cuda.grid(1)] > 3 else 0):
        out[cuda.grid(1)] = tile[BLOCK - 1 - t]


@right((3, BLOCK), numbers(192), zeros(192))
def return_between_barriers(values, out):
    i = cuda.grid(1)
    total = float32(0)
    for k in range(4):
        cuda.syncthreads()
        if values[i] > 50 * (k + 1):
            return
        total += values[i]
        out[i] = total


# Atomics


@right((4, BLOCK), numbers(256, np.int64), zeros(8, dtype=np.int32))
def histogram_with_atomics(values, counts):
    cuda.atomic.add(counts, values[cuda.grid(1)] % 8, 1)


@right((4, BLOCK), numbers(256, np.int64), zeros(8, dtype=np.int32))
def histogram_of_each_block_first(values, counts):
    mine = cuda.shared.array(8, int32)
    t = cuda.threadIdx.x
    if t < 8:
        mine[t] = 0
    cuda.syncthreads()
    cuda.atomic.add(mine, values[cuda.grid(1)] % 8, 1)
    cuda.syncthreads()
    if t < 8:
        cuda.atomic.add(counts, t, mine[t])


@right((1, BLOCK), numbers(BLOCK), zeros(1), zeros(BLOCK))
def atomics_then_barrier_then_plain_read(values, total, out):
    t = cuda.threadIdx.x
    cuda.atomic.add(total, 0, values[t])
    cuda.syncthreads()
    out[t] = values[t] / total[0]


@right((4, BLOCK), numbers(256), np.full(2, 1000.0), zeros(256))
def many_atomics_on_the_same(values, extremes, found):
    i = cuda.grid(1)
    cuda.atomic.min(extremes, 0, float64(values[i]))
    cuda.atomic.max(extremes, 1, float64(values[i]))
    found[i] = cuda.atomic.add(extremes, 0, 0.0)


@right((4, BLOCK), numbers(256), zeros(256), zeros(1, dtype=np.int32))
def places_given_out_by_an_atomic(values, chosen, count):
    i = cuda.grid(1)
    if values[i] > 100:
        chosen[cuda.atomic.add(count, 0, 1)] = values[i]


@right((4, BLOCK), zeros(1, dtype=np.int32))
def maximum_by_compare_and_swap(best):
    mine = cuda.grid(1)
    seen = cuda.atomic.max(best, 0, 0)
    while seen < mine:
        before = cuda.atomic.cas(best, 0, seen, mine)
        if before == seen:
            break
        seen = before


@right((4, BLOCK), numbers(256), zeros(4), zeros(1, dtype=np.int32), zeros(1))
def last_block_adds_up(values, partial, done, out):
    tile = cuda.shared.array(BLOCK, float32)
    last = cuda.shared.array(1, int32)
    t = cuda.threadIdx.x
    tile[t] = values[cuda.grid(1)]
    cuda.syncthreads()
    if t == 0:
        total = float32(0)
        for k in range(BLOCK):
            total += tile[k]
        partial[cuda.blockIdx.x] = total
        cuda.threadfence()
        last[0] = cuda.atomic.add(done, 0, 1) == cuda.gridDim.x - 1
    cuda.syncthreads()
    if last[0]:
        if t < cuda.gridDim.x:
            tile[t] = partial[t]
        cuda.syncthreads()
        if t == 0:
            for k in range(cuda.gridDim.x):
                out[0] += tile[k]


@right((4, BLOCK), numbers(256), zeros(256), zeros(1, dtype=np.uint32), zeros(1))
def last_block_reads_what_all_threads_fenced(values, squares, done, out):
    last = cuda.shared.array(1, int32)
    t = cuda.threadIdx.x
    squares[cuda.grid(1)] = values[cuda.grid(1)] ** 2
    cuda.threadfence()
    cuda.syncthreads()
    if t == 0:
        last[0] = cuda.atomic.inc(done, 0, cuda.gridDim.x - 1) == cuda.gridDim.x - 1
    cuda.syncthreads()
    if last[0]:
        for k in range(t, squares.size, BLOCK):
            cuda.atomic.add(out, 0, squares[k])


@right((8, 1), zeros(1, dtype=np.int32), zeros(1))
def lock_around_an_update(lock, total):
    while cuda.atomic.cas(lock, 0, 0, 1) != 0:
        pass
    total[0] += cuda.blockIdx.x
    cuda.threadfence()
    cuda.atomic.exch(lock, 0, 0)


@right((2, 32), zeros(1, dtype=np.int32), zeros(1))
def one_thread_of_each_block_takes_the_lock(lock, total):
    if cuda.threadIdx.x == 0:
        while cuda.atomic.cas(lock, 0, 0, 1) != 0:
            pass
        cuda.threadfence()
        total[0] += 1
        cuda.threadfence()
        cuda.atomic.exch(lock, 0, 0)


# Warps


@right((2, BLOCK), numbers(128), zeros(4))
def warp_sums_by_shuffle(values, out):
    i = cuda.grid(1)
    total = warp_sum(values[i])
    if i % 32 == 0:
        out[i // 32] = total


@right((2, 128), numbers(256), zeros(2))
def block_sum_by_shuffles(values, out):
    parts = cuda.shared.array(4, float32)
    t = cuda.threadIdx.x
    total = warp_sum(values[cuda.grid(1)])
    if t % 32 == 0:
        parts[t // 32] = total
    cuda.syncthreads()
    if t < 32:
        rest = warp_sum(parts[t] if t < 4 else float32(0))
        if t == 0:
            out[cuda.blockIdx.x] = rest


@right((1, 32), numbers(32), zeros(1))
def warp_synchronous_with_syncwarp(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    tile[t + 32] = 0
    cuda.syncwarp()
    mine = tile[t]
    step = 16
    while step > 0:
        mine += tile[t + step]
        cuda.syncwarp()
        tile[t] = mine
        cuda.syncwarp()
        step //= 2
    if t == 0:
        out[0] = tile[0]


@right((2, BLOCK), numbers(128), zeros(128))
def each_warp_for_itself(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[cuda.grid(1)]
    cuda.syncwarp()
    out[cuda.grid(1)] = tile[t ^ 31]


@right((1, 32), numbers(32), zeros(32))
def halves_of_a_warp_by_themselves(values, out):
    tile = cuda.shared.array(32, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    if t < 16:
        cuda.syncwarp(0x0000FFFF)
        out[t] = tile[15 - t]
    else:
        cuda.syncwarp(0xFFFF0000)
        out[t] = tile[47 - t]


@right((1, 32), numbers(32), zeros(32))
def halves_that_meet_through_one_another(values, out):
    """Lane 0 hears of its half, then the whole warp of lane 0 and the rest."""
    tile = cuda.shared.array(32, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    if t < 16:
        cuda.syncwarp(0x0000FFFF)
    else:
        cuda.syncwarp(0xFFFF0000)
    cuda.syncwarp(FULL)
    out[t] = tile[31 - t]


@right((1, 32), numbers(32), zeros(32))
def shuffle_with_a_partial_mask(values, out):
    t = cuda.threadIdx.x
    if t < 16:
        out[t] = cuda.shfl_xor_sync(0x0000FFFF, values[t], 8)
    else:
        out[t] = values[t]


@right((1, 40), numbers(40), zeros(40, dtype=np.int32))
def full_mask_in_a_warp_that_is_not_full(values, out):
    t = cuda.threadIdx.x
    out[t] = cuda.ballot_sync(FULL, values[t] > 10)


@right((1, BLOCK), numbers(50), zeros(BLOCK, dtype=np.int32))
def vote_of_those_who_have_not_returned(values, out):
    t = cuda.threadIdx.x
    if t >= values.size:
        return
    out[t] = cuda.ballot_sync(FULL, values[t] > 10)
    cuda.syncwarp()


@right((1, 32), numbers(20), zeros(32))
def shuffle_from_a_lane_that_is_there(values, out):
    t = cuda.threadIdx.x
    if t >= values.size:
        return
    out[t] = cuda.shfl_sync(FULL, values[t], 3)


@right((1, BLOCK), numbers(BLOCK), zeros(BLOCK, dtype=np.int32))
def mask_from_a_ballot(values, out):
    t = cuda.threadIdx.x
    chosen = cuda.ballot_sync(FULL, values[t] > 20)
    if values[t] > 20:
        out[t] = cuda.ballot_sync(chosen, values[t] > 40)


@right((2, BLOCK), numbers(128, np.int32), zeros(128, dtype=np.int32))
def threads_with_equal_values(values, out):
    i = cuda.grid(1)
    out[i] = cuda.popc(cuda.match_any_sync(FULL, values[i] % 4))


@right((4, BLOCK), numbers(256), zeros(256))
def mathematics(values, out):
    i = cuda.grid(1)
    if i < values.size:
        out[i] = math.sqrt(values[i]) + math.exp(-values[i])
