"""The other engine: a kernel run lane by lane, for what the fast one can't do. Slower, and complete.

It is imported when it is first needed, since few kernels need it.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FunctionType

    from mig_explorer.emulator.arguments import Arguments
    from mig_explorer.emulator.geometry import Geometry

DEADLINE_SECONDS = 3600.0
"""Python can be interrupted while it runs, so this is only for what nobody watches."""


def check_types(function: FunctionType, given: Arguments) -> None:
    """Have Numba infer a kernel's types for a GPU.

    Raises
    ------
    UnsupportedKernel
        If it can't.
    """
    from mig_explorer.emulator.simt.typing import typed_kernel

    typed_kernel(function, given.signature)


def prepare(function: FunctionType, given: Arguments) -> None:
    """Have Numba infer a kernel's types, and translate it.

    Raises
    ------
    UnsupportedKernel
        If Numba can't compile it for a GPU, or it can't be run lane by lane; nothing has run then.
    """
    from mig_explorer.emulator.simt.translate import program

    program(function, given.signature)


def run(function: FunctionType, shape: Geometry, given: Arguments) -> None:
    """Run a kernel lane by lane.

    Raises
    ------
    KernelFault
        At an index out of bounds, threads that wait for each other for ever, and the like.
    """
    from mig_explorer.emulator.simt import run as run_lanes

    run_lanes(
        function,
        shape.grid,
        shape.block,
        given.values,
        dynamic_shared=shape.dynamic_bytes,
        deadline_seconds=DEADLINE_SECONDS,
    )
