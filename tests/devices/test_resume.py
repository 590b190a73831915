from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mig_explorer.devices.journal import JournalWriter, line_of, read_journal
from mig_explorer.devices.lock import GpuLock
from mig_explorer.devices.resume import resume, unfinished_journals
from mig_explorer.errors import ApplyFailed, ApplyRefused, DeviceCallFailed, JournalCorrupted
from tests.devices.bench import A100, UUID, Bench, Pair, bench

__all__ = ["bench"]

PAIR = Pair(A100, "1g.5gb@0 3g.20gb@4", "2g.10gb@0 3g.20gb@4")
TITLE = f"GPU 0, {A100}, {UUID}"
STEPS = ("nvmlComputeInstanceDestroy", "nvmlGpuInstanceDestroy", "nvmlDeviceCreateGpuInstanceWithPlacement")


@pytest.fixture
def cut_off(bench: Callable[[Pair], Bench]) -> Bench:
    """Return a bench whose change was cut off before its third step: the old is gone, nothing is made."""
    here = bench(PAIR)
    here.apply()
    calls = [name for name, _ in here.nvml.calls]
    here = bench(PAIR)
    here.arm(gpu_lost=calls.index(STEPS[2]))
    with pytest.raises(ApplyFailed):
        here.apply()
    here.arm()
    assert here.text == "3g.20gb@4"
    return here


def refusal(here: Bench, path: Path | None = None, **named: Any) -> str:
    arguments = {"confirm": UUID, "nvml": here.nvml, **named}
    with pytest.raises(ApplyRefused) as caught:
        resume(path or here.journal.path, **arguments)
    assert here.nvml.changed == []
    return str(caught.value)


def test_on_to_the_target(cut_off: Bench) -> None:
    assert unfinished_journals(UUID) == (cut_off.journal.path,)
    done = cut_off.resume("forward")
    assert (done.result, cut_off.text, done.journal) == ("applied", cut_off.target, cut_off.journal.path)
    assert len(cut_off.nvml.changed) == 2
    assert unfinished_journals(UUID) == ()
    cut_off.check_untouched()


def test_back_to_what_stood(cut_off: Bench) -> None:
    done = cut_off.resume("back")
    assert str(done) == (
        f"The old layout stands again on {UUID}: 1g.5gb@0 3g.20gb@4\n"
        "  GPU instance 7 (1g.5gb@0)\n"
        f"    compute instance 0 (1g.5gb@0), {cut_off.board.mig_uuid(7, 0)}\n"
        "  GPU instance 2 (3g.20gb@4)\n"
        f"    compute instance 0 (3g.20gb@0), {cut_off.board.mig_uuid(2, 0)}\n"
        f"Journal: {cut_off.journal.path}"
    )
    cut_off.check_untouched()


def test_a_journal_is_resumed_once(cut_off: Bench) -> None:
    cut_off.resume("back")
    cut_off.arm()
    assert refusal(cut_off) == (
        f"The change of {cut_off.journal.path} came to its end: restored. There is nothing to resume; plan "
        "again."
    )


@pytest.mark.parametrize("confirm", ["", UUID[:-1], "GPU-00000001-1234-4321-8765-0123456789ab"])
def test_it_must_be_confirmed_with_the_gpu_of_the_journal(cut_off: Bench, confirm: str) -> None:
    assert refusal(cut_off, confirm=confirm) == (
        f"{TITLE} is changed only if asked for in full, and the confirmation is {confirm!r}. "
        f"Read the plan, then confirm it with {UUID}. Nothing was changed."
    )
    assert cut_off.nvml.calls == []


def test_a_gpu_that_is_not_in_this_machine(cut_off: Bench) -> None:
    cut_off.board.uuid = "GPU-00000001-1234-4321-8765-0123456789ab"
    with pytest.raises(DeviceCallFailed, match="nvmlDeviceGetHandleByUUID: Not Found"):
        cut_off.resume("forward")
    assert cut_off.nvml.changed == []


def test_there_are_two_directions(cut_off: Bench) -> None:
    with pytest.raises(ValueError, match=r"direction is 'forward' or 'back'; got 'sideways'\."):
        cut_off.resume("sideways")


def test_while_another_changes_the_gpu_nothing_is_resumed(cut_off: Bench) -> None:
    with GpuLock(UUID):
        assert refusal(cut_off).startswith(f"{UUID} is being changed by process ")


def test_a_journal_without_a_whole_line(cut_off: Bench, tmp_path: Path) -> None:
    path = tmp_path / "change.jsonl"
    path.write_bytes(cut_off.journal.path.read_bytes()[:100])
    assert refusal(cut_off, path) == (
        f"{path} holds no whole line: its change was cut off before it began, and changed nothing. Remove "
        "it, and "
        "plan again."
    )


def test_a_journal_that_was_changed(cut_off: Bench, tmp_path: Path) -> None:
    path = tmp_path / "change.jsonl"
    path.write_bytes(cut_off.journal.path.read_bytes().replace(b"3g.20gb", b"4g.20gb"))
    with pytest.raises(JournalCorrupted, match=r"Line 1 of .* does not match its checksum"):
        resume(path, confirm=UUID, nvml=cut_off.nvml)


def test_a_journal_of_a_newer_version(cut_off: Bench, tmp_path: Path) -> None:
    path = tmp_path / "change.jsonl"
    first = {**cut_off.journal.lines[0], "version": 7}
    path.write_bytes(line_of(first))
    with pytest.raises(
        JournalCorrupted, match=r"was written in journal format 7, .* Install a newer mig-explorer"
    ):
        resume(path, confirm=UUID, nvml=cut_off.nvml)


def test_there_is_no_such_journal(cut_off: Bench, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        resume(tmp_path / "change.jsonl", confirm=UUID, nvml=cut_off.nvml)


def test_a_journal_that_cannot_be_written(cut_off: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_arguments: object) -> None:
        raise OSError(30, "Read-only file system")

    path = cut_off.journal.path
    monkeypatch.setattr(JournalWriter, "_append", read_only)
    assert refusal(cut_off) == (
        f"The journal {path} cannot be written (Read-only file system). Nothing was changed now."
    )


def test_somebody_else_changed_the_gpu_meanwhile(cut_off: Bench) -> None:
    cut_off.board.meddle("create 1g.5gb@2")
    path = cut_off.journal.path
    assert refusal(cut_off) == (
        f"{TITLE} was changed by somebody else after the change of {path} was cut off: 1g.5gb@2 (GPU "
        "instance 9) "
        "stands and was not expected. Nothing was changed now. If what stands is what you want, remove the "
        "journal; "
        "else go back, which leaves alone what others made:\n"
        f"  mig-explorer apply --resume {path} --confirm {UUID} --back"
    )
    done = cut_off.resume("back")
    assert done.notes == (
        "Made by somebody else and left alone: 1g.5gb@2 (GPU instance 9) stands and was not expected.",
    )
    assert cut_off.text == "1g.5gb@0 1g.5gb@2 3g.20gb@4"


def test_what_others_put_in_the_place_of_the_old_is_left_alone_and_said(cut_off: Bench) -> None:
    cut_off.board.meddle("create 2g.10gb@0")
    theirs = cut_off.born
    path = cut_off.journal.path
    with pytest.raises(ApplyFailed) as caught:
        cut_off.resume("back")
    assert str(caught.value) == (
        f"{TITLE}: Going back: Could not create GPU instance 1g.5gb@0: 2g.10gb@0 (GPU instance 3), which "
        "this change "
        "did not make, is where 1g.5gb@0 has to go. What stands: 2g.10gb@0 3g.20gb@4. What stood: 1g.5gb@0 "
        "3g.20gb@4. "
        "Once the cause is gone, go back, or on without --back:\n"
        f"  mig-explorer apply --resume {path} --confirm {UUID} --back\n"
        "  or by hand:\n"
        "  sudo nvidia-smi mig -i 0 -cgi 19:0 -C\n"
        f"Journal: {path}"
    )
    assert (cut_off.nvml.changed, cut_off.born) == ([], theirs)


def test_what_others_brought_to_the_target_is_done(cut_off: Bench) -> None:
    cut_off.board.meddle("create 2g.10gb@0")
    assert cut_off.resume("forward").result == "applied"
    assert (cut_off.nvml.changed, cut_off.journal.result) == ([], "applied")


def test_what_others_took_away_is_not_made_again(cut_off: Bench) -> None:
    cut_off.board.meddle("destroy 4")
    with pytest.raises(ApplyFailed) as caught:
        cut_off.resume("back")
    assert str(caught.value) == (
        f"{TITLE}: Gone back. What this change made is gone again, and yet the old layout does not stand: "
        "1g.5gb@0. "
        "Taken away by somebody else and not made again: 3g.20gb@4 (GPU instance 2) is gone.\n"
        "What is lacking can be made by hand:\n"
        "  sudo nvidia-smi mig -i 0 -cgi 9:4 -C\n"
        f"Journal: {cut_off.journal.path}"
    )
    assert (cut_off.journal.result, cut_off.text) == ("restored", "1g.5gb@0")


def test_a_gpu_that_was_reset_has_mig_mode_off(cut_off: Bench) -> None:
    cut_off.board.instances.clear()
    cut_off.board.mig_mode = cut_off.board.pending = 0
    assert refusal(cut_off, direction="back") == (
        f"MIG mode of {TITLE} is off, and mig-explorer never switches it. Nothing was changed. Switch it on "
        "yourself, with nothing running on the GPU: sudo nvidia-smi -i 0 -mig 1"
    )


def test_a_program_on_what_still_has_to_go(bench: Callable[[Pair], Bench]) -> None:
    here = bench(Pair(A100, "1g.5gb@0 1g.5gb@1", "empty"))
    here.arm(fails=((STEPS[1], 1, 999), ("nvmlGpuInstanceCreateComputeInstance", 1, 999)))
    with pytest.raises(ApplyFailed):
        here.apply()
    here.arm()
    here.board.processes = [(41, "python", 8, 0)]
    assert refusal(here, direction="forward") == (
        f"Programs run on what would be destroyed on {TITLE}: process 41 (python) on GPU instance 8, compute "
        "instance 0. Nothing was changed. End them, or plan a layout that keeps their instances."
    )


def test_cut_off_at_any_byte_the_journal_reads_as_its_whole_lines(cut_off: Bench, tmp_path: Path) -> None:
    data, lines = cut_off.journal.path.read_bytes(), cut_off.journal.lines
    path = tmp_path / "change.jsonl"
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert read_journal(path).lines == lines[: data[:length].count(b"\n")]


@pytest.mark.parametrize("direction", ["forward", "back"])
@pytest.mark.parametrize("torn", [0, 30])
def test_a_journal_that_lost_its_end_is_resumed_or_says_why_not(
    direction: str, torn: int, bench: Callable[[Pair], Bench]
) -> None:
    """The GPU holds more of the change than its journal knows: all of it."""
    there = bench(PAIR)
    there.apply()
    data = there.journal.path.read_bytes()
    ends = [number + 1 for number, byte in enumerate(data) if byte == 10]
    results: dict[int, str] = {}
    for known, end in enumerate([0, *ends[:-1]]):
        here = bench(PAIR)
        here.apply()
        here.journal.path.write_bytes(data[: end + torn])
        here.arm()
        there_before = here.born
        results[known] = said(here, direction)
        assert results[known] in ("applied", "restored") or here.born == there_before
        here.check_untouched()
    if direction == "forward":
        assert "holds no whole line: its change was cut off before it began" in results.pop(0)
        assert set(results.values()) == {"applied"}
        return
    words = [
        "holds no whole line: its change was cut off before it began",
        *["Taken away by somebody else and not made again: 1g.5gb@0 (GPU instance 7) is gone."] * 3,
        *["2g.10gb@0 (GPU instance 3), which this change did not make, is where 1g.5gb@0 has to go."] * 3,
        "Could not destroy GPU instance 3 (2g.10gb@0): nvmlGpuInstanceDestroy: In use by another client",
        *["restored"] * 2,
    ]
    assert len(words) == len(results)
    assert [known for known, word in enumerate(words) if word not in results[known]] == []


def said(here: Bench, direction: str) -> str:
    """Return how resuming ends: its result, or why it does not."""
    try:
        result: str = here.resume(direction).result
    except (ApplyRefused, ApplyFailed) as error:
        return str(error)
    assert here.text == {"applied": here.target, "restored": here.before}[result]
    return result
