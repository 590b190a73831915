from __future__ import annotations

import pytest

from mig_explorer.errors import DoesNotFit, InvalidExperiment, InvalidWorkload
from mig_explorer.experiments import LayoutChange, Tenant, tenants
from mig_explorer.experiments.plan import alone, plan
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import (
    GreenContexts,
    MeasuredWorkload,
    Mig,
    Monolithic,
    Mps,
    TimeSlicing,
    service,
    step_time,
)
from mig_explorer.workloads import matmul, triad

A100 = gpu("A100-SXM4-40GB")
TWO_HALVES = Mig(parse_layout(A100, "3g.20gb@0 3g.20gb@4"))
WORK = triad(elements=2**26)
BERT = MeasuredWorkload("bert-base b256", {"7g.40gb": 0.053, "1g.5gb": 0.399})


def test_a_plan_holds_the_time_of_each_tenant_on_its_server() -> None:
    mixed = (Tenant("ann", WORK), Tenant("bob", matmul(size=512)), Tenant("cy", WORK))
    whole, halves = plan(A100, mixed, [Monolithic(), TWO_HALVES])
    assert whole.services["bob"].step == step_time(matmul(size=512), A100.whole, A100)
    assert halves.services["bob"].step == step_time(matmul(size=512), A100.slice("3g.20gb"), A100)
    assert [whole.station[name] for name in ("ann", "bob", "cy")] == [0, 0, 0]
    assert [halves.station[name] for name in ("ann", "bob", "cy")] == [0, 1, 0]


def test_equal_work_on_equal_slices_is_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[object] = []

    def counted(workload: object, *rest: object) -> object:
        timed.append(workload)
        return service(workload, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("mig_explorer.experiments.plan.service", counted)
    sevenths = Mig(parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7))))
    plan(A100, tenants(WORK, 7), [Monolithic(), sevenths])
    assert len(timed) == 2
    plan(A100, [*tenants(WORK, 1), Tenant("bob", matmul(size=512))], [Monolithic()])
    assert len(timed) == 4


def test_a_measured_workload_is_planned_by_its_prediction() -> None:
    (halves,) = plan(A100, tenants(BERT, 2), [TWO_HALVES])
    assert halves.services["tenant 1"].seconds == BERT.predict("3g.20gb").seconds
    assert halves.services["tenant 1"].step is None
    assert alone(A100, tenants(BERT, 1))["tenant 1"].seconds == BERT.predict("whole GPU").seconds


def test_a_change_brings_other_servers_at_a_cost_that_grows_with_the_instances() -> None:
    sevenths = parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7)))
    changes = [LayoutChange(1.0, sevenths, drain_seconds=2.0)]
    whole, halves = plan(A100, tenants(WORK, 3), [Monolithic(), TWO_HALVES], changes)
    assert len(whole.layouts) == 1
    before, after = halves.layouts
    assert [len(each.servers) for each in (before, after)] == [2, 7]
    assert before.outage_seconds == 0
    assert after.cost == {
        "destroy": pytest.approx(0.144 + 0.0058),
        "create": pytest.approx(0.086 + 6 * 0.0101),
        "drain": 2.0,
    }
    assert after.outage_seconds == pytest.approx(2.2964)
    assert after.services["tenant 1"].step == step_time(WORK, A100.slice("1g.5gb"), A100)


def test_more_tenants_than_instances_queue_and_green_contexts_have_no_seat_for_them() -> None:
    (halves,) = plan(A100, tenants(WORK, 5), [TWO_HALVES])
    assert [len(server.tenants) for server in halves.servers] == [3, 2]
    with pytest.raises(InvalidExperiment) as caught:
        plan(A100, tenants(WORK, 3), [GreenContexts(sms=(54, 54))])
    assert str(caught.value).startswith("3 tenants do not find room in Green contexts (54 + 54 SMs)")


@pytest.mark.parametrize("mode", [Mps(), TimeSlicing()])
def test_tenants_whose_memory_does_not_fit_together_are_refused(mode: Mps | TimeSlicing) -> None:
    with pytest.raises(DoesNotFit) as caught:
        plan(A100, tenants(triad(elements=2**30), 4), [Monolithic(), mode])
    assert str(caught.value).startswith(
        f"{mode.title} does not go: 4 tenants have their memory on the whole GPU of A100-SXM4-40GB at the "
        f"same time and need 49,152 MiB together, but it has 40,960 MiB."
    )


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
    with pytest.raises(InvalidWorkload) as caught:
        alone(board, tenants(triad(elements=2**20), 1))
    assert str(caught.value) == (
        "The memory of the whole board of GH200-144GB is unknown, so no time can be modelled on it. "
        "Choose another board."
    )
