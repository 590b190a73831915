from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mig_explorer.errors import InvalidExperiment, UnknownGpu
from mig_explorer.experiments import Experiment, Tenant, read_trace, tenants
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic
from mig_explorer.workloads import matmul, triad

A100 = gpu("A100-SXM4-40GB")
WORK = matmul(size=256, repeats=50)
MODES = "The modes are Monolithic(), TimeSlicing(), Mps(), GreenContexts() and Mig(layout)."
SEVENTHS = Mig(parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7))))


def experiment(**changes: Any) -> Experiment:
    described: dict[str, Any] = {"gpu": A100, "tenants": tenants(WORK, 7), "modes": [Monolithic(), SEVENTHS]}
    return Experiment(**{**described, **changes})


def test_a_board_can_be_named() -> None:
    assert experiment(gpu="NVIDIA A100-SXM4-40GB").gpu is A100


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"tenants": []},
            "An experiment needs at least one tenant, and has none. For example tenants(workload, 7).",
        ),
        (
            {"tenants": ["ann"]},
            "'ann' is not a tenant. Make some: tenants(workload, 7), or Tenant(name, workload).",
        ),
        (
            {"tenants": [*tenants(WORK, 2), *tenants(WORK, 1)]},
            "2 tenants are named 'tenant 1'. Give each tenant a name of its own.",
        ),
        (
            {"tenants": [Tenant("ann", replace(WORK, factory="__main__:mine"))]},
            (
                "The workload of ann is defined in the notebook or script itself (__main__:mine), where "
                "worker processes cannot import it. Move its factory into a module beside it."
            ),
        ),
        ({"modes": []}, f"An experiment needs at least one sharing mode. {MODES}"),
        ({"modes": ["mig"]}, f"'mig' is not a sharing mode. {MODES}"),
        (
            {"modes": [Monolithic]},
            f"<class 'mig_explorer.model.modes.monolithic.Monolithic'> is not a sharing mode. {MODES}",
        ),
        (
            {"modes": [Monolithic(), SEVENTHS, Monolithic()]},
            "Monolithic is among the modes 2 times. Give each mode once.",
        ),
        ({"gpu": 7}, 'An experiment needs a GPU of the catalogue, not 7. For example "A100-SXM4-40GB".'),
        (
            {"gpu": "A30"},
            (
                "The layout of MIG 7 × 1g.5gb is of A100-SXM4-40GB, but the experiment runs on A30. "
                "Lay out A30, or run on A100-SXM4-40GB."
            ),
        ),
    ],
)
def test_what_makes_no_experiment_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        experiment(**changes)
    assert str(caught.value) == message


@pytest.mark.parametrize("seconds", [0, -1.0, math.nan, math.inf, "2", True])
def test_seconds_that_are_none_are_refused(seconds: Any) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        experiment(seconds=seconds)
    assert str(caught.value) == (
        f"seconds must be a finite number greater than 0, not {seconds!r}. For example 2.0, or leave it out."
    )


@pytest.mark.parametrize("seed", [-1, 1.5, "7", None, True])
def test_a_seed_that_is_none_is_refused(seed: Any) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        experiment(seed=seed)
    assert str(caught.value) == f"seed must be a whole number of 0 or more, not {seed!r}. For example 7."


def test_a_deadline_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidExperiment) as caught:
        experiment(deadline_seconds=0)
    assert str(caught.value) == (
        "deadline_seconds must be a finite number greater than 0, not 0. For example 60."
    )


def test_an_unknown_board_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(UnknownGpu, match="A100-SXM4-40GB"):
        experiment(gpu="A100-SXM4-45GB")


def test_one_mode_and_one_tenant_need_no_list() -> None:
    small = experiment(tenants=Tenant("ann", WORK), modes=Monolithic())
    assert (small.tenants, small.modes) == ((Tenant("ann", WORK),), (Monolithic(),))


@pytest.mark.usefixtures("instant_kernels")
def test_events_come_in_order_modelled_ones_first(tmp_path: Path) -> None:
    events = list(experiment().events(tmp_path / "run.jsonl"))
    kinds = [event["kind"] for event in events]
    requests = kinds.count("request")
    assert kinds == [
        "experiment",
        *["mode"] * 2,
        *["request"] * requests,
        *["kernel-started", "kernel-checked"] * 14,
        "finished",
    ]
    assert [event["n"] for event in events] == list(range(len(events)))
    first, *_, last = events
    assert first["modes"] == ["monolithic", "mig-7x1g-5gb"]
    assert first["provenance"] == {"time": "modelled", "kernels": "emulated"}
    assert (last["ok"], last["failures"]) == (True, [])
    served = [event["mode"] for event in events if event["kind"] == "request"]
    assert served == sorted(served, reverse=True), "one mode after the other"
    assert set(served) == set(first["modes"])


@pytest.mark.usefixtures("instant_kernels")
def test_each_event_is_in_the_file_before_it_is_yielded(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    for event in experiment().events(path):
        if event["n"] % 100 == 0 or event["kind"] != "request":
            assert read_trace(path).events[-1] == event


@pytest.mark.usefixtures("instant_kernels")
def test_mode_events_say_who_is_where_and_how_long_a_request_takes(tmp_path: Path) -> None:
    planned = experiment()
    events = list(planned.events(tmp_path / "run.jsonl"))
    whole, sevenths = events[1:3]
    assert [piece["name"] for piece in whole["slices"]] == ["whole GPU"]
    assert whole["slices"][0]["compute"] == list(range(7))
    assert [piece["tenants"] for piece in sevenths["slices"]] == [[f"tenant {n}"] for n in range(1, 8)]
    piece = sevenths["slices"][3]
    assert (piece["name"], piece["profile"], piece["sms"]) == ("1g.5gb@3", "1g.5gb", 14)
    assert (piece["compute"], piece["memory"]) == ([3], [3])
    assert piece["step_seconds"] == {"tenant 4": planned.plan[1].services["tenant 4"].seconds}
    assert piece["limited_by"] == {"tenant 4": "compute"}


@pytest.mark.usefixtures("instant_kernels")
def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    written = []
    for number, seed in enumerate([7, 7, 8]):
        path = tmp_path / f"{number}.jsonl"
        list(experiment(tenants=tenants(WORK, 3, think_seconds=0.01), seed=seed).events(path))
        written.append(path.read_bytes())
    assert written[0] == written[1] != written[2]


@pytest.mark.usefixtures("instant_kernels")
def test_kernels_of_different_tenants_and_modes_get_inputs_of_their_own() -> None:
    tasks = experiment()._tasks()
    assert len({task.seed for task in tasks}) == 14
    assert [task.mode for task in tasks[:4]] == ["monolithic", "mig-7x1g-5gb"] * 2
    assert tasks == experiment()._tasks()


@pytest.mark.usefixtures("instant_kernels")
def test_a_trace_that_exists_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InvalidExperiment, match="exists already"):
        experiment().run(path)
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("instant_kernels")
def test_without_a_path_the_trace_goes_to_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / name)
    result = experiment().run()
    assert result.trace.path is not None
    assert result.trace.path.parent == tmp_path / "mig-explorer" / "runs"
    assert read_trace(result.trace.path).events == result.trace.events


@pytest.mark.usefixtures("instant_kernels")
def test_no_line_of_a_trace_holds_a_constant_that_json_lacks(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    experiment().run(path)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for line in path.read_text(encoding="ascii").splitlines():
        json.loads(line, parse_constant=refuse)


@pytest.mark.usefixtures("instant_kernels")
def test_a_board_without_mig_runs_monolithic(tmp_path: Path) -> None:
    board: Any = "GB10"
    result = Experiment(board, tenants=tenants(triad(elements=2**26), 2), modes=[Monolithic()]).run(
        tmp_path / "run.jsonl"
    )
    assert result.modes[0]["slices"][0]["compute"] == []
    assert set(result.table["status"]) == {"ok"}
