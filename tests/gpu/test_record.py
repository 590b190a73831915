"""The recording of a real board's answers, tried on the fake."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.devices.fake_nvml import FakeBoard, FakeNvml, Faults
from tests.gpu.real import why_not
from tests.gpu.record import record

ROOT = Path(__file__).resolve().parents[2]


def test_a_record_has_every_profile_with_its_placements_and_all_that_stands() -> None:
    nvml = FakeNvml([FakeBoard(layout="3g.20gb@4[2c@0+1c@2] 1g.5gb@0[]"), FakeBoard("GB10")])
    found = json.loads(json.dumps(record(nvml)))
    assert nvml.changed == []
    board, without_mig = found["answers"]
    three = next(each for each in board["profiles"] if each["name"] == "MIG 3g.20gb")
    assert (three["id"], three["nvml_profile"], three["multiprocessorCount"], three["remaining"]) == (
        9,
        2,
        42,
        0,
    )
    assert three["placements"] == [{"start": 0, "size": 4}, {"start": 4, "size": 4}]
    (stands,) = three["instances"]
    assert stands["placement"] == {"start": 4, "size": 4}
    inside = [(each["profileId"], each["placement"]) for each in stands["compute_instances"]]
    assert inside == [(0, {"start": 2, "size": 1}), (1, {"start": 0, "size": 2})]
    assert len(board["profiles"]) == 7
    assert len(board["mig_devices"]) == 2
    assert found["inventory"]["gpus"][0]["layout"] == "1g.5gb@0[] 3g.20gb@4[2c@0+1c@2]"
    assert without_mig["memory"] == (
        "nvmlDeviceGetMemoryInfo: Not Supported (NVML code 3). This GPU, or its driver, cannot; MIG may be "
        "switched off."
    )
    assert without_mig["profiles"] == []


def test_what_may_not_be_asked_is_recorded_as_such() -> None:
    nvml = FakeNvml([FakeBoard(layout="3g.20gb@4")], faults=Faults(no_permission=True))
    (board,) = json.loads(json.dumps(record(nvml)))["answers"]
    assert {str(each["placements"]) for each in board["profiles"]} == {"None"}
    assert board["profiles"][0]["instances"] == (
        "nvmlDeviceGetGpuInstances: Insufficient Permissions (NVML code 4). It takes root, or read access to "
        "NVIDIA's mig/config capability: try with sudo."
    )


@pytest.mark.skipif(not why_not(), reason="there is a GPU, so there is something to record")
def test_the_command_says_that_there_is_nothing_to_record() -> None:
    command = [sys.executable, "-m", "tests.gpu.record"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("Nothing was recorded. ")
