"""Numba's CUDA simulator, in a process of its own: it has to be chosen before numba is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from mig_explorer.workloads import build
from tests.emulator.constructs import CONSTRUCTS

ROOT = Path(__file__).parents[2]


def simulate(jobs: list[dict[str, Any]]) -> list[list[Any]]:
    """Run jobs in the simulator and return the arguments of each as they were left.

    A job is ``{"construct": name}`` or ``{"factory": path, "parameters": {...}, "seed": 7}``.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.npz"
        command = [sys.executable, "-m", "tests.emulator.simulator", str(path)]
        environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
        subprocess.run(
            command, input=json.dumps(jobs), text=True, check=True, cwd=ROOT, env=environment, timeout=250
        )
        with np.load(path) as results:
            return [
                [results[f"{job}-{place}"] for place in range(int(results[f"{job}-count"]))]
                for job in range(len(jobs))
            ]


def _run(job: dict[str, Any]) -> tuple[Any, ...]:
    if "construct" in job:
        each = CONSTRUCTS[job["construct"]]
        arguments = each.arguments()
        each.kernel[each.grid, each.block, 0, each.dynamic](*arguments)
        return _opened(arguments)
    work = build(job["factory"], job["parameters"])
    arguments = work.inputs(job["seed"])
    work.kernel[work.launch.grid, work.launch.block](*arguments)
    return arguments


def _opened(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return arguments with tuples opened, for what is in them."""
    opened: list[Any] = []
    for each in arguments:
        opened += _opened(each) if isinstance(each, tuple) else [each]
    return tuple(opened)


def main(path: str) -> None:
    results: dict[str, Any] = {}
    for number, job in enumerate(json.load(sys.stdin)):
        arguments = _run(job)
        results[f"{number}-count"] = len(arguments)
        results |= {f"{number}-{place}": np.asarray(each) for place, each in enumerate(arguments)}
    np.savez(path, **results)


if __name__ == "__main__":
    main(sys.argv[1])
