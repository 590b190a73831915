from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.emulator.counts.banks import banked

LANES = np.arange(32)
ONE_WARP = np.zeros(32, np.int64)


@pytest.mark.parametrize(
    ("size", "offsets", "turns", "conflicts"),
    [
        (4, 4 * LANES, 1, 0),
        (4, 0 * LANES, 1, 0),  # one word for all: a broadcast
        (4, 4 * (LANES // 2), 1, 0),
        (4, 8 * LANES, 2, 1),
        (4, 16 * LANES, 4, 3),
        (4, 128 * LANES, 32, 31),
        (4, 132 * LANES, 1, 0),  # rows of 33
        (4, 12 * LANES, 1, 0),  # an odd stride visits every bank
        (1, LANES, 1, 0),  # four lanes a word
        (1, 128 * LANES, 32, 31),
        (2, 2 * LANES, 1, 0),
        (2, 4 * LANES, 1, 0),
        (8, 8 * LANES, 2, 0),  # a half of the warp a turn
        (8, 16 * LANES, 4, 2),
        (8, 0 * LANES, 2, 0),
        (8, 256 * LANES, 32, 30),  # 16 words in one bank, for each half
        (16, 16 * LANES, 4, 0),  # a quarter of the warp a turn
        (16, 128 * LANES, 32, 28),
    ],
)
def test_a_warp(size, offsets, turns, conflicts):
    assert banked(ONE_WARP, LANES, offsets, size) == (1, turns, conflicts)


def test_a_half_without_lanes_takes_no_turn():
    low = LANES[:16]
    assert banked(low * 0, low, 8 * low, 8) == (1, 1, 0)


def test_lanes_of_different_halves_do_not_meet():
    """Lanes 0 and 16 want different words of one bank, but of 8 bytes: they are served apart."""
    lanes = np.array([0, 16])
    assert banked(lanes * 0, lanes, np.array([0, 256]), 8) == (1, 2, 0)
    assert banked(lanes * 0, lanes, np.array([0, 256]), 4) == (1, 2, 1)


def test_each_warp_is_served_for_itself():
    warps = np.repeat([2, 5], 32)
    assert banked(warps, np.tile(LANES, 2), np.concatenate([4 * LANES, 8 * LANES]), 4) == (2, 3, 1)


def test_no_lanes_no_requests():
    nothing = np.zeros(0, np.int64)
    assert banked(nothing, nothing, nothing, 4) == (0, 0, 0)


@given(
    st.sets(st.tuples(st.integers(0, 2), st.integers(0, 31)), min_size=1),
    st.data(),
    st.sampled_from([1, 2, 4, 8, 16]),
)
def test_as_counted_word_by_word(places, data, size):
    rows = sorted(places)
    elements = data.draw(st.lists(st.integers(0, 300), min_size=len(rows), max_size=len(rows)))
    together = 32 // max(1, size // 4)
    words = defaultdict(set)
    for (warp, place), element in zip(rows, elements, strict=True):
        for byte in range(element * size, (element + 1) * size):
            words[warp, place // together].add(byte // 4)
    turns = sum(
        max(sum(word % 32 == bank for word in wanted) for bank in range(32)) for wanted in words.values()
    )
    warps, lanes = np.array(rows).T
    found = banked(warps, lanes, np.array(elements) * size, size)
    assert found == (len(set(warps.tolist())), turns, turns - len(words))
