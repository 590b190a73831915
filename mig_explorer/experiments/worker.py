"""The worker process: runs kernels on the CPU and checks their results, one task a line on its pipes."""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from mig_explorer.workloads import Workload

PR_SET_PDEATHSIG = 1

LONGEST_ERROR = 2000

PHASES = ("building its inputs", "running the kernel", "checking its result")


def run_task(task: dict[str, Any], report_phase: Callable[[str], None]) -> dict[str, Any]:
    """Run one workload at its emulated size and check the result.

    Parameters
    ----------
    task : dict
        ``factory``, ``parameters`` and ``seed``, as in `mig_explorer.experiments.workers.Task`.
    report_phase : callable
        Called with each of `PHASES` as it begins.

    Returns
    -------
    dict
        ``correct``, ``max_error`` (None if it is not a number), ``tolerance``, ``seconds`` of wall time for
        the kernel with its compilation, and the ``parameters`` it ran with.

    Examples
    --------
    >>> task = {"factory": "mig_explorer.workloads.triad:triad", "parameters": {"elements": 1000}, "seed": 7}
    >>> run_task(task, report_phase=print)["correct"]
    building its inputs
    running the kernel
    checking its result
    True
    """
    from mig_explorer.emulator import emulate  # noqa: PLC0415 - numba loads after the pipes are safe
    from mig_explorer.workloads import build  # noqa: PLC0415

    report_phase(PHASES[0])
    workload: Workload = build(task["factory"], task["parameters"]).for_emulation()
    arguments = workload.inputs(task["seed"])
    expected = workload.reference(arguments)
    report_phase(PHASES[1])
    began = time.perf_counter()
    for _ in range(workload.repeats):
        emulate(workload.kernel)[workload.launch.grid, workload.launch.block](*arguments)
    seconds = time.perf_counter() - began
    report_phase(PHASES[2])
    check = workload.check(arguments, expected)
    return {
        "correct": bool(check.correct),
        "max_error": float(check.max_error) if math.isfinite(check.max_error) else None,
        "tolerance": {"rtol": float(check.tolerance.rtol), "atol": float(check.tolerance.atol)},
        "seconds": seconds,
        "parameters": {name: int(value) for name, value in workload.parameters.items()},
    }


def serve(lines: queue.SimpleQueue[str], replies: TextIO) -> None:
    """Answer tasks until the process is ended: the end of its input ends it."""

    def reply(message: dict[str, Any]) -> None:
        replies.write(json.dumps(message, allow_nan=False) + "\n")
        replies.flush()

    while True:
        task = json.loads(lines.get())
        number = task["task"]
        try:
            result = run_task(task, lambda phase, number=number: reply({"task": number, "phase": phase}))  # type: ignore[misc]
            reply({"task": number, "result": result})
        except BaseException as error:  # noqa: BLE001 - a kernel may raise anything; the worker lives on
            reply({"task": number, "error": f"{type(error).__name__}: {error}"[:LONGEST_ERROR]})


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent dies, even in the middle of a kernel."""
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def read_tasks(source: TextIO, lines: queue.SimpleQueue[str]) -> None:
    """Pass lines on until the input ends, then end the process: nobody is left to answer."""
    for line in source:
        lines.put(line)
    os._exit(0)


def main() -> None:
    """Keep the pipes to ourselves, so that nothing a kernel prints or reads can touch them, and serve."""
    die_with_parent(int(sys.argv[1]))
    tasks = os.fdopen(os.dup(0), encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=read_tasks, args=(tasks, lines), daemon=True).start()
    serve(lines, replies)


if __name__ == "__main__":
    main()
