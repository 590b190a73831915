"""``doctor``, ``plan`` and ``apply`` on an imitation of NVML; only ``apply`` changes anything."""

from __future__ import annotations

import functools
import json

import pytest
from click.testing import CliRunner

from mig_explorer import devices
from mig_explorer.cli import main
from mig_explorer.devices.surroundings import Surroundings
from tests.devices.fake_board import FakeBoard
from tests.devices.fake_faults import Faults
from tests.devices.fake_nvml import FakeNvml

UUID = "GPU-12345678-1234-1234-1234-123456780000"
PLANNED = "3g.20gb@4 2g.10gb@0"


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Return a function that gives the commands a machine with these boards and faults."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def install(*boards, **faults):
        nvml = FakeNvml(list(boards), faults=Faults(**faults))
        for name in ("this_gpu", "running_processes", "apply", "resume"):
            monkeypatch.setattr(devices, name, functools.partial(getattr(devices, name), nvml=nvml))
        here = Surroundings(system="Linux")
        monkeypatch.setattr(devices, "diagnose", lambda: diagnose(nvml, here))
        return nvml

    diagnose = devices.diagnose
    return install


def board(layout="3g.20gb@4 1g.5gb@0", **more):
    return FakeBoard("A100-SXM4-40GB", uuid=UUID, mig_mode=1, pending=1, layout=layout, **more)


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def changes(nvml):
    return [name for name, *_ in nvml.calls if "Create" in name or "Destroy" in name]


def test_doctor_is_a_yes_where_nothing_stands_in_the_way(machine):
    machine(board())
    said = run("doctor")
    assert said.exit_code == 0, said.output
    assert "A100-SXM4-40GB" in said.output
    found = json.loads(run("doctor", "--json").output)
    assert found["ok"] is True
    assert found["inventory"]["gpus"][0]["uuid"] == UUID


def test_doctor_is_a_no_with_the_command_that_helps(machine):
    machine(FakeBoard("A100-SXM4-40GB", uuid=UUID, mig_mode=0, pending=0))
    said = run("doctor")
    assert said.exit_code == 1
    assert "sudo nvidia-smi -i 0 -mig 1" in said.output


def test_a_plan_shows_what_stays_goes_and_comes_and_changes_nothing(machine):
    nvml = machine(board())
    said = run("plan", PLANNED)
    assert said.exit_code == 0, said.output
    assert f"Plan for GPU 0, A100-SXM4-40GB, {UUID}" in said.output
    assert "from 1g.5gb@0 3g.20gb@4\n  to   2g.10gb@0 3g.20gb@4" in said.output
    assert changes(nvml) == []
    planned = json.loads(run("plan", PLANNED, "--json").output)["plan"]
    assert (planned["uuid"], planned["from"]) == (UUID, "1g.5gb@0 3g.20gb@4")


def test_a_plan_with_programs_in_the_way_is_a_no(machine):
    machine(board(processes=[(4242, "python", 7, 0)]))
    said = run("plan", PLANNED)
    assert said.exit_code == 1
    assert "process 4242 (python)" in said.output


def test_apply_needs_the_uuid_in_full(machine):
    nvml = machine(board())
    said = run("apply", PLANNED, "--confirm", UUID[:-1])
    assert said.exit_code == 1
    assert said.stderr.endswith("Nothing was changed.\n")
    assert changes(nvml) == []


def test_apply_makes_the_layout_and_says_where_its_journal_is(machine):
    nvml = machine(board())
    said = run("apply", PLANNED, "--confirm", UUID, "--json")
    assert said.exit_code == 0, said.output
    done = json.loads(said.output)
    assert done["result"] == "applied"
    assert [(each["profile"], each["start"]) for each in done["after"]] == [("2g.10gb", 0), ("3g.20gb", 4)]
    assert str(devices.this_gpu(nvml=nvml).layout) == "2g.10gb@0 3g.20gb@4"
    assert done["journal"]
    again = run("plan", PLANNED)
    assert "Nothing to do: it stands already." in again.output


def test_a_step_that_fails_is_a_no_and_the_old_layout_stands(machine):
    nvml = machine(board(), create_fails_at=1)
    said = run("apply", PLANNED, "--confirm", UUID, "--json")
    assert said.exit_code == 1
    failed = json.loads(said.output)
    assert (failed["error"]["kind"], failed["restored"], failed["undo"]) == ("ApplyFailed", True, [])
    assert str(devices.this_gpu(nvml=nvml).layout) == "1g.5gb@0 3g.20gb@4"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["apply", "--confirm", UUID], "Give a LAYOUT to apply, or --resume with a journal: one of the two."),
        (["apply", PLANNED, "--back", "--confirm", UUID], "--back goes with --resume."),
        (["apply", PLANNED], "Missing option '--confirm'."),
        (
            ["plan", "9g.20gb@0"],
            (
                "Invalid value for LAYOUT: A100-SXM4-40GB has no profile '9g.20gb'. Nearest: 4g.20gb, "
                "3g.20gb, 7g.40gb."
            ),
        ),
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(machine, arguments, words):
    nvml = machine(board())
    said = run(*arguments)
    assert said.exit_code == 2
    assert said.output.endswith(f"Error: {words}\n")
    assert changes(nvml) == []


def test_a_gpu_that_is_not_there_is_a_no(machine):
    machine(board())
    said = run("plan", PLANNED, "--index", "3")
    assert said.exit_code == 1
    assert said.stderr.startswith("Error: ")
    assert "3" in said.stderr
