"""The kernels that the other tests of the emulator run are right, and checked mode says so too."""

from __future__ import annotations

import contextlib

import pytest

from mig_explorer.emulator.checks.run import find
from mig_explorer.emulator.geometry import geometry
from mig_explorer.emulator.source import python_function
from mig_explorer.errors import UnsupportedKernel
from tests.emulator.constructs import CONSTRUCTS


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_nothing_is_found(name):
    case = CONSTRUCTS[name]
    shape = geometry(name, (case.grid, case.block, 0, case.dynamic))
    with contextlib.suppress(UnsupportedKernel):  # what only the native engine knows can't be checked
        findings = find(python_function(case.kernel), shape, case.arguments())
        assert not findings, "\n\n".join(map(str, findings))
