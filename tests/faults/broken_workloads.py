"""Workloads that break a worker process in a given way and phase; in any other process they are harmless."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import cuda

from mig_explorer.workloads import Workload, triad

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS = ("sigkill", "sigsegv", "exit_zero", "exit_three", "garbage", "hang", "raises")
PHASES = ("import", "inputs", "kernel", "check")


def fail(fault: str) -> None:
    """Break this process."""
    if fault == "sigkill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "sigsegv":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif fault == "exit_zero":
        os._exit(0)
    elif fault == "exit_three":
        os.write(2, b"no licence\n")
        os._exit(3)
    elif fault == "garbage":
        write_everywhere(b"\x00\xff not an answer\n")
    elif fault == "hang":
        time.sleep(3600)
    elif fault == "raises":
        raise ZeroDivisionError("the kernel of a student")


def write_everywhere(line: bytes) -> None:
    """Write to every open file of this process, the parent's pipe among them."""
    for descriptor in range(3, 30):
        with contextlib.suppress(OSError):
            os.write(descriptor, line)


def in_a_worker() -> bool:
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return getattr(spec, "name", "") == "mig_explorer.experiments.worker"


class FaultyReference(dict[int, Any]):
    """A reference that breaks the process when it is compared with."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault

    def items(self) -> Any:
        fail(self.fault)
        return super().items()


def broken(fault: int, phase: int, elements: int = 1000, repeats: int = 1) -> Workload:
    """Return a triad with a fault, by their places in `FAULTS` and `PHASES`."""
    name, where = FAULTS[fault], PHASES[phase]
    work = triad(elements, repeats)

    def inputs(generator: np.random.Generator) -> tuple[Any, ...]:
        if where == "inputs":
            fail(name)
        return work.make_inputs(generator)

    def reference(arguments: tuple[Any, ...]) -> Any:
        return FaultyReference(name) if where == "check" else work.make_reference(arguments)

    if where == "import" and in_a_worker():
        fail(name)
    return replace(
        work,
        factory="tests.faults.broken_workloads:broken",
        parameters={"fault": fault, "phase": phase, **work.parameters},
        make_inputs=inputs,
        make_reference=reference,
        kernel=FaultyKernel(name) if where == "kernel" else work.kernel,
    )


class FaultyKernel:
    """Breaks the process as soon as the emulator looks at it."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__") or name == "__name__":
            fail(object.__getattribute__(self, "fault"))
        return object.__getattribute__(self, name)


@cuda.jit  # type: ignore[untyped-decorator]
def endless_kernel(a: Any) -> None:
    """Run until the process is killed."""
    i = cuda.grid(1)
    while a[i] < 1e30:
        a[i] = a[i] * 0.5


@cuda.jit  # type: ignore[untyped-decorator]
def off_by_one_kernel(b: Any, c: Any, scalar: Any, a: Any) -> None:
    """Leave out the last element."""
    i = cuda.grid(1)
    if i < a.size - 1:
        a[i] = b[i] + scalar * c[i]


def endless(kill_after_ms: int = 0, signal_number: int = 0) -> Workload:
    """Return a kernel that never ends in compiled code; something outside may kill its worker meanwhile."""

    def inputs(_: np.random.Generator) -> tuple[Any, ...]:
        if kill_after_ms and in_a_worker():
            script = f"sleep {kill_after_ms / 1000}; kill -{signal_number} {os.getpid()}"
            subprocess.Popen(["/bin/sh", "-c", script])
        return (np.ones(256, np.float32),)

    work = triad(elements=256)
    return replace(
        work,
        factory="tests.faults.broken_workloads:endless",
        parameters={"kill_after_ms": kill_after_ms, "signal_number": signal_number},
        make_inputs=inputs,
        make_reference=lambda _: {0: np.zeros(256)},
        kernel=endless_kernel,
    )


def stuck(milliseconds: int = 0) -> Workload:
    """Return a workload that names its process "stuck" and blocks it, by default for ever, lock and all."""

    def inputs(generator: np.random.Generator) -> tuple[Any, ...]:
        if in_a_worker():
            Path("/proc/self/comm").write_text("stuck", encoding="ascii")
            if milliseconds:
                time.sleep(milliseconds / 1000)
            else:
                ctypes.PyDLL(None).pause()
        return triad(elements=1000).make_inputs(generator)

    return replace(
        triad(elements=1000),
        factory="tests.faults.broken_workloads:stuck",
        parameters={"milliseconds": milliseconds},
        make_inputs=inputs,
    )


def off_by_one(elements: int = 1000) -> Workload:
    """Return a triad whose kernel forgets the last element."""
    return _another_kernel("off_by_one", elements, off_by_one_kernel)


def chatty(elements: int = 1000) -> Workload:
    """Return a right triad that prints a lot on every channel it has, reads, and forks a child that stays."""

    def inputs(generator: np.random.Generator) -> tuple[Any, ...]:
        if in_a_worker():
            for _ in range(2000):
                sys.stdout.write("hello, world\n")
                sys.stderr.write("hello, stderr\n")
            os.write(1, b"straight to the descriptor\n")
            ctypes.CDLL(None).puts(b"and from C")
            assert sys.stdin.readline() == ""
            subprocess.Popen(["/bin/sh", "-c", "sleep 3600"])
        return triad(elements).make_inputs(generator)

    return replace(_another_kernel("chatty", elements, triad().kernel), make_inputs=inputs)


def wanting(module: int = 0) -> Workload:
    """Return a workload that a worker cannot build."""
    if in_a_worker():
        raise ImportError("no module named 'cupy'")
    return replace(
        triad(elements=1000), factory="tests.faults.broken_workloads:wanting", parameters={"module": module}
    )


def _another_kernel(name: str, elements: int, kernel: Callable[..., Any]) -> Workload:
    return replace(
        triad(elements),
        factory=f"tests.faults.broken_workloads:{name}",
        parameters={"elements": elements},
        kernel=kernel,
    )
