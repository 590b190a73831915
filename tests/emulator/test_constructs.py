"""Every construct of the table, on both engines, against what is known about its result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mig_explorer.emulator import emulate, simt
from mig_explorer.emulator.geometry import geometry
from mig_explorer.emulator.rewrite import rewrite
from mig_explorer.emulator.source import NotNative
from tests.emulator.constructs import CONSTRUCTS, NATIVE
from tests.emulator.interpreted import run_rewritten
from tests.emulator.simulator import simulate

NAMES = list(CONSTRUCTS)
SIMULATED = [name for name, each in CONSTRUCTS.items() if each.simulated]


@pytest.fixture(scope="module")
def simulated() -> dict[str, list[Any]]:
    results = simulate([{"construct": name} for name in SIMULATED])
    return dict(zip(SIMULATED, results, strict=True))


def flat(arguments: Any) -> list[Any]:
    """Return arguments with tuples opened, so that the arrays in them are compared too."""
    opened: list[Any] = []
    for each in arguments:
        opened += flat(each) if isinstance(each, tuple) else [each]
    return opened


def compare(name: str, arguments: Any, simulated: dict[str, list[Any]]) -> None:
    each = CONSTRUCTS[name]
    if each.simulated:
        for actual, expected in zip(flat(arguments), simulated[name], strict=True):
            if getattr(actual, "dtype", np.dtype(float)).fields:
                assert actual.tolist() == expected.tolist()
            else:
                np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=0)
    for place, expected in (each.expected or {}).items():
        np.testing.assert_allclose(arguments[place], expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", NAMES)
def test_each_construct_is_right_and_runs_on_the_engine_that_the_table_says(name, simulated):
    each = CONSTRUCTS[name]
    arguments, emulated = each.arguments(), emulate(each.kernel)
    emulated[each.grid, each.block, 0, each.dynamic](*arguments)
    assert (emulated.engine, bool(emulated.why)) == (each.engine, each.engine != NATIVE)
    compare(name, arguments, simulated)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "plain_kernel"])
def test_each_construct_is_right_lane_by_lane(name, simulated):
    each = CONSTRUCTS[name]
    arguments, shape = each.arguments(), geometry(name, (each.grid, each.block))
    simt.run(each.kernel, shape.grid, shape.block, arguments, dynamic_shared=each.dynamic)
    compare(name, arguments, simulated)


UNCOMPILED = [name for name in NAMES if CONSTRUCTS[name].engine == NATIVE and name != "bits"]
"""Python's own integers have no width of which to count the leading zeros."""


@pytest.mark.parametrize("name", UNCOMPILED)
def test_each_construct_is_rewritten_to_python_that_is_right_uncompiled(name, simulated):
    each = CONSTRUCTS[name]
    arguments = each.arguments()
    with np.errstate(all="ignore"):
        run_rewritten(rewrite(each.kernel), each.grid, each.block, arguments, each.dynamic)
    compare(name, arguments, simulated)


def test_a_construct_that_runs_lane_by_lane_says_why_with_its_line():
    for name, each in CONSTRUCTS.items():
        if each.engine != NATIVE and name != "tuple_across_a_barrier":
            with pytest.raises(NotNative, match=rf"^{name}, line \d+: .+\.$"):
                rewrite(each.kernel)
