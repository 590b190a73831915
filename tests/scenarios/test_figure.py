import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidExperiment
from mig_explorer.scenarios.figure import PROVENANCES, Figure, written


def test_nearly_all_is_not_all():
    assert Figure("in time", 99.97, "%", "modelled", "A30", 99.2, 100.0).amount == "99.9 % (99.2 to 100)"


def test_it_says_value_band_unit_kind_and_source():
    figure = Figure("throughput", 2.53, "times", "modelled", "A100-SXM4-40GB, seed 7", 2.1, 3.04)
    assert str(figure) == "throughput: 2.53 times (2.1 to 3.04); modelled, A100-SXM4-40GB, seed 7"
    assert figure.amount == "2.53 times (2.1 to 3.04)"


def test_a_figure_without_a_band_has_none_in_words():
    assert Figure("seats", 56, "users", "counted", "8 boards").amount == "56 users"
    assert Figure("seats", 56, "users", "counted", "8 boards", low=50).amount == "56 users"
    assert Figure("ratio", 0.5, "", "listed", "data sheet").amount == "0.5"


@pytest.mark.parametrize("value", [None, math.nan])
def test_what_is_unknown_is_never_a_number(value):
    figure = Figure("power of one slice", value, "W", "measured", "nobody published it")
    assert figure.value is None
    assert figure.amount == "unknown"
    assert str(figure) == "power of one slice: unknown; nobody published it"


def test_zero_is_known():
    assert Figure("slices", 0, "slices", "listed", "GB10").amount == "0 slices"


def test_a_provenance_is_one_of_the_kinds():
    with pytest.raises(InvalidExperiment) as refused:
        Figure("throughput", 1.0, "times", "guessed", "a feeling")
    assert str(refused.value) == (
        "throughput: a figure is measured, recorded, modelled, emulated, published, listed, counted, "
        "assumed, not 'guessed'."
    )
    assert all(str(Figure("it", 1.0, "s", each, "here")).startswith("it: 1 s;") for each in PROVENANCES)


@pytest.mark.parametrize(
    ("low", "high", "said"), [(1.2, 2.0, "1.2 to 2"), (0.1, 0.9, "0.1 to 0.9"), (1.2, None, "1.2 to inf")]
)
def test_a_value_lies_in_its_band(low, high, said):
    with pytest.raises(InvalidExperiment) as refused:
        Figure("gain", 1.0, "times", "modelled", "A30", low, high)
    assert str(refused.value) == f"gain: 1 times lies outside its band, {said}."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7.0, "7"),
        (56.0, "56"),
        (999.4, "999"),
        (2.5312, "2.53"),
        (0.9999, "1"),
        (-2.5312, "-2.53"),
        (20160.4, "20,160"),
        (0.00123, "0.00123"),
        (1e-9, "0.000000001"),
        (math.inf, "inf"),
    ],
)
def test_numbers_have_three_figures_and_no_exponent(value, text):
    assert written(value) == text


@given(st.floats(1e-12, 1e12))
def test_what_is_written_is_near_what_was_meant(value):
    text = written(value)
    assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.0051)
