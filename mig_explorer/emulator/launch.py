"""Launching a rewritten kernel: ``emulate(kernel)[grid, block](*arguments)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import typeof, types
from numba.core.errors import NumbaError

from mig_explorer.emulator.compile import compiled
from mig_explorer.emulator.geometry import Geometry, geometry
from mig_explorer.emulator.inference import cannot_compile, kept_types
from mig_explorer.emulator.meaning import NUMBER_TYPES
from mig_explorer.emulator.rewrite import RewrittenKernel, rewrite
from mig_explorer.emulator.storage import unset_value
from mig_explorer.errors import InvalidWorkload, UnsupportedKernel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class EmulatedKernel:
    """A kernel that runs on the CPU, launched like one that runs on a GPU."""

    rewritten: RewrittenKernel

    @property
    def source(self) -> str:
        """The Python source that is compiled for the CPU."""
        return self.rewritten.source

    def __getitem__(self, configuration: object) -> Callable[..., None]:
        """Return the function that launches the kernel with a grid and a block.

        Raises
        ------
        InvalidWorkload
            If a GPU would refuse the launch.
        """
        shape = geometry(self.rewritten.name, configuration)

        def launch(*arguments: Any) -> None:
            _run(self.rewritten, shape, arguments)

        return launch


def emulate(kernel: Any) -> EmulatedKernel:
    """Run a Numba CUDA kernel on the CPU.

    The kernel's source is rewritten: each stretch between two barriers becomes a loop over the threads of a
    block, and Numba compiles the result for one core. Nothing of the kernel runs before all of it is known
    to be understood. Shared and local arrays start as NaN (integers: the far end of their range), as do
    variables that a thread reads before it assigns them, so a value never written shows.

    Threads of a block run one after another between barriers: a race between them is not seen, and an index
    out of bounds is not caught. A thread that has returned is not waited for at a barrier, as on GPUs since
    Volta (CUDA C++ Programming Guide, compute capability 7.x).

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.

    Returns
    -------
    EmulatedKernel
        To be launched as ``emulated[grid, block](*arguments)``; arrays are changed in place.

    Raises
    ------
    UnsupportedKernel
        If the kernel has something the emulator does not know, or threads could meet different barriers.

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
    >>> emulate(add_one)[2, 4](values)
    >>> values
    array([1., 1., 1., 1., 1.])
    """
    return EmulatedKernel(rewrite(kernel))


def _run(rewritten: RewrittenKernel, shape: Geometry, arguments: Sequence[Any]) -> None:
    signature = tuple(_checked(rewritten, place, each) for place, each in enumerate(arguments))
    if len(arguments) != len(rewritten.parameters):
        msg = (
            f"{rewritten.name} takes {len(rewritten.parameters)} arguments "
            f"({', '.join(rewritten.parameters)}), not {len(arguments)}."
        )
        raise InvalidWorkload(msg)
    try:
        unset = _unset(rewritten, signature)
        kept = [np.full(shape.threads_per_block, each) for each in unset]
        everything = (*shape.grid, *shape.block, *arguments, *kept, *unset)
        run_grid = compiled(rewritten.source, tuple(typeof(each) for each in everything))
    except NumbaError as error:
        raise cannot_compile(rewritten.name, signature, error) from error
    run_grid(*everything)


def _unset(rewritten: RewrittenKernel, signature: tuple[types.Type, ...]) -> list[Any]:
    """Return what each variable that a thread keeps holds before it is assigned."""
    kept = kept_types(rewritten.one_thread, rewritten.kept, signature)
    for name, kind in zip(rewritten.kept, kept, strict=True):
        if not isinstance(kind, np.dtype):
            msg = (
                f"{rewritten.name}: {name} is read after a barrier, or where it may not be assigned yet, and "
                f"is no number but {kind}. Assign it in the same stretch between barriers as it is read."
            )
            raise UnsupportedKernel(msg)
    return [each.type(unset_value(each)) for each in kept]


def _checked(rewritten: RewrittenKernel, place: int, value: Any) -> types.Type:
    """Return Numba's type of an argument, or refuse it."""
    name = rewritten.parameters[place] if place < len(rewritten.parameters) else "one too many"
    asked = f"{rewritten.name}: argument {place + 1} ({name})"
    if isinstance(value, np.ndarray) and value.dtype in NUMBER_TYPES:
        return typeof(value)
    if isinstance(value, np.ndarray):
        msg = f"{asked} is an array of {value.dtype}; a kernel takes arrays of numbers in native byte order."
        raise InvalidWorkload(msg)
    if not isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
        kind = type(value).__name__
        msg = f"{asked} is a {kind}; a kernel takes NumPy arrays and numbers. Try np.asarray(...)."
        raise InvalidWorkload(msg)
    if name in rewritten.arrays:
        msg = f"{asked} is the number {value!r}, but the kernel uses it as an array: pass a NumPy array."
        raise InvalidWorkload(msg)
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        msg = f"{asked} is {value}, which no 64 bits hold."
        raise InvalidWorkload(msg)
    return typeof(value)
