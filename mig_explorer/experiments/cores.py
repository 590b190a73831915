"""How many worker processes this machine bears."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
WORKER_MIB = 256
"""A worker takes 160 to 200 MiB: NumPy and Numba, the workload's arrays, and their references in float64."""


def worker_limit(cgroup: Path = CGROUP) -> int:
    """Return how many workers may run at once: one a core that this process may use, fewer in little memory.

    A container's limits count where Linux shows them (control groups version 2): its CPU quota, rounded up,
    and half of its memory at 256 MiB a worker.

    Examples
    --------
    >>> worker_limit() >= 1
    True
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _words(cgroup / "cpu.max")
    if len(quota) == 2 and quota[0].isdigit():
        cores = min(cores, -(-int(quota[0]) // int(quota[1])))
    memory = _words(cgroup / "memory.max")
    if memory and memory[0].isdigit():
        cores = min(cores, int(memory[0]) // 2 // (WORKER_MIB * 2**20))
    return max(1, cores)


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return []
