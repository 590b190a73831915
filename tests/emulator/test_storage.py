from __future__ import annotations

import numpy as np
import pytest
from numba import complex64, cuda, float32, int32, types

from mig_explorer.emulator import emulate
from mig_explorer.emulator.lower import lower
from mig_explorer.emulator.source import read
from mig_explorer.emulator.storage import Storage, unset_value
from tests.emulator.refusals import assert_refused

# ruff: noqa: E702

TILE = 4
SHAPE = (2, 3)


def test_shapes_and_types_are_read_however_they_are_written():
    side = np.int64(5)

    def kernel(a):
        one = cuda.shared.array(TILE, float32)
        two = cuda.shared.array((TILE, TILE + 1), dtype=np.int16)
        three = cuda.shared.array(shape=SHAPE, dtype="uint8")
        four = cuda.local.array((side, 2 * TILE - 1), types.boolean)
        five = cuda.local.array(TILE // 2, complex64)
        a[0] = one[0] + two[0, 0] + three[0, 0] + four[0, 0] + five[0]

    found = lower(read(kernel))
    assert found.stored("shared") == (
        Storage("one", "shared", (4,), np.dtype("float32")),
        Storage("two", "shared", (4, 5), np.dtype("int16")),
        Storage("three", "shared", (2, 3), np.dtype("uint8")),
    )
    assert found.stored("local") == (
        Storage("four", "local", (5, 7), np.dtype("bool")),
        Storage("five", "local", (2,), np.dtype("complex64")),
    )


@cuda.jit
def two_on_a_line(small, large):
    # fmt: off
    a = cuda.shared.array(2, float32); b = cuda.shared.array(7, int32)
    c, d = cuda.shared.array(3, float32), cuda.shared.array((2, 2), float32)
    # fmt: on
    thread = cuda.threadIdx.x
    if thread < 2:
        a[thread] = 10 + thread
    if thread < 3:
        c[thread] = 20 + thread
    if thread < 4:
        d[thread // 2, thread % 2] = 30 + thread
    b[thread] = thread
    cuda.syncthreads()
    large[thread] = b[6 - thread] + c[thread % 3] + d[1, thread % 2]
    if thread < 2:
        small[thread] = a[1 - thread]


def test_several_arrays_of_different_sizes_on_one_line_are_kept_apart():
    small, large = np.zeros(2), np.zeros(7)
    emulate(two_on_a_line)[1, 7](small, large)
    assert small.tolist() == [11, 10]
    assert large.tolist() == [6 - i + 20 + i % 3 + 32 + i % 2 for i in range(7)]


@cuda.jit
def shows_what_arrays_start_with(floats, integers, flags, own):
    a = cuda.shared.array(2, float32)
    b = cuda.shared.array(2, int32)
    c = cuda.shared.array(2, types.boolean)
    d = cuda.local.array(2, types.uint8)
    thread = cuda.threadIdx.x
    floats[cuda.blockIdx.x, thread] = a[thread]
    integers[cuda.blockIdx.x, thread] = b[thread]
    flags[cuda.blockIdx.x, thread] = c[thread]
    own[cuda.blockIdx.x, thread] = d[1]
    cuda.syncthreads()
    a[thread] = 1
    b[thread] = 1
    c[thread] = True
    d[1] = 1


def test_each_block_finds_its_arrays_unset_and_not_what_the_last_one_left():
    floats, integers = np.zeros((3, 2)), np.zeros((3, 2), np.int32)
    flags, own = np.ones((3, 2), np.bool_), np.zeros((3, 2), np.uint8)
    emulate(shows_what_arrays_start_with)[3, 2](floats, integers, flags, own)
    assert np.isnan(floats).all()
    assert (integers == -(2**31)).all()
    assert not flags.any()
    assert (own == 255).all()


@pytest.mark.parametrize(
    ("dtype", "value"), [("int64", -(2**63)), ("uint32", 2**32 - 1), ("bool", False), ("int8", -128)]
)
def test_the_value_of_what_nobody_wrote_is_the_end_of_the_range(dtype, value):
    assert unset_value(np.dtype(dtype)) == value


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_the_value_of_what_nobody_wrote_is_nan_where_there_is_one(dtype):
    assert np.isnan(unset_value(np.dtype(dtype)))


def shape_at_run_time(a, n):
    tile = cuda.shared.array(n, float32)  # refused
    a[0] = tile[0]


def shape_of_a_fraction(a):
    tile = cuda.shared.array(2.5, float32)  # refused
    a[0] = tile[0]


def shape_divided_by_zero(a):
    tile = cuda.local.array(TILE // 0, float32)  # refused
    a[0] = tile[0]


def negative_shape(a):
    tile = cuda.local.array((2, -3), float32)  # refused
    a[0] = tile[0, 0]


def no_type(a):
    tile = cuda.shared.array(4)  # refused
    a[0] = tile[0]


def odd_keyword(a):
    tile = cuda.shared.array(4, float32, alignment=16)  # refused
    a[0] = tile[0]


def odd_type(a):
    tile = cuda.shared.array(4, TILE)  # refused
    a[0] = tile[0]


def half_precision(a):
    tile = cuda.shared.array(4, np.float16)  # refused
    a[0] = tile[0]


def too_large(a):
    one = cuda.shared.array((64, 128), float32)
    two = cuda.shared.array((32, 129), float32)  # refused
    a[0] = one[0, 0] + two[0, 0]


def name_used_twice(a):
    tile = cuda.shared.array(4, float32)  # refused
    a[0] = tile[0]
    tile = 5
    a[1] = tile


def name_of_a_parameter(a):
    a = cuda.shared.array(4, float32)  # refused
    a[0] = 1


def two_names(a):
    one = two = cuda.shared.array(4, float32)  # refused
    a[0] = one[0] + two[0]


def mixed(a):
    one, two = cuda.shared.array(4, float32), 5  # refused
    a[0] = one[0] + two


def into_an_array(a):
    a[0] = cuda.shared.array(4, float32)  # refused


@pytest.mark.parametrize(
    ("kernel", "reason"),
    [
        (
            shape_at_run_time,
            "the shape of cuda.shared.array must be made of constants of 1 or more, not n.",
        ),
        (
            shape_of_a_fraction,
            "the shape of cuda.shared.array must be made of constants of 1 or more, not 2.5.",
        ),
        (
            shape_divided_by_zero,
            "the shape of cuda.local.array must be made of constants of 1 or more, not TILE // 0.",
        ),
        (
            negative_shape,
            "the shape of cuda.local.array must be made of constants of 1 or more, not (2, -3).",
        ),
        (no_type, "cuda.shared.array takes a shape and a dtype."),
        (odd_keyword, "cuda.shared.array takes a shape and a dtype."),
        (too_large, "the shared arrays take 49280 bytes; a block may declare at most 49152."),
        (name_used_twice, "tile is assigned more than once; give the array a name of its own."),
        (name_of_a_parameter, "a is assigned more than once; give the array a name of its own."),
        (two_names, "each cuda.shared.array and cuda.local.array needs a name of its own."),
        (mixed, "each cuda.shared.array and cuda.local.array needs a name of its own."),
        (into_an_array, "each cuda.shared.array and cuda.local.array needs a name of its own."),
    ],
)
def test_a_declaration_that_is_none_is_refused_with_its_reason(kernel, reason):
    assert_refused(kernel, reason)


@pytest.mark.parametrize(("kernel", "what"), [(odd_type, "TILE"), (half_precision, "np.float16")])
def test_a_type_that_a_cpu_does_not_have_is_left_to_the_other_engine(kernel, what):
    assert_refused(kernel, f"{what} is not a number type that a CPU has.", native=True)


@cuda.jit
def two_views_of_dynamic_memory(values, floats, sizes):
    single = cuda.shared.array(0, float32)
    whole = cuda.shared.array(0, int32)
    half = single[4:]
    thread = cuda.threadIdx.x
    sizes[0] = single.size
    sizes[1] = half.size
    if thread < 4:
        whole[thread] = values[thread]
    half[thread % 4] = thread % 4
    cuda.syncthreads()
    floats[thread] = whole[thread % 4] + half[thread % 4]


def test_dynamic_shared_memory_is_as_large_as_the_launch_says_and_the_same_for_all_its_arrays():
    floats, sizes = np.zeros(8), np.zeros(2)
    emulate(two_views_of_dynamic_memory)[2, 8, 0, 32](np.arange(10, 14), floats, sizes)
    assert floats.tolist() == [10, 12, 14, 16, 10, 12, 14, 16]
    assert sizes.tolist() == [8, 4]


@cuda.jit
def shows_what_dynamic_memory_starts_with(floats, integers):
    single = cuda.shared.array(0, float32)
    whole = cuda.shared.array(0, int32)
    thread = cuda.threadIdx.x
    floats[cuda.grid(1)] = single[thread]
    integers[cuda.grid(1)] = whole[thread]
    cuda.syncthreads()
    single[thread] = 1


def test_each_block_finds_dynamic_memory_unset():
    floats, integers = np.zeros(4), np.zeros(4, np.int32)
    emulate(shows_what_dynamic_memory_starts_with)[2, 2, 0, 8](floats, integers)
    assert np.isnan(floats).all()
    assert (integers == -1).all()
