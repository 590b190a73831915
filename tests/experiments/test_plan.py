from __future__ import annotations

import pytest

from mig_explorer.errors import DoesNotFit, InvalidExperiment, InvalidWorkload
from mig_explorer.experiments import Tenant, tenants
from mig_explorer.experiments.plan import MOST_REQUESTS, plan, window
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic, step_time
from mig_explorer.workloads import matmul, triad

A100 = gpu("A100-SXM4-40GB")
TWO_HALVES = Mig(parse_layout(A100, "3g.20gb@0 3g.20gb@4"))
WORK = triad(elements=2**26)


def test_a_plan_holds_the_step_time_of_each_tenant_on_its_server() -> None:
    mixed = (Tenant("ann", WORK), Tenant("bob", matmul(size=512)), Tenant("cy", WORK))
    whole, halves = plan(A100, mixed, [Monolithic(), TWO_HALVES])
    assert whole.steps["bob"] == step_time(matmul(size=512), A100.whole, A100)
    assert halves.steps["bob"] == step_time(matmul(size=512), A100.slice("3g.20gb"), A100)
    assert [customer.station for customer in whole.customers] == [0, 0, 0]
    assert [customer.station for customer in halves.customers] == [0, 1, 0]


def test_the_default_window_holds_forty_requests_of_the_slowest() -> None:
    planned = plan(A100, tenants(WORK, 7), [Monolithic(), TWO_HALVES])
    seconds, why = window(planned, None)
    assert why == "default: 40 requests of the slowest tenant in the slowest mode"
    fewest = [min(_served_by_tenant(each.requests(seconds, seed=7))) for each in planned]
    assert min(fewest) == 40
    assert max(fewest) < 60


def test_rounding_never_pushes_the_fortieth_request_out_of_the_default_window() -> None:
    for elements in range(2**20, 2**25, 2**20):
        planned = plan(A100, tenants(triad(elements), 7), [TWO_HALVES])
        seconds, _ = window(planned, None)
        assert min(_served_by_tenant(planned[0].requests(seconds, seed=7))) == 40


def test_the_default_window_counts_think_time() -> None:
    (planned,) = plan(A100, tenants(WORK, 2, think_seconds=1.0), [Monolithic()])
    seconds, _ = window([planned], None)
    assert seconds == pytest.approx(40 * (1.0 + planned.steps["tenant 1"].seconds))


def test_very_unequal_tenants_get_a_shorter_window() -> None:
    slow, quick = Tenant("slow", triad(elements=2**30)), Tenant("quick", triad(elements=2**10))
    planned = plan(A100, (slow, quick), [TWO_HALVES])
    seconds, why = window(planned, None)
    assert why == "default: 15 requests of the slowest tenant in the slowest mode"
    assert 19_000 < len(planned[0].requests(seconds, seed=7)) <= 20_000


def test_tenants_too_unequal_for_any_window_are_refused() -> None:
    slow, quick = Tenant("slow", triad(elements=2**30, repeats=1000)), Tenant("quick", triad(elements=2**10))
    planned = plan(A100, (slow, quick), [TWO_HALVES])
    with pytest.raises(InvalidExperiment) as caught:
        window(planned, None)
    assert str(caught.value) == (
        "A window of 57.9 s could hold 4,098,224 requests, and a trace holds at most 200,000. "
        "Give seconds=2.8 or less, or tenants whose requests take more alike."
    )


def test_a_given_window_is_taken_as_it_is() -> None:
    planned = plan(A100, tenants(WORK, 2), [Monolithic()])
    assert window(planned, 0.5) == (0.5, "given")


def test_a_window_in_which_nobody_can_finish_is_refused_with_one_that_works() -> None:
    planned = plan(A100, tenants(WORK, 7), [Monolithic(), TWO_HALVES])
    with pytest.raises(InvalidExperiment) as caught:
        window(planned, 1e-4)
    assert str(caught.value) == (
        "seconds=0.0001 is too short: one round of requests takes 0.00483 s in the slowest mode, so not "
        "every tenant would be served once. Leave seconds out, or give at least 0.00487."
    )
    seconds, _ = window(planned, 0.00487)
    assert min(_served_by_tenant(planned[1].requests(seconds, seed=7))) >= 1


def test_a_window_that_would_fill_the_disk_is_refused_with_one_that_works() -> None:
    planned = plan(A100, tenants(WORK, 7), [Monolithic()])
    with pytest.raises(InvalidExperiment) as caught:
        window(planned, 1e9)
    assert str(caught.value) == (
        "A window of 1e+09 s could hold 1,690,175,198,790 requests, and a trace holds at most 200,000. "
        "Give seconds=1.2e+02 or less, or tenants whose requests take more alike."
    )
    seconds, _ = window(planned, 1.1e2)
    assert len(planned[0].requests(seconds, seed=7)) <= MOST_REQUESTS


def test_a_workload_that_does_not_fit_names_tenant_slice_and_a_size_that_does() -> None:
    sevenths = Mig(parse_layout(A100, "1g.5gb@0 1g.5gb@1"))
    with pytest.raises(DoesNotFit) as caught:
        plan(A100, tenants(triad(elements=2**29), 2), [Monolithic(), sevenths])
    assert str(caught.value) == (
        "tenant 1 cannot run on 1g.5gb@0 in MIG 2 × 1g.5gb: STREAM triad, 2^29 elements needs 6,144 MiB, but "
        "a 1g.5gb slice of A100-SXM4-40GB has 4,864 MiB. The smallest profile with room is 1g.10gb."
    )


def test_a_board_whose_whole_is_not_known_cannot_be_compared_with() -> None:
    board = gpu("GH200-144GB")  # its 1g.18gb is known, the memory of the whole board is not
    mode = Mig(parse_layout(board, "1g.18gb@0"))
    with pytest.raises(InvalidWorkload) as caught:
        plan(board, tenants(triad(elements=2**20), 1), [mode])
    assert str(caught.value) == (
        "The memory of the whole board of GH200-144GB is unknown, so no time can be modelled on it. "
        "Choose another board."
    )


def _served_by_tenant(requests: tuple[object, ...]) -> list[int]:
    customers = [request.customer for request in requests]  # type: ignore[attr-defined]
    return [customers.count(each) for each in set(customers)]
