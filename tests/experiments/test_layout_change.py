from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Experiment, LayoutChange, Result, tenants
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic
from mig_explorer.workloads import matmul

A100 = gpu("A100-SXM4-40GB")
SEVENTHS = parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7)))
HALVES = parse_layout(A100, "3g.20gb@0 3g.20gb@4")
WORK = matmul(size=256, repeats=200)
CHANGE = LayoutChange(1.0, HALVES, drain_seconds=0.5)


def experiment(*changes: LayoutChange, **more: Any) -> Experiment:
    described: dict[str, Any] = {"tenants": tenants(WORK, 4), "modes": [Monolithic(), Mig(SEVENTHS)]}
    return Experiment(A100, **(described | more), changes=changes)


@pytest.fixture(scope="module")
def changed() -> Result:
    return experiment(CHANGE).modelled()


def test_the_cost_follows_the_number_of_instances_before_and_after() -> None:
    cost = CHANGE.cost(before=SEVENTHS)
    assert cost["destroy"] == pytest.approx(0.144 + 6 * 0.0058)
    assert cost["create"] == pytest.approx(0.086 + 0.0101)
    assert cost["drain"] == 0.5
    assert LayoutChange(1.0, HALVES).cost(before=SEVENTHS)["drain"] == 20.0


def test_requests_move_to_the_new_slices_and_none_is_taken_up_in_between(changed: Result) -> None:
    requests: Any = changed.requests[changed.requests["mode"] != "monolithic"]
    outage = changed.modes[1]["changes"][0]["outage_seconds"]
    before, after = (requests[requests["started"] < 1.0], requests[requests["started"] >= 1.0])
    assert before["slice"].unique().tolist() == [f"1g.5gb@{start}" for start in range(4)]
    assert set(after["slice"]) == {"3g.20gb@0 from 1 s", "3g.20gb@4 from 1 s"}
    drained = before["finished"].max()
    assert after["started"].min() == pytest.approx(drained + outage)
    assert len(before) + len(after) == len(requests)
    whole: Any = changed.requests[changed.requests["mode"] == "monolithic"]
    assert np.diff(np.sort(whole["finished"])).max() < 0.1


def test_each_request_takes_the_time_of_the_slice_it_is_on(changed: Result) -> None:
    pieces = {piece["name"]: piece for piece in changed.modes[1]["slices"]}
    requests: Any = changed.requests[changed.requests["mode"] != "monolithic"]
    for name, each in requests.groupby("slice", observed=True):
        took = each["finished"] - each["started"]
        assert took.median() == pytest.approx(pieces[name]["step_seconds"]["tenant " + _first(pieces[name])])


def _first(piece: dict[str, Any]) -> str:
    return str(piece["serves"][0].split()[-1])


@pytest.mark.usefixtures("instant_kernels")
def test_the_change_is_an_event_after_the_requests_with_all_its_cost(tmp_path: Any) -> None:
    events = list(experiment(CHANGE).events(tmp_path / "run.jsonl"))
    kinds = [event["kind"] for event in events]
    at = kinds.index("layout-changed")
    assert kinds.count("layout-changed") == 1
    assert set(kinds[3:at]) == {"request"}
    assert kinds[at + 1] == "kernel-started"
    event = events[at]
    assert (event["mode"], event["at_seconds"], event["layout"]) == ("mig-7x1g-5gb", 1.0, str(HALVES))
    assert event["outage_seconds"] == math.fsum(event["cost"].values())
    assert set(event["cost"]) == {"destroy", "create", "drain"}


@pytest.mark.usefixtures("instant_kernels")
def test_kernels_run_on_the_slices_of_the_start_and_every_slice_has_a_name_of_its_own(tmp_path: Any) -> None:
    same = LayoutChange(1.0, parse_layout(A100, "1g.5gb@0 1g.5gb@1"), drain_seconds=0.0)
    events = list(experiment(same).events(tmp_path / "run.jsonl"))
    mode = events[2]
    names = [piece["name"] for piece in mode["slices"]]
    assert len(set(names)) == len(names) == 9
    assert [piece["tenants"] for piece in mode["slices"][7:]] == [[], []]
    assert [piece["serves"] for piece in mode["slices"][7:]] == [
        ["tenant 1", "tenant 3"],
        ["tenant 2", "tenant 4"],
    ]
    assert {event["slice"] for event in events if event["kind"] == "kernel-checked"} == {
        "whole GPU",
        *(f"1g.5gb@{start}" for start in range(4)),
    }
    again = Result.read(tmp_path / "run.jsonl")
    assert again.table["status"].tolist() == ["ok"] * 10


def test_the_row_names_both_slices_and_the_note_tells_the_cost(changed: Result) -> None:
    table: Any = changed.table
    mine = table[(table["mode"] == "mig-7x1g-5gb") & (table["tenant"] == "tenant 1")].iloc[0]
    assert mine["slice"] == "1g.5gb@0, then 3g.20gb@0 from 1 s"
    assert mine["note"] == (
        "queues on 3g.20gb@0 from 1 s with one other; at 1 s the layout becomes 3g.20gb@0 3g.20gb@4: nobody "
        "is served for 775 ms (destroying 179 ms, creating 96.1 ms, ending and restarting jobs 500 ms, for "
        "which the literature has 10 to 30 s) once the requests in service are done"
    )
    assert set(table[table["mode"] == "monolithic"]["note"]) == {""}


def test_nothing_is_in_use_during_the_outage(changed: Result) -> None:
    frame = changed.over_time(200)
    mine: Any = frame[frame["mode"] == "mig-7x1g-5gb"]
    quiet = mine[(mine["from_s"] > 1.1) & (mine["to_s"] < 1.7)]
    assert len(quiet) > 20
    assert quiet["sm_use"].abs().max() < 1e-9
    assert quiet["in_system"].tolist() == [pytest.approx(4.0)] * len(quiet)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: LayoutChange(0.0, HALVES),
            (
                "A layout must change at a finite number of seconds greater than 0, not 0.0. For example "
                "LayoutChange(10.0, layout)."
            ),
        ),
        (
            lambda: LayoutChange(1.0, "3g.20gb@0"),  # type: ignore[arg-type]
            (
                "LayoutChange() needs a layout, not '3g.20gb@0'. For example parse_layout(gpu, "
                '"3g.20gb@0 3g.20gb@4").'
            ),
        ),
        (
            lambda: LayoutChange(1.0, HALVES, drain_seconds=-1.0),
            (
                "Ending and restarting the jobs must take a finite number of seconds, 0 or more, not -1.0. "
                "For example drain_seconds=10.0, or leave it out."
            ),
        ),
        (
            lambda: experiment(HALVES),  # type: ignore[arg-type]
            f"{HALVES!r} is not a change of layout. Make one: LayoutChange(10.0, layout).",
        ),
        (
            lambda: experiment(LayoutChange(1.0, parse_layout(gpu("A30"), "4g.24gb@0"))),
            "The layout at 1 s is of A30, but the experiment runs on A100-SXM4-40GB. Lay out A100-SXM4-40GB.",
        ),
        (
            lambda: experiment(CHANGE, modes=[Monolithic()]),
            "Only Mig(layout) has a layout that can change, and it is not among the modes. Add it.",
        ),
        (
            lambda: experiment(CHANGE, LayoutChange(1.2, SEVENTHS)),
            (
                "The layout cannot change at 1.2 s: the change at 1 s takes some 0.746 s. Leave more time "
                "between them, and give them in order."
            ),
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused(make: Any, message: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        make()
    assert str(caught.value) == message
