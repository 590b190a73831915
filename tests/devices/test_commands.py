from __future__ import annotations

from mig_explorer.devices.commands import commands_for
from mig_explorer.devices.records import ComputeRecord, InstanceRecord
from mig_explorer.devices.steps import Step

HALF = InstanceRecord("3g.20gb", 2, 9, 4, 4)
STANDING = InstanceRecord("3g.20gb", 2, 9, 4, 4, gi_id=2)
FULL = ComputeRecord("3g.20gb", 2, 0, full=True, profile_id=2)
PART = ComputeRecord("1c.3g.20gb", 0, 1, full=False, profile_id=0)
UNLISTED = InstanceRecord("1g.12gb", 0, None, 0, 3)


def test_a_gpu_instance_and_the_one_that_fills_it_are_one_command() -> None:
    steps = [Step("create-gpu", HALF), Step("create-compute", HALF, FULL)]
    assert commands_for(steps, 3) == ("sudo nvidia-smi mig -i 3 -cgi 9:4 -C",)


def test_a_divided_one_takes_a_command_for_each_and_its_id_is_not_known_yet() -> None:
    steps = [Step("create-gpu", HALF), Step("create-compute", HALF, PART)]
    assert commands_for(steps, 0) == (
        "sudo nvidia-smi mig -i 0 -cgi 9:4",
        "sudo nvidia-smi mig -i 0 -gi '<ID of 3g.20gb@4>' -cci 0",
    )


def test_one_that_fills_a_gpu_instance_that_stands_is_a_command_of_its_own() -> None:
    steps = [Step("create-gpu", UNLISTED), Step("create-compute", STANDING, FULL)]
    assert commands_for(steps, 0) == (
        "sudo nvidia-smi mig -i 0 -cgi 1g.12gb:0",
        "sudo nvidia-smi mig -i 0 -gi 2 -cci 2",
    )


def test_what_goes_is_named_by_its_ids() -> None:
    gone = ComputeRecord("1c.3g.20gb", 0, 1, full=False, ci_id=1)
    steps = [
        Step("destroy-compute", STANDING, gone),
        Step("destroy-gpu", STANDING),
        Step("destroy-compute", HALF, PART),
    ]
    assert commands_for(steps, 0) == (
        "sudo nvidia-smi mig -i 0 -gi 2 -ci 1 -dci",
        "sudo nvidia-smi mig -i 0 -gi 2 -dgi",
        "sudo nvidia-smi mig -i 0 -gi '<ID of 3g.20gb@4>' -ci '<ID of 1c.3g.20gb@1 in 3g.20gb@4>' -dci",
    )
