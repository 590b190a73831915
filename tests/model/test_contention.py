from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.gpus import gpu
from mig_explorer.model import Demand, Load, Mps, constant, loads, service, stretch
from mig_explorer.model.contention import Drawing, memory_load, seconds_on_gpu, stretched_seconds
from mig_explorer.workloads import factories

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
    assert loads([copying, elsewhere])[0].transfer == pytest.approx(0.8 / 0.6)
    assert stretch([copying, elsewhere]) == pytest.approx([1.2, 1.2])


def test_switching_is_lost_only_in_the_group_that_has_company() -> None:
    turn = Demand(seconds=1.0, compute_seconds=1.0, compute_share=1.0, switching=0.5)
    alone = dataclasses.replace(turn, compute_group=1)
    assert stretch([turn, turn, alone]) == pytest.approx([3.0, 3.0, 1.0])


SECONDS = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
SHARES = st.one_of(st.sampled_from([0.0, 1 / 7, 0.5, 1.0]), st.floats(0.0, 1.0))
GROUPS = st.integers(0, 2)


@st.composite
def demands(draw) -> Demand:
    """Draw a request whose traffic takes no less than it would with all of the bandwidth."""
    compute, memory = draw(SECONDS), draw(SECONDS)
    on_gpu, transfer = seconds_on_gpu(compute, memory), draw(SECONDS)
    return Demand(
        seconds=on_gpu + transfer + draw(st.floats(1e-3, 10.0)),
        compute_seconds=compute,
        memory_seconds=memory,
        compute_share=draw(SHARES),
        memory_share=draw(SHARES) * memory / on_gpu if on_gpu else 0.0,
        transfer_seconds=transfer,
        compute_group=draw(GROUPS),
        memory_group=draw(GROUPS),
        switching=draw(st.sampled_from([0.0, 0.11])),
    )


def drawn(in_service: list[Demand]) -> dict[int, float]:
    """Return the share of each group's bandwidth that its requests draw."""
    found: dict[int, float] = {}
    for each, factor in zip(in_service, stretch(in_service), strict=True):
        use = each.traffic_seconds / (each.seconds * factor)
        found[each.memory_group] = found.get(each.memory_group, 0.0) + use
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(demands(), min_size=1, max_size=12))
def test_any_company_uses_no_more_than_there_is(in_service: list[Demand]) -> None:
    assert max(drawn(in_service).values()) <= 1 + 1e-8
    computing: dict[int, float] = {}
    for each, factor in zip(in_service, stretch(in_service), strict=True):
        use = each.compute_share * each.compute_seconds / (each.seconds * factor)
        computing[each.compute_group] = computing.get(each.compute_group, 0.0) + use
        assert stretch([each]) == (1.0,)
        assert factor >= 1.0
    assert max(computing.values()) <= 1 + 1e-8
    factors = stretch(in_service)
    passing = sum(
        each.transfer_seconds / (each.seconds * f) for each, f in zip(in_service, factors, strict=True)
    )
    assert passing <= 1 + 1e-8


@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_alike_they_take_what_their_transfers_take(count: int, share: float) -> None:
    copying = Demand(seconds=2.0, transfer_seconds=2.0 * share)
    assert stretch([copying] * count) == pytest.approx([max(1.0, count * share)] * count)


def test_transfers_of_those_who_take_turns_anyway_are_not_slowed_once_more() -> None:
    turn = Demand(seconds=1.0, compute_seconds=1.0, compute_share=1.0, transfer_seconds=0.5)
    assert stretch([turn] * 4) == pytest.approx([4.0] * 4)
    beside = Demand(seconds=1.0, transfer_seconds=1.0, compute_group=1, memory_group=1)
    turns, other = loads([*[turn] * 4, beside])[0], stretch([*[turn] * 4, beside])[4]
    assert turns.transfer > 1.0
    passing = 4 * 0.5 / (4.0 + 0.5 * (turns.transfer - 1.0)) + 1 / other
    assert 0.98 < passing <= 1 + 1e-9


@pytest.mark.parametrize("traffic", [0.0, 0.1, 0.5, 1.0, 2.0, 10.0])
@pytest.mark.parametrize("count", [2, 7, 48])
@pytest.mark.parametrize("sms", [0.01, 0.5, 1.0])
def test_tenants_alike_take_turns_at_worst(traffic: float, count: int, sms: float) -> None:
    on_gpu = seconds_on_gpu(1.0, traffic)
    demand = Demand(on_gpu, 1.0, traffic, compute_share=sms, memory_share=traffic / on_gpu)
    seconds = on_gpu * stretch([demand] * count)[0]
    assert seconds >= count * max(sms, traffic) * (1 - 1e-9)
    assert seconds <= count * on_gpu * (1 + 1e-12)


@pytest.mark.parametrize("count", [3, 7, 48])
def test_alike_beside_each_other_they_take_what_their_traffic_takes(count: int) -> None:
    alike = Demand(2.0, 1.0, 1.0, memory_share=0.5)
    together = 2.0 * stretch([alike] * count)[0]
    assert together - 2.0 + seconds_on_gpu(1.0, 1.0) == pytest.approx(count * alike.traffic_seconds)


@pytest.mark.parametrize("percentage", [100, 50, 25, 10])
def test_of_different_ones_the_load_is_the_least_that_will_do(percentage: int) -> None:
    board = gpu("A100-SXM4-40GB")
    (server,) = Mps(thread_percentage=percentage).servers(board, ["ann"])
    each = [service(make(), server, board).demand() for make in factories().values()]
    generator, more = np.random.default_rng(7), 0
    for _ in range(60):
        company = [each[n] for n in generator.integers(len(each), size=generator.integers(2, 21))]
        load, asked = loads(company)[0], sum(one.memory_share for one in company)
        least = _least(company, load.compute, max(1.0, asked))
        more += load.memory > max(1.0, asked)
        for one in company:
            shortest = stretched_seconds(one, Load(load.compute, least, 1.0))
            assert shortest * (1 - 1e-9) <= stretched_seconds(one, load) <= shortest * 1.001
    assert more > 2, "there are some that what is asked for would not tell"


def _least(in_service: list[Demand], computing: float, low: float) -> float:
    """Halve until the load is found at which all of the bandwidth is drawn; return `low` if that will do."""

    def used(load: float) -> float:
        return sum(
            one.traffic_seconds / seconds_on_gpu(one.compute_seconds * computing, one.memory_seconds * load)
            for one in in_service
            if one.traffic_seconds
        )

    if used(low) <= 1 + 1e-9:
        return low
    high = 1e3
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if used(middle) > 1 else (low, middle)
    return high


def test_who_draws_nothing_is_not_slowed_by_the_memory() -> None:
    hungry = Demand(1.0, 0.6, 0.6, memory_share=0.6)
    alone = Demand(1.0, compute_seconds=1.0, compute_share=0.1)
    assert stretch([hungry] * 5 + [alone])[-1] == 1.0
    assert memory_load(3.0, [Drawing(5, 1.0, 0.0, 0.0)]) == 3.0


def test_more_company_is_never_faster() -> None:
    company = [FULL, STREAM, dataclasses.replace(FULL, compute_share=0.1), STREAM]
    slowed = [stretch(company[: count + 1])[0] for count in range(len(company))]
    assert slowed == sorted(slowed)
    assert slowed[0] == 1.0
