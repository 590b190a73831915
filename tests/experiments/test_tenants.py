from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Tenant, tenants
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


def test_a_workload_by_name_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        Tenant("ann", "triad")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "ann needs a workload, not 'triad'. For example workloads.triad(elements=2**26)."
    )
