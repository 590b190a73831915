"""How long a class takes: 56 users on eight boards, hundreds of boards, the whole scenario, and a sweep."""

from __future__ import annotations

import importlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.cores import worker_limit
from mig_explorer.fleet import Fleet, Load, NodeLost, arriving, cases, dgx_a100, experience, seat, sweep
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.workloads import matmul

if TYPE_CHECKING:
    from collections.abc import Callable

GOAL_SECONDS = 5.0


def timed(act: Callable[..., Any], *arguments: Any, **settings: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act(*arguments, **settings)
    return time.perf_counter() - began, found


def fleet_of(nodes: int, think_seconds: float) -> str:
    """Seat a class on every slice, lose a node, and model what those who are left have."""
    sevenths = parse_layout(gpu("A100-SXM4-40GB"), " ".join(["1g.5gb"] * 7))
    fleet = Fleet([dgx_a100(f"dgx {number + 1}", sevenths) for number in range(nodes)])
    users = arriving(56 * nodes, 600.0, stays_s=3600.0)
    seating = seat(fleet, users, lost=[NodeLost("dgx 1", 1800.0)] if nodes > 1 else [])
    found = experience(
        fleet,
        seating.taken(seating.fullest_s).values(),
        matmul(size=4096),
        think_seconds=think_seconds,
    )
    return f"{len(fleet.seats):,} seats, {len(found.results)} situations modelled"


def main() -> None:
    took, _ = timed(fleet_of, 1, 0.0)
    print(f"class of 56, first call of a process: {took:.2f} s (goal {GOAL_SECONDS:.0f} s)")
    for nodes, think in ((1, 0.0), (1, 2.0), (4, 2.0), (40, 2.0)):
        took, said = timed(fleet_of, nodes, think)
        print(f"{nodes * 8} GPUs, think time {think:g} s: {took:.3f} s; {said}")
    scale = importlib.import_module(
        "mig_explorer.scenarios"
    ).scale  # workers import this module: not for them
    several: tuple[dict[str, Any], ...] = (
        {},
        {"think_seconds": 2.0},
        {"users": 2240, "nodes": 40, "sparks": 64},
    )
    for settings in several:
        took, _ = timed(scale, **settings)
        how = settings or "as it stands at first"
        print(f"the whole scenario, {how}: {took:.2f} s (goal {GOAL_SECONDS:.0f} s)")
    loads = [
        Load("matmul", count, think, (("size", 1024),)) for count in range(1, 15) for think in (0.0, 0.1)
    ]
    layouts = [" ".join(["1g.5gb"] * 7), "3g.20gb 3g.20gb", "2g.10gb 2g.10gb 2g.10gb", "7g.40gb"]
    every = cases(["A100-SXM4-40GB"], loads, ["mps", "time-slicing", "mig"], layouts)
    with tempfile.TemporaryDirectory() as folder:
        files = {workers: Path(folder) / f"{workers}.jsonl" for workers in (1, 2)}
        for workers, path in files.items():
            took, _ = timed(sweep, every, workers=workers, path=path)
            print(f"a sweep of {len(every)} cases on {workers} of {worker_limit()} workers: {took:.1f} s")
        same = files[1].read_bytes() == files[2].read_bytes()
    print(f"the two files: {'the same bytes' if same else 'DIFFERENT'}")
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
