from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import Gpu, gpu, gpus
from mig_explorer.model import GreenContexts
from mig_explorer.model.modes.green_contexts import Granularity, sm_granularity

A100, H100, GB10 = gpu("A100-SXM4-40GB"), gpu("H100-SXM5-80GB"), gpu("GB10")
MANY = [f"tenant {number}" for number in range(1, 40)]


@pytest.mark.parametrize(
    ("capability", "granularity"),
    [
        ((7, 5), (2, 2)),
        ((8, 0), (4, 2)),
        ((8, 9), (4, 2)),
        ((9, 0), (8, 8)),
        ((10, 3), (8, 8)),
        ((12, 1), (8, 8)),
    ],
)
def test_the_portions_of_each_architecture(capability: tuple[int, int], granularity: tuple[int, int]) -> None:
    assert sm_granularity(capability) == Granularity(*granularity)


def test_parts_have_their_own_sms_and_share_the_memory() -> None:
    first, second = GreenContexts([32, 16]).servers(GB10, ["ann", "bob"])
    assert (first.name, first.slice.sms, first.tenants) == ("32 SMs, part 1", 32, ("ann",))
    assert (second.name, second.slice.sms, second.tenants) == ("16 SMs, part 2", 16, ("bob",))
    assert first.compute_group != second.compute_group
    assert first.memory_group == second.memory_group == "whole GPU"
    assert first.slice.bandwidth == second.slice.bandwidth == GB10.whole.bandwidth
    assert (first.at_once, first.group_sms) == (1, 32)


@pytest.mark.parametrize(
    ("board", "tenants", "sms"), [(A100, 7, 14), (A100, 2, 54), (A100, 1, 108), (H100, 7, 16), (H100, 2, 64)]
)
def test_equal_parts_are_as_large_as_the_granularity_allows(board: Any, tenants: int, sms: int) -> None:
    servers = GreenContexts().servers(board, MANY[:tenants])
    assert [server.slice.sms for server in servers] == [sms] * tenants


def test_no_tenants_no_parts() -> None:
    assert GreenContexts().servers(A100, []) == ()


@pytest.mark.parametrize("board", gpus(), ids=lambda board: board.name)
def test_as_many_as_are_said_to_have_room_do(board: Gpu) -> None:
    most = board.sms // max(sm_granularity(board.compute_capability))
    servers = GreenContexts().servers(board, MANY[:most])
    assert sum(server.slice.sms or 0 for server in servers) <= board.sms
    with pytest.raises(InvalidExperiment, match=f"so it has room for {most}"):
        GreenContexts().servers(board, [*MANY[:most], "one more"])


def test_a_part_beyond_the_last_tenant_stands_idle() -> None:
    servers = GreenContexts((32, 16)).servers(GB10, ["ann"])
    assert [server.tenants for server in servers] == [("ann",), ()]


def test_words() -> None:
    mode = GreenContexts([32, 16])
    assert (mode.slug, mode.title) == ("green-contexts-32-16", "Green contexts (32 + 16 SMs)")
    assert mode.subtitle == "own SMs, one memory, one process"
    assert (GreenContexts().slug, GreenContexts().title) == ("green-contexts", "Green contexts")
    assert hash(mode) == hash(GreenContexts((32, 16)))


@pytest.mark.parametrize("sms", [[], [0], [8, -8], [8.0], [True], ["8"]])
def test_parts_that_are_none_are_refused(sms: Any) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        GreenContexts(sms)
    assert str(caught.value) == (
        f"GreenContexts(sms={sms!r}): a part is a whole number of SMs, one for each tenant, such as (32, "
        "16). Leave it out for equal parts."
    )


@pytest.mark.parametrize(
    ("board", "sms", "tenants", "message"),
    [
        (
            GB10,
            [20, 16],
            2,
            (
                "A green context of 20 SMs cannot be made on GB10: with compute capability 12.1 a part is "
                "at least 8 of its 48 SMs and a multiple of 8."
            ),
        ),
        (
            A100,
            [2, 50],
            2,
            (
                "A green context of 2 SMs cannot be made on A100-SXM4-40GB: with compute capability 8.0 a "
                "part is at least 4 of its 108 SMs and a multiple of 2."
            ),
        ),
        (
            A100,
            [60, 60],
            2,
            (
                "Green contexts (60 + 60 SMs) takes 120 SMs, and A100-SXM4-40GB has 108. Make the parts "
                "smaller: with compute capability 8.0 a part is at least 4 of its 108 SMs and a multiple "
                "of 2."
            ),
        ),
        (
            A100,
            [54, 54],
            3,
            (
                "3 tenants do not find room in Green contexts (54 + 54 SMs): every tenant needs a part of "
                "its own, and there are 2. Give more parts, or leave sms out for equal ones."
            ),
        ),
        (
            GB10,
            None,
            7,
            (
                "7 tenants are too many for green contexts on GB10: with compute capability 12.1 a part "
                "is at least 8 of its 48 SMs and a multiple of 8, so it has room for 6. Use fewer "
                "tenants, or Mps()."
            ),
        ),
    ],
)
def test_parts_that_cannot_be_made_are_refused(board: Any, sms: Any, tenants: int, message: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        GreenContexts(sms).servers(board, MANY[:tenants])
    assert str(caught.value) == message
