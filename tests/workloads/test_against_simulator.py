from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mig_explorer.emulator import emulate
from mig_explorer.workloads import factories, workload
from tests.emulator.simulator import simulate
from tests.emulator.test_against_simulator import WORKLOADS

SEED = 11
SIZES: dict[str, dict[str, int]] = {
    "attention": {"length": 5},
    "histogram": {"elements": 300},
    "mandelbrot": {"size": 12, "limit": 40},
    "mlp": {"batch": 2, "layers": 3, "width": 7},
    "nbody": {"bodies": 10},
    "pointer_chase": {"elements": 90, "steps": 25, "chains": 40},
    "prefix_sum": {"elements": 200},
    "saxpy": {"elements": 300},
    "saxpy_grid_stride": {"elements": 300},
    "spmv": {"rows": 30, "per_row": 4},
    "stencil": {"size": 9},
    "transpose_naive": {"size": 10},
    "transpose_padded": {"size": 34},
    "transpose_tiled": {"size": 20},
}
"""Tiny, for the simulator runs some hundred threads a second where they meet at barriers."""


@pytest.fixture(scope="module")
def simulated():
    jobs: list[dict[str, Any]] = [
        {"factory": workload(name, **sizes).factory, "parameters": sizes, "seed": SEED}
        for name, sizes in SIZES.items()
    ]
    return dict(zip(SIZES, simulate(jobs), strict=True))


def test_every_workload_is_compared_here_or_with_the_constructs_of_the_emulator():
    compared_there = {path.partition(":")[2] for path, _ in WORKLOADS}
    assert set(SIZES) | compared_there == set(factories())


@pytest.mark.parametrize("name", SIZES)
def test_a_workload_is_right_in_the_simulator(name, simulated):
    work = workload(name, **SIZES[name])
    assert work.check(simulated[name], work.reference(work.inputs(SEED))).correct


@pytest.mark.parametrize("name", SIZES)
def test_the_emulator_computes_what_the_simulator_computes(name, simulated):
    work = workload(name, **SIZES[name])
    arguments = work.inputs(SEED)
    emulate(work.kernel)[work.launch.grid, work.launch.block](*arguments)
    allowed = work.tolerance
    for actual, expected in zip(arguments, simulated[name], strict=True):
        np.testing.assert_allclose(actual, expected, rtol=2 * allowed.rtol, atol=2 * allowed.atol)
