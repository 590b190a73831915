"""A fake GPU to be changed, a journal folder, and what must hold however the change ends."""

from __future__ import annotations

import functools
import itertools
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pynvml
import pytest

from mig_explorer.devices import this_gpu
from mig_explorer.devices.apply import apply
from mig_explorer.devices.journal import Journal, read_journal
from mig_explorer.devices.lock import GpuLock
from mig_explorer.devices.outcome import Applied
from mig_explorer.devices.plan import Plan, plan
from mig_explorer.devices.resume import resume
from mig_explorer.devices.steps import Step
from mig_explorer.errors import ApplyRefused
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from tests.devices import fake_board
from tests.devices.fake_board import FakeBoard, Refused
from tests.devices.fake_faults import Faults
from tests.devices.fake_nvml import FakeNvml

UUID = "GPU-00000000-1234-4321-8765-0123456789ab"
READ = "nvmlDeviceGetHandleByUUID"
"""The first call of every request: the first reading, then a step and a reading for each step."""


@dataclass(frozen=True)
class Pair:
    """A layout that stands and one that shall."""

    board: str
    before: str
    target: str

    def __str__(self) -> str:
        return f"{self.board.split('-')[0]} {self.before} to {self.target}"

    @property
    def steps(self) -> tuple[Step, ...]:
        nvml = FakeNvml([FakeBoard(self.board, layout=self.before)])
        return plan(this_gpu(0, nvml), parse_layout(gpu(self.board), self.target)).steps


A100, A30, PRO = "A100-SXM4-40GB", "A30", "RTX-PRO-6000-BLACKWELL-SERVER"
PAIRS = (
    Pair(A100, "empty", "7g.40gb@0"),
    Pair(A100, "7g.40gb@0", "3g.20gb@0 3g.20gb@4"),
    Pair(A100, "1g.5gb@0 1g.5gb@1 3g.20gb@4", "2g.10gb@0 3g.20gb@4"),
    Pair(A100, "1g.5gb@0 3g.20gb@4[2c@0+1c@2]", "1g.5gb@0 3g.20gb@4[1c@0+1c@1+1c@2]"),
    Pair(A100, "4g.20gb@0 1g.5gb+me@4", "2g.10gb@0[1c@0+1c@1] 1g.5gb+me@4 1g.10gb@6"),
    Pair(A100, "3g.20gb@0[] 1g.5gb@4", "empty"),
    Pair(A30, "2g.12gb@0 1g.6gb@2", "1g.6gb@0 2g.12gb@2[1c@0+1c@1]"),
    Pair(A30, "4g.24gb@0[2c@0+2c@2]", "2g.12gb+me@0 2g.12gb@2"),
    Pair(PRO, "1g.24gb+gfx@0 1g.24gb+me@9", "2g.48gb@0 1g.24gb+me@9"),
    Pair(PRO, "2g.48gb-me@0 2g.48gb+me.all@6", "2g.48gb-me@0[1c@0+1c@1] 1g.24gb-me@6"),
)
CHANGING = (
    "nvmlComputeInstanceDestroy",
    "nvmlGpuInstanceDestroy",
    "nvmlDeviceCreateGpuInstanceWithPlacement",
    "nvmlGpuInstanceCreateComputeInstance",
    "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
)
FUNCTIONS = {
    "destroy-compute": "nvmlComputeInstanceDestroy",
    "destroy-gpu": "nvmlGpuInstanceDestroy",
    "create-gpu": "nvmlDeviceCreateGpuInstanceWithPlacement",
}


def function_of(step: Step) -> str:
    """Return the function of NVML that takes a step."""
    if step.compute is not None and step.action == "create-compute":
        full = "nvmlGpuInstanceCreateComputeInstance"
        return full if step.compute.full else f"{full}WithPlacement"
    return FUNCTIONS[step.action]


def calls_of(steps: tuple[Step, ...]) -> list[tuple[str, int]]:
    """Return the functions that take the steps, each with which of its calls that is, counted from 1."""
    names = [function_of(step) for step in steps]
    return [(name, names[: number + 1].count(name)) for number, name in enumerate(names)]


class _Gate(threading.Event):
    """Where a call hangs; says that it does."""

    def __init__(self, hangs: threading.Event) -> None:
        super().__init__()
        self._hangs = hangs

    def wait(self, timeout: float | None = None) -> bool:
        self._hangs.set()
        return super().wait(timeout)


class QuickNvml(FakeNvml):
    """A fake that does not put arguments into words: some ten thousand readings are made here."""

    def __init__(self, *arguments: Any) -> None:
        self.numbers: Counter[str] = Counter()
        self.hangs = threading.Event()
        super().__init__(*arguments)
        self._released = _Gate(self.hangs)

    def begin(self, name: str, arguments: Sequence[Any]) -> None:
        self.numbers[name] += 1
        super().begin(name, arguments)

    def called(self, name: str) -> list[tuple[str, ...]]:
        return [()] * self.numbers[name]


def _quick(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: QuickNvml, *arguments: Any, **named: Any) -> Any:
        self.begin(name, ())
        try:
            return function(self, *arguments, **named)
        except Refused as refused:
            raise pynvml.NVMLError(refused.code) from None

    return call


for _name in dir(FakeNvml):
    if hasattr(getattr(FakeNvml, _name), "__wrapped__"):
        setattr(QuickNvml, _name, _quick(_name, getattr(FakeNvml, _name).__wrapped__))


class Bench:
    """One GPU with its plan.

    Parameters
    ----------
    folder : Path
        An empty folder, ``XDG_STATE_HOME``, for the locks and the journals.
    pair : Pair
        What stands, and what shall.
    boards : Path, optional
        The fake's boards as a process that was killed left them.
    """

    def __init__(self, folder: Path, pair: Pair, boards: Path | None = None) -> None:
        self.folder, self.pair = folder, pair
        self.nvml: Any = QuickNvml([FakeBoard(pair.board, layout=pair.before.replace("empty", ""))])
        self.before = self.text
        self.original = self.born
        self.device = this_gpu(0, self.nvml)
        self.names = [each.name for each in self.device.layout.instances] if self.device.layout else []
        self.layout = parse_layout(gpu(pair.board), pair.target)
        self.plan: Plan = plan(self.device, self.layout)
        if boards is not None:
            self.nvml.load(boards)
        self.arm()

    def arm(self, **faults: Any) -> None:
        """Switch faults on, counted from now, and all others off."""
        self.nvml.faults = Faults(**faults)
        self.nvml.calls.clear()
        self.nvml.numbers.clear()
        self.nvml.creations = self.nvml.changes = 0

    def apply(self, **named: Any) -> Applied:
        return apply(self.plan, **{"confirm": UUID, "nvml": self.nvml, **named})

    def resume(self, direction: Any, **named: Any) -> Applied:
        return resume(self.journal.path, direction=direction, confirm=UUID, nvml=self.nvml, **named)

    def apply_anew(self) -> Applied:
        """Read, plan and apply, from what stands now."""
        return apply(plan(this_gpu(0, self.nvml), self.layout), confirm=UUID, nvml=self.nvml)

    def wait_for_the_lock(self) -> None:
        """Wait until the call that hung has given the GPU back."""
        while True:
            try:
                GpuLock(UUID).close()
            except ApplyRefused:
                time.sleep(0.001)
            else:
                return

    @property
    def journal(self) -> Journal:
        """The first journal there is."""
        path, *_ = sorted((self.folder / "mig-explorer" / "devices" / "journals").glob("*.jsonl"))
        return read_journal(path)

    @property
    def board(self) -> FakeBoard:
        found: FakeBoard = self.nvml.boards[0]
        return found

    @property
    def text(self) -> str:
        return self.board.text

    @property
    def target(self) -> str:
        return FakeBoard(self.pair.board, layout=self.pair.target.replace("empty", "")).text

    @property
    def born(self) -> set[tuple[Any, ...]]:
        """Every instance that stands. One that was destroyed and made again is not the same."""
        found: set[tuple[Any, ...]] = set()
        for gi in self.board.instances:
            found.add((gi.profile, gi.start, gi.born))
            found |= {(gi.profile, gi.start, ci.profile, ci.start, ci.born) for ci in gi.compute}
        return found

    @property
    def listed(self) -> set[tuple[Any, ...]]:
        """What the plan says it destroys."""
        gone: set[tuple[Any, ...]] = set()
        for step in self.plan.steps:
            if step.destroys:
                where = (step.instance.profile, step.instance.start)
                gone.add(
                    where if step.compute is None else (*where, step.compute.profile, step.compute.start)
                )
        return gone

    def check_untouched(self, others: frozenset[tuple[Any, ...]] = frozenset()) -> None:
        """Check that what the plan did not list stands as it was born, and that MIG mode was left alone."""
        kept = {each for each in self.original if each[:-1] not in self.listed}
        assert kept - others <= self.born
        assert self.nvml.called("nvmlDeviceSetMigMode") == []
        assert self.nvml.initialised == 0


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Bench]:
    """Return what makes a bench, each with a folder of its own."""
    numbers = itertools.count()
    monkeypatch.setattr(os, "fsync", lambda _fd: None)  # how fast a disk is says nothing here
    monkeypatch.setattr(fake_board, "gpu", functools.cache(gpu))

    def new(pair: Pair, boards: Path | None = None) -> Bench:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        monkeypatch.setenv("XDG_STATE_HOME", str(folder))
        return Bench(folder, pair, boards)

    return new
