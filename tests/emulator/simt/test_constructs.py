from __future__ import annotations

import numpy as np
import pytest

from mig_explorer.emulator.simt import engine
from tests.emulator import kernels as rewritten
from tests.emulator.simt.kernels import CASES
from tests.emulator.simt.launching import launch
from tests.emulator.simt.simulator import simulate


@pytest.fixture(scope="module")
def simulated():
    return simulate()


@pytest.mark.parametrize("name", list(CASES))
def test_each_construct_computes_what_the_simulator_computes(name, simulated):
    case = CASES[name]
    arguments = case.arguments()
    launch(case.kernel, case.grid, case.block, *arguments, shared=case.shared)
    for actual, expected in zip(arguments, simulated[name], strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("name", list(rewritten.CASES))
def test_each_kernel_of_the_rewriting_engine_computes_the_same(name, simulated):
    case = rewritten.CASES[name]
    arguments = case.arguments()
    launch(case.kernel, case.grid, case.block, *arguments)
    for actual, expected in zip(arguments, simulated[f"other {name}"], strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize(("lanes", "patience"), [(1, 2**14), (2**15, 0)])
def test_it_does_not_matter_who_goes_first(lanes, patience, simulated, monkeypatch):
    """One block after the other, and lanes that do not wait for those behind them."""
    monkeypatch.setattr(engine, "MOST_LANES", lanes)
    monkeypatch.setattr(engine, "PATIENCE", patience)
    for name, case in CASES.items():
        arguments = case.arguments()
        launch(case.kernel, case.grid, case.block, *arguments, shared=case.shared)
        for actual, expected in zip(arguments, simulated[name], strict=True):
            np.testing.assert_array_equal(actual, expected, err_msg=name)
