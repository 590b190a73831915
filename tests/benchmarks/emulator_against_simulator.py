"""The emulator against Numba's CUDA simulator and against NumPy.

Each runs in a process of its own, for the simulator has to be chosen before numba is imported, and NumPy's
threads before NumPy is. The simulator runs the sizes it can bear, so times are compared for each thread; a
thread of a larger product does more, so they are compared for each FLOP too.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator import emulate
from mig_explorer.workloads import workload

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.workloads import Workload

ROOT = Path(__file__).resolve().parents[2]
SEED = 7
REPEATS = 7
EMULATED = {"triad": {"elements": 2**24}, "matmul": {"size": 512}, "reduction": {"elements": 2**24}}
SIMULATED = {"triad": {"elements": 2**12}, "matmul": {"size": 32}, "reduction": {"elements": 2**12}}
NUMPY: dict[str, Callable[..., Any]] = {
    "triad": lambda b, c, scalar, a: np.add(b, np.multiply(scalar, c, out=a), out=a),
    "matmul": lambda a, b, c: np.matmul(a, b, out=c),
    "reduction": lambda values, _: values.sum(),
}
ONE_CORE = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}


def nothing(values: np.ndarray) -> None:
    """Do what only starts Numba up: the first kernel of a process is not to pay for that."""
    values[0] = 1


def seconds(action: Callable[[], Any]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def median_seconds(action: Callable[[], Any]) -> float:
    return statistics.median(seconds(action) for _ in range(REPEATS))


def measure_emulator(work: Workload) -> dict[str, float]:
    arguments = work.inputs(SEED)
    expected = work.reference(arguments)

    def run() -> None:
        emulate(work.kernel)[work.launch.grid, work.launch.block](*arguments)

    first = seconds(run)
    correct = work.check(arguments, expected).correct
    launch = emulate(work.kernel)[work.launch.grid, work.launch.block]
    return {
        "first": first,
        "correct": correct,
        "seconds": median_seconds(lambda: launch(*arguments)),
        "numpy": median_seconds(lambda: NUMPY[work.name](*arguments)),
    }


def measure_simulator(work: Workload) -> dict[str, float]:
    arguments = work.inputs(SEED)
    expected = work.reference(arguments)
    taken = seconds(lambda: work.kernel[work.launch.grid, work.launch.block](*arguments))
    return {"seconds": taken, "correct": work.check(arguments, expected).correct}


def in_a_process(what: str, **environment: str) -> dict[str, dict[str, float]]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.emulator_against_simulator", what],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, **ONE_CORE, **environment},
    )
    measured: dict[str, dict[str, float]] = json.loads(ran.stdout)
    return measured


def row(*cells: object) -> str:
    return "".join(f"{cell!s:>15}" for cell in cells)


def threads(work: Workload) -> int:
    return work.launch.blocks * work.launch.threads_per_block


def per(seconds_taken: float, count: int) -> str:
    return f"{seconds_taken / count * 1e9:,.3g} ns"


def main() -> None:
    with tempfile.TemporaryDirectory() as cache:
        emulated = in_a_process("emulator", XDG_CACHE_HOME=cache)
        again = in_a_process("emulator", XDG_CACHE_HOME=cache)
    simulated = in_a_process("simulator", NUMBA_ENABLE_CUDASIM="1")
    print(f"{os.cpu_count()} cores, one of them used; Python {platform.python_version()}; seed {SEED}")
    print(f"emulator and NumPy: median of {REPEATS}; simulator: one run; load {os.getloadavg()[0]:.1f}\n")
    print(row("kernel", "emulated", "a thread", "simulated", "a thread", "ratio", "ratio a FLOP"))
    for name, size in EMULATED.items():
        large, small = workload(name, **size), workload(name, **SIMULATED[name])
        fast, slow = emulated[name]["seconds"], simulated[name]["seconds"]
        print(
            row(
                name,
                *size.values(),
                per(fast, threads(large)),
                *SIMULATED[name].values(),
                per(slow, threads(small)),
                f"{slow / threads(small) / (fast / threads(large)):,.0f}",
                f"{slow / small.cost.flops / (fast / large.cost.flops):,.0f}",
            )
        )
    print()
    print(row("kernel", "emulator", "NumPy, 1 core", "times NumPy", "first call", "second process", "right"))
    for name, found in emulated.items():
        print(
            row(
                name,
                f"{found['seconds'] * 1e3:.1f} ms",
                f"{found['numpy'] * 1e3:.1f} ms",
                f"{found['seconds'] / found['numpy']:.2f}",
                f"{found['first']:.2f} s",
                f"{again[name]['first']:.2f} s",
                "yes" if found["correct"] and simulated[name]["correct"] else "NO",
            )
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["emulator"]:
        emulate(nothing)[1, 1](np.zeros(1))
        json.dump(
            {name: measure_emulator(workload(name, **size)) for name, size in EMULATED.items()}, sys.stdout
        )
    elif sys.argv[1:] == ["simulator"]:
        json.dump(
            {name: measure_simulator(workload(name, **size)) for name, size in SIMULATED.items()}, sys.stdout
        )
    else:
        main()
