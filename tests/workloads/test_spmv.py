from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch, rounding_tolerance, spmv
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def test_cost_of_ten_rows_of_three_counted_by_hand():
    # 30 products, 30 additions; 30 values, 30 columns, 11 starts, ten of x, ten of y: 91 numbers of 4 bytes.
    assert spmv(rows=10, per_row=3).cost == Cost(
        flops=60, bytes=364, launches=1, working_set_bytes=364, precision="fp32"
    )


def test_the_cost_is_what_the_kernel_does():
    work = spmv(rows=40, per_row=16)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (work.cost.flops, work.cost.bytes)


@pytest.mark.parametrize(("rows", "blocks"), [(1, 1), (256, 1), (257, 2), (2**20, 4096)])
def test_one_thread_a_row(rows, blocks):
    assert spmv(rows=rows).launch == Launch(grid=(blocks,), block=(256,), shared_bytes=0)


@given(st.integers(1, 700), st.integers(1, 40), st.integers(0, 2**32))
def test_it_is_right_at_any_size_and_seed(rows, per_row, seed):
    assert emulated(spmv(rows=rows, per_row=per_row), seed).correct


@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 2**32))
def test_rows_are_unequal_and_have_as_many_non_zeros_as_was_said(rows, per_row, seed):
    row_starts, columns, values, x, _ = spmv(rows=rows, per_row=per_row).inputs(seed)
    lengths = np.diff(row_starts)
    assert row_starts[0] == 0
    assert row_starts[-1] == columns.size == values.size == rows * per_row
    assert 0 <= lengths.min() <= per_row <= lengths.max() <= 2 * per_row
    assert 0 <= columns.min() <= columns.max() < rows == x.size


def test_a_row_has_at_most_twice_the_mean_and_so_many_roundings():
    assert spmv(per_row=32).tolerance == rounding_tolerance(64)


def test_the_reference_is_the_dense_product():
    work = spmv(rows=30, per_row=4)
    row_starts, columns, values, x, _ = arguments = work.inputs(1)
    dense = np.zeros((30, 30))
    for row in range(30):
        for k in range(row_starts[row], row_starts[row + 1]):
            dense[row, columns[k]] += float(values[k])
    assert work.reference(arguments)[4] == pytest.approx(dense @ x.astype(np.float64), rel=1e-14)


def test_rows_that_lack_their_last_non_zero_are_caught():
    work = spmv(rows=50, per_row=8)
    row_starts, columns, values, x, y = arguments = work.inputs(1)
    expected = work.reference(arguments)
    changed = values.copy()
    changed[row_starts[1:][np.diff(row_starts) > 0] - 1] = 0
    y[:] = work.reference((row_starts, columns, changed, x, y))[4]
    assert not work.check(arguments, expected).correct


@pytest.mark.parametrize(
    ("parameter", "value", "most", "why", "example"),
    [
        ("rows", 2**21, 2097151, "the index of a non-zero must fit 32 bits", 1048576),
        (
            *("per_row", 1025, 1024),
            "a row has at most twice as many, and a thread goes through them one by one",
            32,
        ),
    ],
)
def test_a_matrix_that_is_too_large_is_refused(parameter, value, most, why, example):
    with pytest.raises(InvalidWorkload) as caught:
        spmv(**{parameter: value})
    assert str(caught.value) == (
        f"spmv({parameter}={value}): {parameter} must be a whole number from 1 to {most} ({why}). "
        f"spmv({parameter}={example}) would work."
    )


def test_title():
    assert spmv().title == "Sparse matrix times vector, 2^20 rows of 32"
