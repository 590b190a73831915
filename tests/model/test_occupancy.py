from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpu
from mig_explorer.model import resident_blocks
from mig_explorer.workloads import Launch

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu

A100 = gpu("A100-SXM4-40GB")


@pytest.mark.parametrize(
    ("board", "threads", "shared_bytes", "blocks", "limited_by"),
    [
        (A100, 256, 0, 8, "threads"),
        (A100, 1024, 0, 2, "threads"),
        (A100, 32, 0, 32, "blocks"),
        (A100, 33, 0, 32, "threads"),  # two warps: 64 / 2, as many as there are block slots
        (A100, 256, 48 * 1024, 3, "shared memory"),  # 164 KiB / (48 + 1) KiB
        (gpu("GB10"), 256, 0, 6, "threads"),
    ],
)
def test_the_scarcest_resource_decides(
    board: Gpu, threads: int, shared_bytes: int, blocks: int, limited_by: str
) -> None:
    residency = resident_blocks(Launch((1,), (threads,), shared_bytes), board)
    assert (residency.blocks, residency.limited_by) == (blocks, limited_by)


def test_a_block_that_fits_no_sm_is_refused() -> None:
    with pytest.raises(InvalidWorkload) as caught:
        resident_blocks(Launch((1,), (256,), 200 * 1024), A100)
    assert str(caught.value) == (
        "A block of 256 threads with 204800 B of shared memory (205824 B with what CUDA reserves) does not "
        "fit an SM of A100-SXM4-40GB: it has room for 2048 threads and 164 KiB of shared memory. "
        "Use smaller blocks."
    )


def test_a_board_without_limits_is_refused_rather_than_guessed() -> None:
    facts = {name: fact for name, fact in A100.facts.items() if name != "max_blocks_per_sm"}
    with pytest.raises(InvalidWorkload) as caught:
        resident_blocks(Launch((1,), (256,)), replace(A100, facts=facts))
    assert str(caught.value) == (
        "The record of A100-SXM4-40GB does not say what one of its SMs can hold (threads, blocks, shared "
        "memory), so the model cannot place the kernel's blocks. A100-SXM4-40GB has these values."
    )
