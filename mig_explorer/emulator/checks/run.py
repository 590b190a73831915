"""Running a launch in this process with the watcher, for what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.checks.naming import declared_shapes
from mig_explorer.emulator.checks.reachable import reachable_functions
from mig_explorer.emulator.checks.same_value import same_value_lines
from mig_explorer.emulator.checks.watcher import Watcher
from mig_explorer.emulator.simt import run
from mig_explorer.emulator.source import parameters_of
from mig_explorer.errors import KernelFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FunctionType

    from mig_explorer.emulator.checks.findings import Finding
    from mig_explorer.emulator.checks.parcel import Parcel
    from mig_explorer.emulator.geometry import Geometry


def findings_of(parcel: Parcel, before_it_runs: Callable[[], None]) -> tuple[Finding, ...]:
    """Run a launch that came as a parcel, whose arrays change; see `find`."""
    return find(
        parcel.function(),
        parcel.shape,
        parcel.values.unpacked(),
        deadline_seconds=parcel.deadline_seconds,
        before_it_runs=before_it_runs,
    )


def find(
    function: FunctionType,
    shape: Geometry,
    arguments: Sequence[Any],
    *,
    deadline_seconds: float = 60.0,
    before_it_runs: Callable[[], None] = lambda: None,
) -> tuple[Finding, ...]:
    """Run a kernel and return what is wrong with it, the worst first.

    Parameters
    ----------
    function
        The kernel's Python function.
    shape, arguments
        The launch. Arrays are changed.
    deadline_seconds
        After how long it is ended.
    before_it_runs
        Called when the kernel is understood and about to run.

    Raises
    ------
    UnsupportedKernel
        If the engine does not know something in it.
    KernelFault
        If the engine ends it for a reason that is no finding.

    Examples
    --------
    >>> from numba import cuda
    >>> from mig_explorer.emulator.geometry import Geometry
    >>> def fill(values):
    ...     values[cuda.grid(1)] = 1
    >>> [(each.kind, each.element) for each in find(fill, Geometry((1, 1, 1), (4, 1, 1)), [np.zeros(3)])]
    [('out-of-bounds', (3,))]
    """
    functions = reachable_functions(function)
    watcher = _Announcing(
        {
            name: value
            for name, value in zip(parameters_of(function), arguments, strict=False)
            if isinstance(value, np.ndarray)
        },
        declared_shapes(functions),
        same_value_lines(function, functions[1:]),
        before_it_runs,
    )
    try:
        run(
            function,
            shape.grid,
            shape.block,
            arguments,
            dynamic_shared=shape.dynamic_bytes,
            observer=watcher,
            deadline_seconds=deadline_seconds,
        )
    except KernelFault:
        if watcher.began and watcher.findings:
            return watcher.findings
        raise
    return watcher.findings


class _Announcing(Watcher):
    """A watcher that says when it begins."""

    def __init__(self, arrays: Any, shapes: Any, same_value: Any, announce: Callable[[], None]) -> None:
        super().__init__(arrays, shapes, same_value)
        self.announce = announce
        self.began = False

    def begin(self, launch: Any) -> None:
        super().begin(launch)
        self.began = True
        self.announce()
