"""The columns of the table that say how tenants fare with each other, in cases that can be worked out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mig_explorer.experiments import Experiment, Result, Tenant, tenants
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import GreenContexts, MeasuredWorkload, Mig, Monolithic, Mps, TimeSlicing
from mig_explorer.model.arrivals import Poisson, Replay
from mig_explorer.workloads import matmul, triad

A100 = gpu("A100-SXM4-40GB")
SEVENTHS = Mig(parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7))))
TWO = Mig(parse_layout(A100, "3g.20gb@0 3g.20gb@4"))
BERT = MeasuredWorkload("bert-base b256", {"7g.40gb": 0.053, "1g.5gb": 0.399})
FULL = triad(elements=2**26)
SMALL = matmul(size=256, repeats=200)


def result(who: Any, *modes: Any, **more: Any) -> Result:
    return Experiment(A100, who, modes, **more).modelled()


def row(found: Result, mode: str, tenant: str) -> Any:
    table: Any = found.table
    (place,) = table[(table["mode"] == mode) & (table["tenant"] == tenant)].index
    return table.loc[place]


def test_who_takes_turns_is_slowed_by_all_others_and_who_has_a_slice_by_none() -> None:
    found = result(tenants(FULL, 7), Monolithic(), TimeSlicing(), SEVENTHS)
    assert row(found, "monolithic", "tenant 3")["isolation"] == pytest.approx(7.0)
    assert row(found, "time-slicing", "tenant 3")["isolation"] == pytest.approx(7 * 1.11)
    assert row(found, SEVENTHS.slug, "tenant 3")["isolation"] == 1.0
    for mode in ("monolithic", "time-slicing", SEVENTHS.slug):
        isolation = found.table[found.table["mode"] == mode]["isolation"]
        assert isolation.iloc[-1] == isolation.iloc[:-1].max()


def test_a_noisy_neighbour_is_heard_in_a_queue_and_not_on_another_slice() -> None:
    who = [Tenant("ann", SMALL, arrivals=Poisson(5.0)), Tenant("noisy", triad(elements=2**29, repeats=20))]
    found = result(who, Monolithic(), TWO, seconds=60.0)
    assert row(found, "monolithic", "ann")["isolation"] > 5
    assert row(found, TWO.slug, "ann")["isolation"] == 1.0


def test_a_tenant_alone_sends_the_same_as_among_others() -> None:
    poisson = tenants(SMALL, 3, arrivals=Poisson(20.0))
    found = result(poisson, SEVENTHS, seconds=30.0)
    assert found.table["isolation"].tolist() == [1.0] * 4


def test_fairness_counts_what_each_would_get_alone() -> None:
    alike = result(tenants(FULL, 4), Monolithic())
    assert row(alike, "monolithic", "all")["jain"] == pytest.approx(1.0)
    who = [Tenant("long", triad(elements=2**28)), Tenant("short", triad(elements=2**26))]
    queue = result(who, Monolithic())
    alone = {each["name"]: each["alone_seconds"] for each in queue.header["tenants"]}
    got = [alone[name] / sum(alone.values()) for name in ("long", "short")]  # one each in every round
    expected = sum(got) ** 2 / (2 * sum(each**2 for each in got))
    assert row(queue, "monolithic", "all")["jain"] == pytest.approx(expected, rel=0.02)
    assert math.isnan(row(queue, "monolithic", "long")["jain"])


def test_who_asks_for_little_and_gets_it_is_treated_fairly() -> None:
    who = [Tenant("little", SMALL, arrivals=Poisson(2.0)), Tenant("more", SMALL, arrivals=Poisson(40.0))]
    assert row(result(who, Monolithic(), seconds=100.0), "monolithic", "all")["jain"] > 0.98


def test_deadlines_are_met_by_the_share_of_requests_that_are_quick_enough() -> None:
    took = Experiment(A100, tenants(FULL, 1), [Monolithic()]).plan[0].services["tenant 1"].seconds
    times = [0.0, 0.0, 0.0, 1.0]  # the second waits one time, the third two
    ann = Tenant("ann", FULL, arrivals=Replay(times), deadline_seconds=2.5 * took)
    found = result([ann, Tenant("bob", FULL, arrivals=Replay([2.0]))], Monolithic())
    assert row(found, "monolithic", "ann")["deadline_met"] == 0.75
    assert math.isnan(row(found, "monolithic", "bob")["deadline_met"])
    assert row(found, "monolithic", "all")["deadline_met"] == 0.75


def test_tenants_are_watched_only_while_they_are_there() -> None:
    who = [Tenant("ann", FULL), Tenant("guest", FULL, joins=0.1, leaves=0.2)]
    found = result(who, Monolithic(), seconds=0.4)
    stay: Any = found.requests[found.requests["tenant"] == "guest"]["arrived"]
    assert (stay.min(), stay.max() < 0.2) == (0.1, True)
    ann: Any = found.requests[found.requests["tenant"] == "ann"]
    beside = ann[(ann["arrived"] > 0.1) & (ann["finished"] < 0.2)]["latency"]
    before = ann[ann["finished"] < 0.1]["latency"]
    assert beside.median() == pytest.approx(2 * before.median())
    assert row(found, "monolithic", "all")["jain"] > 0.9


def test_the_band_is_that_of_a_request_on_its_slice() -> None:
    found = result([Tenant("ann", FULL), Tenant("bert", BERT)], TWO)
    ann, bert, total = (row(found, TWO.slug, name) for name in ("ann", "bert", "all"))
    predicted = BERT.predict("3g.20gb")
    assert (bert["band_low_s"], bert["band_high_s"]) == (predicted.low, predicted.high)
    assert ann["band_low_s"] < ann["latency_p50_s"] < ann["band_high_s"]
    assert math.isnan(total["band_low_s"])
    assert row(result(tenants(FULL, 2), TWO), TWO.slug, "all")["band_low_s"] == ann["band_low_s"]


def test_energy_is_charged_by_share_and_adds_up_to_the_board() -> None:
    found = result([Tenant("ann", FULL), Tenant("bob", SMALL)], Monolithic(), SEVENTHS)
    for mode in ("monolithic", SEVENTHS.slug):
        each = found.table[(found.table["mode"] == mode)]
        joules = each["energy_j_per_request"] * each["requests"]
        assert joules.iloc[:-1].sum() == pytest.approx(joules.iloc[-1])
        watts = 2.5 + (232.4 - 2.5) * each["sm_active"].iloc[-1]
        assert joules.iloc[-1] == pytest.approx(watts * found.header["seconds"])
    (words,) = set(found.table["energy"])
    assert words == (
        "modelled: on a line through the power of an A100-40GB at work, attributed by share of SM use (no "
        "source gives the power of a slice)"
    )


def test_energy_is_unknown_where_the_power_or_the_use_is() -> None:
    other = Experiment(gpu("A30"), tenants(FULL, 2), [Monolithic()]).modelled().table
    assert other["energy_j_per_request"].isna().all()
    assert set(other["energy"]) == {"unknown: no published power of this board under load"}
    mixed = result([Tenant("ann", FULL), Tenant("bert", BERT)], Monolithic())
    assert mixed.table["energy_j_per_request"].isna().all()


def test_use_of_sms_counts_once_where_requests_run_side_by_side() -> None:
    found = result(tenants(SMALL, 7), Mps())
    each = found.table.iloc[:-1]["sm_active"]
    assert each.sum() > 3
    assert 0.99 < row(found, "mps", "all")["sm_active"] <= 1.0
    assert found.over_time(10)["sm_use"].max() <= 1.0


def test_a_measured_workload_has_times_and_no_counts() -> None:
    found = result([Tenant("ann", FULL), Tenant("bert", BERT)], TWO)
    bert = row(found, TWO.slug, "bert")
    assert bert["status"] == "ok"
    assert bert["latency_p50_s"] == pytest.approx(BERT.predict("3g.20gb").seconds)
    assert bert["note"] == BERT.note.rstrip(".")
    assert bert[["sm_active", "sm_occupancy", "bandwidth_use"]].isna().all()
    assert row(found, TWO.slug, "all")[["sm_active", "bandwidth_use"]].isna().all()
    assert found.over_time(4)[["sm_use", "bandwidth_use"]].isna().to_numpy().all()
    assert found.over_time(4)["in_system"].tolist() == [pytest.approx(2.0)] * 4


def test_who_queues_with_others_on_a_slice_is_told() -> None:
    found = result(tenants(FULL, 5), Monolithic(), TWO)
    assert row(found, TWO.slug, "tenant 1")["note"] == "queues on 3g.20gb@0 with two others"
    assert row(found, TWO.slug, "tenant 2")["note"] == "queues on 3g.20gb@4 with one other"
    assert row(found, "monolithic", "tenant 1")["note"] == ""


def test_a_queue_that_grows_without_end_has_a_throughput_and_no_latency() -> None:
    found = result(tenants(SMALL, 7, arrivals=Poisson(30.0)), Monolithic(), SEVENTHS, seconds=20.0)
    total = row(found, "monolithic", "all")
    assert total["status"] == (
        "unstable: 1.82 times what can be served is asked for, so latency grows with the window"
    )
    took = found.modes[0]["slices"][0]["step_seconds"]["tenant 1"]
    assert total["load"] == pytest.approx(7 * 30 * took)
    assert total["throughput_per_s"] == pytest.approx(1 / took, rel=0.01)
    names = ["latency_mean_s", "latency_p50_s", "latency_p99_s", "slowdown", "isolation", "deadline_met"]
    assert total[names].isna().all()
    assert row(found, SEVENTHS.slug, "all")["status"] == "ok"
    sweep: Any = found.by_tenants.set_index(["mode", "tenants"])
    assert np.isfinite(sweep.loc[("monolithic", 3), "latency_p99_s"])
    assert math.isnan(sweep.loc[("monolithic", 4), "latency_p99_s"])


def test_the_sweep_has_the_ends_of_the_models_band() -> None:
    sweep = result(tenants(FULL, 3), Monolithic(), TWO).by_tenants
    assert (sweep["latency_p99_low_s"] < sweep["latency_p99_s"]).all()
    assert (sweep["latency_p99_s"] < sweep["latency_p99_high_s"]).all()
    alone = result(tenants(FULL, 1), Monolithic())
    assert alone.by_tenants["latency_p99_low_s"].iloc[0] == pytest.approx(alone.table["band_low_s"].iloc[0])


@pytest.mark.parametrize("mode", [Monolithic(), TimeSlicing(), Mps(), GreenContexts(), TWO])
def test_use_over_time_adds_up_to_the_table(mode: Any) -> None:
    found = result([Tenant("ann", FULL), Tenant("bob", SMALL, think_seconds=0.05)], mode)
    frame, total = found.over_time(50), row(found, mode.slug, "all")
    # The requests under way at the end count in the one and not in the other.
    assert frame["sm_use"].mean() == pytest.approx(total["sm_active"], rel=0.05)
    assert frame["bandwidth_use"].mean() == pytest.approx(total["bandwidth_use"], rel=0.05)
    assert frame["to_s"].iloc[-1] == found.header["seconds"]
    assert (frame["sm_use"] <= 1 + 1e-9).all()


def test_use_holds_to_the_end_of_the_window() -> None:
    frame = result(tenants(FULL, 2), Monolithic(), seconds=0.00219).over_time(20)
    assert np.ptp(frame["sm_use"]) < 1e-9
    assert frame["in_system"].tolist() == [pytest.approx(2.0)] * 20
