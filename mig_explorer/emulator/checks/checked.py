"""Launching a kernel in checked mode: ``checked(kernel)[grid, block](*arguments)``."""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.arguments import arguments
from mig_explorer.emulator.checks.findings import report
from mig_explorer.emulator.checks.parcel import Parcel, Values, pickled, sources
from mig_explorer.emulator.checks.process import OVERDUE, KernelProcess, kernel_process
from mig_explorer.emulator.checks.worker import DONE, FAULT
from mig_explorer.emulator.geometry import MOST_IN_BLOCK, Geometry, geometry
from mig_explorer.emulator.source import parameters_of, python_function
from mig_explorer.errors import InvalidWorkload, KernelFault, MigExplorerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType

DEADLINE_SECONDS = 60.0
FORALL_BLOCK = 256


@dataclass(frozen=True)
class CheckedKernel:
    """A kernel that runs in a process of its own and is watched there.

    Parameters
    ----------
    function
        The Python function that the kernel is.
    deadline_seconds
        After how long a launch counts as endless.
    process
        Where it runs.
    """

    function: FunctionType
    deadline_seconds: float = DEADLINE_SECONDS
    process: KernelProcess = field(default_factory=kernel_process, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The kernel's name."""
        return self.function.__name__

    def __getitem__(self, configuration: object) -> Callable[..., None]:
        """Return the function that launches the kernel, as ``emulate(kernel)[grid, block]`` does.

        Raises
        ------
        InvalidWorkload
            If a GPU would refuse the launch.
        """
        shape = geometry(self.name, configuration)

        def launch(*given: Any) -> None:
            __tracebackhide__ = True
            self._launch(shape, given)

        return launch

    def forall(self, tasks: int, tpb: int = 0, stream: Any = 0, sharedmem: int = 0) -> Callable[..., None]:
        """Return the function that launches the kernel with at least as many threads as there are tasks."""
        block = min(tpb or FORALL_BLOCK, MOST_IN_BLOCK[0])
        return self[max(1, -(-tasks // block)), block, stream, sharedmem]

    def _launch(self, shape: Geometry, given: tuple[Any, ...]) -> None:
        __tracebackhide__ = True  # a student's traceback ends where the student launched it
        ready = arguments(self.name, parameters_of(self.function), frozenset(), given)
        parcel = Parcel(
            kernel=pickled(self.function),
            sources=sources(self.function),
            shape=shape,
            values=Values.of(ready.values),
            deadline_seconds=self.deadline_seconds,
        )
        kind, content, printed = self.process.check(parcel)
        if printed:
            print(printed, end="")  # noqa: T201 - the kernel has printed it, over there
        if kind == DONE:
            content.give_back(ready.values)
            ready.give_back()
            return
        raise self._error(kind, content)

    def _error(self, kind: str, content: Any) -> Exception:
        if kind == FAULT:
            message, findings = content
            return KernelFault(message or report(self.name, findings), findings=findings)
        if kind == OVERDUE:
            msg = (
                f"{self.name}, line {self.function.__code__.co_firstlineno}: no end after {content:.0f} s, "
                "and it did not stop at its deadline, so its process was killed. The arrays are unchanged."
            )
            return KernelFault(msg)
        if isinstance(content, MigExplorerError):
            return content
        line = self.function.__code__.co_firstlineno
        msg = f"{self.name}, line {line}: it could not be run in checked mode: {content}"
        return KernelFault(msg)


def checked(kernel: Any, *, deadline_seconds: float | None = None) -> CheckedKernel:
    """Run a kernel and be told what is wrong with it.

    Every access of every thread is compared with all that nothing orders before it, so a fault is found
    whether or not it shows in the result. The kernel runs in a process of its own: what crashes or hangs
    there can't take this one down.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.
    deadline_seconds
        After how long a launch is ended and called endless; 60 if nothing is said.

    Returns
    -------
    CheckedKernel
        To be launched as ``checked_kernel[grid, block](*arguments)``. Without a fault the arrays are as the
        kernel leaves them; a launch with one raises `KernelFault`, with ``findings``, and changes nothing.

    Raises
    ------
    UnsupportedKernel
        If it is no kernel.
    InvalidWorkload
        If the deadline is no time.

    Notes
    -----
    What it misses: what this launch does not do, such as a branch that no thread takes with these arguments;
    anything between two launches; two threads that store the same value by construction, which does no harm;
    hand-overs by ``threadfence`` and an atomic in another order than that in which the emulated threads came.

    Examples
    --------
    >>> import numpy as np
    >>> from numba import cuda
    >>> @cuda.jit
    ... def shift(values, out):
    ...     i = cuda.grid(1)
    ...     if i < values.size:
    ...         out[i] = values[i + 1]
    >>> try:
    ...     checked(shift)[1, 4](np.zeros(3), np.zeros(3))
    ... except KernelFault as fault:
    ...     print(fault.findings[0].what)
    values[3] is read, but values has 3 elements, 0 to 2
    """
    seconds = DEADLINE_SECONDS if deadline_seconds is None else deadline_seconds
    if not isinstance(seconds, Real) or isinstance(seconds, bool) or not 0 < seconds < float("inf"):
        msg = (
            f"emulate(check=True, deadline_seconds={deadline_seconds!r}): a deadline is a number of seconds "
            "above 0, such as 60."
        )
        raise InvalidWorkload(msg)
    return CheckedKernel(python_function(kernel), float(seconds))
