from __future__ import annotations

import pytest

from mig_explorer.emulator.compiler.sm_limits import COMPUTE_CAPABILITIES, KIB, dotted, sm_limits
from mig_explorer.gpus import gpus


def test_every_capability_of_the_catalogue_is_known() -> None:
    assert {board.compute_capability for board in gpus()} == set(COMPUTE_CAPABILITIES)


@pytest.mark.parametrize("board", gpus(), ids=lambda board: board.name)
def test_the_catalogue_says_the_same_of_an_sm(board) -> None:
    limits = sm_limits(board.compute_capability)
    said = board.max_threads_per_sm, board.max_blocks_per_sm, board.shared_memory_per_sm_kib
    assert said == (limits.threads, limits.blocks, limits.shared_bytes // KIB)


@pytest.mark.parametrize("capability", COMPUTE_CAPABILITIES, ids=dotted)
def test_a_setting_holds_what_was_wanted_and_no_smaller_one_does(capability: tuple[int, int]) -> None:
    limits = sm_limits(capability)
    for smaller, larger in zip(limits.shared_kib, limits.shared_kib[1:], strict=False):
        assert limits.shared_setting(larger * KIB) == larger * KIB
        assert limits.shared_setting(smaller * KIB + 1) == larger * KIB
