from __future__ import annotations

import dataclasses

import pytest

from mig_explorer.model import Demand, Load, constant, loads, stretch
from mig_explorer.model.contention import stretched_seconds

FULL = Demand(seconds=1.0, compute_seconds=0.75, compute_share=1.0)
STREAM = Demand(seconds=1.0, memory_seconds=1.0, compute_share=0.2, memory_share=1.0)


def test_nobody_is_slowed_alone() -> None:
    for demand in (FULL, STREAM, Demand(seconds=2.0, transfer_seconds=2.0, switching=0.5)):
        assert stretch([demand]) == (1.0,)


def test_no_request_no_load() -> None:
    assert loads([]) == ()
    assert stretch([]) == ()


@pytest.mark.parametrize("count", [2, 5, 7])
def test_requests_that_fill_the_gpu_take_a_and_b_times_their_number(count: int) -> None:
    assert stretch([FULL] * count) == pytest.approx([0.25 + 0.75 * count] * count)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_taking_turns_costs_the_number_and_the_switching(count: int) -> None:
    turn = Demand(seconds=2.0, compute_seconds=2.0, compute_share=1.0, switching=0.11)
    assert stretch([turn] * count) == pytest.approx([1.11 * count] * count)


def test_small_requests_do_not_slow_each_other_until_the_gpu_is_full() -> None:
    quarter = dataclasses.replace(FULL, compute_share=0.25)
    assert stretch([quarter] * 4) == (1.0,) * 4
    assert stretch([quarter] * 5) == pytest.approx([0.25 + 0.75 * 1.25] * 5)


def test_what_is_shared_is_told_by_the_groups() -> None:
    beside = dataclasses.replace(FULL, compute_group=1)
    assert stretch([FULL, beside]) == (1.0, 1.0)
    other_memory = dataclasses.replace(STREAM, compute_group=1, memory_group=1)
    assert stretch([STREAM, other_memory]) == (1.0, 1.0)
    same_memory = dataclasses.replace(STREAM, compute_group=1)
    assert stretch([STREAM, same_memory]) == pytest.approx([2.0, 2.0])


def test_arithmetic_and_traffic_overlap_as_in_the_roofline() -> None:
    both = Demand(seconds=3.0, compute_seconds=1.0, memory_seconds=2.0)
    k = constant("overlap_exponent")
    alone = (1 + 2**k) ** (1 / k)
    loaded = (4**k + (2 * 3) ** k) ** (1 / k)
    assert stretched_seconds(both, Load(4.0, 3.0, 1.0)) == pytest.approx(3.0 + loaded - alone)


def test_a_load_on_both_stretches_the_gpu_part_alike() -> None:
    both = Demand(seconds=3.0, compute_seconds=1.0, memory_seconds=2.0)
    k = constant("overlap_exponent")
    on_gpu = (1 + 2**k) ** (1 / k)
    assert stretched_seconds(both, Load(5.0, 5.0, 1.0)) == pytest.approx(3.0 + 4 * on_gpu)


def test_the_pcie_link_is_shared_by_the_whole_board() -> None:
    copying = Demand(seconds=1.0, transfer_seconds=0.6)
    elsewhere = dataclasses.replace(copying, compute_group=1, memory_group=1)
    assert loads([copying, elsewhere])[0].transfer == pytest.approx(1.2)
    assert stretch([copying, elsewhere]) == pytest.approx([1.12, 1.12])


def test_switching_is_lost_only_in_the_group_that_has_company() -> None:
    turn = Demand(seconds=1.0, compute_seconds=1.0, compute_share=1.0, switching=0.5)
    alone = dataclasses.replace(turn, compute_group=1)
    assert stretch([turn, turn, alone]) == pytest.approx([3.0, 3.0, 1.0])


@pytest.mark.parametrize("traffic", [0.0, 0.1, 0.5, 1.0, 2.0, 10.0])
@pytest.mark.parametrize("count", [2, 7, 48])
def test_tenants_alike_that_fill_the_sms_never_draw_more_than_there_is(traffic: float, count: int) -> None:
    k = constant("overlap_exponent")
    on_gpu = (1 + traffic**k) ** (1 / k)
    demand = Demand(on_gpu, 1.0, traffic, compute_share=1.0, memory_share=traffic / on_gpu)
    seconds = on_gpu * stretch([demand] * count)[0]
    assert seconds >= count * max(1.0, traffic) * (1 - 1e-12)
    assert seconds <= count * on_gpu * (1 + 1e-12)


def test_more_company_is_never_faster() -> None:
    company = [FULL, STREAM, dataclasses.replace(FULL, compute_share=0.1), STREAM]
    slowed = [stretch(company[: count + 1])[0] for count in range(len(company))]
    assert slowed == sorted(slowed)
    assert slowed[0] == 1.0
