from __future__ import annotations

import numpy as np
import pytest
from numba import cuda, float32, float64, int32

from mig_explorer.emulator import emulate
from mig_explorer.emulator.counts import Emulation, counted
from mig_explorer.errors import InvalidWorkload, KernelFault
from mig_explorer.workloads import workload


@cuda.jit
def gather(places, values, out):
    i = cuda.grid(1)
    out[i] = values[places[i]]


@cuda.jit
def doubles(out):
    tile = cuda.shared.array(64, float64)
    i = cuda.threadIdx.x
    tile[i] = i
    tile[2 * i % 64] = i
    cuda.syncthreads()
    out[i] = tile[0]


@cuda.jit
def tree(values, totals):
    partial = cuda.shared.array(0, float32)
    i = cuda.threadIdx.x
    partial[i] = values[cuda.grid(1)]
    cuda.syncthreads()
    if i == 0:
        total = float32(0)
        for k in range(cuda.blockDim.x):
            total += partial[k]
        cuda.atomic.add(totals, 0, total)


@cuda.jit(device=True)
def square(x):
    return x * x


@cuda.jit
def squares(values):
    i = cuda.grid(1)
    values[i] = square(values[i])


@cuda.jit
def sum_of_a_warp(values, out):
    value = values[cuda.threadIdx.x]
    for step in (16, 8, 4, 2, 1):
        value += cuda.shfl_down_sync(0xFFFFFFFF, value, step)
    if cuda.threadIdx.x % 32 == 0:
        out[cuda.threadIdx.x // 32] = value


@cuda.jit
def three_ways(out):
    i = cuda.grid(1)
    kind = i % 3
    if kind == 0:
        out[i] = 1
    elif kind == 1:
        out[i] = 2
    else:
        out[i] = 3


@cuda.jit
def some_skip(out):
    """Threads that skip the body wait for the others at its end: each round is one request."""
    i = cuda.grid(1)
    for step in range(8):
        if (i + step) % 2 == 0:
            out[step, i] = 1


@cuda.jit
def out_of_bounds(out):
    i = cuda.grid(1)
    out[i + 1] = int32(i)


def first_line(kernel):
    return kernel.py_func.__code__.co_firstlineno


def totals(kernel, configuration, *arguments):
    metrics = counted(kernel)[configuration](*arguments).counts.total
    return {name: figure for name, figure in metrics.as_dict().items() if figure}


def test_an_emulation_has_counts_a_report_and_changes_the_arrays():
    values = np.arange(64, dtype=np.float32)
    emulation = counted(squares)[2, 32](values)
    assert isinstance(emulation, Emulation)
    assert np.array_equal(values, np.arange(64, dtype=np.float32) ** 2)
    assert repr(emulation) == "<Emulation of squares, counted>"
    assert emulation.counts.launch.blocks == 2
    assert str(emulation.report).startswith("squares, emulated\n")


def test_emulate_counts_if_asked():
    counts = emulate(squares, count=True)[1, 32](np.ones(32, np.float32)).counts
    assert counts == counted(squares)[1, 32](np.ones(32, np.float32)).counts


def test_a_device_function_s_lines_are_its_own():
    """The multiplication stands in `square`, the accesses in `squares`."""
    lines = counted(squares)[1, 32](np.ones(32, np.float32)).counts.by_line
    kernel, device = first_line(squares), first_line(square)
    assert lines[device + 2].as_dict()["flops_fp32"] == 32
    assert lines[kernel + 3].load_bytes == 128
    assert lines[kernel + 3].flops == 0
    assert {int(line): line.function for line in lines} == {device + 2: "square", kernel + 3: "squares"}


@pytest.mark.parametrize(
    ("places", "sectors", "ideal"),
    [
        (np.arange(32), 4, 4),
        (np.arange(32)[::-1], 4, 4),  # in whatever order
        (np.arange(32) * 8, 32, 4),
        (np.arange(32) + 1, 5, 4),
        (np.zeros(32), 1, 1),
        (np.arange(32) % 4 * 64, 4, 1),
    ],
)
def test_a_gather(places, sectors, ideal):
    values = np.arange(256, dtype=np.float32)
    found = totals(gather, (1, 32), places.astype(np.int32), values, np.zeros(32, np.float32))
    assert found == {
        "load_bytes": 128 + 128,
        "load_requests": 2,
        "load_sectors": 4 + sectors,
        "load_ideal_sectors": 4 + ideal,
        "store_bytes": 128,
        "store_requests": 1,
        "store_sectors": 4,
        "store_ideal_sectors": 4,
    }


def test_float64_in_shared_memory_takes_two_turns_and_more_with_a_stride():
    """In order 2 turns; with a stride of 16 bytes, 16 lanes want 2 words from each second pair of banks."""
    found = totals(doubles, (1, 32), np.zeros(32))
    assert found["shared_store_requests"] == 2
    assert found["shared_turns"] == 2 + 4 + 2  # and one element for all lanes, by halves
    assert found["bank_conflicts"] == 2
    assert found["barriers"] == 1


def test_dynamic_shared_memory_and_a_stream():
    values = np.ones(128, np.float32)
    sums = np.zeros(1, np.float32)
    emulation = counted(tree)[4, 32, 0, 128](values, sums)
    assert sums[0] == 128
    assert emulation.dynamic_shared == 128
    total = emulation.counts.total
    assert (total.shared_load_requests, total.shared_load_bytes) == (4 * 32, 4 * 32 * 4)
    assert (total.global_atomics, total.atomic_most_in_warp, total.atomic_most_on_element) == (4, 1, 4)
    assert total.flops_fp32 == 128  # an atomic is no FLOP


def test_shuffles_are_meetings_of_warps():
    values, out = np.ones(64, np.float32), np.zeros(2, np.float32)
    found = totals(sum_of_a_warp, (1, 64), values, out)
    assert out.tolist() == [32, 32]
    assert found["warp_syncs"] == 2 * 5
    assert found["flops_fp32"] == 5 * 64
    assert found["divergent_branches"] == 2


def test_a_branch_of_three_splits_a_warp_twice():
    found = totals(three_ways, (1, 64), np.zeros(64, np.int32))
    assert (found["branches"], found["divergent_branches"]) == (4, 4)
    assert found["store_requests"] == 6


def test_lanes_that_skip_the_body_of_a_loop_wait_for_the_others_at_its_end():
    found = totals(some_skip, (1, 32), np.zeros((8, 32), np.float32))
    assert (found["branches"], found["divergent_branches"]) == (9 + 8, 8)
    assert found["store_requests"] == 8


def test_per_line_counts_of_the_tiled_transpose():
    """64 x 64: 4 blocks of 8 warps with 4 rows each, and 31 conflicts for each row that is read down."""
    work = workload("transpose_tiled", size=64)
    counts = counted(work.kernel)[work.launch.grid, work.launch.block](*work.inputs(seed=7)).counts
    by_source = {each.source: each.metrics for each in counts.lines}
    read = by_source["tile[y + down, x] = matrix[row + down, column]"]
    write = by_source["transposed[row + down, column] = tile[x, y + down]"]
    assert (read.load_requests, read.load_sectors, read.bank_conflicts) == (128, 512, 0)
    assert (write.store_sectors, write.shared_turns, write.bank_conflicts) == (512, 128 * 32, 128 * 31)
    assert by_source["cuda.syncthreads()"].barriers == 4


def test_batches_make_no_difference(monkeypatch):
    work = workload("reduction", elements=9000)

    def run():
        return counted(work.kernel)[work.launch.grid, work.launch.block](*work.inputs(seed=7)).counts.total

    whole = run()
    monkeypatch.setattr("mig_explorer.emulator.simt.engine.MOST_LANES", 256)
    assert run() == whole


def test_a_long_row_does_not_let_the_others_of_its_warp_go_on():
    """Points that escape early store their counts together with those that never do."""
    work = workload("mandelbrot", size=32, limit=1500)
    counts = counted(work.kernel)[work.launch.grid, work.launch.block](*work.inputs(seed=7)).counts
    assert counts.total.store_requests == 32


def test_an_index_out_of_bounds_ends_the_launch():
    with pytest.raises(KernelFault) as caught:
        counted(out_of_bounds)[1, 32](np.zeros(32, np.int32))
    line = first_line(out_of_bounds) + 3
    assert str(caught.value) == (
        f"out_of_bounds, line {line}: writes out[32], outside of its shape (32,) "
        "(thread (31, 0, 0) of block (0, 0, 0))."
    )


def test_a_launch_that_no_gpu_would_take_is_refused():
    with pytest.raises(InvalidWorkload) as caught:
        counted(squares)[1, 2048]
    assert str(caught.value) == (
        "squares[1, 2048]: the block's x must be a whole number from 1 to 1024, not 2048."
    )
