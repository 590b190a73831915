from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mig_explorer.devices import Device, this_gpu
from mig_explorer.devices.plan import Plan, plan
from mig_explorer.devices.processes import Process
from mig_explorer.errors import ApplyRefused
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout
from tests.devices.bench import UUID
from tests.devices.fake_board import FakeBoard
from tests.devices.fake_nvml import FakeNvml

A100 = gpu("A100-SXM4-40GB")


def device(layout: str = "1g.5gb@0 1g.5gb@1 3g.20gb@4[2c@0+1c@2]", **board) -> Device:
    return this_gpu(0, FakeNvml([FakeBoard("A100-SXM4-40GB", layout=layout, **board)]))


def planned(target: str, processes: list[Process] | None = None, layout: str | None = None) -> Plan:
    there = device() if layout is None else device(layout)
    return plan(there, parse_layout(A100, target), processes)


def test_a_plan_says_what_stays_what_goes_what_is_made_and_who_is_in_the_way() -> None:
    made = planned(
        "2g.10gb@0 3g.20gb@4[2c@0]",
        [Process(41, "python", 7, 0), Process(42, "train", 2, 0), Process(43, "idle", 2, 1)],
    )
    uuid = FakeBoard("A100-SXM4-40GB", uuid=UUID).mig_uuid
    assert str(made) == (
        f"Plan for GPU 0, A100-SXM4-40GB, {UUID}\n"
        "  from 1g.5gb@0 1g.5gb@1 3g.20gb@4[2c.3g.20gb@0+1c.3g.20gb@2]\n"
        "  to   2g.10gb@0 3g.20gb@4[2c.3g.20gb@0]\n"
        "Kept\n"
        "  GPU instance 2 (3g.20gb@4)\n"
        f"    compute instance 0 (2c.3g.20gb@0), {uuid(2, 0)}\n"
        "Destroyed\n"
        f"  compute instance 0 (1g.5gb@0) in GPU instance 7 (1g.5gb@0), {uuid(7, 0)}\n"
        "  GPU instance 7 (1g.5gb@0)\n"
        f"  compute instance 0 (1g.5gb@0) in GPU instance 8 (1g.5gb@1), {uuid(8, 0)}\n"
        "  GPU instance 8 (1g.5gb@1)\n"
        f"  compute instance 1 (1c.3g.20gb@2) in GPU instance 2 (3g.20gb@4), {uuid(2, 1)}\n"
        "Created\n"
        "  GPU instance 2g.10gb@0\n"
        "  compute instance 2g.10gb@0 in GPU instance 2g.10gb@0\n"
        "In the way\n"
        "  process 41 (python) on GPU instance 7, compute instance 0\n"
        "  process 43 (idle) on GPU instance 2, compute instance 1\n"
        "The same by hand\n"
        "  sudo nvidia-smi mig -i 0 -gi 7 -ci 0 -dci\n"
        "  sudo nvidia-smi mig -i 0 -gi 7 -dgi\n"
        "  sudo nvidia-smi mig -i 0 -gi 8 -ci 0 -dci\n"
        "  sudo nvidia-smi mig -i 0 -gi 8 -dgi\n"
        "  sudo nvidia-smi mig -i 0 -gi 2 -ci 1 -dci\n"
        "  sudo nvidia-smi mig -i 0 -cgi 14:0 -C\n"
        "And back again\n"
        "  sudo nvidia-smi mig -i 0 -gi '<ID of 2g.10gb@0>' -ci '<ID of 2g.10gb@0 in 2g.10gb@0>' -dci\n"
        "  sudo nvidia-smi mig -i 0 -gi '<ID of 2g.10gb@0>' -dgi\n"
        "  sudo nvidia-smi mig -i 0 -cgi 19:0 -C\n"
        "  sudo nvidia-smi mig -i 0 -cgi 19:1 -C\n"
        "  sudo nvidia-smi mig -i 0 -gi 2 -cci 0"
    )


def test_nothing_in_the_way_and_nobody_asked_are_two_things() -> None:
    assert "In the way\n  nothing\n" in str(planned("7g.40gb@0", []))
    assert (
        "In the way\n  not known: the driver did not list the processes; it refuses to destroy what is in "
        "use\n" in str(planned("7g.40gb@0", None))
    )
    assert "In the way\n  nothing\n" in str(planned("7g.40gb@0", None, layout=""))


def test_nothing_to_do() -> None:
    made = planned("1g.5gb@0 1g.5gb@1 3g.20gb@4[2c@0+1c@2]")
    assert str(made) == (
        f"Plan for GPU 0, A100-SXM4-40GB, {UUID}\n"
        "  from 1g.5gb@0 1g.5gb@1 3g.20gb@4[2c.3g.20gb@0+1c.3g.20gb@2]\n"
        "  to   1g.5gb@0 1g.5gb@1 3g.20gb@4[2c.3g.20gb@0+1c.3g.20gb@2]\n"
        "Nothing to do: it stands already."
    )
    assert (made.steps, made.commands, made.undo) == ((), (), ())


def test_what_was_odd_about_reading_is_said() -> None:
    odd = replace(device(""), problems=("The driver places 1g.5gb elsewhere.",))
    assert str(plan(odd, parse_layout(A100, "7g.40gb@0"))).endswith(
        "\nProblem: The driver places 1g.5gb elsewhere."
    )


def test_a_plan_is_json() -> None:
    made = planned("3g.20gb@4[2c@0+1c@2]", [Process(41, "python", 7, 0)])
    values = json.loads(json.dumps(made.as_dict()))
    assert {key: values[key] for key in ("uuid", "index", "gpu", "to", "blocked_by", "problems")} == {
        "uuid": UUID,
        "index": 0,
        "gpu": "A100-SXM4-40GB",
        "to": "3g.20gb@4[2c.3g.20gb@0+1c.3g.20gb@2]",
        "blocked_by": [41],
        "problems": [],
    }
    assert [step["text"] for step in values["steps"]] == [str(step) for step in made.steps]
    assert [(each["profile"], each["gi_id"]) for each in values["before"]] == [
        ("1g.5gb", 7),
        ("1g.5gb", 8),
        ("3g.20gb", 2),
    ]
    assert values["keeps"][0]["compute"][0]["uuid"].startswith("MIG-")
    assert values["processes"] == [
        {
            "text": "process 41 (python) on GPU instance 7, compute instance 0",
            "pid": 41,
            "name": "python",
            "gi_id": 7,
            "ci_id": 0,
        }
    ]
    assert planned("7g.40gb@0").as_dict()["processes"] is None


def refusal(there: Device, layout: Layout) -> str:
    with pytest.raises(ApplyRefused) as caught:
        plan(there, layout)
    return str(caught.value)


def test_mig_mode_is_never_switched_and_it_is_said_how() -> None:
    assert refusal(device("", mig_mode=0), Layout(A100)) == (
        "MIG mode of GPU 0, A100-SXM4-40GB is off, and mig-explorer never switches it. Switch it on "
        "yourself, with "
        "nothing running on the GPU: sudo nvidia-smi -i 0 -mig 1"
    )


@pytest.mark.parametrize(("now", "then", "words"), [(0, 1, ("off", "on")), (1, 0, ("on", "off"))])
def test_a_mode_that_is_pending_waits_for_a_reset(now: int, then: int, words: tuple[str, str]) -> None:
    assert refusal(device("", mig_mode=now, pending=then), Layout(A100)) == (
        f"MIG mode of GPU 0, A100-SXM4-40GB is {words[0]}, and {words[1]} is pending: it takes effect when "
        "the GPU "
        "is reset. With nothing running on it: sudo nvidia-smi --gpu-reset -i 0, or restart the machine."
    )


def test_a_mode_that_is_not_known() -> None:
    assert refusal(replace(device(""), mig_mode=None, pending_mode=None), Layout(A100)) == (
        "The driver does not say whether MIG mode of GPU 0, A100-SXM4-40GB is on, so nothing can be planned. "
        "See: nvidia-smi -i 0 --query-gpu=mig.mode.current,mig.mode.pending --format=csv"
    )


def test_a_layout_of_another_board() -> None:
    assert refusal(device(""), Layout(gpu("A30"))) == (
        "The layout is for A30, and GPU 0 is A100-SXM4-40GB. Make the layout for A100-SXM4-40GB."
    )


def test_a_board_without_mig() -> None:
    there = this_gpu(0, FakeNvml([FakeBoard("GB10", mig_mode=0)]))
    assert refusal(there, Layout(gpu("GB10"))) == (
        "GPU 0 is GB10, which has no MIG. Share it by time slicing, MPS or green contexts, or choose a "
        "board with "
        "MIG."
    )


def test_a_board_that_is_not_in_the_catalogue() -> None:
    there = replace(device(""), gpu=None, product_name="NVIDIA X1")
    assert refusal(there, Layout(A100)) == (
        f"GPU 0 (NVIDIA X1, {UUID}) is not in the catalogue, so no layout can be planned for it. "
        "CONTRIBUTING.md says how to add a board."
    )


def test_what_stands_is_not_known() -> None:
    there = replace(device(""), layout=None, problems=("Nobody may ask.",))
    assert refusal(there, Layout(A100)) == (
        "What stands on GPU 0, A100-SXM4-40GB is not known well enough to change it. Nobody may ask."
    )
