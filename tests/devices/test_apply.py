from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mig_explorer.devices import this_gpu
from mig_explorer.devices.apply import apply
from mig_explorer.devices.journal import JournalWriter
from mig_explorer.devices.lock import GpuLock
from mig_explorer.devices.plan import plan
from mig_explorer.devices.records import from_json, text_of
from mig_explorer.errors import (
    ApplyFailed,
    ApplyRefused,
    DeviceCallFailed,
    DeviceUnavailable,
)
from tests.devices.bench import A100, UUID, Bench, Pair, bench

__all__ = ["bench"]

NEW = Pair(A100, "1g.5gb@0 3g.20gb@4", "2g.10gb@0 3g.20gb@4")
TITLE = f"GPU 0, {A100}, {UUID}"


@pytest.fixture
def here(bench: Callable[[Pair], Bench]) -> Bench:
    return bench(NEW)


def refusal(here: Bench, **named: Any) -> str:
    with pytest.raises(ApplyRefused) as caught:
        here.apply(**named)
    assert here.nvml.changed == []
    return str(caught.value)


def test_what_stands_afterwards_is_said_with_ids_and_uuids(here: Bench) -> None:
    applied = here.apply()
    uuid = here.board.mig_uuid
    assert str(applied) == (
        f"The layout stands on {UUID}: 2g.10gb@0 3g.20gb@4\n"
        "  GPU instance 3 (2g.10gb@0)\n"
        f"    compute instance 0 (2g.10gb@0), {uuid(3, 0)}\n"
        "  GPU instance 2 (3g.20gb@4)\n"
        f"    compute instance 0 (3g.20gb@0), {uuid(2, 0)}\n"
        f"Journal: {here.journal.path}"
    )
    assert (applied.result, text_of(applied.before)) == ("applied", "1g.5gb@0 3g.20gb@4")
    assert applied.after[0].compute[0].uuid == uuid(3, 0)


def test_every_step_is_in_the_journal_before_it_is_taken(here: Bench) -> None:
    change, known = here.nvml.change, []

    def seen(deed):
        last = here.journal.lines[-1]
        known.append((last["kind"], last["do"]["action"], last["do"]["instance"]["gi_id"]))
        return change(deed)

    here.nvml.change = seen
    here.apply()
    assert known == [
        ("intent", "destroy-compute", 7),
        ("intent", "destroy-gpu", 7),
        ("intent", "create-gpu", None),
        ("intent", "create-compute", 3),
    ]
    lines = here.journal.lines
    assert [line["kind"] for line in lines] == ["begin", *["intent", "outcome"] * 4, "end"]
    assert from_json(lines[0]["before"]) == here.plan.before
    assert lines[0]["text"] == "1g.5gb@0 3g.20gb@4 -> 2g.10gb@0 3g.20gb@4"
    assert lines[0]["steps"] == [str(step) for step in here.plan.steps]
    assert [line.get("gi_id", line.get("ci_id")) for line in lines[2:10:2]] == [None, None, 3, 0]


def test_the_gpu_is_read_after_each_step(here: Bench) -> None:
    here.apply()
    calls = [name for name, _ in here.nvml.calls]
    changes = [number for number, call in enumerate(calls) if "Destroy" in call or "Create" in call]
    ends = [*changes[1:], len(calls)]
    for number, end in zip(changes, ends, strict=True):
        assert "nvmlDeviceGetGpuInstances" in calls[number:end]


@pytest.mark.parametrize("confirm", ["", "yes", UUID[:-1], UUID.upper(), f" {UUID}", None, True])
def test_nothing_is_changed_unless_the_uuid_is_given_letter_by_letter(here: Bench, confirm: Any) -> None:
    assert refusal(here, confirm=confirm) == (
        f"{TITLE} is changed only if asked for in full, and the confirmation is {confirm!r}. "
        f"Read the plan, then confirm it with {UUID}. Nothing was changed."
    )
    assert here.nvml.calls == []


def test_without_steps_nothing_is_changed_and_no_journal_is_written(bench) -> None:
    here = bench(Pair(A100, "3g.20gb@4", "3g.20gb@4"))
    applied = here.apply()
    assert (applied.journal, applied.after, here.nvml.changed) == (None, here.plan.before, [])
    assert "Journal" not in str(applied)
    assert not (here.folder / "mig-explorer" / "devices" / "journals").exists()


def test_a_plan_that_is_out_of_date_is_refused(here: Bench) -> None:
    here.board.meddle("destroy 0")
    here.board.meddle("create 1g.5gb@2")
    assert refusal(here) == (
        f"What stands on {TITLE} is not what the plan was made from: 1g.5gb@0 (GPU instance 7) is gone; "
        "1g.5gb@2 (GPU instance 9) stands and was not expected. Nothing was changed. Read the GPU and plan "
        "again."
    )


def test_programs_on_what_goes_are_in_the_way_and_others_are_not(here: Bench) -> None:
    here.board.processes = [(41, "python", 7, 0), (42, "train", 2, 0)]
    assert refusal(here) == (
        f"Programs run on what would be destroyed on {TITLE}: process 41 (python) on GPU instance 7, compute "
        "instance 0. Nothing was changed. End them, or plan a layout that keeps their instances."
    )
    here.board.processes = [(42, "train", 2, 0)]
    here.apply()
    assert here.text == here.target


def test_where_programs_are_not_listed_the_driver_refuses_to_destroy_what_is_in_use(here: Bench) -> None:
    here.arm(processes_not_permitted=True)
    here.board.processes = [(41, "python", 7, 0)]
    with pytest.raises(ApplyFailed) as caught:
        here.apply()
    assert str(caught.value) == (
        f"{TITLE}: Step 1 of 4, destroy compute instance 0 (1g.5gb@0) in GPU instance 7 (1g.5gb@0): "
        "nvmlComputeInstanceDestroy: In use by another client (NVML code 19). End the programs on it, and "
        "destroy "
        "what it holds, first. The old layout stands again: 1g.5gb@0 3g.20gb@4.\n"
        f"Journal: {here.journal.path}"
    )
    assert (caught.value.restored, caught.value.undo) == (True, ())


@pytest.mark.parametrize(
    ("mode", "pending", "state"), [(0, 0, "off"), (1, 0, "to be switched off at the next reset")]
)
def test_mig_mode_that_went_off_is_not_switched_on(here: Bench, mode: int, pending: int, state: str) -> None:
    here.board.mig_mode, here.board.pending = mode, pending
    assert refusal(here) == (
        f"MIG mode of {TITLE} is {state}, and mig-explorer never switches it. Nothing was changed. Switch "
        "it on "
        "yourself, with nothing running on the GPU: sudo nvidia-smi -i 0 -mig 1"
    )


def test_a_gpu_that_cannot_be_read_to_begin_with_is_not_changed(here: Bench) -> None:
    here.arm(gpu_lost=True)
    with pytest.raises(DeviceUnavailable, match="The GPU is lost"):
        here.apply()
    here.arm(fails=(("nvmlDeviceGetHandleByUUID", 1, 999),))
    with pytest.raises(DeviceCallFailed, match="nvmlDeviceGetHandleByUUID: Unknown Error"):
        here.apply()
    here.arm(no_permission=True)
    with pytest.raises(DeviceUnavailable, match="is not known well enough to change it"):
        here.apply()
    assert (here.text, here.nvml.initialised) == (here.before, 0)


def test_two_cannot_change_a_gpu_at_once(here: Bench) -> None:
    with GpuLock(UUID):
        assert refusal(here).startswith(f"{UUID} is being changed by process ")
    here.apply()


def test_while_an_earlier_change_is_unfinished_none_begins(here: Bench, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    here.arm(gpu_lost=200)
    with pytest.raises(ApplyFailed):
        here.apply(journal_folder=elsewhere)
    (path,) = elsewhere.iterdir()
    here.arm()
    for _ in range(2):  # the lock names it, though nobody looks into that folder now
        assert refusal(here) == (
            f"An earlier change of {TITLE} was cut off. Nothing was changed now. If what stands is what you "
            "want, "
            f"remove {path}; else go back, or on without --back:\n"
            f"  mig-explorer apply --resume '{path}' --confirm {UUID} --back"
        )
    path.unlink()
    apply(plan(this_gpu(0, here.nvml), here.layout), confirm=UUID, nvml=here.nvml)
    assert here.text == here.target


def test_a_journal_that_cannot_be_read_stops_everything(here: Bench, tmp_path: Path) -> None:
    path = tmp_path / f"{UUID}-1.jsonl"
    path.write_text("hello\n")
    assert refusal(here, journal_folder=tmp_path) == (
        f"A journal of an earlier change of {TITLE} cannot be read, so it is not known whether that came to "
        "its "
        f"end. Line 1 of {path} has no checksum: it is not a journal, or the line was changed. Nothing was "
        "changed. See what stands, then move the journal away."
    )


def test_a_journal_that_cannot_be_created_stops_everything(here: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal(here, journal_folder=tmp_path / "file")
    assert re.fullmatch(
        rf"The journal {tmp_path}/file/{UUID}-\d+-\d+-\d+-1\.jsonl cannot be written \(File exists\), and "
        rf"without "
        r"one nothing is changed\. Make room, or choose another journal_folder\.",
        said,
    )


def test_the_journal_of_another_gpu_is_no_obstacle(here: Bench, tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "GPU-2-1.jsonl") as writer:
        writer.write("begin", version=1, uuid="GPU-2")
    here.apply(journal_folder=tmp_path)
    assert here.text == here.target


def test_a_failure_says_which_step_why_and_that_the_old_layout_stands_with_new_ids(here: Bench) -> None:
    here.arm(create_fails_at=2)
    gi_id = here.board.gi_id
    here.board.gi_id = lambda start, size: gi_id(start, size) + (11 if here.nvml.creations > 2 else 0)  # type: ignore[method-assign]
    with pytest.raises(ApplyFailed) as caught:
        here.apply()
    assert str(caught.value) == (
        f"{TITLE}: Step 4 of 4, create compute instance 2g.10gb@0 in GPU instance 3 (2g.10gb@0): "
        "nvmlGpuInstanceCreateComputeInstance: Insufficient Resources (NVML code 23). What it needs is held "
        "by "
        "other instances. The old layout stands again: 1g.5gb@0 3g.20gb@4. Made again, and so with new ids: "
        "1g.5gb@0 is GPU instance 18 and was 7; 1g.5gb@0 in 1g.5gb@0 (GPU instance 18) has the UUID "
        f"{here.board.mig_uuid(18, 0)} and had {here.board.mig_uuid(7, 0)}.\n"
        f"Journal: {here.journal.path}"
    )


def test_a_failure_that_cannot_be_undone_says_what_stands_and_how_to_go_on(here: Bench) -> None:
    here.arm(fails=(("nvmlGpuInstanceCreateComputeInstance", 1, 23), ("nvmlGpuInstanceDestroy", 2, 19)))
    with pytest.raises(ApplyFailed) as caught:
        here.apply()
    path = here.journal.path
    assert str(caught.value) == (
        f"{TITLE}: Step 4 of 4, create compute instance 2g.10gb@0 in GPU instance 3 (2g.10gb@0): "
        "nvmlGpuInstanceCreateComputeInstance: Insufficient Resources (NVML code 23). What it needs is held "
        "by "
        "other instances. Going back: Could not destroy GPU instance 3 (2g.10gb@0): nvmlGpuInstanceDestroy: "
        "In use by another "
        "client (NVML code 19). End the programs on it, and destroy what it holds, first. Could not create "
        "GPU instance "
        "1g.5gb@0: nvmlDeviceCreateGpuInstanceWithPlacement: Insufficient Resources (NVML code 23). What it "
        "needs is "
        "held by other instances. What stands: 2g.10gb@0[] 3g.20gb@4. What stood: 1g.5gb@0 3g.20gb@4. Once "
        "the cause "
        "is gone, go back, or on without --back:\n"
        f"  mig-explorer apply --resume {path} --confirm {UUID} --back\n"
        "  or by hand:\n"
        "  sudo nvidia-smi mig -i 0 -gi 3 -dgi\n"
        "  sudo nvidia-smi mig -i 0 -cgi 19:0 -C\n"
        f"Journal: {path}"
    )
    assert (caught.value.restored, caught.value.journal) == (False, path)
    assert caught.value.undo == (
        "sudo nvidia-smi mig -i 0 -gi 3 -dgi",
        "sudo nvidia-smi mig -i 0 -cgi 19:0 -C",
    )
    assert here.journal.lines[-1]["kind"] == "stopped"


def test_a_gpu_that_is_lost_cannot_be_read_and_that_is_said(here: Bench) -> None:
    here.apply()
    before_last = max(number for number, (name, _) in enumerate(here.nvml.calls) if "Create" in name)
    twin = Bench(here.folder / "twin", NEW)
    twin.arm(gpu_lost=before_last)
    with pytest.raises(ApplyFailed) as caught:
        twin.apply(journal_folder=twin.folder)
    lost = (
        "The GPU is lost: it fell off the bus, or hangs. See why: sudo dmesg | grep -i nvrm. Then restart "
        "the "
        "machine: sudo reboot"
    )
    assert str(caught.value).startswith(
        f"{TITLE}: Step 4 of 4, create compute instance 2g.10gb@0 in GPU instance 3 (2g.10gb@0): {lost} "
        f"Going back: {lost} The GPU cannot be read; if the last step was taken, there stands: "
        "2g.10gb@0 3g.20gb@4. Once the cause is gone, go back, or on without --back:\n"
    )


def test_somebody_else_took_away_what_the_plan_keeps(here: Bench) -> None:
    change = here.nvml.change

    def and_another_destroys(deed):
        here.board.meddle("destroy 4")
        return change(deed)

    here.nvml.change = and_another_destroys
    with pytest.raises(ApplyFailed) as caught:
        here.apply()
    assert str(caught.value) == (
        f"{TITLE}: Step 1 of 4, destroy compute instance 0 (1g.5gb@0) in GPU instance 7 (1g.5gb@0): done, "
        "but then "
        "3g.20gb@4 (GPU instance 2) is gone. What this change made is gone again, and yet the old layout "
        "does not "
        "stand: 1g.5gb@0. Taken away by somebody else and not made again: 3g.20gb@4 (GPU instance 2) is "
        "gone.\n"
        "What is lacking can be made by hand:\n"
        "  sudo nvidia-smi mig -i 0 -cgi 9:4 -C\n"
        f"Journal: {here.journal.path}"
    )
    assert (caught.value.restored, here.journal.result) == (False, "restored")


def test_an_error_of_our_own_is_a_failure_like_any_other(
    here: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        message = "a mistake of ours"
        raise ZeroDivisionError(message)

    with monkeypatch.context() as patch:
        patch.setattr("mig_explorer.devices.change.differences", broken)
        with pytest.raises(
            ApplyFailed, match=r"Step 1 of 4, .*: ZeroDivisionError: a mistake of ours\. The old layout"
        ):
            here.apply()
    assert here.text == here.before


def test_an_object_that_is_no_nvml_is_told(here: Bench) -> None:
    with pytest.raises(DeviceCallFailed, match="nvidia-ml-py has no nvmlInit"):
        here.apply(nvml=object())


def test_a_plan_whose_steps_were_tampered_with_still_does_what_it_shows(here: Bench) -> None:
    here.plan = replace(here.plan, steps=here.plan.steps[:1])
    here.apply()
    assert here.text == here.target
