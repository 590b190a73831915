from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.workloads import Launch, blocks_to_cover


def test_blocks_and_threads_are_counted_over_all_dimensions():
    launch = Launch(grid=(3, 4, 5), block=(8, 2, 2), shared_bytes=64)
    assert (launch.blocks, launch.threads_per_block, launch.shared_bytes) == (60, 32, 64)


@given(st.integers(1, 10**12), st.integers(1, 4096))
def test_blocks_cover_all_items_and_the_last_one_is_needed(items, per_block):
    blocks = blocks_to_cover(items, per_block)
    assert (blocks - 1) * per_block < items <= blocks * per_block
