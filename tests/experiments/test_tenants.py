from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Tenant, tenants
from mig_explorer.model import MeasuredWorkload
from mig_explorer.model.arrivals import ClosedLoop, Poisson, Replay
from mig_explorer.workloads import triad

WORK = triad(elements=1000)


def test_tenants_are_numbered_and_alike() -> None:
    made = tenants(WORK, 3, think_seconds=0.5)
    assert [tenant.name for tenant in made] == ["tenant 1", "tenant 2", "tenant 3"]
    assert {tenant.think_seconds for tenant in made} == {0.5}
    assert all(tenant.workload == WORK for tenant in made)


@pytest.mark.parametrize("count", [0, -1, 2.0, True, "7", None])
def test_a_count_that_is_none_is_refused(count: Any) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        tenants(WORK, count)
    assert str(caught.value) == (
        f"tenants() needs a whole number of tenants, 1 or more, not {count!r}. For example 7."
    )


@pytest.mark.parametrize("think", [-0.1, float("nan"), float("inf"), "1", None, True])
def test_a_think_time_that_is_none_is_refused(think: Any) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Tenant("ann", WORK, think_seconds=think)
    assert str(caught.value) == (
        f"The think time of ann must be a finite number of seconds, 0 or more, not {think!r}. "
        f"For example 0.01."
    )


@pytest.mark.parametrize("name", ["", "  ", 7, None])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Tenant(name, WORK)
    assert str(caught.value) == f"A tenant's name must be a text of at least one letter, not {name!r}."


def test_what_tenants_have_in_common_is_passed_on() -> None:
    poisson = Poisson(5.0)
    made = tenants(WORK, 2, arrivals=poisson, deadline_seconds=0.5, joins=1.0, leaves=2.0)
    assert made[1] == Tenant("tenant 2", WORK, 0.0, poisson, 0.5, 1.0, 2.0)
    assert made[1].sends is poisson
    assert tenants(WORK, 1, think_seconds=0.5)[0].sends == ClosedLoop(0.5)


def test_a_measured_workload_has_no_kernel() -> None:
    bert = MeasuredWorkload("bert", {"7g.40gb": 0.053, "1g.5gb": 0.399})
    assert (Tenant("ann", bert).has_kernel, Tenant("bob", WORK).has_kernel) == (False, True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"arrivals": 100.0},
            (
                "ann cannot send by 100.0. Requests arrive by ClosedLoop, Poisson, Bursty or Replay. For "
                "example arrivals=Poisson(100.0)."
            ),
        ),
        (
            {"arrivals": Poisson(1.0), "think_seconds": 0.5},
            (
                "ann has both think_seconds=0.5 and arrivals. Give one of them: arrivals=ClosedLoop(0.5) is "
                "the same as the think time."
            ),
        ),
        (
            {"deadline_seconds": 0.0},
            (
                "The deadline of ann must be a finite number of seconds greater than 0, not 0.0. For example "
                "0.1, or leave it out."
            ),
        ),
        (
            {"joins": -1.0},
            (
                "ann must join at a finite number of seconds, 0 or more, not -1.0. For example joins=2.0, or "
                "leave it out."
            ),
        ),
        (
            {"joins": 2.0, "leaves": 2.0},
            (
                "ann joins at 2 s and must leave after that, at a finite number of seconds, not 2.0. Leave "
                "it out, and the tenant stays."
            ),
        ),
        (
            {"leaves": float("nan")},
            (
                "ann joins at 0 s and must leave after that, at a finite number of seconds, not nan. Leave "
                "it out, and the tenant stays."
            ),
        ),
    ],
)
def test_a_tenant_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Tenant("ann", WORK, **changes)
    assert str(caught.value) == message


def test_negative_rates_and_traces_with_gaps_never_become_arrivals() -> None:
    for wrong in (lambda: Poisson(-1.0), lambda: Replay([0.5, float("nan")]), lambda: Replay([2.0, 1.0])):
        with pytest.raises(InvalidExperiment):
            wrong()


def test_a_workload_by_name_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Tenant("ann", "triad")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "ann needs a workload, not 'triad'. For example workloads.triad(elements=2**26)."
    )
