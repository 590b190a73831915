"""Whatever goes wrong while a machine is read, there is a diagnosis, and each obstacle has its command."""

from __future__ import annotations

import json

import pytest

from mig_explorer.devices import Obstacle, diagnose
from mig_explorer.devices.surroundings import Surroundings
from tests.devices.fake_nvml import FakeBoard, FakeNvml, Faults

EVERY_FAULT = (
    Faults(library_missing=True),
    Faults(driver_not_loaded=True),
    Faults(version_mismatch=True),
    Faults(no_permission=True),
    Faults(processes_not_permitted=True),
    Faults(gpu_lost=True),
    Faults(mode_pending=True),
    Faults(hole_in_index=0),
    Faults(ci_without_device=(2, 0)),
    Faults(foreign_client=(1, "x", 2, 0)),
    *(Faults(gpu_lost=calls) for calls in range(1, 60, 4)),
)


def functions_called() -> list[str]:
    nvml = FakeNvml([FakeBoard(layout="3g.20gb@4"), FakeBoard("GB10")])
    diagnose(nvml, Surroundings())
    return sorted({name for name, _ in nvml.calls})


def diagnosed(faults: Faults) -> None:
    nvml = FakeNvml([FakeBoard("A30", layout="2g.12gb@2 1g.6gb@0[]"), FakeBoard("GB10")], faults=faults)
    found = diagnose(nvml, Surroundings())
    assert nvml.changed == []
    assert found.obstacles, "a GB10 is always one"
    assert all(isinstance(each, Obstacle) and each.what and each.command for each in found.obstacles)
    assert str(found).count("\n") >= 3
    json.dumps(found.as_dict())


@pytest.mark.parametrize("faults", EVERY_FAULT)
def test_every_fault_leads_to_a_diagnosis_with_commands(faults: Faults) -> None:
    diagnosed(faults)


@pytest.mark.parametrize("code", [1, 2, 3, 4, 6, 7, 9, 10, 13, 15, 16, 18, 19, 999])
def test_every_function_may_fail_with_every_code_and_there_is_a_diagnosis(code: int) -> None:
    for name in functions_called():
        diagnosed(Faults(fails=((name, 1, code),)))
