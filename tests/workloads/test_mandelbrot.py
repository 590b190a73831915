from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import float32, njit

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Bounds, Launch, mandelbrot
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def bounds(work, arguments):
    found = work.reference(arguments)[4]
    assert isinstance(found, Bounds)
    return found


def escape_counts(arguments, dtype):
    """Return the counts of all points, computed plainly in a precision of NumPy."""
    left, top, step, limit, counts = arguments
    rows, columns = counts.shape
    c_real = dtype(left) + dtype(step) * np.arange(columns, dtype=dtype)[np.newaxis, :]
    c_imaginary = dtype(top) - dtype(step) * np.arange(rows, dtype=dtype)[:, np.newaxis]
    real, imaginary = (np.zeros(counts.shape, dtype) for _ in range(2))
    found = np.zeros(counts.shape)
    inside = np.ones(counts.shape, bool)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(limit):
            inside &= real * real + imaginary * imaginary <= 4
            found += inside
            real, imaginary = (
                real * real - imaginary * imaginary + c_real,
                dtype(2) * real * imaginary + c_imaginary,
            )
    return found


@njit(fastmath={"contract"})
def contracted(left, top, step, limit, counts):
    """Count with products and sums fused wherever the compiler likes, as a GPU's may."""
    for row in range(counts.shape[0]):
        for column in range(counts.shape[1]):
            c_real = left + step * float32(column)
            c_imaginary = top - step * float32(row)
            real = imaginary = float32(0.0)
            count = 0
            while count < limit and real * real + imaginary * imaginary <= float32(4.0):
                following = real * real - imaginary * imaginary + c_real
                imaginary = float32(2.0) * real * imaginary + c_imaginary
                real = following
                count += 1
            counts[row, column] = count


def test_bytes_are_those_of_the_counts():
    cost = mandelbrot(size=100, repeats=3).cost
    assert (cost.bytes, cost.launches, cost.working_set_bytes) == (120_000, 3, 40_000)


def test_the_cost_is_what_the_kernel_does():
    work = mandelbrot(size=20, limit=50)
    tally = counted(work)
    counts = tally.arguments[4].astype(int)
    assert tally.flops == np.sum(4 + 8 * counts + 3 * (counts < 50))
    assert tally.bytes == work.cost.bytes
    assert tally.flops == pytest.approx(work.cost.flops, rel=0.03)


@pytest.mark.parametrize("limit", [64, 256])
def test_flops_from_the_sample_are_those_of_the_view_within_two_per_cent(limit):
    work = mandelbrot(size=256, limit=limit)
    counts = escape_counts(work.inputs(7), np.float64)
    assert work.cost.flops == pytest.approx(np.sum(4 + 8 * counts + 3 * (counts < limit)), rel=0.02)


def test_one_thread_a_point_in_blocks_of_32_by_8():
    assert mandelbrot(size=33).launch == Launch(grid=(2, 5), block=(32, 8), shared_bytes=0)


@given(st.integers(1, 80), st.integers(1, 200), st.integers(0, 2**32))
@settings(max_examples=40)
def test_it_is_right_at_any_size_and_seed(size, limit, seed):
    assert emulated(mandelbrot(size=size, limit=limit), seed).correct


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_way_of_rounding_stays_within_the_bounds(seed):
    work = mandelbrot(size=200, limit=256)
    arguments = work.inputs(seed)
    expected = work.reference(arguments)
    for found in (escape_counts(arguments, np.float32), escape_counts(arguments, np.float64)):
        assert work.check((*arguments[:4], found), expected).correct
    contracted(*arguments)
    assert work.check(arguments, expected).correct


def test_rounding_leaves_few_points_undecided_and_decides_for_and_against_the_others():
    work = mandelbrot(size=256, limit=256)
    found = bounds(work, work.inputs(7))
    assert 0 < found.undecided < 0.02
    # The set covers 1.507 of the 6.25 of the view, and what has not escaped after 256 iterations a bit more.
    assert 0.22 < np.mean(found.lowest == 256) < 0.26
    assert np.mean(found.highest < 256) > 0.73


def test_points_of_which_the_counts_are_known():
    counts = np.full((1, 6), -1, np.int32)
    found = bounds(mandelbrot(size=6), (np.float32(-2), np.float32(0), np.float32(0.5), 50, counts))
    # -1 is periodic, -1/2 and 0 are drawn to a point; 1/2 goes 0, 0.5, 0.75, 1.0625, 1.63, 3.15.
    assert found.lowest[0, 2:].tolist() == found.highest[0, 2:].tolist() == [50, 50, 50, 5]
    # -2 stays at |z| = 2, where any rounding decides; -3/2 is chaotic, so that rounding grows at every step.
    assert found.lowest[0, 0] == 1
    assert 10 < found.lowest[0, 1] < 50
    assert found.highest[0, :2].tolist() == [50, 50]


def test_a_point_that_is_too_far_out_escapes_at_once():
    counts = np.full((1, 1), -1, np.int32)
    found = bounds(mandelbrot(size=1), (np.float32(-2), np.float32(1), np.float32(1), 50, counts))
    assert found.lowest == found.highest == 1


def test_counts_that_are_one_too_high_are_caught():
    work = mandelbrot(size=100, limit=100)
    arguments = work.inputs(1)
    arguments[4][:] = escape_counts(arguments, np.float64) + 1
    assert not work.check(arguments, work.reference(arguments)).correct


def test_a_point_that_was_left_out_is_caught_even_where_its_count_is_undecided():
    work = mandelbrot(size=100, limit=100)
    arguments = work.inputs(1)
    arguments[4][:] = escape_counts(arguments, np.float64)
    found = bounds(work, arguments)
    arguments[4][np.unravel_index(np.argmax(found.highest - found.lowest), (100, 100))] = -1
    assert not work.check(arguments, work.reference(arguments)).correct


def test_the_seed_shifts_the_view_by_less_than_a_pixel():
    corners = {mandelbrot(size=50).inputs(seed)[:2] for seed in range(20)}
    assert len(corners) == 20
    assert all(-2 <= left < -1.95 and 1.2 < top <= 1.25 for left, top in corners)


@pytest.mark.parametrize(
    ("parameter", "value", "most", "why", "example"),
    [
        ("size", 46341, 46340, "the index of an element must fit 32 bits", 4096),
        ("limit", 16385, 16384, "iterations of a point that never escapes", 256),
    ],
)
def test_a_view_that_is_too_large_is_refused(parameter, value, most, why, example):
    with pytest.raises(InvalidWorkload) as caught:
        mandelbrot(**{parameter: value})
    assert str(caught.value) == (
        f"mandelbrot({parameter}={value}): {parameter} must be a whole number from 1 to {most} ({why}). "
        f"mandelbrot({parameter}={example}) would work."
    )


def test_title():
    assert mandelbrot(limit=1000).title == "Mandelbrot set, 4096 × 4096, 1,000 iterations"
