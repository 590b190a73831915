import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidExperiment
from mig_explorer.scenarios.controls import Choice, Number

JOBS = Number("jobs", "Small jobs", 1, 14, 7)
RATE = Number("rate", "Requests", 0.5, 20.0, 5.0, 0.5, "requests/s")
BOARD = Choice("gpu", "GPU", ("A100-SXM4-40GB", "A30", "GB10"), "A30")


def refusal(control, value):
    with pytest.raises(InvalidExperiment) as refused:
        control.checked(value)
    return str(refused.value)


def test_both_ends_of_a_range_are_in_it():
    assert [JOBS.checked(each) for each in (1, 7, 14)] == [1, 7, 14]
    assert [RATE.checked(each) for each in (0.5, 3, 20.0)] == [0.5, 3, 20.0]


@pytest.mark.parametrize("value", [0, 15, -1, 2.0, 2.5, True, False, "7", None, math.nan, [7]])
def test_a_count_is_whole_and_in_its_range(value):
    said = f"jobs is a whole number from 1 to 14, not {value!r}. For example 7."
    assert refusal(JOBS, value) == said


@pytest.mark.parametrize("value", [0.4, 20.1, math.inf, math.nan, "5", True])
def test_an_amount_is_a_number_in_its_range(value):
    assert (
        refusal(RATE, value) == f"rate is a number from 0.5 to 20 requests/s, not {value!r}. For example 5."
    )


def test_a_long_wrong_value_is_cut_short():
    assert refusal(JOBS, "x" * 500) == f"jobs is a whole number from 1 to 14, not '{'x' * 39}. For example 7."


def test_a_number_counts_if_nothing_of_it_has_a_fraction():
    assert JOBS.is_whole
    assert not RATE.is_whole
    assert not Number("load", "Load", 0, 1, 0, 0.1).is_whole


@given(st.integers() | st.floats() | st.booleans() | st.text())
def test_whatever_passes_is_in_the_range(value):
    try:
        passed = JOBS.checked(value)
    except InvalidExperiment:
        assert isinstance(value, (bool, float, str)) or not 1 <= value <= 14
    else:
        assert 1 <= passed <= 14


def test_a_choice_is_one_of_its_options():
    assert BOARD.checked("GB10") == "GB10"
    assert refusal(BOARD, "A3") == "gpu is A100-SXM4-40GB, A30 or GB10, not 'A3'. Nearest: A30."


@pytest.mark.parametrize("value", [None, 3, ["A30"], {"A30": 1}])
def test_a_choice_of_another_kind_is_refused_too(value):
    assert refusal(BOARD, value).startswith(f"gpu is A100-SXM4-40GB, A30 or GB10, not {value!r}.")
