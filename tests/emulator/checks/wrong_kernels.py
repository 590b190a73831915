"""Wrong kernels. The line of each fault is marked; what is wrong with it stands in its docstring."""

# ruff: noqa: D401 - a docstring says what is wrong, not what to do
from __future__ import annotations

import numpy as np
from numba import cuda, float32, int32

from tests.emulator.checks.planted import Catalogue, numbers

CATALOGUE = Catalogue()
wrong = CATALOGUE.wrong

BLOCK = 64
HALF = 32
WITH_HALO = 66
TILE = 8
PADDED = 9
FULL = 0xFFFFFFFF


def zeros(*shape, dtype=np.float32):
    return np.zeros(shape, dtype)


@cuda.jit(device=True)
def neighbour_of(values, i):
    return values[i + 1]  # fault


@cuda.jit(device=True)
def add_plainly(counts, place):
    counts[place] += 1  # fault


# Out of bounds


@wrong("out-of-bounds", (5, BLOCK), numbers(300), zeros(300))
def no_guard(values, out):
    """The last block has more threads than there are elements left."""
    i = cuda.grid(1)
    out[i] = 2 * values[i]  # fault


@wrong("out-of-bounds", (2, BLOCK), zeros(100))
def guard_off_by_one(out):
    i = cuda.grid(1)
    if i <= out.size:
        out[i] = i  # fault


@wrong("out-of-bounds", (2, BLOCK), numbers(128), zeros(128))
def stencil_without_right_edge(values, out):
    i = cuda.grid(1)
    if 0 < i < values.size:
        out[i] = values[i - 1] + values[i + 1]  # fault


@wrong("out-of-bounds", ((4, 4), (8, 8)), zeros(30, 32))
def rows_and_columns_confused(image):
    """Guards each axis with the size of the other one."""
    x, y = cuda.grid(2)
    if x < image.shape[0] and y < image.shape[1]:
        image[y, x] = 1  # fault


@wrong("out-of-bounds", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def shared_array_too_small(values, out):
    tile = cuda.shared.array(HALF, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]  # fault
    cuda.syncthreads()
    out[t] = tile[t]  # fault


@wrong("out-of-bounds", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def halo_not_in_the_tile(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    cuda.syncthreads()
    out[t] = tile[t] + tile[t + 1]  # fault


@wrong("out-of-bounds", (1, 32, 0, 64), numbers(32), zeros(32))
def too_little_dynamic_shared_memory(values, out):
    """32 numbers of 4 bytes need 128 bytes, not 64."""
    tile = cuda.shared.array(0, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]  # fault
    cuda.syncthreads()
    out[t] = tile[t]  # fault


@wrong("out-of-bounds", (1, 8), zeros(8))
def local_array_too_small(out):
    mine = cuda.local.array(4, float32)
    for k in range(5):
        mine[k] = k  # fault
    out[cuda.threadIdx.x] = mine[0]


@wrong("out-of-bounds", (2, BLOCK), numbers(128), zeros(128))
def device_function_reads_beyond(values, out):
    i = cuda.grid(1)
    if i < out.size:
        out[i] = neighbour_of(values, i)


@wrong("out-of-bounds", (1, BLOCK), numbers(BLOCK, np.int64), zeros(10, dtype=np.int32))
def histogram_with_too_few_bins(values, counts):
    cuda.atomic.add(counts, values[cuda.grid(1)], 1)  # fault


@wrong("out-of-bounds", (1, 4), np.array([0, 3, 5, 9, 14], np.int64), numbers(12), zeros(4))
def rows_that_end_too_late(starts, values, out):
    """The last entry of `starts` is more than there are values."""
    row = cuda.grid(1)
    total = float32(0)
    for k in range(starts[row], starts[row + 1]):
        total += values[k]  # fault
    out[row] = total


# Negative indices


@wrong("negative-index", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def left_neighbour_of_the_first(values, out):
    i = cuda.grid(1)
    out[i] = values[i] - values[i - 1]  # fault


@wrong("negative-index", (1, BLOCK), zeros(BLOCK))
def reversed_one_too_far(out):
    i = cuda.grid(1)
    out[out.size - 2 - i] = i  # fault


@wrong("negative-index", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def shared_left_neighbour(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    cuda.syncthreads()
    out[t] = tile[t - 1]  # fault


@wrong("negative-index", ((2, 2), (8, 8)), numbers(256).reshape(16, 16), zeros(16, 16))
def two_dimensional_stencil_at_the_edge(image, out):
    x, y = cuda.grid(2)
    if x < 15 and y < 15:
        out[y, x] = image[y - 1, x] + image[y + 1, x]  # fault


# Races in shared memory


@wrong("race-shared", (2, BLOCK), numbers(128), zeros(128))
def reverse_without_barrier(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    tile[t] = values[i]  # fault
    out[i] = tile[BLOCK - 1 - t]


@wrong("race-shared", (2, BLOCK), numbers(128), zeros(2))
def tree_without_barrier_in_the_loop(values, out):
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[cuda.grid(1)]
    cuda.syncthreads()
    step = BLOCK // 2
    while step > 0:
        if t < step:
            tile[t] += tile[t + step]  # fault
        step //= 2
    if t == 0:
        out[cuda.blockIdx.x] = tile[0]


@wrong("race-shared", (1, BLOCK), numbers(BLOCK), zeros(1))
def tree_result_read_without_barrier(values, out):
    """The barrier stands at the head of the loop, so nothing orders the last sum and its read."""
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    step = BLOCK // 2
    while step > 0:
        cuda.syncthreads()
        if t < step:
            tile[t] += tile[t + step]  # fault
        step //= 2
    if t == BLOCK - 1:
        out[0] = tile[0]


@wrong(
    "race-shared",
    (4, (TILE, TILE)),
    numbers(256).reshape(16, 16),
    numbers(256).reshape(16, 16),
    zeros(16, 16),
)
def matmul_without_second_barrier(a, b, out):
    """The next tile overwrites the one that slower threads still read."""
    tile_a = cuda.shared.array((TILE, TILE), float32)
    tile_b = cuda.shared.array((TILE, TILE), float32)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    x = cuda.blockIdx.x % 2 * TILE + tx
    y = cuda.blockIdx.x // 2 * TILE + ty
    total = float32(0)
    for m in range(2):
        tile_a[ty, tx] = a[y, m * TILE + tx]  # fault
        tile_b[ty, tx] = b[m * TILE + ty, x]  # fault
        cuda.syncthreads()
        for k in range(TILE):
            total += tile_a[ty, k] * tile_b[k, tx]
    out[y, x] = total


@wrong("race-shared", (1, (TILE, TILE)), numbers(64).reshape(8, 8), zeros(8, 8))
def transpose_without_barrier(image, out):
    tile = cuda.shared.array((TILE, PADDED), float32)
    x, y = cuda.threadIdx.x, cuda.threadIdx.y
    tile[y, x] = image[y, x]  # fault
    out[y, x] = tile[x, y]


@wrong("race-shared", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def scan_in_one_buffer(values, out):
    """Reads and writes of one step are in one buffer, with only one barrier a step."""
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    offset = 1
    while offset < BLOCK:
        cuda.syncthreads()
        if t >= offset:
            tile[t] += tile[t - offset]  # fault
        offset *= 2
    out[t] = tile[t]


@wrong("race-shared", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def double_buffer_that_does_not_swap(values, out):
    buffers = cuda.shared.array((2, BLOCK), float32)
    t = cuda.threadIdx.x
    buffers[0, t] = values[t]
    buffers[1, t] = 0
    cuda.syncthreads()
    for k in range(4):
        buffers[0, t] = buffers[0, (t + 1) % BLOCK] + k  # fault
        cuda.syncthreads()
    out[t] = buffers[0, t]


@wrong("race-shared", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def everyone_writes_the_same_place(values, out):
    best = cuda.shared.array(1, float32)
    t = cuda.threadIdx.x
    best[0] = values[t]  # fault
    cuda.syncthreads()
    out[t] = best[0]


@wrong("race-shared", (1, BLOCK), np.ones(BLOCK, np.float32), zeros(BLOCK))
def everyone_writes_the_same_place_by_luck_the_same(values, out):
    """All values happen to be 1 today."""
    best = cuda.shared.array(1, float32)
    t = cuda.threadIdx.x
    best[0] = values[t]  # fault
    cuda.syncthreads()
    out[t] = best[0]


@wrong("race-shared", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def flag_set_by_one_and_read_at_once(values, out):
    limit = cuda.shared.array(1, float32)
    t = cuda.threadIdx.x
    if t == 0:
        limit[0] = values[0]  # fault
    out[t] = limit[0] + values[t]


@wrong("race-shared", (1, 32), numbers(32), zeros(1))
def warp_reduction_as_before_volta(values, out):
    """Threads of a warp do not run in step."""
    tile = cuda.shared.array(64, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]
    tile[t + 32] = 0
    cuda.syncwarp()
    tile[t] += tile[t + 16]  # fault
    tile[t] += tile[t + 8]  # fault
    tile[t] += tile[t + 4]  # fault
    tile[t] += tile[t + 2]  # fault
    tile[t] += tile[t + 1]  # fault
    if t == 0:
        out[0] = tile[0]


@wrong("race-shared", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def syncwarp_where_warps_exchange(values, out):
    """A warp's meeting orders nothing between two warps."""
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]  # fault
    cuda.syncwarp()
    out[t] = tile[BLOCK - 1 - t]


@wrong("race-shared", (1, 32), numbers(32), zeros(32))
def syncwarp_of_each_half(values, out):
    """Each half of the warp meets for itself, then reads what the other half wrote."""
    tile = cuda.shared.array(32, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]  # fault
    if t < 16:
        cuda.syncwarp(0x0000FFFF)
    else:
        cuda.syncwarp(0xFFFF0000)
    out[t] = tile[31 - t]


@wrong("race-shared", (1, 32), numbers(32), zeros(32))
def shuffle_taken_for_a_barrier(values, out):
    """A shuffle makes threads meet, and orders no memory."""
    tile = cuda.shared.array(32, float32)
    t = cuda.threadIdx.x
    tile[t] = values[t]  # fault
    first = cuda.shfl_sync(FULL, values[t], 0)
    out[t] = tile[31 - t] + first


@wrong("race-shared", (2, BLOCK), numbers(128, np.int64), zeros(8, dtype=np.int32))
def shared_histogram_cleared_late(values, counts):
    """Some threads count already while others still clear."""
    mine = cuda.shared.array(8, int32)
    t = cuda.threadIdx.x
    if t < 8:
        mine[t] = 0  # fault
    cuda.atomic.add(mine, values[cuda.grid(1)] % 8, 1)
    cuda.syncthreads()
    if t < 8:
        cuda.atomic.add(counts, t, mine[t])


@wrong("race-shared", (2, BLOCK), numbers(128, np.int64), zeros(8, dtype=np.int32))
def shared_histogram_read_early(values, counts):
    """No barrier between counting and reading the counts."""
    mine = cuda.shared.array(8, int32)
    t = cuda.threadIdx.x
    if t < 8:
        mine[t] = 0
    cuda.syncthreads()
    cuda.atomic.add(mine, values[cuda.grid(1)] % 8, 1)  # fault
    if t < 8:
        cuda.atomic.add(counts, t, mine[t])


@wrong("race-shared", (1, BLOCK, 0, 4 * BLOCK), numbers(BLOCK), zeros(BLOCK))
def two_names_for_the_dynamic_memory(values, out):
    """Two dynamic arrays begin at the same place."""
    some = cuda.shared.array(0, float32)
    other = cuda.shared.array(0, int32)
    t = cuda.threadIdx.x
    some[t] = values[t]  # fault
    other[BLOCK - 1 - t] = t  # fault
    cuda.syncthreads()
    out[t] = some[t] + other[t]


@wrong("race-shared", (1, BLOCK), numbers(BLOCK), zeros(4))
def tile_used_again_in_the_next_round(values, out):
    """Thread 0 still reads the tile when others fill it for the next round."""
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    for k in range(4):
        tile[t] = values[t] * k  # fault
        cuda.syncthreads()
        if t == 0:
            total = float32(0)
            for m in range(BLOCK):
                total += tile[m]
            out[k] = total


# Races in global memory


@wrong("race-global", (4, BLOCK), numbers(256))
def shift_in_place(values):
    i = cuda.grid(1)
    if i + 1 < values.size:
        values[i] = values[i + 1]  # fault


@wrong("race-global", (4, BLOCK), numbers(256), zeros(128))
def two_threads_an_element(values, out):
    i = cuda.grid(1)
    out[i // 2] = values[i]  # fault


@wrong("race-global", (4, BLOCK), np.ones(256, np.float32), zeros(128))
def two_threads_an_element_by_luck_the_same(values, out):
    i = cuda.grid(1)
    out[i // 2] = values[i]  # fault


@wrong("race-global", (4, BLOCK), numbers(256), zeros(4), zeros(1))
def second_step_in_the_same_launch(values, partial, out):
    """Block 0 adds up what the other blocks have perhaps not written yet."""
    t = cuda.threadIdx.x
    if t == 0:
        total = float32(0)
        for k in range(BLOCK):
            total += values[cuda.blockIdx.x * BLOCK + k]
        partial[cuda.blockIdx.x] = total  # fault
    cuda.syncthreads()
    if cuda.grid(1) == 0:
        for k in range(4):
            out[0] += partial[k]


@wrong("race-global", (4, BLOCK), numbers(256), zeros(4), zeros(1, dtype=np.int32), zeros(1))
def last_block_without_fence(values, partial, done, out):
    """The last block may see the counter before it sees the partial sums."""
    last = cuda.shared.array(1, int32)
    t = cuda.threadIdx.x
    if t == 0:
        total = float32(0)
        for k in range(BLOCK):
            total += values[cuda.blockIdx.x * BLOCK + k]
        partial[cuda.blockIdx.x] = total  # fault
        last[0] = cuda.atomic.add(done, 0, 1) == cuda.gridDim.x - 1
    cuda.syncthreads()
    if last[0] and t < cuda.gridDim.x:
        cuda.atomic.add(out, 0, partial[t])


@wrong("race-global", (4, BLOCK), numbers(256), zeros(4), zeros(1, dtype=np.int32), zeros(1))
def fence_before_the_write(values, partial, done, out):
    last = cuda.shared.array(1, int32)
    t = cuda.threadIdx.x
    if t == 0:
        cuda.threadfence()
        partial[cuda.blockIdx.x] = values[cuda.grid(1)]  # fault
        last[0] = cuda.atomic.add(done, 0, 1) == cuda.gridDim.x - 1
    cuda.syncthreads()
    if last[0] and t < cuda.gridDim.x:
        cuda.atomic.add(out, 0, partial[t])


@wrong("race-global", (4, BLOCK), numbers(256), zeros(4), zeros(1, dtype=np.int32), zeros(1))
def fence_of_the_block_only(values, partial, done, out):
    last = cuda.shared.array(1, int32)
    t = cuda.threadIdx.x
    if t == 0:
        partial[cuda.blockIdx.x] = values[cuda.grid(1)]  # fault
        cuda.threadfence_block()
        last[0] = cuda.atomic.add(done, 0, 1) == cuda.gridDim.x - 1
    cuda.syncthreads()
    if last[0] and t < cuda.gridDim.x:
        cuda.atomic.add(out, 0, partial[t])


@wrong("race-global", (4, BLOCK), numbers(256), zeros(1))
def atomic_and_plain_write(values, out):
    i = cuda.grid(1)
    if i == 0:
        out[0] = 0  # fault
    cuda.atomic.add(out, 0, values[i])


@wrong("race-global", (4, BLOCK), numbers(256), zeros(1), zeros(256))
def atomic_and_plain_read(values, best, out):
    i = cuda.grid(1)
    cuda.atomic.max(best, 0, values[i])  # fault
    out[i] = values[i] / best[0]


@wrong("race-global", (1, BLOCK), numbers(BLOCK + 1))
def array_given_twice(values):
    """Reads its right neighbour while that one writes, in one block, without a barrier."""
    t = cuda.threadIdx.x
    later = values[1:]
    values[t] = later[t] * 2  # fault


@wrong("race-global", (4, (8, 8)), numbers(256).reshape(16, 16))
def transpose_in_place(image):
    x = cuda.blockIdx.x % 2 * 8 + cuda.threadIdx.x
    y = cuda.blockIdx.x // 2 * 8 + cuda.threadIdx.y
    other = image[x, y]
    cuda.syncthreads()
    image[y, x] = other  # fault


@wrong("race-global", (2, BLOCK), numbers(128), zeros(128))
def neighbours_of_the_step_before(values, out):
    """A step of a simulation needs all blocks to have finished the one before."""
    i = cuda.grid(1)
    for _ in range(2):
        out[i] = values[i] + values[(i + 1) % values.size]
        cuda.syncthreads()
        values[i] = out[i]  # fault
        cuda.syncthreads()


@wrong("race-global", (1, BLOCK), zeros(BLOCK + 1, dtype=np.int32))
def sieve_with_a_count(marks):
    """Each thread marks multiples with its own number."""
    t = cuda.threadIdx.x + 2
    k = t
    while k < marks.size:
        marks[k] = t  # fault
        k += t


# Lost updates


@wrong("lost-update", (4, BLOCK), numbers(256, np.int64), zeros(8, dtype=np.int32), also=("race-global",))
def histogram_without_atomics(values, counts):
    counts[values[cuda.grid(1)] % 8] += 1  # fault


@wrong("lost-update", (4, BLOCK), numbers(256), zeros(1), also=("race-global",))
def everyone_adds_to_one_sum(values, total):
    i = cuda.grid(1)
    before = total[0]
    total[0] = before + values[i]  # fault


@wrong("lost-update", (1, BLOCK), numbers(BLOCK), zeros(1), also=("race-shared",))
def sum_in_shared_memory(values, out):
    total = cuda.shared.array(1, float32)
    t = cuda.threadIdx.x
    if t == 0:
        total[0] = 0
    cuda.syncthreads()
    total[0] += values[t]  # fault
    cuda.syncthreads()
    if t == 0:
        out[0] = total[0]


@wrong("lost-update", (2, BLOCK), zeros(4, dtype=np.int32), also=("race-global",))
def count_in_a_device_function(counts):
    add_plainly(counts, cuda.grid(1) % 4)


@wrong("lost-update", (64, 1), zeros(1, dtype=np.int32), also=("race-global",))
def blocks_of_one_thread_count(counter):
    counter[0] += 1  # fault


@wrong("lost-update", (2, BLOCK), numbers(128), zeros(1), also=("race-global",))
def maximum_by_comparison(values, best):
    i = cuda.grid(1)
    if values[i] > best[0]:  # noqa: PLR1730 - max() would read and write for all threads
        best[0] = values[i]  # fault


# Barriers


@wrong("divergent-barrier", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def barrier_in_each_branch(values, out):
    t = cuda.threadIdx.x
    if t < 20:
        out[t] = values[t]
        cuda.syncthreads()  # fault
    else:
        out[t] = -values[t]
        cuda.syncthreads()  # fault


@wrong("divergent-barrier", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def barrier_for_even_threads(values, out):
    t = cuda.threadIdx.x
    if t % 2 == 0:
        cuda.syncthreads()  # fault
    out[t] = values[t]
    cuda.syncthreads()  # fault


@wrong("divergent-barrier", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def barrier_that_some_never_reach(values, out):
    t = cuda.threadIdx.x
    if t < 16:
        out[t] = values[t]
        cuda.syncthreads()  # fault
        out[t] += 1
    else:
        out[t] = 0


@wrong("divergent-barrier", (1, BLOCK), numbers(100), zeros(BLOCK))
def barrier_in_a_loop_of_unequal_length(values, out):
    """Half of the threads make two rounds, the others one."""
    t = cuda.threadIdx.x
    for i in range(t, values.size, BLOCK):
        out[t] += values[i]
        cuda.syncthreads()  # fault


@wrong("divergent-barrier", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def threads_leave_the_loop_by_break(values, out):
    t = cuda.threadIdx.x
    for k in range(4):
        if k > t:
            break
        cuda.syncthreads()  # fault
        out[t] += values[t] * k
    cuda.syncthreads()  # fault
    out[t] += 1


@wrong("divergent-barrier", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def guard_that_holds_the_barrier(values, out):
    """Not all threads of a block have the same answer to the guard."""
    i = cuda.grid(1)
    if i < 40:
        out[i] = values[i]
        cuda.syncthreads()  # fault
        out[i] += 1


# Memory that nobody has written


@wrong("uninitialised-shared", (1, BLOCK), numbers(BLOCK), zeros(1))
def sum_that_starts_nowhere(values, out):
    total = cuda.shared.array(1, float32)
    t = cuda.threadIdx.x
    cuda.atomic.add(total, 0, values[t])  # fault
    cuda.syncthreads()
    if t == 0:
        out[0] = total[0]


@wrong("uninitialised-shared", (2, BLOCK), numbers(100), zeros(128))
def tile_filled_only_inside(values, out):
    """Threads beyond the end leave their place in the tile as it was."""
    tile = cuda.shared.array(BLOCK, float32)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < values.size:
        tile[t] = values[i]
    cuda.syncthreads()
    out[i] = tile[BLOCK - 1 - t]  # fault


@wrong("uninitialised-shared", (1, BLOCK), numbers(BLOCK), zeros(BLOCK))
def halo_never_filled(values, out):
    tile = cuda.shared.array(WITH_HALO, float32)
    t = cuda.threadIdx.x
    tile[t + 1] = values[t]
    cuda.syncthreads()
    out[t] = tile[t] + tile[t + 2]  # fault


@wrong("uninitialised-shared", (2, BLOCK), numbers(128), zeros(2))
def shared_memory_kept_from_the_block_before(values, out):
    """Block 1 counts on what block 0 left there."""
    kept = cuda.shared.array(1, float32)
    if cuda.threadIdx.x == 0:
        if cuda.blockIdx.x == 0:
            kept[0] = values[0]
        out[cuda.blockIdx.x] = kept[0]  # fault


@wrong("uninitialised-local", (1, 8), zeros(8))
def local_sum_that_starts_nowhere(out):
    mine = cuda.local.array(2, float32)
    mine[0] += 1  # fault
    out[cuda.threadIdx.x] = mine[0]


# Masks of warp operations


@wrong("shfl-mask", (1, 32), numbers(32), zeros(32))
def full_mask_in_a_branch(values, out):
    t = cuda.threadIdx.x
    if t < 16:
        out[t] = cuda.shfl_down_sync(FULL, values[t], 8)  # fault
    else:
        out[t] = values[t]
        cuda.syncwarp()  # fault


@wrong("shfl-mask", (1, 32), numbers(32), zeros(32))
def caller_not_in_its_mask(values, out):
    t = cuda.threadIdx.x
    out[t] = cuda.shfl_sync(0x0000FFFF, values[t], 0)  # fault


@wrong("shfl-mask", (1, 32), numbers(32), zeros(32, dtype=np.int32))
def vote_with_a_full_mask_in_both_branches(values, out):
    t = cuda.threadIdx.x
    if values[t] > 10:
        out[t] = cuda.ballot_sync(FULL, True)  # fault
    else:
        out[t] = -cuda.ballot_sync(FULL, True)  # fault


@wrong("shfl-mask", (1, 32), numbers(32), zeros(32), also=("divergent-barrier",))
def syncwarp_in_a_branch(values, out):
    t = cuda.threadIdx.x
    if t % 2 == 0:
        out[t] = values[t]
        cuda.syncwarp()  # fault
    else:
        out[t] = 0
        cuda.syncthreads()


@wrong("shfl-mask", (1, 32), numbers(32), zeros(32))
def shuffle_reads_from_those_who_have_returned(values, out):
    t = cuda.threadIdx.x
    if t >= 20:
        return
    out[t] = values[t] + cuda.shfl_down_sync(FULL, values[t], 4)  # fault


@wrong("shfl-mask", (1, 32), numbers(32), zeros(32))
def shuffle_reads_outside_of_its_mask(values, out):
    t = cuda.threadIdx.x
    if t < 16:
        out[t] = cuda.shfl_down_sync(0x0000FFFF, values[t], 8)  # fault
    else:
        out[t] = values[t]


# Endless loops


@wrong("endless-loop", (1, 32), zeros(32), deadline=0.5)
def loop_whose_step_is_zero(out):
    i = cuda.grid(1)
    k = 0
    while k < 10:
        out[i] += 1  # fault
        k += cuda.blockIdx.x  # fault


@wrong("endless-loop", (1, 32), zeros(1, dtype=np.int32), zeros(1), deadline=0.5)
def lock_that_nobody_gives_back(lock, total):
    while cuda.atomic.cas(lock, 0, 0, 1) != 0:  # fault
        pass
    total[0] += 1
