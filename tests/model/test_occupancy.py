from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpu
from mig_explorer.model import resident_blocks
from mig_explorer.model.occupancy import recorded_resources_of
from mig_explorer.workloads import Launch, attention, factories, triad

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu

A100 = gpu("A100-SXM4-40GB")


@pytest.mark.parametrize(
    ("board", "threads", "shared_bytes", "blocks", "limited_by"),
    [
        (A100, 256, 0, 8, "warps"),
        (A100, 1024, 0, 2, "warps"),
        (A100, 32, 0, 32, "blocks"),
        (A100, 33, 0, 32, "warps and blocks"),  # two warps: 64 / 2, as many as there are block slots
        (A100, 256, 48 * 1024, 3, "shared memory"),  # 164 KiB / (48 + 1) KiB
        (gpu("GB10"), 256, 0, 6, "warps"),
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
        "A block of 256 threads with 204800 B of shared memory does not fit an SM of A100-SXM4-40GB: it has "
        "too many of its shared memory. A block may have 1024 threads, 65536 registers and 48 KiB of shared "
        "memory. Use smaller blocks."
    )


def test_a_block_with_too_many_registers_is_refused() -> None:
    greedy = replace(recorded_resources_of(attention(), A100), registers=200)  # type: ignore[type-var]
    with pytest.raises(InvalidWorkload) as caught:
        resident_blocks(Launch((1,), (512,), 0), A100, greedy)
    assert str(caught.value) == (
        "A block of 512 threads, 200 registers each, with 16384 B of shared memory does not fit an SM of "
        "A100-SXM4-40GB: it has too many of its registers. A block may have 1024 threads, 65536 registers "
        "and "
        "48 KiB of shared memory. Use smaller blocks."
    )


@pytest.mark.parametrize("factory", factories().values())
def test_with_recorded_registers_the_rules_are_those_of_the_compiler_room(factory: Any) -> None:
    work = factory()
    resources = recorded_resources_of(work, A100)
    assert resources is not None
    held = resources.occupancy(work.launch.threads_per_block)
    residency = resident_blocks(work.launch, A100, resources)
    assert (residency.blocks, residency.registers) == (held.blocks, resources.registers)
    assert residency.blocks <= resident_blocks(work.launch, A100).blocks


def test_registers_keep_blocks_of_the_attention_kernel_out() -> None:
    work = attention()
    assert resident_blocks(work.launch, A100).blocks > 6
    residency = resident_blocks(work.launch, A100, recorded_resources_of(work, A100))
    assert (residency.blocks, residency.limited_by) == (6, "registers")


def test_of_a_kernel_that_nobody_recorded_the_registers_are_unknown() -> None:
    def another(values: Any) -> None:
        values[0] = 1

    assert recorded_resources_of(replace(triad(elements=1000), kernel=another), A100) is None
    assert recorded_resources_of(replace(triad(elements=1000), factory="mine:triad"), A100) is None
