from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.devices.hands import (
    error_as_json,
    error_from_json,
    perform,
    serve,
    surely_not_taken,
)
from mig_explorer.devices.nvml import open_nvml
from mig_explorer.devices.records import ComputeRecord, InstanceRecord
from mig_explorer.devices.steps import Step, step_as_json
from mig_explorer.errors import DeviceCallFailed, DeviceUnavailable, MissingExtra
from tests.devices.bench import A100, UUID
from tests.devices.fake_board import FakeBoard
from tests.devices.fake_faults import Faults
from tests.devices.fake_nvml import FakeNvml

HALF = InstanceRecord("3g.20gb", 2, 9, 4, 4)
STANDING = InstanceRecord("3g.20gb", 2, 9, 4, 4, gi_id=2)
FULL = ComputeRecord("3g.20gb", 2, 0, full=True)


def part(start: int, ci_id: int | None = None) -> ComputeRecord:
    return ComputeRecord("1c.3g.20gb", 0, start, full=False, ci_id=ci_id)


def machine(layout: str = "", **faults: Any) -> FakeNvml:
    return FakeNvml([FakeBoard(A100, layout=layout)], faults=Faults(**faults))


def taken(nvml: Any, step: Step) -> dict[str, Any]:
    with open_nvml(nvml) as opened:
        return perform(opened, UUID, {"do": "step", "step": step_as_json(step)})


@pytest.mark.parametrize(
    ("layout", "step", "ids", "text"),
    [
        ("", Step("create-gpu", HALF), {"gi_id": 2}, "3g.20gb@4[]"),
        ("3g.20gb@4[]", Step("create-compute", STANDING, FULL), {"ci_id": 0}, "3g.20gb@4"),
        ("3g.20gb@4[1c@0]", Step("create-compute", STANDING, part(2)), {"ci_id": 1}, "3g.20gb@4[1c@0+1c@2]"),
        ("3g.20gb@4[1c@0]", Step("destroy-compute", STANDING, part(0, 0)), {}, "3g.20gb@4[]"),
        ("3g.20gb@4[]", Step("destroy-gpu", STANDING), {}, "empty"),
    ],
    ids=["GPU instance", "full", "part", "destroy part", "destroy GPU instance"],
)
def test_each_step(layout: str, step: Step, ids: dict[str, int], text: str) -> None:
    nvml = machine(layout)
    assert taken(nvml, step) == ids
    assert (nvml.boards[0].text, len(nvml.changed)) == (text, 1)


def test_a_reading_has_all_that_is_asked_before_a_change() -> None:
    nvml = machine("3g.20gb@4[1c@0]")
    nvml.boards[0].processes = [(41, "python", 2, 0)]
    with open_nvml(nvml) as opened:
        found = perform(opened, UUID, {"do": "read"})
    assert (found["index"], found["mode"], found["pending"]) == (0, True, True)
    assert [(each["profile"], each["gi_id"]) for each in found["records"]] == [("3g.20gb", 2)]
    assert found["processes"] == [{"pid": 41, "name": "python", "gi_id": 2, "ci_id": 0}]


@pytest.mark.parametrize(
    "faults",
    [
        {"not_supported": ("nvmlGpuInstanceGetComputeInstancePossiblePlacements",)},
        {"fails": (("nvmlGpuInstanceGetComputeInstancePossiblePlacements", 1, 13),)},
    ],
    ids=["not supported", "no such function"],
)
def test_a_driver_that_lists_no_placements_chooses_the_start(faults: dict[str, Any]) -> None:
    """The reading that follows tells whether it is the one that was asked for."""
    nvml = machine("3g.20gb@4[1c@0]", **faults)
    assert taken(nvml, Step("create-compute", STANDING, part(2))) == {"ci_id": 1}
    assert nvml.boards[0].text == "3g.20gb@4[1c@0+1c@1]"


def test_the_size_of_a_placement_is_the_drivers_own() -> None:
    nvml = machine("3g.20gb@4[]")
    nvml.boards[0].full_ci_size_in_memory = True
    assert taken(nvml, Step("create-compute", STANDING, FULL)) == {"ci_id": 0}


def test_an_old_driver_knows_the_first_version_of_a_profile() -> None:
    nvml = machine(fails=(("nvmlDeviceGetGpuInstanceProfileInfo", 1, 13),))
    assert taken(nvml, Step("create-gpu", HALF)) == {"gi_id": 2}


@pytest.mark.parametrize(
    ("layout", "step", "message"),
    [
        (
            "3g.20gb@0[]",
            Step("destroy-gpu", InstanceRecord("3g.20gb", 2, 9, 4, 4, gi_id=1)),
            "GPU instance 1 is not 3g.20gb@4 any more: somebody else changed the GPU in between.",
        ),
        (
            "3g.20gb@4[]",
            Step("destroy-gpu", InstanceRecord("2g.10gb", 1, 14, 4, 2, gi_id=2)),
            "GPU instance 2 is not 2g.10gb@4 any more: somebody else changed the GPU in between.",
        ),
        (
            "3g.20gb@4[2c@0]",
            Step("destroy-compute", STANDING, part(0, 0)),
            "Compute instance 0 is not 1c.3g.20gb@0 any more: somebody else changed the GPU in between.",
        ),
    ],
    ids=["another start", "another profile", "another compute profile"],
)
def test_what_is_destroyed_is_looked_at_first(layout: str, step: Step, message: str) -> None:
    nvml = machine(layout)
    with pytest.raises(DeviceCallFailed) as caught:
        taken(nvml, step)
    assert (str(caught.value), nvml.changed) == (message, [])
    assert surely_not_taken(step, caught.value)


@pytest.mark.parametrize(
    ("action", "call", "code", "surely"),
    [
        ("create-gpu", "nvmlDeviceCreateGpuInstanceWithPlacement", 23, True),
        ("create-gpu", "nvmlDeviceGetGpuInstanceProfileInfo", 2, True),
        ("create-gpu", "nvmlGpuInstanceGetInfo", 6, False),
        ("destroy-gpu", "nvmlGpuInstanceGetInfo", 6, True),
        ("create-compute", "nvmlComputeInstanceGetInfo_v2", 2, False),
        ("destroy-gpu", "nvmlGpuInstanceDestroy", 19, True),
        ("destroy-gpu", "nvmlGpuInstanceDestroy", 999, False),
        ("destroy-gpu", "nvmlGpuInstanceDestroy", 10, False),
    ],
)
def test_after_which_errors_a_step_was_surely_not_taken(
    action: Any, call: str, code: int, surely: bool
) -> None:
    assert surely_not_taken(Step(action, HALF), DeviceCallFailed("", call=call, code=code)) == surely


def test_errors_survive_json() -> None:
    failed = DeviceCallFailed("no", call="nvmlInit", code=4)
    again = error_from_json(error_as_json(failed))
    assert (type(again), str(again), vars(again)) == (DeviceCallFailed, "no", vars(failed))
    assert type(error_from_json(error_as_json(MissingExtra("not installed")))) is DeviceUnavailable


def test_nvml_is_open_from_the_first_request_to_the_last() -> None:
    nvml = machine()
    answers: list[dict[str, Any]] = []
    serve(nvml, UUID, [{"do": "read"}, {"do": "read"}], answers.append)
    assert [len(nvml.called(name)) for name in ("nvmlInit", "nvmlShutdown")] == [1, 1]
    assert [each["ok"]["mode"] for each in answers] == [True, True]


def test_whoever_asked_hears_of_any_error() -> None:
    answers: list[dict[str, Any]] = []
    serve(machine(), UUID, [{"do": "step"}, {"do": "read"}], answers.append)
    assert answers[0] == {"error": "KeyError: 'step'", "call": "", "code": None}
    assert "ok" in answers[1]
