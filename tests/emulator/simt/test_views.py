from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import cuda

from tests.emulator.simt.launching import launch

N = 7


@cuda.jit
def every_slice(values, bounds, out):
    i = cuda.grid(1)
    start, stop, step = bounds[i, 0], bounds[i, 1], bounds[i, 2]
    part = values[start:stop:step]
    out[i, 0] = len(part)
    for k in range(len(part)):
        out[i, 1 + k] = part[k]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(-3, 3).filter(bool)),
        min_size=1,
        max_size=32,
    )
)
def test_slices_are_those_of_python(bounds):
    values = np.arange(10.0, 10 + N)
    out = np.zeros((len(bounds), 1 + N))
    launch(every_slice, 1, len(bounds), values, np.array(bounds), out)
    for (start, stop, step), row in zip(bounds, out, strict=True):
        part = values[start:stop:step]
        assert row[: 1 + len(part)].tolist() == [len(part), *part.tolist()]


@cuda.jit
def open_slices(values, out):
    i = cuda.grid(1)
    out[i] = values[i:][0] + values[: i + 1][i] + values[::-1][i] + values[::2][i // 2] + values[-2:][1]


def test_slices_with_ends_left_out():
    values, out = np.arange(8.0) ** 2, np.zeros(8)
    launch(open_slices, 1, 8, values, out)
    assert out.tolist() == [
        values[i:][0] + values[: i + 1][i] + values[::-1][i] + values[::2][i // 2] + values[-2:][1]
        for i in range(8)
    ]


@cuda.jit
def with_dots(values, out):
    i = cuda.grid(1)
    out[i] = values[..., 1][i, 0] + values[0, ...][1, i % 2] + values.T[0, 0, i] + values[i].size


def test_dots_transposes_and_planes():
    values, out = np.arange(12.0).reshape(3, 2, 2), np.zeros(3)
    launch(with_dots, 1, 3, values, out)
    assert out.tolist() == [values[i, 0, 1] + values[0, 1, i % 2] + values[i, 0, 0] + 4 for i in range(3)]


@cuda.jit
def lanes_choose_arrays(a, b, out):
    i = cuda.grid(1)
    mine = a if i % 2 == 0 else b
    mine[i] += 1
    cuda.atomic.add(mine, 0, 10)
    out[i] = len(mine) * 100 + mine[i]


def test_lanes_of_a_warp_may_use_different_arrays_by_one_name():
    a, b, out = np.arange(8.0), np.arange(9.0) * 10, np.zeros(8)
    launch(lanes_choose_arrays, 1, 8, a, b, out)
    assert a.tolist() == [41, 1, 3, 3, 5, 5, 7, 7]
    assert b.tolist() == [40, 11, 20, 31, 40, 51, 60, 71, 80]
    assert out.tolist() == [841, 911, 803, 931, 805, 951, 807, 971]


@cuda.jit
def records_in_loops_and_slices(records, out):
    i = cuda.grid(1)
    for each in records:
        out[i] += each.a
    every_other = records[::2]
    out[i] += every_other[i // 2].a
    cuda.syncthreads()
    records[i] = records[0]


def test_records_are_referred_to_and_copied():
    records = np.zeros(8, [("a", np.float64), ("b", np.int32)])
    records["a"] = np.arange(8)
    records["b"][0] = 5
    out = np.zeros(8)
    launch(records_in_loops_and_slices, 1, 8, records, out)
    assert out.tolist() == [28 + i // 2 * 2 for i in range(8)]
    assert records.tolist() == [(0.0, 5)] * 8
