"""Every way in which a worker can be lost, in every phase, beside kernels that must not notice."""

from __future__ import annotations

import contextlib
import tempfile
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from mig_explorer.experiments.workers import Report, Task, _message_of, run_tasks
from tests.faults.broken_workloads import FAULTS, PHASES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRIAD = "mig_explorer.workloads.triad:triad"
BROKEN = "tests.faults.broken_workloads"
DEADLINE = 10.0

DOING = {
    "import": "building its inputs",
    "inputs": "building its inputs",
    "kernel": "running the kernel",
    "check": "checking its result",
}
CAUSES = {
    "sigkill": "worker killed by signal 9 (SIGKILL) while {doing}",
    "sigsegv": "worker killed by signal 11 (SIGSEGV) while {doing}",
    "exit_zero": "worker ended early with exit status 0 while {doing}",
    "exit_three": "worker ended early with exit status 3 while {doing}. Its last words: no licence",
    "garbage": r"worker sent something that is no answer ('\x00\xff not an answer\n') while {doing}",
    "hang": "no answer within 10 s while {doing}",
    "raises": "ZeroDivisionError: the kernel of a student",
}


def task(name: str, factory: str = TRIAD, **parameters: int) -> Task:
    return Task("mode", f"tenant {name}", f"slice {name}", factory, parameters, seed=7)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def outcomes(tasks: list[Task], limit: int = 2, deadline: float = DEADLINE) -> dict[str, Report]:
    reports = list(run_tasks(tasks, limit, deadline))
    started = [report.task for report in reports if report.kind == "kernel-started"]
    assert started == tasks
    ended = {report.task.tenant: report for report in reports if report.kind != "kernel-started"}
    assert len(ended) == len(tasks) == len(reports) - len(started)
    return ended


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process, no open file and no temporary file is left by any test here."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before, files = children(), psutil.Process().num_fds()
    yield
    assert children() <= before
    assert psutil.Process().num_fds() <= files
    assert list(tmp_path.iterdir()) == []


def every_fault() -> list[tuple[str, str]]:
    pairs = [(fault, phase) for phase in PHASES for fault in FAULTS]
    return [(fault, phase) for fault, phase in pairs if fault != "hang" or phase in {"inputs", "check"}]


def test_every_fault_in_every_phase_costs_its_own_kernel_only() -> None:
    broken = [
        task(f"{fault} {phase}", f"{BROKEN}:broken", fault=FAULTS.index(fault), phase=PHASES.index(phase))
        for fault, phase in every_fault()
    ]
    healthy = [task(str(number), elements=1000 + number) for number in range(len(broken))]
    mixed = [each for pair in zip(broken, healthy, strict=True) for each in pair]
    ended = outcomes(mixed, limit=3)
    for each in healthy:
        assert ended[each.tenant].kind == "kernel-checked"
        assert ended[each.tenant].details["parameters"]["elements"] == each.parameters["elements"]
    for fault, phase in every_fault():
        report = ended[f"tenant {fault} {phase}"]
        assert (report.kind, report.details) == (
            "kernel-failed",
            {"cause": CAUSES[fault].format(doing=DOING[phase])},
        )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"task": 3, "phase": "running the kernel"}', {"task": 3, "phase": "running the kernel"}),
        (b'{"task": 3, "error": "ValueError: no"}', {"task": 3, "error": "ValueError: no"}),
        (b'{"task": 4, "phase": "running the kernel"}', None),
        (b'{"task": 3, "phase": 7}', None),
        (b'{"task": 3, "result": {"correct": true}}', None),
        (b'{"task": 3, "error": NaN}', None),
        (b'["task", 3]', None),
        (b"", None),
        (b"\xff\xfe", None),
        (b"[" * 100_000, None),
    ],
)
def test_only_what_a_worker_would_send_is_taken_for_an_answer(line: bytes, message: Any) -> None:
    assert _message_of(line, 3) == message


@pytest.mark.parametrize("healthy", [0, 1, 6])
def test_a_worker_killed_in_the_middle_of_a_kernel_is_noticed_at_once(healthy: int) -> None:
    doomed = task("doomed", f"{BROKEN}:endless", kill_after_ms=300, signal_number=9)
    ended = outcomes([doomed, *(task(str(number), elements=1000) for number in range(healthy))])
    assert ended.pop("tenant doomed").details == {
        "cause": "worker killed by signal 9 (SIGKILL) while running the kernel"
    }
    assert [report.kind for report in ended.values()] == ["kernel-checked"] * healthy


def test_a_worker_killed_from_outside_as_it_starts_is_named() -> None:
    reports = run_tasks([task("1", elements=1000), task("2", elements=1000)], 1, DEADLINE)
    before = children()
    assert next(reports).kind == "kernel-started"
    (worker,) = children() - before
    psutil.Process(worker).kill()
    lost = next(reports)
    assert lost.details == {"cause": "worker killed by signal 9 (SIGKILL) while starting"}
    assert [report.kind for report in reports] == ["kernel-started", "kernel-checked"]


def test_an_idle_worker_that_was_killed_costs_nothing() -> None:
    reports = run_tasks([task("1", elements=1000), task("2", elements=1000)], 1, DEADLINE)
    before = children()
    next(reports)
    (worker,) = children() - before
    assert next(reports).kind == "kernel-checked"
    psutil.Process(worker).kill()
    assert [report.kind for report in reports] == ["kernel-started", "kernel-checked"]


def test_an_endless_kernel_is_stopped_at_its_deadline() -> None:
    began = time.monotonic()
    ended = outcomes([task("1", f"{BROKEN}:endless")], deadline=6.0)
    assert ended["tenant 1"].details == {"cause": "no answer within 6 s while running the kernel"}
    assert time.monotonic() - began >= 6.0


def test_a_wrong_result_is_named_and_the_worker_goes_on() -> None:
    before = children()
    reports = run_tasks([task("wrong", f"{BROKEN}:off_by_one"), task("right", elements=1000)], 1, DEADLINE)
    next(reports)
    worker = children() - before
    assert next(reports).details == {
        "cause": "WrongResult: the largest error against the NumPy reference is not a number, "
        "allowed are 1.19e-07 relative and 0 absolute"
    }
    next(reports)
    assert children() - before == worker
    assert next(reports).kind == "kernel-checked"
    assert list(reports) == []


def test_what_a_kernel_prints_or_starts_changes_nothing() -> None:
    before, reports = (
        children(),
        run_tasks([task("1", f"{BROKEN}:chatty"), task("2", elements=1000)], 1, DEADLINE),
    )
    assert [next(reports).kind, next(reports).kind] == ["kernel-started", "kernel-checked"]
    running = [psutil.Process(each) for each in children() - before]
    assert {"sleep", "sh"} & {each.name() for each in running}
    assert [report.kind for report in reports] == ["kernel-started", "kernel-checked"]
    assert psutil.wait_procs(running, timeout=5)[1] == []


def test_a_workload_that_a_worker_cannot_build_is_named() -> None:
    ended = outcomes([task("1", f"{BROKEN}:wanting"), task("2", "nowhere:nothing")], limit=1)
    how = "A factory is written 'package.module:function', such as 'mig_explorer.workloads.triad:triad'."
    assert ended["tenant 1"].details == {
        "cause": f"InvalidWorkload: no workload factory at 'tests.faults.broken_workloads:wanting': "
        f"no module named 'cupy'. {how}"
    }
    assert ended["tenant 2"].details == {
        "cause": f"InvalidWorkload: no workload factory at 'nowhere:nothing': "
        f"No module named 'nowhere'. {how}"
    }


@pytest.mark.parametrize("reports_before", [1, 2, 3])
def test_closing_the_reports_ends_every_worker(reports_before: int) -> None:
    before = children()
    tasks = [task(str(number), f"{BROKEN}:endless") for number in range(3)]
    tasks.insert(0, task("quick", elements=1000))
    reports = run_tasks(tasks, 2, DEADLINE)
    for _ in range(reports_before):
        next(reports)
    assert children() > before
    reports.close()
    assert children() == before


def test_an_interrupt_ends_every_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    before = children()
    reports = run_tasks([task(str(number), f"{BROKEN}:endless") for number in range(2)], 2, DEADLINE)
    next(reports)
    next(reports)
    monkeypatch.setattr("mig_explorer.experiments.workers._Pool._reports", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(reports)
    assert children() == before


def test_one_slice_runs_one_kernel_at_a_time_and_there_are_no_more_workers_than_allowed() -> None:
    before = children()
    tasks = [Task("mode", f"tenant {n}", f"slice {n % 2}", TRIAD, {"elements": 1000}, n) for n in range(8)]
    busy: set[str] = set()
    for report in run_tasks(tasks, limit=4, deadline_seconds=DEADLINE):
        if report.kind == "kernel-started":
            assert report.task.slice not in busy
            busy.add(report.task.slice)
        else:
            busy.remove(report.task.slice)
        assert len(children() - before) <= 2
    with contextlib.suppress(psutil.NoSuchProcess):
        assert children() == before
