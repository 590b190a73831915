"""Launching a kernel to count what it does: ``counted(kernel)[grid, block](*arguments)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numba import typeof

from mig_explorer.emulator.counts.counter import Counter
from mig_explorer.emulator.counts.emulation import Emulation
from mig_explorer.emulator.geometry import geometry
from mig_explorer.emulator.simt import run
from mig_explorer.emulator.source import python_function

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE_SECONDS = 600.0


@dataclass(frozen=True)
class CountedKernel:
    """A kernel that is counted as it runs on the CPU, launched like one that runs on a GPU.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.
    deadline_seconds
        After how long a launch is ended.
    """

    kernel: Any
    deadline_seconds: float = DEADLINE_SECONDS

    def __getitem__(self, configuration: object) -> Callable[..., Emulation]:
        """Return the function that launches the kernel with a grid, a block, a stream and shared memory.

        Raises
        ------
        InvalidWorkload
            If a GPU would refuse the launch.
        """
        function = python_function(self.kernel)
        shape = geometry(function.__name__, configuration)

        def launch(*arguments: Any) -> Emulation:
            counter = Counter()
            run(
                self.kernel,
                shape.grid,
                shape.block,
                arguments,
                dynamic_shared=shape.dynamic_bytes,
                observer=counter,
                deadline_seconds=self.deadline_seconds,
            )
            counts = counter.counts(function.__code__.co_filename)
            types = tuple(typeof(each) for each in arguments)
            return Emulation(counts, self.kernel, types, shape.dynamic_bytes)

        return launch


def counted(kernel: Any, *, deadline_seconds: float = DEADLINE_SECONDS) -> CountedKernel:
    """Run a Numba CUDA kernel on the CPU and count what its threads do, line by line.

    The lanes of a warp that part at a branch meet again at its end. What is counted is what the source asks
    for: a compiler may keep an element in a register, read several at once, or do without a branch, and a
    cache may hold what is read again.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.
    deadline_seconds
        After how long a launch is ended.

    Returns
    -------
    CountedKernel
        To be launched as ``counted[grid, block](*arguments)``; arrays are changed in place, and what comes
        back has `counts` and `report`.

    Raises
    ------
    UnsupportedKernel
        If the kernel has something that is not known here.
    KernelFault
        From the launch: an index out of bounds, threads that wait for each other for ever, or no end in time.

    Examples
    --------
    Every eighth element, so every lane of a warp reads and writes another sector:

    >>> import numpy as np
    >>> from numba import cuda
    >>> @cuda.jit
    ... def thin(values):
    ...     i = 8 * cuda.grid(1)
    ...     values[i] = values[i] + np.float32(1)
    >>> total = counted(thin)[1, 32](np.zeros(256, np.float32)).counts.total
    >>> total.load_bytes, total.load_sectors, total.load_efficiency, total.flops_fp32
    (128, 32, 0.125, 32)
    """
    return CountedKernel(kernel, deadline_seconds)
