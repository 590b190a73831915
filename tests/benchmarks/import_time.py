"""How long ``import mig_explorer`` takes, in child processes, files in the system's cache."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

CHILDREN = 21
GOAL_SECONDS = 0.15
PROGRAM = """
import time
began = time.perf_counter()
{statement}
print(time.perf_counter() - began)
"""


def seconds(statement: str) -> list[float]:
    """Time a statement in fresh processes; the first is dropped, for it may write byte code."""
    command = [sys.executable, "-c", PROGRAM.format(statement=statement)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        for _ in range(CHILDREN + 1)
    ]
    return sorted(float(run.stdout) for run in runs[1:])


def main() -> None:
    for statement, goal in (
        ("import mig_explorer", f"   goal {GOAL_SECONDS * 1000:.0f} ms"),
        ("import mig_explorer as mig; mig.gpu('A100-SXM4-40GB')", ""),
    ):
        taken = seconds(statement)
        print(
            f"{statement:<55} median {statistics.median(taken) * 1000:6.0f} ms, "
            f"worst of {CHILDREN} {taken[-1] * 1000:.0f} ms{goal}"
        )


if __name__ == "__main__":
    main()
