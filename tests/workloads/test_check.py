from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.workloads.check import EXACT, Bounds, Check, Tolerance, compare, rounding_tolerance

TIGHT = Tolerance(rtol=1e-6)


def test_an_equal_result_is_correct_with_no_error():
    check = compare([np.ones(4, np.float32)], {0: np.ones(4)}, TIGHT)
    assert check == Check(correct=True, max_error=0.0, tolerance=TIGHT)


def test_one_value_just_outside_the_tolerance_is_wrong():
    actual = np.ones(4)
    actual[2] += 2e-6
    check = compare([actual], {0: np.ones(4)}, TIGHT)
    assert not check.correct
    assert check.max_error == pytest.approx(2e-6)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_wrong_by_an_infinite_error(value):
    assert compare([np.array([1.0, value])], {0: np.ones(2)}, TIGHT) == Check(False, math.inf, TIGHT)


def test_an_output_of_another_shape_is_wrong():
    assert compare([np.ones(3)], {0: np.ones(4)}, TIGHT) == Check(False, math.inf, TIGHT)


def test_where_zero_is_expected_only_the_absolute_tolerance_helps():
    assert not compare([np.array([1e-9])], {0: np.zeros(1)}, TIGHT).correct
    assert compare([np.array([1e-9])], {0: np.zeros(1)}, Tolerance(rtol=0, atol=1e-8)).correct


def test_every_output_counts():
    arguments = [np.ones(2), 3, np.full(2, 5.0)]
    assert compare(arguments, {0: np.ones(2), 2: np.full(2, 5.0)}, TIGHT).correct
    assert not compare(arguments, {0: np.ones(2), 2: np.full(2, 6.0)}, TIGHT).correct


RANGE = Bounds(lowest=np.array([3.0, 7.0]), highest=np.array([3.0, 9.0]))


@pytest.mark.parametrize("values", [(3, 7), (3, 8), (3, 9)])
def test_any_value_within_its_bounds_is_correct(values):
    assert compare([np.array(values)], {0: RANGE}, EXACT) == Check(True, 0.0, EXACT)


@pytest.mark.parametrize(
    ("values", "error"), [((3, 6), 1 / 7), ((3, 10), 1 / 9), ((4, 8), 1 / 3), ((3, -1), 8 / 7)]
)
def test_a_value_out_of_its_bounds_is_wrong_by_its_distance_to_the_nearer_one(values, error):
    check = compare([np.array(values)], {0: RANGE}, EXACT)
    assert (check.correct, check.max_error) == (False, error)


def test_bounds_need_a_number_of_the_same_shape_too():
    assert compare([np.array([3.0, math.nan])], {0: RANGE}, EXACT) == Check(False, math.inf, EXACT)
    assert compare([np.array([3.0])], {0: RANGE}, EXACT) == Check(False, math.inf, EXACT)


def test_bounds_that_are_equal_decide():
    assert RANGE.undecided == 0.5
    assert Bounds(np.ones(3), np.ones(3)).undecided == 0


def test_a_reference_that_is_no_number_is_met_by_nothing():
    assert not compare([np.ones(1)], {0: np.array([math.nan])}, TIGHT).correct


def test_a_large_relative_error_is_found_among_large_values():
    expected = np.array([1e9, 1.0])
    check = compare([np.array([1e9 + 1, 1.5])], {0: expected}, TIGHT)
    assert (check.correct, check.max_error) == (False, 0.5)


def test_rounding_tolerance_is_the_bound_of_higham():
    unit = 2.0**-24
    assert rounding_tolerance(1024).rtol == 1024 * unit / (1 - 1024 * unit)
    assert rounding_tolerance(1024).atol == 0


@given(st.lists(st.floats(0.5, 1.5, width=32), min_size=2, max_size=200))
def test_no_sum_of_positive_float32_exceeds_the_rounding_tolerance(values):
    total = np.float32(0)
    for each in values:
        total += np.float32(each)
    exact = math.fsum(values)
    assert abs(float(total) - exact) <= rounding_tolerance(len(values)).rtol * exact
