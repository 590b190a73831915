"""Launching an emulated kernel: ``emulate(kernel)[grid, block](*arguments)``."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, overload

from mig_explorer.emulator import lanes, native
from mig_explorer.emulator.arguments import Arguments, arguments
from mig_explorer.emulator.geometry import MOST_IN_BLOCK, Geometry, geometry
from mig_explorer.emulator.rewrite import RewrittenKernel, rewrite
from mig_explorer.emulator.source import NotNative, parameters_of, python_function
from mig_explorer.errors import InvalidWorkload

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType

    from mig_explorer.emulator.checks import CheckedKernel
    from mig_explorer.emulator.counts import CountedKernel

NATIVE = "native"
LANE_BY_LANE = "lane by lane"
FORALL_BLOCK = 256


@dataclass(frozen=True)
class _Ready:
    """A kernel for the types of some arguments: compiled, or why it has to run lane by lane."""

    compiled: native.Prepared | None
    why: str
    seconds: float


@dataclass
class _Known:
    """What is known about a kernel by the types of arguments, and what it was launched with at last."""

    by_types: dict[Any, _Ready] = field(default_factory=dict)
    latest: _Ready | None = None


@dataclass(frozen=True)
class EmulatedKernel:
    """A kernel that runs on the CPU, launched like one that runs on a GPU.

    Parameters
    ----------
    function
        The Python function that the kernel is.
    rewritten
        The kernel rewritten for the CPU, or None if it can't be.
    refusal
        Why it can't be, or "".
    """

    function: FunctionType
    rewritten: RewrittenKernel | None
    refusal: str = ""
    _known: _Known = field(default_factory=_Known, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The kernel's name."""
        return self.function.__name__

    @property
    def engine(self) -> str:
        """What runs it: "native", compiled for the CPU, or "lane by lane", which is slower.

        Some kernels show only with their first arguments that they can't be compiled.
        """
        return LANE_BY_LANE if self.why else NATIVE

    @property
    def why(self) -> str:
        """Why it runs lane by lane; "" for a kernel that is compiled."""
        return self.refusal or (self._known.latest.why if self._known.latest else "")

    @property
    def compile_seconds(self) -> float | None:
        """Seconds that compiling took for the latest launch's arguments, measured; None before the first.

        Next to nothing where another process had compiled it before.
        """
        return self._known.latest.seconds if self._known.latest else None

    @property
    def source(self) -> str:
        """The Python source that is compiled for the CPU; "" for a kernel that runs lane by lane."""
        return self.rewritten.source if self.rewritten else ""

    def __getitem__(self, configuration: object) -> Callable[..., None]:
        """Return the function that launches the kernel with a grid and a block.

        A stream may follow, which changes nothing, and the bytes of dynamic shared memory.

        Raises
        ------
        InvalidWorkload
            If a GPU would refuse the launch.
        """
        shape = geometry(self.name, configuration)

        def launch(*given: Any) -> None:
            self._launch(shape, given)

        return launch

    def forall(self, tasks: int, tpb: int = 0, stream: Any = 0, sharedmem: int = 0) -> Callable[..., None]:
        """Return the function that launches the kernel with at least as many threads as there are tasks.

        Examples
        --------
        >>> import numpy as np
        >>> from numba import cuda
        >>> @cuda.jit
        ... def square(values):
        ...     i = cuda.grid(1)
        ...     if i < values.size:
        ...         values[i] *= values[i]
        >>> values = np.arange(5.0)
        >>> emulate(square).forall(values.size)(values)
        >>> values
        array([ 0.,  1.,  4.,  9., 16.])
        """
        block = tpb or FORALL_BLOCK
        return self[max(1, -(-tasks // block)), min(block, MOST_IN_BLOCK[0]), stream, sharedmem]

    def _launch(self, shape: Geometry, given: tuple[Any, ...]) -> None:
        arrays = self.rewritten.arrays if self.rewritten else frozenset()
        checked = arguments(self.name, parameters_of(self.function), arrays, given)
        ready = self._known.by_types.get(checked.signature)
        if ready is None:
            ready = self._known.by_types[checked.signature] = self._prepare(checked)
        self._known.latest = ready
        if ready.compiled is not None and self.rewritten is not None:
            native.run(self.rewritten, shape, checked, ready.compiled)
        else:
            lanes.run(self.function, shape, checked)
        checked.give_back()

    def _prepare(self, checked: Arguments) -> _Ready:
        began = time.perf_counter()
        compiled, why = None, self.refusal
        if self.rewritten is not None:
            try:
                compiled = native.prepared(self.rewritten, checked)
            except NotNative as error:
                why = str(error)
        if compiled is None:
            lanes.prepare(self.function, checked)
        return _Ready(compiled, why, time.perf_counter() - began)


@overload
def emulate(kernel: Any) -> EmulatedKernel: ...
@overload
def emulate(kernel: Any, *, check: Literal[True], deadline_seconds: float = ...) -> CheckedKernel: ...
@overload
def emulate(kernel: Any, *, count: Literal[True]) -> CountedKernel: ...


def emulate(
    kernel: Any, *, check: bool = False, count: bool = False, deadline_seconds: float | None = None
) -> EmulatedKernel | CheckedKernel | CountedKernel:
    """Run a Numba CUDA kernel on the CPU.

    The kernel's source is rewritten: each stretch between two barriers becomes a loop over the threads of a
    block, and Numba compiles the result. Blocks run on several cores where it is proven that this changes
    nothing. A kernel that can't be rewritten, with warp intrinsics or barriers that only some threads reach,
    runs lane by lane instead, and ``engine`` and ``why`` say so. Shared and local arrays start as NaN
    (integers: the far end of their range), as do variables that a thread reads before it assigns them, so a
    value never written shows.

    Threads of a block run one after another between barriers: a race between them is not seen, and an index
    out of bounds is not caught. A thread that has returned is not waited for at a barrier, as on GPUs since
    Volta (CUDA C++ Programming Guide, compute capability 7.x).

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.
    check
        Look for what is wrong with the kernel instead: races, indices out of bounds and more. It runs lane by
        lane in a process of its own, and a fault is raised as `KernelFault`.
    count
        Count what it does instead: memory traffic, bank conflicts, FLOPs, divergence. It runs lane by lane.
    deadline_seconds
        With `check`: after how many seconds a launch is ended and called endless, 60 if nothing is said.

    Returns
    -------
    EmulatedKernel
        To be launched as ``emulated[grid, block](*arguments)``; arrays are changed in place.

    Raises
    ------
    UnsupportedKernel
        If the kernel has something that no kernel can have, or that is not known; nothing of it has run.
    InvalidWorkload
        If both `check` and `count` are asked for, or the deadline is no number of seconds above 0 or is
        given without `check`.

    Examples
    --------
    >>> import numpy as np
    >>> from numba import cuda
    >>> @cuda.jit
    ... def add_one(values):
    ...     i = cuda.grid(1)
    ...     if i < values.size:
    ...         values[i] += 1
    >>> values = np.zeros(5)
    >>> emulated = emulate(add_one)
    >>> emulated[2, 4](values)
    >>> values, emulated.engine
    (array([1., 1., 1., 1., 1.]), 'native')
    """
    if check and count:
        msg = "emulate(check=True, count=True): a launch is checked or counted; ask for one after the other."
        raise InvalidWorkload(msg)
    if deadline_seconds is not None and not check:
        msg = (
            f"emulate(deadline_seconds={deadline_seconds!r}): only a checked launch is ended at a deadline. "
            "Add check=True, or leave deadline_seconds out."
        )
        raise InvalidWorkload(msg)
    if check:
        from mig_explorer.emulator.checks import checked  # noqa: PLC0415 - few kernels need it

        return checked(kernel, deadline_seconds=deadline_seconds)
    if count:
        from mig_explorer.emulator.counts import counted  # noqa: PLC0415 - few kernels need it

        return counted(kernel)
    function = python_function(kernel)
    try:
        return EmulatedKernel(function, rewrite(kernel))
    except NotNative as error:
        return EmulatedKernel(function, None, str(error))
