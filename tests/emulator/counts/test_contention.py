from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.emulator.counts.contention import Tally, contended


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), max_size=60))
def test_a_request_takes_as_many_turns_as_lanes_want_one_element(rows):
    rows = sorted(rows, key=lambda row: row[0])
    warps, index = np.array(rows, np.int64).reshape(-1, 2).T
    by_hand = [max(Counter(at for w, at in rows if w == warp).values()) for warp in {w for w, _ in rows}]
    assert contended(warps, index) == (len(by_hand), sum(by_hand), max(by_hand, default=0))


def test_a_tally_goes_on_over_calls_and_keeps_memories_apart():
    tally = Tally()
    assert tally.add(("global", 1), 8, np.array([3, 3, 4])) == 2
    assert tally.add(("global", 1), 8, np.array([4, 4])) == 3
    assert tally.add(("shared", 2), 8, np.array([3])) == 1


def test_shared_memory_ends_with_its_blocks():
    tally = Tally()
    tally.add(("shared", 2), 8, np.array([3, 3]))
    tally.add(("global", 1), 8, np.array([3, 3]))
    tally.forget("shared")
    assert tally.add(("shared", 2), 8, np.array([3])) == 1
    assert tally.add(("global", 1), 8, np.array([3])) == 3
