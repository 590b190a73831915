from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Experiment, LayoutChange, Result, Tenant, tenants
from mig_explorer.experiments.window import MOST_REQUESTS
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic, Mps, TimeSlicing
from mig_explorer.model.arrivals import Bursty, Poisson, Replay
from mig_explorer.workloads import triad

if TYPE_CHECKING:
    from collections.abc import Sequence

A100 = gpu("A100-SXM4-40GB")
TWO_HALVES = Mig(parse_layout(A100, "3g.20gb@0 3g.20gb@4"))
WORK = triad(elements=2**26)


def experiment(who: Sequence[Tenant], *modes: Any, seconds: float | None = None, **more: Any) -> Experiment:
    return Experiment(A100, who, modes or (Monolithic(), TWO_HALVES), seconds=seconds, **more)


def fewest(result: Result) -> list[int]:
    return [
        min(len(result.recording.of(mode["mode"], name)) for name in result.recording.tenants)
        for mode in result.modes
    ]


def test_the_default_window_holds_forty_requests_of_the_slowest() -> None:
    seven = experiment(tenants(WORK, 7))
    assert seven.window_rule == "default: 40 requests of the slowest tenant in the slowest mode"
    served = fewest(seven.modelled())
    assert min(served) == 40
    assert max(served) < 60


def test_rounding_never_pushes_the_fortieth_request_out_of_the_default_window() -> None:
    for elements in range(2**20, 2**25, 2**20):
        assert fewest(experiment(tenants(triad(elements), 7), TWO_HALVES).modelled()) == [40]


@pytest.mark.parametrize("mode", [Mps(), TimeSlicing()])
def test_company_that_slows_a_request_makes_the_default_window_longer(mode: Any) -> None:
    one, seven = experiment(tenants(WORK, 1), mode), experiment(tenants(WORK, 7), mode)
    assert seven.window_seconds > 6 * one.window_seconds
    assert fewest(seven.modelled())[0] in (39, 40)


def test_the_default_window_counts_think_time() -> None:
    thinking = experiment(tenants(WORK, 2, think_seconds=1.0), Monolithic())
    alone = thinking.plan[0].services["tenant 1"].seconds
    assert thinking.window_seconds == pytest.approx(40 * (1.0 + alone))


def test_tenants_who_do_not_wait_get_enough_requests_for_a_p99() -> None:
    two = experiment(tenants(WORK, 2, arrivals=Poisson(100.0)), Monolithic())
    assert two.window_seconds == pytest.approx(20.0)
    assert two.window_rule == (
        "default: 2000 requests of the tenant that sends the fewest, so that its p99 rests on 20 of them"
    )
    assert 1800 < min(fewest(two.modelled())) < 2200


def test_many_tenants_who_do_not_wait_get_a_shorter_window_and_are_told() -> None:
    many = experiment(tenants(WORK, 10, arrivals=Poisson(20.0)), Monolithic(), TWO_HALVES)
    assert many.window_seconds == pytest.approx(50.0)
    assert many.window_rule == (
        "default: 1000 requests of the tenant that sends the fewest, so that its p99 rests on 10 of them "
        "(2,000 would make more than 20,000 in all modes)"
    )


def test_a_replay_is_watched_to_its_end_and_who_joins_late_for_as_long() -> None:
    replay = experiment([Tenant("ann", WORK, arrivals=Replay([0.5, 3.25]))], Monolithic())
    assert replay.window_rule == "default: all arrivals of ann"
    assert fewest(replay.modelled()) == [2]
    late = experiment(tenants(WORK, 2, joins=2.0), Monolithic())
    assert late.window_seconds == pytest.approx(
        2.0 + experiment(tenants(WORK, 2), Monolithic()).window_seconds
    )


def test_the_slowest_sender_of_bursts_counts_with_its_mean_rate() -> None:
    bursts = Bursty(1.0, 21.0, mean_calm_s=9.0, mean_burst_s=1.0)
    mixed = [Tenant("ann", WORK, arrivals=bursts), Tenant("bob", WORK, arrivals=Poisson(9.0))]
    assert experiment(mixed, Monolithic()).window_seconds == pytest.approx(2000 / 3)


def test_after_a_change_of_the_layout_one_watches_as_long_again() -> None:
    whole = parse_layout(A100, "7g.40gb@0")
    changes = [LayoutChange(5.0, whole, drain_seconds=0.0)]
    changed = experiment(tenants(WORK, 2), TWO_HALVES, changes=changes)
    plain = experiment(tenants(WORK, 2), TWO_HALVES)
    assert changed.window_rule == f"{plain.window_rule}, after the last change of the layout"
    outage = 0.144 + 0.0058 + 0.086
    assert changed.window_seconds == pytest.approx(5.0 + outage + plain.window_seconds)


def test_very_unequal_tenants_get_a_shorter_window() -> None:
    slow, quick = Tenant("slow", triad(elements=2**30)), Tenant("quick", triad(elements=2**10))
    unequal = experiment((slow, quick), TWO_HALVES)
    served = unequal.modelled()
    count = fewest(served)[0]
    assert unequal.window_rule == f"default: {count} requests of the slowest tenant in the slowest mode"
    assert 3 <= count < 40
    assert 19_000 < len(served.recording.requests[TWO_HALVES.slug]) <= 20_000


def test_tenants_too_unequal_for_any_window_are_refused() -> None:
    slow, quick = (
        Tenant("slow", triad(elements=2**30, repeats=30_000)),
        Tenant("quick", triad(elements=2**10)),
    )
    with pytest.raises(
        InvalidExperiment, match=r"requests, and a run holds at most 20,000,000\. Give seconds="
    ):
        experiment((slow, quick), TWO_HALVES)


def test_a_given_window_is_taken_as_it_is() -> None:
    given = experiment(tenants(WORK, 2), Monolithic(), seconds=0.5)
    assert (given.window_seconds, given.window_rule) == (0.5, "given")


def test_a_window_in_which_nobody_can_finish_is_refused_with_one_that_works() -> None:
    shortest = 7 * experiment(tenants(WORK, 7), Monolithic()).plan[0].services["tenant 1"].seconds
    with pytest.raises(InvalidExperiment) as caught:
        experiment(tenants(WORK, 7), Monolithic(), seconds=1e-4)
    assert str(caught.value) == (
        f"seconds=0.0001 is too short: one round of requests takes {shortest:.3g} s in the slowest mode, so "
        f"not every tenant would be served once. Leave seconds out, or give at least {1.01 * shortest:.3g}."
    )
    assert fewest(experiment(tenants(WORK, 7), Monolithic(), seconds=1.01 * shortest).modelled()) == [1]


def test_a_window_that_would_fill_the_disk_is_refused_with_one_that_works() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        experiment(tenants(WORK, 7), Monolithic(), seconds=1e9)
    rate = 1 / experiment(tenants(WORK, 7), Monolithic()).plan[0].services["tenant 1"].seconds
    assert str(caught.value) == (
        f"A window of 1e+09 s could hold {1e9 * rate:,.0f} requests, and a run holds at most "
        f"{MOST_REQUESTS:,}. Give seconds={0.99 * MOST_REQUESTS / rate:.2g} or less, or tenants whose "
        f"requests take more alike."
    )
