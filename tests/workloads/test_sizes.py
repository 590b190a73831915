from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import factories, matmul, reduction, triad
from mig_explorer.workloads.sizes import in_words, repeated

BAD = [0, -1, True, 2.0, "1024", None, 2**31]


@pytest.mark.parametrize("value", BAD)
def test_triad_refuses_a_number_of_elements_that_is_no_size(value):
    with pytest.raises(InvalidWorkload) as caught:
        triad(elements=value)
    assert str(caught.value) == (
        f"triad(elements={value!r}): elements must be a whole number from 1 to 2147483647 "
        "(an index must fit 32 bits). triad(elements=67108864) would work."
    )


@pytest.mark.parametrize("value", BAD)
def test_reduction_refuses_a_number_of_elements_that_is_no_size(value):
    with pytest.raises(InvalidWorkload) as caught:
        reduction(elements=value)
    assert str(caught.value) == (
        f"reduction(elements={value!r}): elements must be a whole number from 1 to 2147483647 "
        "(an index must fit 32 bits). reduction(elements=67108864) would work."
    )


@pytest.mark.parametrize("value", [0, -16, False, 16.0, "256", None, 46341])
def test_matmul_refuses_a_size_whose_elements_can_not_be_indexed(value):
    with pytest.raises(InvalidWorkload) as caught:
        matmul(size=value)
    assert str(caught.value) == (
        f"matmul(size={value!r}): size must be a whole number from 1 to 46340 "
        "(the index of an element must fit 32 bits). matmul(size=1024) would work."
    )


@pytest.mark.parametrize("factory", factories().values())
@pytest.mark.parametrize("value", [0, -3, True, 1.5, 1_000_001])
def test_every_workload_refuses_a_number_of_repeats_that_is_none(factory, value):
    with pytest.raises(InvalidWorkload) as caught:
        factory(repeats=value)
    name = factory.__name__
    assert str(caught.value) == (
        f"{name}(repeats={value!r}): repeats must be a whole number from 1 to 1000000 "
        f"(launches in one request). {name}(repeats=100) would work."
    )


def test_the_largest_sizes_are_allowed():
    assert triad(elements=2**31 - 1).launch.blocks == 2**23
    assert reduction(elements=2**31 - 1).launch.blocks == 2**20
    assert matmul(size=46340, repeats=1_000_000).cost.launches == 1_000_000


def test_a_numpy_integer_is_a_size_and_becomes_a_plain_one():
    size: Any = np.int32(1000)
    assert triad(elements=size) == triad(elements=1000)
    assert type(triad(elements=size).parameters["elements"]) is int


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1"), (1024, "1,024"), (2048, "2^11"), (2**26, "2^26"), (2**26 + 1, "67,108,865")],
)
def test_a_large_power_of_two_is_written_as_one(count, words):
    assert in_words(count) == words


def test_a_title_says_how_often_it_is_launched_only_if_more_than_once():
    assert repeated("x", 1) == "x"
    assert repeated("x", 2000) == "x, 2,000 launches"
