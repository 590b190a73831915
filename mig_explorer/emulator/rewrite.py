"""The steps from a kernel to the Python source that runs it on a CPU."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.emit import emit
from mig_explorer.emulator.fission import split
from mig_explorer.emulator.independence import Independence, independence
from mig_explorer.emulator.inference import one_thread
from mig_explorer.emulator.interchange import interchanged
from mig_explorer.emulator.liveness import liveness
from mig_explorer.emulator.lower import LoweredKernel, lower
from mig_explorer.emulator.source import read
from mig_explorer.emulator.uniform import uniformity
from mig_explorer.emulator.vocabulary import ARRAY_ATTRIBUTES

if TYPE_CHECKING:
    import numpy as np

    from mig_explorer.emulator.scratch import Scratch


@dataclass(frozen=True)
class RewrittenKernel:
    """A kernel rewritten for the CPU.

    Parameters
    ----------
    kernel
        What it was made from.
    source
        Source of a module with a function ``run_grid``; it is the same for all types of arguments.
    kept
        Variables that every thread keeps across a barrier: ``run_grid`` takes what each holds before it is
        assigned, after the kernel's own arguments and its constant arrays.
    scratch
        The bytes that ``run_grid`` takes before those arguments, for the arrays of a block.
    one_thread
        Source of a function that does what one thread does, from which Numba infers types.
    independence
        Whether its blocks may run side by side.
    """

    kernel: LoweredKernel
    source: str
    kept: tuple[str, ...]
    scratch: Scratch
    one_thread: str
    independence: Independence

    @property
    def name(self) -> str:
        """The kernel's name."""
        return self.kernel.source.name

    @property
    def constants(self) -> tuple[np.ndarray[Any, Any], ...]:
        """The global arrays that the kernel reads."""
        return tuple(self.kernel.unit.constants.values())

    @property
    def is_dynamic(self) -> bool:
        """Whether it has dynamic shared memory."""
        return bool(self.kernel.stored("dynamic"))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The kernel's own parameters."""
        return self.kernel.source.parameters

    @property
    def arrays(self) -> frozenset[str]:
        """The parameters that must be arrays, since the kernel indexes them or asks for their shape."""
        indexed = set()
        for node in (each for statement in self.kernel.source.body for each in ast.walk(statement)):
            if not isinstance(node, (ast.Subscript, ast.Attribute)) or not isinstance(node.value, ast.Name):
                continue
            if isinstance(node, ast.Subscript) or node.attr in ARRAY_ATTRIBUTES:
                indexed.add(node.value.id)
        return frozenset(indexed) & frozenset(self.parameters)


def rewrite(kernel: Any) -> RewrittenKernel:
    """Rewrite a kernel for the CPU.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel or a plain function written like one.

    Raises
    ------
    UnsupportedKernel
        If the emulator does not know something in it, or its threads could meet different barriers.

    Examples
    --------
    >>> from numba import cuda
    >>> def ones(values):
    ...     i = cuda.grid(1)
    ...     if i < values.size:
    ...         values[i] = 1.0
    >>> print(rewrite(ones).source.partition("for thread_line")[2].rstrip())
     in range(thread_lines):
                for thread_x in range(room_0):
                    i = block_x * block_dim_x + thread_x
                    values[i] = 1.0
    """
    lowered = interchanged(lower(read(kernel)))
    uniform = uniformity(lowered)
    parts = split(lowered.body, uniform)
    live = liveness(lowered, parts, uniform)
    source, scratch = emit(lowered, parts, live)
    return RewrittenKernel(lowered, source, live.kept, scratch, one_thread(lowered), independence(lowered))
