from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.emulator import emulate
from mig_explorer.workloads import build
from tests.emulator.simulator import simulate

WORKLOADS = [
    ("mig_explorer.workloads.triad:triad", {"elements": 300}),
    ("mig_explorer.workloads.matmul:matmul", {"size": 7}),
    ("mig_explorer.workloads.matmul:matmul", {"size": 18}),
    ("mig_explorer.workloads.reduction:reduction", {"elements": 2100}),
]
JOBS: list[dict[str, Any]] = [{"factory": path, "parameters": sizes, "seed": 11} for path, sizes in WORKLOADS]


@pytest.fixture(scope="module")
def simulated():
    return simulate(JOBS)


@pytest.mark.parametrize("number", range(len(WORKLOADS)))
def test_each_workload_computes_what_the_simulator_computes(number, simulated):
    path, sizes = WORKLOADS[number]
    work = build(path, sizes)
    arguments = work.inputs(11)
    expected = {place: simulated[number][place] for place in work.reference(arguments)}
    emulate(work.kernel)[work.launch.grid, work.launch.block](*arguments)
    assert work.check(arguments, {place: each.astype(float) for place, each in expected.items()}).correct
    assert work.check(simulated[number], work.reference(arguments)).correct
