"""The process is killed at any line of the journal and at any step; what it left is brought to either end."""

from __future__ import annotations

import os
import shutil
import signal
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

from mig_explorer.devices.journal import JournalWriter
from mig_explorer.errors import ApplyFailed, ApplyRefused
from tests.devices.bench import PAIRS, Bench, Pair, bench, calls_of

__all__ = ["bench"]

NewBench = Callable[..., Bench]
DIRECTIONS = ("back", "forward")
WAYS = ("before it is written", "half written", "written", "on the disk")
SOME_PAIRS = tuple(PAIRS[number] for number in (1, 3, 4, 8))


class Moment(NamedTuple):
    """When the process is killed: at a line of the journal, or around a change of the GPU."""

    number: int
    way: str


def moments(steps: int) -> list[Moment]:
    """Every moment of a change of so many steps that succeeds."""
    at_lines = [Moment(line, way) for line in range(2 * steps + 2) for way in WAYS]
    at_changes = [Moment(step, way) for step in range(1, steps + 1) for way in ("before", "after")]
    return at_lines + at_changes


def die_at(here: Bench, moment: Moment, state: Path) -> None:
    """Kill this process at a moment; what stands then is in a file, as a real GPU would keep it."""
    append, sync, change = JournalWriter._append, JournalWriter._sync, here.nvml.change
    changes = 0

    def die() -> NoReturn:
        here.nvml.save(state)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def appended(writer: JournalWriter, line: bytes) -> None:
        now = writer._number == moment.number
        if now and moment.way == WAYS[0]:
            die()
        append(writer, line[: len(line) // 2] if now and moment.way == WAYS[1] else line)
        if now and moment.way in WAYS[1:3]:
            die()

    def synced(writer: JournalWriter) -> None:
        sync(writer)
        if writer._number == moment.number and moment.way == WAYS[3]:
            die()

    def changed(deed: Callable[[], Any]) -> Any:
        nonlocal changes
        changes += 1
        if (changes, "before") == moment:
            die()
        done = change(deed)
        if (changes, "after") == moment:
            die()
        return done

    journals: Any = JournalWriter
    journals._append, journals._sync, here.nvml.change = appended, synced, changed


def killed(here: Bench, moment: Moment, act: Callable[[], object]) -> Path:
    """Let a child do something and be killed; return the file with what stands."""
    state = here.folder / "boards.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that forking with threads about is risky
        child = os.fork()
    if child == 0:
        try:
            die_at(here, moment, state)
            act()
        except (ApplyFailed, ApplyRefused):
            os._exit(4)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"not killed, but ended with {os.waitstatus_to_exitcode(status)}"
    here.nvml.load(state)
    return state


def copied(here: Bench, new: NewBench) -> Bench:
    """Return a bench with the same GPU and the same journal."""
    other = new(here.pair, here.folder / "boards.json")
    shutil.copytree(here.folder, other.folder, dirs_exist_ok=True)
    return other


def check_ends(here: Bench, direction: str) -> None:
    """Bring what was left to an end; without a first line in the journal, nothing had begun."""
    here.arm()
    if not here.journal.lines:
        with pytest.raises(ApplyRefused, match="was cut off before it began, and changed nothing"):
            here.resume(direction)
        assert here.text == here.before
        here.apply()
        assert here.text == here.target
        return
    if here.journal.result is None:
        result = here.resume(direction)
        assert here.journal.result == result.result
        assert (here.text, result.result) == {
            "back": (here.before, "restored"),
            "forward": (here.target, "applied"),
        }[direction]
    else:  # killed after the last line
        assert here.text == {"applied": here.target, "restored": here.before}[here.journal.result]
    here.check_untouched()


some_pairs = pytest.mark.parametrize("pair", SOME_PAIRS, ids=str)


@some_pairs
def test_killed_at_any_moment(pair: Pair, bench: NewBench) -> None:
    """Resumed in one direction in turn; around a change of the GPU in both."""
    for number, moment in enumerate(moments(len(pair.steps))):
        here = bench(pair)
        killed(here, moment, here.apply)
        if moment.way in ("before", "after"):
            check_ends(copied(here, bench), DIRECTIONS[1 - number % 2])
        check_ends(here, DIRECTIONS[number % 2])


@some_pairs
def test_killed_while_it_goes_back(pair: Pair, bench: NewBench) -> None:
    """The last step fails, and the process is killed at any line of the way back."""
    function, which = calls_of(pair.steps)[-1]
    failing = {"fails": ((function, which, 23),)}
    there = bench(pair)
    there.arm(**failing)
    with pytest.raises(ApplyFailed):
        there.apply()
    lines = len(there.journal.lines)
    for line in range(2 * len(pair.steps), lines):
        here = bench(pair)
        here.arm(**failing)
        killed(here, Moment(line, WAYS[line % 4]), here.apply)
        check_ends(here, DIRECTIONS[line // 2 % 2])


@some_pairs
@pytest.mark.parametrize("first", DIRECTIONS)
def test_killed_again_while_it_is_resumed(pair: Pair, first: str, bench: NewBench) -> None:
    """Killed in the middle, killed at any line while it is resumed, and then resumed to either end."""
    middle = Moment(len(pair.steps) // 2 + 1, "after")
    there = bench(pair)
    killed(there, middle, there.apply)
    begun = len(there.journal.lines)
    there.resume(first)
    for line in range(begun, len(there.journal.lines) - 1):
        here = bench(pair)
        killed(here, middle, here.apply)
        here.arm()
        killed(here, Moment(line, WAYS[line % 4]), partial(here.resume, first))
        check_ends(here, DIRECTIONS[line // 2 % 2])


@pytest.mark.parametrize("pair", [PAIRS[2], PAIRS[4], PAIRS[6]], ids=str)
def test_somebody_creates_an_instance_before_it_is_resumed(pair: Pair, bench: NewBench) -> None:
    """Going on is refused and changes nothing. Going back leaves theirs alone."""
    met = 0
    for step in range(1, len(pair.steps) + 1):
        here = bench(pair)
        killed(here, Moment(step, "after"), here.apply)
        small = next(iter(here.board.gpu.profiles.values()))
        old = {
            each
            for instance in here.plan.before
            for each in range(instance.start, instance.start + instance.size)
        }
        free = [start for start in here.board.open_starts(small) if start not in old]
        if not free:
            continue
        met += 1
        here.board.meddle(f"create {small.name}@{free[0]}")
        theirs = {each for each in here.born if each[:2] == (small.name, free[0])}
        here.arm()
        with pytest.raises(ApplyRefused, match="was changed by somebody else after the change of"):
            here.resume("forward")
        assert here.nvml.changed == []
        restored = here.resume("back")
        assert any(note.startswith("Made by somebody else and left alone: ") for note in restored.notes)
        assert theirs <= here.born
        here.board.meddle(f"destroy {free[0]}")
        assert here.text == here.before
        here.check_untouched()
    assert met
