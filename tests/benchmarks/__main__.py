"""All figures in one run: ``python -m tests.benchmarks``, or with names of some of them.

Each benchmark is a module beside this one and runs in a process of its own, so that none finds what
another has warmed up or left in memory. Goals stand beside the figures; nothing is asserted, for a
shared machine's times say little by themselves. Look at ratios, and at the same machine twice.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = (
    "import_time",
    "emulator_against_simulator",
    "chart_updates",
    "class_of_56",
    "browser_timings",
    "memory",
    "model_score",
    "simulation_speed",
    "whatif_follows",
)


def main() -> int:
    names = sys.argv[1:] or BENCHMARKS
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"No benchmark is called {', '.join(sorted(unknown))}. There are: {', '.join(BENCHMARKS)}.")
        return 2
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    failed = []
    for name in names:
        print(f"\n== {name.replace('_', ' ')}", flush=True)
        began = time.monotonic()
        run = subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], cwd=ROOT, check=False)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
        if run.returncode:
            failed.append(name)
    if failed:
        print(f"\nThese benchmarks did not run to their end: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
