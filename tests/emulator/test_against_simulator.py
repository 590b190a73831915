from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mig_explorer.emulator import emulate
from mig_explorer.emulator.rewrite import rewrite
from mig_explorer.workloads import build
from tests.emulator.interpreted import run_rewritten
from tests.emulator.kernels import CASES
from tests.emulator.simulator import simulate

WORKLOADS = [
    ("mig_explorer.workloads.triad:triad", {"elements": 300}),
    ("mig_explorer.workloads.matmul:matmul", {"size": 7}),
    ("mig_explorer.workloads.matmul:matmul", {"size": 18}),
    ("mig_explorer.workloads.reduction:reduction", {"elements": 2100}),
]
JOBS: list[dict[str, Any]] = [{"case": name} for name in CASES]
JOBS += [{"factory": path, "parameters": sizes, "seed": 11} for path, sizes in WORKLOADS]


@pytest.fixture(scope="module")
def simulated():
    return simulate(JOBS)


@pytest.mark.parametrize("number", range(len(CASES)), ids=list(CASES))
def test_each_construct_computes_what_the_simulator_computes(number, simulated):
    case = list(CASES.values())[number]
    arguments = case.arguments()
    emulate(case.kernel)[case.grid, case.block](*arguments)
    for actual, expected in zip(arguments, simulated[number], strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("number", range(len(CASES)), ids=list(CASES))
def test_each_construct_computes_the_same_uncompiled(number, simulated):
    case = list(CASES.values())[number]
    arguments = case.arguments()
    run_rewritten(rewrite(case.kernel), case.grid, case.block, arguments)
    for actual, expected in zip(arguments, simulated[number], strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("number", range(len(WORKLOADS)))
def test_each_workload_computes_what_the_simulator_computes(number, simulated):
    path, sizes = WORKLOADS[number]
    work = build(path, sizes)
    arguments = work.inputs(11)
    expected = {place: simulated[len(CASES) + number][place] for place in work.reference(arguments)}
    emulate(work.kernel)[work.launch.grid, work.launch.block](*arguments)
    assert work.check(arguments, {place: each.astype(float) for place, each in expected.items()}).correct
    assert work.check(simulated[len(CASES) + number], work.reference(arguments)).correct
