"""Running kernels in worker processes: slices take turns, and a lost worker costs one row."""

from __future__ import annotations

import json
import queue
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mig_explorer.experiments.process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

LONGEST_WAIT = 0.25
"""Seconds between looks at processes that ended without closing their pipe (a child of theirs holds it)."""

STARTING = "starting"

RESULT = {"correct", "max_error", "tolerance", "seconds", "parameters"}
"""What a worker's result says; see `mig_explorer.experiments.worker.run_task`."""


@dataclass(frozen=True)
class Task:
    """One kernel to run and check, for one tenant on one slice of one sharing mode.

    Parameters
    ----------
    mode, tenant, slice : str
        Whose kernel it is, and where it runs in the story that is told.
    factory : str
        Import path of the workload's factory.
    parameters : mapping
        What the factory is called with.
    seed : int
        Seed of the inputs.
    """

    mode: str
    tenant: str
    slice: str
    factory: str
    parameters: Mapping[str, int] = field(hash=False)
    seed: int


@dataclass(frozen=True)
class Report:
    """What happened to a task.

    Parameters
    ----------
    task : Task
        The task.
    kind : {"kernel-started", "kernel-checked", "kernel-failed"}
        Checked means run, and right.
    details : mapping
        The worker's result, or the ``cause`` of the failure.
    """

    task: Task
    kind: Literal["kernel-started", "kernel-checked", "kernel-failed"]
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass
class _Job:
    task: Task
    number: int
    deadline: float
    phase: str = STARTING
    on_used_worker: bool = False


def run_tasks(tasks: Sequence[Task], limit: int, deadline_seconds: float) -> Generator[Report]:
    """Run every task in a worker process and report as things happen.

    A slice runs one task at a time. A worker that is lost, or silent past the deadline, fails its task only:
    a new worker goes on with the rest. When the iterator is closed, or anything interrupts it, every worker
    is killed before it returns.

    Parameters
    ----------
    tasks : sequence of Task
        Taken in order, except that a task waits while its slice is busy.
    limit : int
        The most workers at once.
    deadline_seconds : float
        The longest a task may take, start of its worker and compilation included.

    Yields
    ------
    Report
        ``kernel-started`` and then ``kernel-checked`` or ``kernel-failed``, for each task.

    Examples
    --------
    >>> task = Task(
    ...     "monolithic", "ann", "whole GPU", "mig_explorer.workloads.triad:triad", {"elements": 9}, 7
    ... )
    >>> [report.kind for report in run_tasks([task], limit=1, deadline_seconds=60)]
    ['kernel-started', 'kernel-checked']
    """
    # Linux ends a worker with the thread that started it (PR_SET_PDEATHSIG): this one lasts for the run.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="mig-explorer-spawn") as spawner:
        pool = _Pool(spawner, limit, deadline_seconds)
        try:
            yield from pool.run(tasks)
        finally:
            pool.close()


class _Pool:
    def __init__(self, spawner: ThreadPoolExecutor, limit: int, deadline_seconds: float) -> None:
        self.spawner = spawner
        self.limit = limit
        self.deadline_seconds = deadline_seconds
        self.inbox: queue.SimpleQueue[tuple[WorkerProcess, bytes | None]] = queue.SimpleQueue()
        self.idle: list[WorkerProcess] = []
        self.busy: dict[WorkerProcess, _Job] = {}

    def run(self, tasks: Sequence[Task]) -> Iterator[Report]:
        pending = list(enumerate(tasks))
        while pending or self.busy:
            while (job := self._next(pending)) is not None:
                self._assign(job)
                yield Report(job.task, "kernel-started")
            yield from self._reports()

    def close(self) -> None:
        for worker in (*self.idle, *self.busy):
            worker.stop()
        self.idle.clear()
        self.busy.clear()

    def _next(self, pending: list[tuple[int, Task]]) -> _Job | None:
        if len(self.busy) >= self.limit:
            return None
        taken = {(job.task.mode, job.task.slice) for job in self.busy.values()}
        for place, (number, task) in enumerate(pending):
            if (task.mode, task.slice) not in taken:
                del pending[place]
                return _Job(task, number, time.monotonic() + self.deadline_seconds)
        return None

    def _assign(self, job: _Job) -> None:
        message = {
            "task": job.number,
            "factory": job.task.factory,
            "parameters": dict(job.task.parameters),
            "seed": job.task.seed,
        }
        job.on_used_worker = bool(self.idle)
        worker = self.idle.pop() if self.idle else self.spawner.submit(WorkerProcess, self.inbox).result()
        self.busy[worker] = job
        worker.send(message)

    def _reports(self) -> Iterator[Report]:
        now = time.monotonic()
        nearest = min((job.deadline for job in self.busy.values()), default=now)
        try:
            worker, line = self.inbox.get(timeout=min(LONGEST_WAIT, max(0.0, nearest - now)))
        except queue.Empty:
            yield from self._lost_in_silence()
            return
        if worker in self.busy:
            job = self.busy[worker]
            if line is None and job.on_used_worker and job.phase == STARTING:
                self._assign(self._freed(worker))  # it was gone before it took the task up
            elif line is None:
                yield self._lost(worker, None if worker.ends_by_itself() else "worker closed its output")
            else:
                yield from self._heard(worker, line)
        elif line is None and worker in self.idle:
            self.idle.remove(worker)
            worker.stop()

    def _heard(self, worker: WorkerProcess, line: bytes) -> Iterator[Report]:
        job = self.busy[worker]
        message = _message_of(line, job.number)
        if message is None:
            shown = repr(line[:40])[1:] + ("…" if len(line) > 40 else "")
            yield self._lost(worker, f"worker sent something that is no answer ({shown})")
        elif "phase" in message:
            job.phase = str(message["phase"])
        else:
            self.idle.append(worker)
            del self.busy[worker]
            yield _outcome(job.task, message)

    def _lost_in_silence(self) -> Iterator[Report]:
        now = time.monotonic()
        for worker, job in list(self.busy.items()):
            if worker.ended:
                yield self._lost(worker)
            elif now >= job.deadline:
                yield self._lost(worker, f"no answer within {self.deadline_seconds:g} s")

    def _freed(self, worker: WorkerProcess) -> _Job:
        worker.stop()
        return self.busy.pop(worker)

    def _lost(self, worker: WorkerProcess, cause: str | None = None) -> Report:
        job = self.busy.pop(worker)
        ending = worker.stop()
        words = f". Its last words: {ending.last_words}" if ending.last_words else ""
        whole_cause = f"{cause or ending.cause} while {job.phase}{words}"
        return Report(job.task, "kernel-failed", {"cause": whole_cause})


def _message_of(line: bytes, number: int) -> dict[str, Any] | None:
    try:
        message = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("task") != number:
        return None
    result = message.get("result")
    right = (
        isinstance(message.get("phase"), str)
        or isinstance(message.get("error"), str)
        or (isinstance(result, dict) and result.keys() == RESULT)
    )
    return message if right else None


def _refuse_constant(name: str) -> None:
    message = f"{name} is no number"
    raise ValueError(message)


def _outcome(task: Task, message: dict[str, Any]) -> Report:
    if "error" in message:
        return Report(task, "kernel-failed", {"cause": message["error"]})
    result = message["result"]
    if result["correct"]:
        return Report(task, "kernel-checked", result)
    error = "not a number" if result["max_error"] is None else f"{result['max_error']:.3g}"
    allowed = result["tolerance"]
    cause = (
        f"WrongResult: the largest error against the NumPy reference is {error}, "
        f"allowed are {allowed['rtol']:.3g} relative and {allowed['atol']:.3g} absolute"
    )
    return Report(task, "kernel-failed", {"cause": cause})
