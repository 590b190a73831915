from __future__ import annotations

import pytest
from numba import cuda, float32

from mig_explorer.emulator.geometry import Geometry
from mig_explorer.emulator.rewrite import rewrite


def found(kernel):
    return rewrite(kernel).independence


def guarded(a, b):
    i = cuda.grid(1)
    if i < a.size:
        a[i] = a[i] + b[0]


def two_dimensions(a):
    x, y = cuda.grid(2)
    a[y, x] = a[y, x] * 2 + x


def one_of_two(a):
    x, y = cuda.grid(2)
    a[x] = y


def grid_stride(a):
    for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
        a[i] = 1


def one_for_a_block(a, out):
    tile = cuda.shared.array(4, float32)
    tile[cuda.threadIdx.x] = a[cuda.grid(1) + 1]
    cuda.syncthreads()
    if cuda.threadIdx.x == 0:
        out[cuda.blockIdx.x] = tile[0] + tile[1]


def several_of_a_row(a):
    i = cuda.grid(1)
    a[i, 0] = 1
    a[i, 1] = a[i, 0]


@pytest.mark.parametrize(
    ("kernel", "axes"),
    [
        (guarded, "x"),
        (two_dimensions, "xy"),
        (one_of_two, "x"),
        (grid_stride, "x"),
        (one_for_a_block, "x"),
        (several_of_a_row, "x"),
    ],
)
def test_blocks_that_keep_to_places_of_their_own_are_independent_along_the_axes_of_those(kernel, axes):
    assert (found(kernel).axes, found(kernel).reason) == (frozenset(axes), "")


def test_it_holds_for_a_grid_that_is_one_along_the_other_axes():
    block = (4, 1, 1)
    assert found(one_of_two).holds(Geometry((8, 1, 1), block))
    assert not found(one_of_two).holds(Geometry((8, 2, 1), block))
    assert not found(one_of_two).holds(Geometry((1, 1, 2), block))


@cuda.jit(device=True)
def put(array, value):
    array[0] = value


def reads_a_neighbour(a):
    i = cuda.grid(1)
    a[i] = a[i + 1]


def writes_one_place(a):
    a[0] = cuda.grid(1)


def writes_half_as_many(a):
    a[cuda.grid(1) // 2] = 1


def adds_atomically(a):
    cuda.atomic.add(a, cuda.grid(1), 1)


def calls_what_writes(a):
    put(a, 1)


def hands_over(a, flag):
    a[cuda.grid(1)] = 1
    cuda.threadfence()
    flag[cuda.grid(1)] = 1


def writes_by_another_name(a):
    b = a[2:]
    b[cuda.grid(1)] = 1


def is_read_by_another_name(a, out):
    b = a
    a[cuda.grid(1)] = 1
    out[cuda.grid(1)] = b[0]


def uses_a_place_that_changes(a, n):
    i = cuda.grid(1)
    i = i % n
    a[i] = 1


@pytest.mark.parametrize(
    ("kernel", "reason"),
    [
        (reads_a_neighbour, "blocks are not seen to keep to places of their own in a[i + 1], a[i]"),
        (writes_one_place, "blocks are not seen to keep to places of their own in a[0]"),
        (
            writes_half_as_many,
            (
                "blocks are not seen to keep to places of their own in "
                "a[(block_x * block_dim_x + thread_x) // 2]"
            ),
        ),
        (adds_atomically, "there are atomics, or device functions that write"),
        (calls_what_writes, "there are atomics, or device functions that write"),
        (hands_over, "there is a memory fence"),
        (writes_by_another_name, "b may stand for another array"),
        (is_read_by_another_name, "a is written and has another name"),
        (uses_a_place_that_changes, "blocks are not seen to keep to places of their own in a[i]"),
    ],
)
def test_blocks_that_could_meet_run_one_after_another(kernel, reason):
    independence = found(kernel)
    assert independence.reason == reason
    assert not independence.holds(Geometry((2, 1, 1), (4, 1, 1)))
