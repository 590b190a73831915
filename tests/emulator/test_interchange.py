from __future__ import annotations

import ast
from typing import Any

import pytest
from numba import cuda, float32, int64

from mig_explorer.emulator.interchange import interchanged
from mig_explorer.emulator.lower import lower
from mig_explorer.emulator.markers import BlockLoop, Within, written
from mig_explorer.emulator.source import read

CYCLIC = "range(block_x * block_dim_x, a.size, grid_dim_x * block_dim_x)"
STRETCH = "-(-a.size // (grid_dim_x * block_dim_x)) * block_dim_x"
CONTIGUOUS = f"range(block_x * ({STRETCH}), gpu_smaller((block_x + 1) * ({STRETCH}), a.size), block_dim_x)"


def body(kernel):
    return interchanged(lower(read(kernel))).body


def loops(kernel) -> list[Any]:
    """Return the headers of the loops that the block makes, outer ones first."""
    nodes = (each for one in body(kernel) for each in ast.walk(one))
    return [ast.unparse(each.iter) for each in nodes if isinstance(each, BlockLoop)]


def alone(a):
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        a[i] *= 2


def with_while(a):
    i = cuda.blockDim.x * cuda.blockIdx.x + cuda.threadIdx.x
    step = cuda.gridsize(1)
    while a.size > i:
        a[i] *= 2
        i = i + step


def keeps_a_sum(a, out):
    total = 0.0
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        total += a[i]
    out[cuda.grid(1)] = total


def keeps_the_last(a, out):
    last = 0.0
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        last = a[i]
    out[cuda.grid(1)] = last


def looks_at_its_thread(a):
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        a[i] = cuda.threadIdx.x


def returns(a):
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        if a[i] > 5:
            return
        a[i] = 1


def writes_before(a):
    a[cuda.grid(1)] = 1
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        a[i] += 1


def reads_after(a, b):
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        a[i] += 1
    x = b[0]
    if x > 1:
        return


def counts_for_its_block(a):
    counts = cuda.shared.array(4, int64)
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        cuda.atomic.add(counts, a[i], 1)


@pytest.mark.parametrize(
    ("kernel", "header"),
    [
        (alone, CONTIGUOUS),
        (keeps_a_sum, CYCLIC),
        (keeps_the_last, CYCLIC),
        (looks_at_its_thread, CYCLIC),
        (returns, CYCLIC),
        (writes_before, CYCLIC),
        (reads_after, CYCLIC),
        (counts_for_its_block, CYCLIC),
    ],
)
def test_the_block_makes_the_rounds_of_a_grid_stride_loop_and_in_one_stretch_where_that_is_the_same(
    kernel, header
):
    assert loops(kernel) == [header]


def test_a_while_loop_is_read_as_the_for_loop_that_it_is():
    (header,) = loops(with_while)
    assert header.startswith("range(block_x * (")
    assert "i_of_stride = base_0 + thread_x" in "\n".join(written(body(with_while)))


def test_nested_grid_stride_loops_are_both_turned():
    def kernel(a):
        x0, y0 = cuda.grid(2)
        dx, dy = cuda.gridsize(2)
        for y in range(y0, a.shape[0], dy):
            for x in range(x0, a.shape[1], dx):
                a[y, x] += 1

    assert len(loops(kernel)) == 2


def leaves(a):
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        if a[i] > 3:
            break


def read_afterwards(a):
    i = 0
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        a[i] = 1
    a[0] = i


def not_all_threads(a, n):
    for i in range(n, a.size, cuda.gridsize(1)):
        a[i] = 1


def stops_where_each_thread_says(a):
    for i in range(cuda.grid(1), cuda.threadIdx.x, cuda.gridsize(1)):
        a[i] = 1


def steps_back(a, n):
    for i in range(cuda.grid(1), a.size, n):
        a[i] = 1


def changes_its_end(a, n):
    for i in range(cuda.grid(1), n, cuda.gridsize(1)):
        a[i] = 1
        n -= 1


def in_some_threads(a):
    if a[cuda.threadIdx.x] > 1:
        for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
            a[i] = 1


@pytest.mark.parametrize(
    "kernel",
    [
        leaves,
        read_afterwards,
        not_all_threads,
        stops_where_each_thread_says,
        steps_back,
        changes_its_end,
        in_some_threads,
    ],
)
def test_a_loop_that_is_not_the_same_for_all_threads_stays_with_each(kernel):
    assert loops(kernel) == []


def test_a_sum_over_what_threads_share_is_turned_and_its_test_of_bounds_goes_around():
    def product(a, b, c):
        x, y = cuda.grid(2)
        if y < c.shape[0] and x < c.shape[1]:
            total = float32(0)
            for k in range(a.shape[1]):
                total += a[y, k] * b[k, x]
            c[y, x] = total

    (_, within) = body(product)
    assert isinstance(within, Within)
    assert [(axis, ast.unparse(room)) for axis, room in within.rooms] == [
        ("thread_y", "c.shape[0] - block_y * block_dim_y"),
        ("thread_x", "c.shape[1] - block_x * block_dim_x"),
    ]
    assert loops(product) == ["range(a.shape[1])"]


def test_all_threads_make_a_step_of_their_chains_before_any_makes_the_next():
    def chase(following, starts, steps, ends):
        chain = cuda.grid(1)
        if chain < ends.size:
            at = starts[chain]
            for _ in range(steps):
                at = following[at]
            ends[chain] = at

    assert loops(chase) == ["range(steps)"]


def follows_and_writes(following, out, steps):
    at = cuda.grid(1)
    for _ in range(steps):
        at = following[at]
        out[at] = 1


def follows_in_its_own_array(out, steps):
    own = cuda.local.array(8, float32)
    at = cuda.grid(1)
    for _ in range(steps):
        at = int(own[at])
    out[cuda.grid(1)] = at


def along_a_row(a, out):
    total = 0.0
    for k in range(a.shape[1]):
        total += a[cuda.grid(1), k]
    out[cuda.grid(1)] = total


def of_few_rounds(a, out):
    total = 0.0
    for k in range(8):
        total += a[k, cuda.grid(1)]
    out[cuda.grid(1)] = total


def without_a_sum(a, out):
    for k in range(a.shape[0]):
        out[k, cuda.grid(1)] = a[k, cuda.grid(1)]


def with_a_loop_in_it(a, out):
    total = 0.0
    for k in range(a.shape[0]):
        j = 0
        while j < a[k, cuda.grid(1)]:
            j += 1
        total += j
    out[cuda.grid(1)] = total


@pytest.mark.parametrize(
    "kernel",
    [
        follows_and_writes,
        follows_in_its_own_array,
        along_a_row,
        of_few_rounds,
        without_a_sum,
        with_a_loop_in_it,
    ],
)
def test_a_loop_that_would_not_gain_stays_with_each_thread(kernel):
    assert loops(kernel) == []


def test_a_loop_of_the_block_shares_its_variable_with_no_loop_of_a_thread():
    def kernel(a, out):
        total = 0.0
        for k in range(a.shape[0]):
            total += a[k, cuda.grid(1)]
        for k in range(cuda.threadIdx.x):
            total += k
        out[cuda.grid(1)] = total

    text = "\n".join(written(body(kernel)))
    assert "for k_of_block in range(a.shape[0]):" in text
    assert "for k in range(thread_x):" in text
