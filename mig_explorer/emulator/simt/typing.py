"""A kernel's intermediate representation with a type for every variable, as Numba infers it for CUDA.

Numba's own passes are run up to and including type inference. No driver is needed, nor a GPU.
"""

from __future__ import annotations

import re
import threading
import traceback
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numba.core.target_extension import target_override

from mig_explorer.emulator.simt.lines import Line
from mig_explorer.emulator.simt.toolchain import CAPABILITY, Toolchain, some_device, toolchain
from mig_explorer.errors import UnsupportedKernel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FunctionType

PHIS_REMOVED = "PreLowerStripPhis"
_ONE_AT_A_TIME = threading.RLock()
"""Numba has one typing context for all threads, and the current device is replaced for a moment."""


@dataclass(frozen=True, eq=False)
class TypedKernel:
    """A kernel or device function for given types of its arguments.

    Parameters
    ----------
    function
        The Python function.
    blocks
        Numba's IR: basic blocks by label.
    types
        Numba's type of each variable.
    calls
        Numba's signature of each call, operation and store.
    argument_types
        Numba's types of the arguments.
    returns
        Numba's type of what it returns.
    """

    function: FunctionType
    blocks: Mapping[int, Any]
    types: Mapping[str, Any]
    calls: Mapping[Any, Any]
    argument_types: tuple[Any, ...]
    returns: Any

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    def line(self, location: Any) -> Line:
        """Return the line of a location of the IR."""
        return Line(location.line, self.function.__code__.co_filename, self.name)


def typed_kernel(function: FunctionType, argument_types: tuple[Any, ...]) -> TypedKernel:
    """Infer the types of a kernel's variables.

    Parameters
    ----------
    function
        The kernel's Python function.
    argument_types
        Numba's types of its arguments.

    Raises
    ------
    UnsupportedKernel
        If Numba cannot give every variable a type on a GPU; with Numba's reason and the line.

    Examples
    --------
    >>> from numba import cuda, types
    >>> def scale(values, factor):
    ...     values[cuda.threadIdx.x] *= factor
    >>> kernel = typed_kernel(scale, (types.float32[::1], types.float64))
    >>> kernel.types["values"], kernel.returns
    (Array(float32, 1, 'C', False, aligned=True), none)
    """
    kernel = typed_function(function, argument_types)
    if str(kernel.returns) != "none":
        msg = (
            f"{kernel.name}, line {function.__code__.co_firstlineno}: a kernel returns nothing, and this one "
            f"returns {kernel.returns}. Write the result into an array."
        )
        raise UnsupportedKernel(msg)
    return kernel


@lru_cache(maxsize=256)
def typed_function(function: FunctionType, argument_types: tuple[Any, ...]) -> TypedKernel:
    """Infer the types of a device function's variables, as `typed_kernel` does for a kernel."""
    with _ONE_AT_A_TIME, target_override("cuda"), some_device():
        try:
            return _typed(toolchain(_returned), function, argument_types)
        except UnsupportedKernel:
            raise
        except Exception as error:  # Numba stops with a bare TypeError, too, at what it does not know
            raise _refusal(function, argument_types, error) from error


def _returned(function: FunctionType, argument_types: tuple[Any, ...]) -> Any:
    return typed_function(function, argument_types).returns


def _typed(tools: Toolchain, function: FunctionType, argument_types: tuple[Any, ...]) -> TypedKernel:
    flags = tools.flags()
    flags.no_compile = True
    flags.no_cpython_wrapper = True
    flags.no_cfunc_wrapper = True
    flags.error_model = "numpy"
    flags.compute_capability = CAPABILITY
    pipeline = tools.compiler(tools.typing, tools.target, None, argument_types, None, flags, {})
    state = pipeline.state
    state.func_id = tools.home.bytecode.FunctionIdentity.from_function(function)
    tools.home.ExtractByteCode().run_pass(state)
    state.lifted, state.lifted_from = (), None
    with tools.home.ConfigStack().enter(flags.copy()):
        [passes] = pipeline.define_pipelines()
        names = [each[0].__name__ for each in passes.passes]
        del passes.passes[names.index(PHIS_REMOVED) + 1 :]
        passes.finalize()
        passes.run(state)
    blocks = state.func_ir.blocks
    return TypedKernel(
        function, blocks, state.typemap, state.calltypes, tuple(argument_types), state.return_type
    )


def _refusal(function: FunctionType, argument_types: tuple[Any, ...], error: Exception) -> UnsupportedKernel:
    text = str(error)
    inner = re.search(r"UnsupportedKernel: (.*)", text)
    if inner:
        return UnsupportedKernel(inner[1])
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("Failed in ")] or [type(error).__name__]
    reason = " ".join(told[:2]) if told[0].endswith(":") else told[0]
    here = Path(function.__code__.co_filename).name
    lines_told = [
        line for file, line in re.findall(r'File "(.*?)", line (\d+)', text) if Path(file).name == here
    ]
    line = lines_told[0] if lines_told else _line_of_call(function, error)
    given = ", ".join(str(each) for each in argument_types)
    asked = f"{function.__name__}, line {line}: Numba can't compile it for a GPU with arguments ({given})"
    return UnsupportedKernel(f"{asked}: {reason}")


def _line_of_call(function: FunctionType, error: Exception) -> int:
    """Return the line of the call that Numba was typing when it stopped with an error without a line."""
    line = function.__code__.co_firstlineno
    for frame, _ in traceback.walk_tb(error.__traceback__):
        where = getattr(frame.f_locals.get("self"), "loc", None)
        if where is not None and getattr(where, "filename", None) == function.__code__.co_filename:
            line = where.line
    return line
