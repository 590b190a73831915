"""Whole experiments in which a kernel is lost: the others' rows, the message, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from mig_explorer.errors import ExperimentFailed
from mig_explorer.experiments import Experiment, Result, Tenant, read_trace
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic
from mig_explorer.workloads import triad
from tests.faults.broken_workloads import endless, off_by_one, stuck

if TYPE_CHECKING:
    from mig_explorer.workloads import Workload

A100 = gpu("A100-SXM4-40GB")
SEVENTHS = Mig(parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7))))
ROOT = Path(__file__).parents[2]
SMALL = triad(elements=1000)

only_on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux ends a process with its parent, whatever it is doing"
)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def seven_with(broken: Workload) -> Experiment:
    who = [Tenant(f"tenant {number}", broken if number == 4 else SMALL) for number in range(1, 8)]
    return Experiment(A100, who, [SEVENTHS], deadline_seconds=20)


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        (endless(300, signal.SIGKILL), "worker killed by signal 9 (SIGKILL) while running the kernel"),
        (
            off_by_one(),
            (
                "WrongResult: the largest error against the NumPy reference is not a number, "
                "allowed are 1.19e-07 relative and 0 absolute"
            ),
        ),
    ],
    ids=["killed", "wrong"],
)
def test_one_of_seven_slices_is_lost(tmp_path: Path, broken: Workload, cause: str) -> None:
    before, path = children(), tmp_path / "run.jsonl"
    with pytest.raises(ExperimentFailed) as caught:
        seven_with(broken).run(path)
    assert str(caught.value) == (
        f"1 of 7 kernels failed:\n- tenant 4 on 1g.5gb@3 (MIG 7 × 1g.5gb): {cause}\n"
        "The rows of the others are kept: see .result of this error."
    )
    place = {"mode": "mig-7x1g-5gb", "tenant": "tenant 4", "slice": "1g.5gb@3", "cause": cause}
    assert caught.value.failures == (place,)
    result = caught.value.result
    table: Any = result.table.set_index("tenant")
    assert table.loc["tenant 4", "status"] == f"lost: {cause}"
    others = table.drop(["tenant 4", "all"])
    assert set(others["status"]) == {"ok"}
    assert not others[["throughput_per_s", "latency_p99_s", "sm_active"]].isna().to_numpy().any()
    assert result.trace.events[-1] == {"n": len(result.trace.events) - 1, "kind": "finished", "ok": False} | {
        "failures": [place]
    }
    assert read_trace(path).events == result.trace.events
    assert children() == before


def test_a_run_after_a_failed_one_is_as_good_as_new(tmp_path: Path) -> None:
    work = endless(200, signal.SIGSEGV)
    with pytest.raises(ExperimentFailed):
        Experiment(A100, [Tenant("ann", work)], [Monolithic()]).run(tmp_path / "first.jsonl")
    result = Experiment(A100, [Tenant("ann", SMALL)], [Monolithic()]).run(tmp_path / "second.jsonl")
    assert set(result.table["status"]) == {"ok"}
    assert "1 of 1 emulated kernels gave the right result" in result.verdict.detail


def test_leaving_the_events_early_keeps_the_trace_and_ends_the_workers(tmp_path: Path) -> None:
    before, path = children(), tmp_path / "run.jsonl"
    events = seven_with(endless()).events(path)
    seen = []
    for event in events:
        seen.append(event)
        if event["kind"] == "kernel-checked":
            break
    assert children() > before
    events.close()
    assert children() == before
    trace = read_trace(path)
    assert (trace.events, trace.torn, trace.complete) == (tuple(seen), None, False)
    assert Result(trace).verdict.headline == "No verdict: the run ended early."


@only_on_linux
def test_the_thread_that_began_a_run_may_end_before_its_kernels(tmp_path: Path) -> None:
    events = Experiment(A100, [Tenant("ann", stuck(1000))], [Monolithic()]).events(tmp_path / "run.jsonl")
    before = children()

    def begin() -> None:
        while next(events)["kind"] != "kernel-started":
            pass
        (worker,) = children() - before
        while psutil.Process(worker).name() != "stuck":
            time.sleep(0.01)

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    assert [event["kind"] for event in events] == ["kernel-checked", "finished"]


PARENT = """
import sys
from mig_explorer.experiments import Experiment, Tenant
from mig_explorer.gpus import gpu
from mig_explorer.model import Monolithic
from tests.faults.broken_workloads import stuck

tenants = [Tenant("ann", stuck())]
for event in Experiment(gpu("A100-SXM4-40GB"), tenants, [Monolithic()]).events(sys.argv[1]):
    print(event["kind"], flush=True)
"""


@only_on_linux
@pytest.mark.parametrize("phase", ["starting", "stuck"])
def test_workers_die_with_a_parent_that_is_killed(tmp_path: Path, phase: str) -> None:
    path = tmp_path / "run.jsonl"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    ) as parent:
        assert parent.stdout is not None
        while parent.stdout.readline().strip() != "kernel-started":
            assert parent.poll() is None
        (worker,) = psutil.Process(parent.pid).children()
        while phase == "stuck" and worker.name() != "stuck":
            time.sleep(0.01)
        parent.kill()
    gone, alive = psutil.wait_procs([worker], timeout=5)
    assert (gone, alive) == ([worker], [])
    trace = read_trace(path)
    assert trace.torn is None
    assert trace.events[-1]["kind"] == "kernel-started"
