import json
from contextlib import closing
from itertools import takewhile

import pytest

from mig_explorer.experiments import Experiment, Result, Tenant, Trace, tenants
from mig_explorer.experiments.events import request_events
from mig_explorer.gpus import gpu
from mig_explorer.model import Monolithic, Mps
from mig_explorer.model.measured import MeasuredWorkload
from mig_explorer.widgets.race_events import RaceEvents
from mig_explorer.widgets.race_plan import plan
from mig_explorer.workloads import triad
from tests.widgets.recorded_race import BOARD, recorded_events


def planned(events):
    log = RaceEvents()
    for event in events:
        log.add(event)
    return plan(log, gpu(BOARD))


def test_the_plan_is_json_and_says_what_its_figures_are():
    found = json.loads(json.dumps(planned(recorded_events()), allow_nan=False))
    assert found["title"] == "Seven tenants, one A100"
    assert (found["gpu"], found["seed"], found["time"]) == ("A100-SXM4-40GB", 7, "modelled")
    assert found["workload"] == "STREAM triad, 2^26 elements"
    assert found["unit"] == {"name": "ms", "factor": 1000.0}
    assert found["board"] == {"compute": 7, "memory": 8, "memory_per_compute": 1}
    assert [chart["title"] for chart in found["charts"]] == [
        "Throughput so far, requests/s",
        "p99 latency so far, ms",
    ]


def test_the_last_samples_are_the_figures_of_the_table(tmp_path):
    events = recorded_events(tenants=9)
    found = planned(events)
    table = Result(Trace(tmp_path / "run.jsonl", tuple(events))).table.query("tenant == 'all'")
    assert [values[-1] for values in found["samples"]["throughput"]] == pytest.approx(
        list(table["throughput_per_s"])
    )
    p99 = [value * 1000 for value in table["latency_p99_s"]]
    assert [values[-1] for values in found["samples"]["p99"]] == pytest.approx(p99)
    busy = [
        sum(
            (end - start) * share
            for start, end, share in zip(
                mode["requests"]["started"],
                mode["requests"]["finished"],
                mode["requests"]["active"],
                strict=True,
            )
        )
        / found["duration"]
        for mode in found["modes"]
    ]
    assert busy == pytest.approx(list(table["sm_active"]))


def test_requests_stand_in_the_order_in_which_they_finished():
    for mode in planned(recorded_events(tenants=12))["modes"]:
        finished = mode["requests"]["finished"]
        assert finished == sorted(finished)
        assert {len(column) for column in mode["requests"].values()} == {len(finished)}


def test_no_value_ever_leaves_its_chart():
    found = planned(recorded_events(tenants=12))
    for chart in found["charts"]:
        values = [v for column in found["samples"][chart["field"]] for v in column if v is not None]
        assert 0.5 * chart["top"] < max(values) <= chart["top"]


def test_latencies_have_a_unit_of_their_own_in_a_long_race():
    found = planned(recorded_events(seconds=2.5))
    assert (found["unit"]["name"], found["latency_unit"]["name"]) == ("s", "ms")
    assert found["charts"][1]["title"] == "p99 latency so far, ms"


def test_a_race_in_which_nothing_finished_can_still_be_drawn():
    found = planned(recorded_events(seconds=1e-4))
    assert [mode["requests"]["finished"] for mode in found["modes"]] == [[], []]
    assert found["duration"] == found["span"] == 1e-4
    json.dumps(found, allow_nan=False)


def test_different_workloads_are_all_named():
    events = recorded_events(tenants=2)
    events[0]["tenants"][1] = events[0]["tenants"][1] | {"title": "Tiled matmul"}
    assert planned(events)["workload"] == "2 workloads: STREAM triad, 2^26 elements, Tiled matmul"


def test_slices_without_tenants_stay_in_the_picture():
    (_, partitioned) = planned(recorded_events(tenants=3))["modes"]
    assert len(partitioned["slices"]) == 7


def test_the_sm_use_of_measured_tenants_is_unknown_and_not_nought(tmp_path):
    timed = MeasuredWorkload("bert-base b256", {"7g.40gb": 0.053, "1g.5gb": 0.399})
    who = (Tenant("ann", timed), Tenant("bob", triad(elements=2**26)))
    run = Experiment(gpu(BOARD), who, [Monolithic()], seconds=2.0)
    with closing(run.events(tmp_path / "run.jsonl")) as events:
        before_kernels = list(takewhile(lambda event: not event["kind"].startswith("kernel"), events))
    found = planned(before_kernels)
    (mode,) = found["modes"]
    assert found["kernels"]
    for column in ("active", "filled"):
        by_tenant = list(zip(mode["requests"]["tenant"], mode["requests"][column], strict=True))
        assert {share for tenant, share in by_tenant if tenant == 0} == {None}
        assert all(0 < share <= 1 for tenant, share in by_tenant if tenant == 1)


def test_a_race_in_which_only_times_are_known_waits_for_no_kernel():
    events = recorded_events(tenants=2)
    for tenant in events[0]["tenants"]:
        tenant["kernel"] = False
    assert not planned(events)["kernels"]


def test_tenants_who_are_served_side_by_side_have_rows_and_use_what_they_do():
    board = gpu(BOARD)
    who = tenants(triad(elements=2**26), 3)
    result = Experiment(board, who, [Monolithic(), Mps()]).modelled()
    log = RaceEvents()
    header, *modes = (event for event in result.trace.events if event["kind"] in ("experiment", "mode"))
    for event in (header, *modes):
        log.add(event)
    for mode in modes:
        for event in request_events(header, mode, result.recording.requests[mode["mode"]].in_order()):
            log.add(event)
    whole, shared = plan(log, board)["modes"]
    assert [each["together"] for each in (*whole["slices"], *shared["slices"])] == [[], [0, 1, 2]]
    assert [each["room"] for each in shared["slices"]] == [1.0]
    # Three at once take three times as long each, and together use what one alone does.
    alone, beside = whole["requests"], shared["requests"]
    assert beside["active"][-1] == pytest.approx(alone["active"][0] / 3, rel=0.02)
