"""Running a program: batch by batch, lanes of all its blocks together in NumPy arrays."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.groups import PATIENCE, Groups
from mig_explorer.emulator.simt.meetings import Meetings
from mig_explorer.emulator.simt.observer import BatchView, LaunchView
from mig_explorer.emulator.simt.program import Fork, Jump, Meet, Raise
from mig_explorer.emulator.simt.registers import Registers
from mig_explorer.emulator.simt.turn import Batch, Turn, Watch, fault

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.observer import LaneArray, Observer
    from mig_explorer.emulator.simt.program import End, Program, Segment

MOST_BYTES = 96 * 2**20
"""What the registers, shared and local arrays of a batch may take, as far as whole blocks allow."""

MOST_LANES = 2**15
"""Lanes of a batch: arrays of more fall out of a core's cache, and fewer are dear to start on."""

DEADLINE_SECONDS = 60.0


def run_program(  # noqa: PLR0913 - a launch has these parts
    program: Program,
    grid: tuple[int, int, int],
    block: tuple[int, int, int],
    arguments: tuple[Any, ...],
    *,
    dynamic_shared: int = 0,
    observer: Observer | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> None:
    """Run a program over a grid.

    Parameters
    ----------
    program
        Of the kernel.
    grid, block
        How many blocks and threads, along x, y and z.
    arguments
        As the engine keeps them, see `mig_explorer.emulator.simt.run`.
    dynamic_shared
        Bytes of dynamic shared memory of a block.
    observer
        Who watches.
    deadline_seconds
        After how long it is ended.

    Raises
    ------
    KernelFault
        At an index out of bounds, threads that wait for each other for ever, or when time is up.
    """
    launch = LaunchView(program.name, grid, block)
    ends_at = time.monotonic() + deadline_seconds
    watch = Watch.of(observer)
    if observer is not None:
        observer.begin(launch)
    size = blocks_at_once(program, launch, dynamic_shared)
    with np.errstate(all="ignore"):
        for first in range(0, launch.blocks, size):
            view = BatchView(launch, first, min(size, launch.blocks - first))
            batch = Batch(view, observer, watch, dynamic_shared)
            if observer is not None:
                observer.begin_batch(view)
            _Run(program, batch, arguments, ends_at, deadline_seconds).finish()
            if observer is not None:
                observer.end_batch()
    if observer is not None:
        observer.end()


def blocks_at_once(program: Program, launch: LaunchView, dynamic_shared: int) -> int:
    """Return how many blocks make a batch: at least one, and no more than fit the budget."""
    per_thread = 8 * (program.kept + 24) + program.local_bytes
    per_block = per_thread * launch.threads_per_block + program.shared_bytes + dynamic_shared
    fitting = min(MOST_BYTES // per_block, MOST_LANES // launch.threads_per_block)
    return max(1, min(launch.blocks, fitting))


class _Run:
    """One batch on its way."""

    def __init__(
        self, program: Program, batch: Batch, arguments: tuple[Any, ...], ends_at: float, seconds: float
    ) -> None:
        self.program = program
        self.batch = batch
        self.ends_at = ends_at
        self.seconds = seconds
        self.registers = Registers(batch.view.lanes, program.constants)
        for name, value in zip(program.parameters, arguments, strict=True):
            self.registers.values[name] = value
        self.groups = Groups(batch.lanes, 0)
        self.meetings = Meetings(batch, self.registers, self.groups)

    def finish(self) -> None:
        """Run until all lanes have ended."""
        groups, segments = self.groups, self.program.segments
        while True:
            while groups.ready:
                number, lanes = groups.take(PATIENCE)
                segment = segments[number]
                groups.tick(segment.ticks)
                if time.monotonic() > self.ends_at:
                    self._out_of_time(segment, lanes)
                self._carry_out(segment, lanes)
            if not self.meetings.force():
                return

    def _carry_out(self, segment: Segment, lanes: LaneArray) -> None:
        whole = len(lanes) == self.registers.count
        turn = Turn(self.batch, self.batch.lanes if whole else lanes, segment.line, whole)
        local: dict[str, Any] = {}
        fetch = self.registers.fetch
        for each in segment.instructions:
            turn.line = each.line
            values = []
            for name in each.operands:
                if name not in local:
                    local[name] = fetch(name, turn)
                values.append(local[name])
            result = each.act(turn, *values)
            targets = each.targets
            if len(targets) == 1:
                local[targets[0]] = result
            elif targets:
                local.update(zip(targets, result, strict=True))
        for name in segment.keeps:
            self.registers.keep(name, local[name], turn)
        self._go_on(segment.end, turn, local)

    def _go_on(self, end: End, turn: Turn, local: dict[str, Any]) -> None:
        if isinstance(end, Jump):
            self.groups.put(end.to, turn.lanes)
        elif isinstance(end, Fork):
            known = end.condition in local
            self._fork(
                end, turn, local[end.condition] if known else self.registers.fetch(end.condition, turn)
            )
        elif isinstance(end, Meet):
            self.meetings.arrive(end, turn.lanes)
        elif isinstance(end, Raise):
            raise fault(self.batch.view, end.line, end.text, int(turn.lanes[0]))
        else:
            if turn.watch.leave:
                turn.observer.leave(turn.lanes, end.line)
            self.meetings.leave(turn.lanes)

    def _fork(self, fork: Fork, turn: Turn, condition: Any) -> None:
        lanes = turn.lanes
        if isinstance(condition, np.ndarray):
            taken = np.count_nonzero(condition)
            if taken == len(lanes):
                yes, no = lanes, lanes[:0]
            elif taken == 0:
                yes, no = lanes[:0], lanes
            else:
                yes, no = lanes[condition], lanes[~condition]
        else:
            yes, no = (lanes, lanes[:0]) if condition else (lanes[:0], lanes)
        if turn.watch.branch:
            turn.observer.branch(fork.line, yes, no)
        self.groups.put(fork.yes, yes)
        self.groups.put(fork.no, no)

    def _out_of_time(self, segment: Segment, lanes: LaneArray) -> None:
        if self.batch.observer is not None:
            self.batch.observer.deadline(lanes, segment.line, self.seconds)
        text = f"still running after {self.seconds:g} seconds, here: an endless loop, or too much to do"
        raise fault(self.batch.view, segment.line, text, int(lanes[0]))
