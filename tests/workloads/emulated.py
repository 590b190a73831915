"""A workload run by the emulator, and what it should have computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mig_explorer.emulator import emulate
from mig_explorer.workloads import Check, Workload


def emulated(work: Workload, seed: int) -> Check:
    """Run all launches of one request."""
    arguments = work.inputs(seed)
    expected = work.reference(arguments)
    for _ in range(work.repeats):
        emulate(work.kernel)[work.launch.grid, work.launch.block](*arguments)
    return work.check(arguments, expected)


def exact_reference(work: Workload, seed: int, place: int) -> NDArray[np.float64]:
    """Return the reference of an output that has one right value for each element."""
    found = work.reference(work.inputs(seed))[place]
    assert isinstance(found, np.ndarray)
    return found
