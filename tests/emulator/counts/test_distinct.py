from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.emulator.counts.distinct import distinct, groupwise_most, pieces, ranks

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=40)


def columns(rows):
    array = np.array(rows, np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


@given(pairs)
def test_each_pair_comes_once_with_its_times(rows):
    found = distinct(*columns(rows))
    expected = sorted(set(rows))
    assert list(zip(found.groups.tolist(), found.places.tolist(), strict=True)) == expected
    assert found.times.tolist() == [rows.count(pair) for pair in expected]


@given(st.lists(st.integers(0, 9), max_size=30).map(sorted))
def test_ranks_count_from_zero_without_a_gap(values):
    numbered, count = ranks(np.array(values, np.int64))
    expected = [rank for rank, (_, group) in enumerate(groupby(values)) for _ in group]
    assert numbered.tolist() == expected
    assert count == len(set(values))


@pytest.mark.parametrize(
    ("offset", "size", "width", "touched"),
    [
        (0, 4, 32, {0}),
        (28, 4, 32, {0}),
        (28, 8, 32, {0, 1}),
        (31, 1, 32, {0}),
        (40, 100, 32, {1, 2, 3, 4}),
        (2, 4, 4, {0, 1}),
    ],
)
def test_an_element_touches_every_piece_between_its_first_byte_and_its_last(offset, size, width, touched):
    with_another = pieces(np.array([offset, 0]), size, width)
    assert {int(each[0]) for each in with_another} == touched


@given(pairs)
def test_the_most_of_each_group(rows):
    groups, numbers = columns(rows)
    expected = [max([number for group, number in rows if group == each], default=0) for each in range(6)]
    assert groupwise_most(groups, numbers, 6).tolist() == expected
