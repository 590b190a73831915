"""Whatever goes wrong at whichever step: the old layout stands again, or it is said what stands."""

from __future__ import annotations

import errno
import itertools
import os
import queue
import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from mig_explorer.devices import deadline
from mig_explorer.devices.journal import JournalWriter
from mig_explorer.errors import ApplyFailed, ApplyRefused
from tests.devices.bench import CHANGING, PAIRS, READ, UUID, Bench, Pair, bench, calls_of
from tests.devices.fake_board import FakeBoard
from tests.devices.fake_faults import Meddling

__all__ = ["bench"]

NewBench = Callable[[Pair], Bench]
DIRECTIONS = ("back", "forward")
SAID = (2, 3, 4, 6, 10, 16, 19, 23, 999)
"""NVML's codes for invalid argument, not supported, no permission, not found, timeout, reset required, in
use, insufficient resources and unknown."""
every_pair = pytest.mark.parametrize("pair", PAIRS, ids=str)


def failure_of(here: Bench) -> ApplyFailed:
    with pytest.raises(ApplyFailed) as caught:
        here.apply()
    assert caught.value.journal == here.journal.path
    return caught.value


def check_restored(here: Bench, error: ApplyFailed) -> None:
    assert here.text == here.before
    assert (error.restored, error.undo, here.journal.result) == (True, (), "restored")
    here.check_untouched()


def check_stopped(here: Bench, error: ApplyFailed, direction: str) -> None:
    """Check that it says what to do, that nothing else can begin, and that without the fault it can end."""
    assert not error.restored
    assert here.journal.unfinished
    assert f"mig-explorer apply --resume {here.journal.path} --confirm {UUID} --back" in str(error)
    assert all(command in str(error) for command in error.undo)
    here.arm()
    with pytest.raises(ApplyRefused, match=r"An earlier change of .* was cut off"):
        here.apply()
    assert here.nvml.changed == []
    result = here.resume(direction).result
    assert (here.text, result) == {
        "back": (here.before, "restored"),
        "forward": (here.target, "applied"),
    }[direction]
    assert here.journal.result == result
    here.check_untouched()


def calls_before_changes(new: NewBench, pair: Pair) -> list[int]:
    """How many calls come before each that changes the GPU, in a change without a fault."""
    here = new(pair)
    here.apply()
    return [number for number, (name, _) in enumerate(here.nvml.calls) if name in CHANGING]


def test_the_table_of_faults_is_as_large_as_promised() -> None:
    """Every kind of step is met on every board, in a GPU instance that stays and in one that does not."""
    met = {(pair.board, step.action) for pair in PAIRS for step in pair.steps}
    assert len(met) == 3 * 4
    assert {step.instance.gi_id is None for pair in PAIRS for step in pair.steps if step.compute} == {
        True,
        False,
    }
    steps = sum(len(pair.steps) for pair in PAIRS)
    lines = sum(2 * len(pair.steps) + 2 for pair in PAIRS)
    table = {
        "the driver refuses": 2 * steps,
        "the GPU is lost": 2 * steps,
        "a call hangs": steps,
        "somebody else acts": sum(1 for pair in PAIRS for _ in moments(pair)),
        "the disk is full": lines,
        "a signal arrives": lines,
    }
    assert sum(table.values()) >= 200
    assert table == {
        "the driver refuses": 108,
        "the GPU is lost": 108,
        "a call hangs": 54,
        "somebody else acts": 162,
        "the disk is full": 128,
        "a signal arrives": 128,
    }


@every_pair
def test_without_a_fault_the_target_stands(pair: Pair, bench: NewBench) -> None:
    here = bench(pair)
    here.apply()
    assert (here.text, here.journal.result) == (here.target, "applied")
    assert len(here.nvml.changed) == len(pair.steps)
    here.check_untouched()


@every_pair
def test_the_driver_refuses_a_step(pair: Pair, bench: NewBench) -> None:
    for number, (function, which) in enumerate(calls_of(pair.steps)):
        for code in (SAID[number % 9], SAID[(number + 4) % 9]):
            here = bench(pair)
            here.arm(fails=((function, which, code),))
            check_restored(here, failure_of(here))


@every_pair
def test_going_back_fails_too(pair: Pair, bench: NewBench) -> None:
    """The last step fails and so does each step of the way back in turn; of earlier ones, one of them."""
    calls = calls_of(pair.steps)
    for number, (function, which) in enumerate(calls[1:], start=1):
        here = bench(pair)
        here.arm(fails=((function, which, 23),))
        failure_of(here)
        way_back = [name for name, _ in here.nvml.calls if name in CHANGING][number + 1 :]
        done = [name for name, _ in calls[: number + 1]]
        for step, name in enumerate(way_back):
            if number != len(calls) - 1 and step != number % len(way_back):
                continue
            again = bench(pair)
            second = done.count(name) + way_back[: step + 1].count(name)
            again.arm(fails=((function, which, 23), (name, second, 19)))
            check_stopped(again, failure_of(again), DIRECTIONS[(number + step) % 2])


@every_pair
@pytest.mark.parametrize("taken", [False, True], ids=["before it is taken", "when it is taken"])
def test_the_gpu_is_lost(pair: Pair, taken: bool, bench: NewBench) -> None:
    for number, before in enumerate(calls_before_changes(bench, pair)):
        here = bench(pair)
        here.arm(gpu_lost=before + taken)
        error = failure_of(here)
        assert "The GPU cannot be read" in str(error)
        check_stopped(here, error, DIRECTIONS[number % 2])


def notice_a_hang(here: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a call for one that hangs as soon as it does, whatever the clock says."""

    def answer(hands: deadline.InThread, _seconds: float) -> Any:
        while True:
            try:
                return hands._answers.get(timeout=0.001)
            except queue.Empty:
                if here.nvml.hangs.is_set():
                    raise

    monkeypatch.setattr(deadline.InThread, "_answer", answer)


@every_pair
def test_a_call_hangs(pair: Pair, bench: NewBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing more is tried, and the GPU stays locked until the driver has answered."""
    for number, (function, which) in enumerate(calls_of(pair.steps)):
        here, direction = bench(pair), DIRECTIONS[number % 2]
        here.arm(hang_at=(function, which))
        with monkeypatch.context() as patch:
            notice_a_hang(here, patch)
            error = failure_of(here)
        assert "The driver did not answer within 60 s when asked to" in str(error)
        with pytest.raises(ApplyRefused, match=f"{UUID} is being changed by process {os.getpid()}"):
            here.resume(direction)
        here.nvml.release()
        here.wait_for_the_lock()
        check_stopped(here, error, direction)


def texts_of(new: NewBench, pair: Pair) -> list[str]:
    """Return what stands before each step and after the last."""
    here = new(pair)
    texts = [here.text]
    change = here.nvml.change

    def noted(deed: Callable[[], Any]) -> Any:
        done = change(deed)
        texts.append(here.text)
        return done

    here.nvml.change = noted
    here.apply()
    return texts


def moments(pair: Pair) -> Iterator[tuple[int, str, int]]:
    """When others may act: before a step, right before its call, and before the reading after it."""
    for number, (function, which) in enumerate(calls_of(pair.steps)):
        yield number, READ, 2 * number + 2
        yield number, function, which
        yield number + 1, READ, 2 * number + 3


@every_pair
def test_somebody_else_creates_an_instance(pair: Pair, bench: NewBench) -> None:
    """It is left alone. If it is where an old one stood, that one comes back once it is gone."""
    texts = texts_of(bench, pair)
    for turn, (number, function, which) in enumerate(moments(pair)):
        there = FakeBoard(pair.board, layout=texts[number].replace("empty", ""))
        small = next(iter(there.gpu.profiles.values()))
        starts = there.open_starts(small)
        if not starts:
            continue
        start = starts[-(turn % 2)]
        here = bench(pair)
        here.arm(changes_between=(Meddling(function, f"create {small.name}@{start}", which),))
        error = failure_of(here)
        assert any(each[:2] == (small.name, start) for each in here.born)
        old = FakeBoard(pair.board, layout=here.before.replace("empty", ""))
        where = next((each for each in old.instances if start in each.memory_slices), None)
        here.check_untouched()
        if where is not None and (where.profile, where.start) == (small.name, start):
            check_restored(here, error)  # what stood there stands there, whoever made it
            continue
        assert error.restored == (where is None)
        assert f"{small.name}@{start} (GPU instance" in str(error)
        here.board.meddle(f"destroy {start}")
        if where is not None:
            check_stopped(here, error, "back")
        else:
            check_restored(here, error)


@every_pair
def test_somebody_else_destroys_an_instance(pair: Pair, bench: NewBench) -> None:
    """What they took away of the old layout is not made again; all that this change did is undone."""
    texts = texts_of(bench, pair)
    for turn, (number, function, which) in enumerate(moments(pair)):
        standing = FakeBoard(pair.board, layout=texts[number].replace("empty", "")).instances
        for victim in standing[turn % 2 :: 2]:
            here = bench(pair)
            here.arm(changes_between=(Meddling(function, f"destroy {victim.start}", which),))
            error = failure_of(here)
            was_there = f"{victim.profile}@{victim.start}" in here.names
            check_without(here, error, victim.start if was_there else None)


def check_without(here: Bench, error: ApplyFailed, taken: int | None) -> None:
    assert here.journal.result == "restored"
    left = FakeBoard(here.pair.board, layout=here.before.replace("empty", ""))
    if taken is not None and here.text != here.before:
        left.meddle(f"destroy {taken}")
        assert not error.restored
        assert error.undo
    else:
        assert error.restored
    assert here.text == left.text
    gone = {each for each in here.original if taken is not None and each[1] == taken}
    here.check_untouched(frozenset(gone))


def fail_to_write(monkeypatch: pytest.MonkeyPatch, first: int, many: int, part: float) -> None:
    """Let the disk be full from a line on, for so many; so much of each is written."""
    append = JournalWriter._append
    count = itertools.count()

    def no_room(writer: JournalWriter, line: bytes) -> None:
        full = first <= next(count) < first + many
        append(writer, line[: int(len(line) * part)] if full else line)
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(JournalWriter, "_append", no_room)


@every_pair
@pytest.mark.parametrize(("many", "part"), [(1, 0.0), (1, 0.6), (1000, 0.0), (1000, 0.6)])
def test_the_disk_is_full(
    pair: Pair, many: int, part: float, bench: NewBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any line, a fourth of them for each way: for one line or from then on, with or without its begin."""
    first = 1 + [(1, 0.0), (1, 0.6), (1000, 0.0), (1000, 0.6)].index((many, part))
    for line in range(first, 2 * len(pair.steps) + 1, 4):
        here = bench(pair)
        with monkeypatch.context() as patch:
            fail_to_write(patch, line, many, part)
            error = failure_of(here)
        assert "the journal cannot be written (No space left on device)." in str(error)
        assert here.text == here.before
        assert error.restored
        here.check_untouched()
        if many > 1:
            assert "The journal could not be closed (No space left on device)" in str(error)
            assert here.journal.unfinished
            here.arm()
            assert here.resume("back").result == "restored"
            assert here.nvml.changed == []
        assert here.journal.result == "restored"
        here.arm()
        here.apply_anew()
        assert here.text == here.target


def test_the_disk_is_full_before_anything_began(bench: NewBench, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in (0.0, 0.6):
        here = bench(PAIRS[1])
        with monkeypatch.context() as patch:
            fail_to_write(patch, 0, 1, part)
            with pytest.raises(ApplyRefused) as caught:
                here.apply()
        assert str(caught.value) == (
            f"The journal {here.journal.path} cannot be written (No space left on device), and without one "
            f"nothing is changed. Make room, or choose another journal_folder."
        )
        assert here.nvml.changed == []
        here.apply()
        assert here.text == here.target


@every_pair
def test_the_disk_is_full_when_all_is_done(
    pair: Pair, bench: NewBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is undone for that: what was asked for stands."""
    here = bench(pair)
    with monkeypatch.context() as patch:
        fail_to_write(patch, 2 * len(pair.steps) + 1, 1000, 0.6)
        applied = here.apply()
    path = here.journal.path
    assert " ".join(applied.notes) == (
        f"The journal could not be closed (No space left on device): once it can be written, close it with "
        f"mig-explorer apply --resume {path} --confirm {UUID}"
    )
    here.arm()
    assert here.resume("forward").result == "applied"
    assert (here.nvml.changed, here.text, here.journal.result) == ([], here.target, "applied")


@every_pair
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda each: each.name)
def test_a_signal_arrives(
    pair: Pair, number: signal.Signals, bench: NewBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any line, a third of them for each signal. In the last step it is too late, and it is sent again."""
    for line in range(number % 3, 2 * len(pair.steps) + 2, 3):
        here = bench(pair)
        with monkeypatch.context() as patch:
            raise_at(patch, line, number)
            again: list[int] = []
            before = signal.signal(number, partial(note, again))
            if line < 2 * len(pair.steps) - 1:
                error = failure_of(here)
                assert f"not begun, because {number.name} came." in str(error)
                check_restored(here, error)
            else:
                here.apply()
                assert here.text == here.target
            signal.signal(number, before)
            assert again == ([] if line < 2 * len(pair.steps) - 1 else [number])


def note(again: list[int], number: int, _frame: object) -> None:
    again.append(number)


def raise_at(monkeypatch: pytest.MonkeyPatch, line: int, number: signal.Signals) -> None:
    sync = JournalWriter._sync

    def and_a_signal(writer: JournalWriter) -> None:
        sync(writer)
        if writer._number == line:
            signal.raise_signal(number)

    monkeypatch.setattr(JournalWriter, "_sync", and_a_signal)
