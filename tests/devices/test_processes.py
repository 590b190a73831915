from __future__ import annotations

import pytest

from mig_explorer.devices import this_gpu
from mig_explorer.devices.processes import Process, in_the_way, running_processes
from mig_explorer.devices.records import ComputeRecord, InstanceRecord
from mig_explorer.devices.steps import Step
from tests.devices.fake_board import FakeBoard
from tests.devices.fake_faults import Faults
from tests.devices.fake_nvml import FakeNvml

HALF = InstanceRecord("3g.20gb", 2, 9, 4, 4, gi_id=2)
PART = ComputeRecord("1c.3g.20gb", 0, 0, full=False, ci_id=1)


def found(**faults) -> tuple[Process, ...] | None:
    board = FakeBoard(
        "A100-SXM4-40GB",
        layout="3g.20gb@4 1g.5gb@0",
        processes=[(41, "python", 2, 0), (42, "dcgm", None, None)],
    )
    nvml = FakeNvml([board], faults=Faults(**faults))
    return running_processes(this_gpu(0, FakeNvml([board])), nvml)


def test_the_programs_on_a_gpu_are_read_with_their_instances() -> None:
    assert found() == (Process(41, "python", 2, 0), Process(42, "dcgm"))


@pytest.mark.parametrize(
    "faults",
    [{"processes_not_permitted": True}, {"not_supported": ("nvmlDeviceGetComputeRunningProcesses",)}],
    ids=["no permission", "not supported"],
)
def test_a_list_that_is_refused_is_unknown_and_not_empty(faults) -> None:
    assert found(**faults) is None


def test_a_program_without_a_name_is_still_listed() -> None:
    assert found(not_supported=("nvmlSystemGetProcessName",)) == (Process(41, "", 2, 0), Process(42))
    assert str(Process(41, "", 2, 0)) == "process 41 (name unknown) on GPU instance 2, compute instance 0"
    assert str(Process(41, "python", 2)) == "process 41 (python) on GPU instance 2"
    assert str(Process(42, "dcgm")) == "process 42 (dcgm)"


@pytest.mark.parametrize(
    ("process", "step", "blocks"),
    [
        (Process(1, "", 2, 0), Step("destroy-gpu", HALF), True),
        (Process(1, "", 3, 0), Step("destroy-gpu", HALF), False),
        (Process(1, "", None, None), Step("destroy-gpu", HALF), False),
        (Process(1, "", 2, 1), Step("destroy-compute", HALF, PART), True),
        (Process(1, "", 2, 0), Step("destroy-compute", HALF, PART), False),
        (Process(1, "", 2, None), Step("destroy-compute", HALF, PART), True),
        (Process(1, "", 2, 1), Step("create-compute", HALF, PART), False),
    ],
)
def test_only_a_program_on_what_goes_is_in_the_way(process: Process, step: Step, blocks: bool) -> None:
    assert in_the_way([process], [step]) == ((process,) if blocks else ())
