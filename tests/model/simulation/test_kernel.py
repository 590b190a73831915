"""The compiled loops run wherever they can be kept, and where they cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mig_explorer.model.arrivals import ClosedLoop
from mig_explorer.model.contention import Demand, stretch
from mig_explorer.model.simulation import Arrangement, Place, Source, simulate_arrangement

PACKAGE = Path(__file__).resolve().parents[3] / "mig_explorer"
PROGRAM = """
from mig_explorer.model.simulation import Arrangement, Place, Source, simulate_arrangement
two = Arrangement((Place(),), (Source("ann", 0, 1.0), Source("bob", 0, 1.0)))
print(simulate_arrangement(two, 5.0, 7).finished.tolist())
"""
ANSWER = "[1.0, 2.0, 3.0, 4.0, 5.0]"


def simulated(folder: Path, home: Path) -> str:
    settings = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA", "XDG", "PYTHON"))}
    run = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        cwd=folder,
        env={**settings, "HOME": str(home), "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "lib" / "mig_explorer", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "lib"


def test_without_a_folder_that_can_be_written_it_runs_all_the_same(installed: Path, tmp_path: Path) -> None:
    # A file stands where each folder would be: that stops root too, whom permissions do not.
    (installed / "mig_explorer" / "model" / "simulation" / "__pycache__").write_text("")
    home = tmp_path / "home"
    home.write_text("")
    assert simulated(installed, home) == ANSWER


def test_what_was_compiled_is_kept_and_may_be_damaged(installed: Path, tmp_path: Path) -> None:
    assert simulated(installed, tmp_path) == ANSWER
    kept = [
        *installed.rglob("kernel.serve_one_by_one*.nbi"),
        *installed.rglob("kernel.serve_one_by_one*.nbc"),
    ]
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(b"damaged")
    assert simulated(installed, tmp_path) == ANSWER


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize(
    ("compute", "memory", "transfer"), [(0.5, 0.25, 0.0), (0.0, 0.5, 0.25), (1.0, 0.0, 0.5)]
)
def test_requests_are_slowed_as_the_rule_of_contention_says(count, compute, memory, transfer) -> None:
    figures = {
        "compute_seconds": compute,
        "memory_seconds": memory,
        "transfer_seconds": transfer,
        "compute_share": 0.75,
        "memory_share": 0.6,
    }
    place = Place(at_once=0, compute_group=3, memory_group=4, switching=0.11)
    sources = tuple(Source(f"{n}", 0, 1.0, **figures, arrivals=ClosedLoop()) for n in range(count))
    served = simulate_arrangement(Arrangement((place,), sources), 20.0, seed=7)
    demand = Demand(1.0, **figures, compute_group=3, memory_group=4, switching=0.11)
    assert served.latency[0] == pytest.approx(stretch([demand] * count)[0])
    assert served.latency[0] > 1.0 or count == 1
