"""The emulator against Numba's CUDA simulator and against NumPy.

Each runs in a process of its own, for the simulator has to be chosen before numba is imported, and NumPy's
threads before NumPy is. The simulator runs the sizes it can bear, so times are compared for the same amount
of work: a FLOP where the kernel does any, else a byte that it has to move.
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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import cuda

from mig_explorer.emulator import emulate
from mig_explorer.workloads import workload
from tests.emulator import constructs

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.workloads import Workload

ROOT = Path(__file__).resolve().parents[2]
SEED = 7
REPEATS = 7
GOAL = 10_000
SIZES: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    "triad": ({"elements": 2**24}, {"elements": 2**12}),
    "triad_grid_stride": ({"elements": 2**24}, {"elements": 2**12}),
    "saxpy": ({"elements": 2**24}, {"elements": 2**12}),
    "saxpy_grid_stride": ({"elements": 2**24}, {"elements": 2**12}),
    "reduction": ({"elements": 2**24}, {"elements": 2**12}),
    "prefix_sum": ({"elements": 2**20}, {"elements": 2**9}),
    "histogram": ({"elements": 2**22}, {"elements": 2**12}),
    "stencil": ({"size": 1024}, {"size": 32}),
    "transpose_naive": ({"size": 1024}, {"size": 64}),
    "transpose_tiled": ({"size": 1024}, {"size": 64}),
    "transpose_padded": ({"size": 1024}, {"size": 64}),
    "matmul": ({"size": 512}, {"size": 32}),
    "mlp": ({"batch": 256, "layers": 4}, {"batch": 1, "layers": 2, "width": 64}),
    "attention": ({"length": 512}, {"length": 64}),
    "nbody": ({"bodies": 1024}, {"bodies": 128}),
    "mandelbrot": ({"size": 256}, {"size": 16}),
    "spmv": ({"rows": 2**15}, {"rows": 256}),
    "pointer_chase": (
        {"elements": 2**20, "chains": 4096, "steps": 256},
        {"elements": 2**12, "chains": 32, "steps": 256},
    ),
}
"""Of each kernel, what the emulator runs and what the simulator does."""

NUMPY: dict[str, Callable[..., Any]] = {
    "triad": lambda b, c, scalar, a: np.add(b, np.multiply(scalar, c, out=a), out=a),
    "triad_grid_stride": lambda b, c, scalar, a: np.add(b, np.multiply(scalar, c, out=a), out=a),
    "saxpy": lambda scalar, x, y, out: np.add(y, np.multiply(scalar, x, out=out), out=out),
    "saxpy_grid_stride": lambda scalar, x, y, out: np.add(y, np.multiply(scalar, x, out=out), out=out),
    "reduction": lambda values, _: values.sum(),
    "prefix_sum": lambda values, sums, _: np.cumsum(values, out=sums),
    "histogram": lambda values, _: np.bincount(values, minlength=256),
    "transpose_naive": lambda matrix, out: np.copyto(out, matrix.T),
    "transpose_tiled": lambda matrix, out: np.copyto(out, matrix.T),
    "transpose_padded": lambda matrix, out: np.copyto(out, matrix.T),
    "matmul": lambda a, b, c: np.matmul(a, b, out=c),
}
ONE_CORE = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


@cuda.jit
def triad_grid_stride_kernel(b, c, scalar, a):
    """Do what `triad` does, many elements a thread."""
    i = cuda.grid(1)
    while i < a.size:
        a[i] = b[i] + scalar * c[i]
        i += cuda.gridsize(1)


def work_of(name: str, size: dict[str, int]) -> Workload:
    if name != "triad_grid_stride":
        return workload(name, **size)
    launch = workload("saxpy_grid_stride", **size).launch
    return replace(workload("triad", **size), name=name, kernel=triad_grid_stride_kernel, launch=launch)


def nothing(values: np.ndarray) -> None:
    """Do what only starts Numba up: the first kernel of a process is not to pay for that."""
    values[0] = 1


def seconds(action: Callable[[], Any]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def median_seconds(action: Callable[[], Any]) -> float:
    return statistics.median(seconds(action) for _ in range(REPEATS))


def measure_emulator(work: Workload) -> dict[str, Any]:
    arguments = work.inputs(SEED)
    expected = work.reference(arguments)
    emulated = emulate(work.kernel)
    launch = emulated[work.launch.grid, work.launch.block]
    first = seconds(lambda: launch(*arguments))
    found = {
        "correct": bool(work.check(arguments, expected).correct),
        "engine": emulated.engine,
        "compiling": emulated.compile_seconds,
        "first": first,
        "seconds": median_seconds(lambda: launch(*arguments)),
    }
    if work.name in NUMPY:
        found["numpy"] = median_seconds(lambda: NUMPY[work.name](*arguments))
    return found


def measure_simulator(work: Workload) -> dict[str, Any]:
    arguments = work.inputs(SEED)
    expected = work.reference(arguments)
    taken = seconds(lambda: work.kernel[work.launch.grid, work.launch.block](*arguments))
    return {"seconds": taken, "correct": bool(work.check(arguments, expected).correct)}


def in_a_process(what: str, **environment: str) -> dict[str, dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.emulator_against_simulator", what],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, **ONE_CORE, **environment},
    )
    measured: dict[str, dict[str, Any]] = json.loads(ran.stdout)
    return measured


def row(first: object, *cells: object) -> str:
    return f"{first!s:<20}" + "".join(f"{cell!s:>15}" for cell in cells)


def amount(work: Workload) -> int:
    return work.cost.flops or work.cost.bytes


def milliseconds(taken: float) -> str:
    return f"{taken * 1e3:,.2f} ms"


def markdown(
    alone: dict[str, dict[str, Any]], again: dict[str, dict[str, Any]], simulated: dict[str, dict[str, Any]]
) -> str:
    """Return what was measured as a table for a page of text."""
    headings = (
        *("kernel", "size", "simulator, threads/s", "native, threads/s", "ratio, same work"),
        *("x NumPy, 1 core", "x NumPy, all cores", "first compile", "engine"),
    )
    lines = [headings, ("---", *["--:"] * (len(headings) - 2), "---")]
    for name, (large, small) in SIZES.items():
        fast, slow = work_of(name, large), work_of(name, small)
        taken, slowly, numpy = again[name]["seconds"], simulated[name]["seconds"], alone[name].get("numpy")
        lines.append(
            (
                name,
                " x ".join(map(str, large.values())),
                f"{threads_of(slow) / slowly:,.0f}",
                f"{threads_of(fast) / taken:,.0f}",
                f"{(slowly / amount(slow)) / (taken / amount(fast)):,.0f}",
                f"{alone[name]['seconds'] / numpy:.2f}" if numpy else "",
                f"{taken / numpy:.2f}" if numpy else "",
                f"{alone[name]['compiling']:.2f} s",
                alone[name]["engine"],
            )
        )
    return "\n".join(f"| {' | '.join(each)} |" for each in lines)


def threads_of(work: Workload) -> int:
    return work.launch.blocks * work.launch.threads_per_block


def main() -> None:
    with tempfile.TemporaryDirectory() as cache:
        alone = in_a_process("emulator", XDG_CACHE_HOME=cache, NUMBA_NUM_THREADS="1")
        again = in_a_process("emulator", XDG_CACHE_HOME=cache)
    simulated = in_a_process("simulator", NUMBA_ENABLE_CUDASIM="1")
    print(
        f"{os.cpu_count()} cores; Python {platform.python_version()}; seed {SEED}; "
        f"load {os.getloadavg()[0]:.1f}"
    )
    print(f"emulator and NumPy: median of {REPEATS}; simulator: one run, at a size it can bear\n")
    print(
        row("kernel", "size", "engine", "1 core", "all cores", "a thread", "simulator's", f"ratio >{GOAL:,}")
    )
    for name, (large, small) in SIZES.items():
        fast, slow = work_of(name, large), work_of(name, small)
        taken, per_thread = again[name]["seconds"], simulated[name]["seconds"]
        ratio = (per_thread / amount(slow)) / (taken / amount(fast))
        print(
            row(
                name,
                " x ".join(map(str, large.values())),
                alone[name]["engine"],
                milliseconds(alone[name]["seconds"]),
                milliseconds(taken),
                f"{taken / threads_of(fast) * 1e9:,.3g} ns",
                f"{per_thread / threads_of(slow) * 1e6:,.3g} µs",
                f"{ratio:,.0f}",
            )
        )
    print("\nThe ratio is of times for the same work, on all cores.\n")
    print(
        row(
            "kernel",
            "NumPy, 1 core",
            "x NumPy, 1 core",
            "x, all cores",
            "compiling <1 s",
            "second process",
            "right",
        )
    )
    for name, found in alone.items():
        numpy = found.get("numpy")
        right = found["correct"] and again[name]["correct"] and simulated[name]["correct"]
        print(
            row(
                name,
                milliseconds(numpy) if numpy else "-",
                f"{found['seconds'] / numpy:.2f}" if numpy else "-",
                f"{again[name]['seconds'] / numpy:.2f}" if numpy else "-",
                f"{found['compiling']:.2f} s",
                f"{again[name]['compiling']:.2f} s",
                "yes" if right else "NO",
            )
        )
    print(f"\nThe same as Markdown:\n\n{markdown(alone, again, simulated)}")
    print(
        "\nWhat a kernel may have, and the engine that runs it "
        "(tests/emulator/test_constructs.py holds it to that):\n"
    )
    constructs.main()


if __name__ == "__main__":
    if sys.argv[1:] == ["emulator"]:
        emulate(nothing)[1, 1](np.zeros(1))
        json.dump(
            {name: measure_emulator(work_of(name, size)) for name, (size, _) in SIZES.items()}, sys.stdout
        )
    elif sys.argv[1:] == ["simulator"]:
        json.dump(
            {name: measure_simulator(work_of(name, size)) for name, (_, size) in SIZES.items()}, sys.stdout
        )
    else:
        main()
