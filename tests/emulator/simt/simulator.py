"""Numba's CUDA simulator in a process of its own, for the kernels beside it and those of the other engine."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.emulator import kernels as others
from tests.emulator.simt.kernels import CASES

ROOT = Path(__file__).parents[3]


def simulate() -> dict[str, tuple[Any, ...]]:
    """Run every kernel in the simulator and return the arguments of each as they were left."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.pickle"
        command = [sys.executable, "-m", "tests.emulator.simt.simulator", str(path)]
        environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
        subprocess.run(command, check=True, cwd=ROOT, env=environment, timeout=150)
        results: dict[str, tuple[Any, ...]] = pickle.loads(path.read_bytes())  # noqa: S301 - made just now
    return results


def main(path: str) -> None:
    results = {}
    for name, case in CASES.items():
        arguments = case.arguments()
        case.kernel[case.grid, case.block, 0, case.shared](*arguments)
        results[name] = arguments
    for name, other in others.CASES.items():
        arguments = other.arguments()
        other.kernel[other.grid, other.block](*arguments)
        results[f"other {name}"] = arguments
    Path(path).write_bytes(pickle.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1])
