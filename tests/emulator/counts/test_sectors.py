from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.emulator.counts.sectors import coalesced

LANES = np.arange(32)
ONE_WARP = np.zeros(32, np.int64)


@pytest.mark.parametrize(
    ("size", "stride", "sectors", "ideal"),
    [
        (1, 1, 1, 1),
        (2, 2, 2, 2),
        (4, 4, 4, 4),
        (8, 8, 8, 8),
        (16, 16, 16, 16),
        (4, 8, 8, 4),
        (4, 32, 32, 4),
        (4, 4096, 32, 4),
        (8, 64, 32, 8),
        (4, 0, 1, 1),
        (12, 12, 12, 12),  # records that lie across the edges of sectors
        (12, 36, 36, 12),  # 36 bytes apart: no gap is as long as a sector, so all of 31 * 36 + 12 bytes
    ],
)
def test_a_warp_with_a_stride(size, stride, sectors, ideal):
    assert coalesced(ONE_WARP, stride * LANES, size) == (1, sectors, ideal)


def test_a_warp_that_begins_in_the_middle_of_a_sector_touches_one_more():
    assert coalesced(ONE_WARP, 4 * LANES + 4, 4) == (1, 5, 4)


def test_each_warp_asks_for_itself():
    """Two warps that read the same 128 bytes: two requests of four sectors."""
    warps = np.repeat([3, 8], 32)
    assert coalesced(warps, np.tile(4 * LANES, 2), 4) == (2, 8, 8)


def test_no_lanes_no_requests():
    nothing = np.zeros(0, np.int64)
    assert coalesced(nothing, nothing, 4) == (0, 0, 0)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), min_size=1, max_size=60),
    st.sampled_from([1, 2, 4, 8, 12, 16]),
)
def test_as_counted_byte_by_byte(rows, size):
    rows = sorted(rows, key=lambda row: row[0])
    warps, elements = np.array(rows).T
    touched = {(warp, (at * size + byte) // 32) for warp, at in rows for byte in range(size)}
    asked = {warp: {at for other, at in rows if other == warp} for warp, _ in rows}
    ideal = sum(-(-len(different) * size // 32) for different in asked.values())
    assert coalesced(warps, elements * size, size) == (len(asked), len(touched), ideal)
