"""A kernel's Python source, its parameters, and what its global names mean."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.vocabulary import RESERVED
from mig_explorer.errors import UnsupportedKernel

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARIES = {"numpy", "numba", "numba_cuda", "math"}


class NotNative(UnsupportedKernel):
    """A construct that Numba's CUDA target may compile, but that can't be rewritten for the CPU."""


@dataclass(frozen=True)
class KernelSource:
    """The source of one kernel, parsed, with the line numbers of its file.

    Parameters
    ----------
    name
        The function's name.
    parameters
        Names of its parameters, in order.
    body
        Its statements, without the docstring.
    scope
        What its closure, globals and the builtins hold, by name.
    function
        The Python function.
    """

    name: str
    parameters: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    scope: Mapping[str, Any]
    function: FunctionType

    def refusal(self, node: ast.AST, reason: str) -> UnsupportedKernel:
        """Return the error that names this kernel, the line of `node` and the reason."""
        return UnsupportedKernel(self._said(node, reason))

    def not_native(self, node: ast.AST, reason: str) -> NotNative:
        """Return the error after which a kernel is tried lane by lane."""
        return NotNative(self._said(node, reason))

    def _said(self, node: ast.AST, reason: str) -> str:
        return f"{self.name}, line {getattr(node, 'lineno', '?')}: {reason}"


def python_function(kernel: Any) -> FunctionType:
    """Return the Python function behind a kernel.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` dispatcher, its counterpart in Numba's CUDA simulator, or a plain function.

    Raises
    ------
    UnsupportedKernel
        If it is none of these, or has no name to its body (a lambda).

    Examples
    --------
    >>> python_function(abs)
    Traceback (most recent call last):
        ...
    mig_explorer.errors.UnsupportedKernel: emulate() takes a @cuda.jit kernel or a Python function, not abs.
    """
    function = getattr(kernel, "py_func", None) or getattr(kernel, "fn", None) or kernel
    if not isinstance(function, FunctionType) or function.__name__ == "<lambda>":
        msg = f"emulate() takes a @cuda.jit kernel or a Python function, not {_name(kernel)}."
        raise UnsupportedKernel(msg)
    return function


def function_of(value: Any) -> FunctionType | None:
    """Return the Python function of a device function or a plain function; None for anything else.

    Examples
    --------
    >>> function_of(len) is None, function_of(function_of) is function_of
    (True, True)
    """
    function = getattr(value, "py_func", None) or getattr(value, "fn", None) or value
    if not isinstance(function, FunctionType):
        return None
    return None if function.__module__.partition(".")[0] in LIBRARIES else function


def parameters_of(function: FunctionType) -> tuple[str, ...]:
    """Return the names of a function's parameters.

    Examples
    --------
    >>> parameters_of(parameters_of)
    ('function',)
    """
    return function.__code__.co_varnames[: function.__code__.co_argcount]


def _name(thing: Any) -> str:
    return getattr(thing, "__name__", None) or f"{thing!r}"


def read(kernel: Any) -> KernelSource:
    """Read and parse the source of a kernel or device function.

    Raises
    ------
    UnsupportedKernel
        If there is no source to read, or the parameters are not plain positional ones.

    Examples
    --------
    >>> def scale(values, factor):
    ...     values[0] *= factor
    >>> read(scale).parameters
    ('values', 'factor')
    """
    function = python_function(kernel)
    definition = _parse(function)
    arguments = definition.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
        msg = (
            f"{function.__name__}, line {definition.lineno}: a kernel takes plain positional parameters, "
            "without defaults, * or **."
        )
        raise NotNative(msg)
    names = [each.arg for each in [*arguments.posonlyargs, *arguments.args]]
    for name in names:
        if name in RESERVED:
            msg = (
                f"{function.__name__}, line {definition.lineno}: the emulator needs the name {name} for "
                "itself; rename the parameter."
            )
            raise UnsupportedKernel(msg)
    has_docstring = ast.get_docstring(definition, clean=False) is not None
    return KernelSource(
        name=function.__name__,
        parameters=tuple(names),
        body=tuple(definition.body[1:] if has_docstring else definition.body),
        scope={**vars(builtins), **function.__globals__, **_closure(function)},
        function=function,
    )


def _parse(function: FunctionType) -> ast.FunctionDef:
    try:
        lines, first = inspect.getsourcelines(function)
        definition = ast.parse(textwrap.dedent("".join(lines))).body[0]
    except (OSError, SyntaxError) as error:
        msg = (
            f"{function.__name__}: its source can't be read ({error}). The emulator rewrites a kernel's "
            "source, so define the kernel in a file or a notebook cell."
        )
        raise NotNative(msg) from error
    if not isinstance(definition, ast.FunctionDef):
        msg = f"{function.__name__}: a kernel is a function made with def, not {type(definition).__name__}."
        raise UnsupportedKernel(msg)
    ast.increment_lineno(definition, first - 1)
    return definition


def _closure(function: FunctionType) -> dict[str, Any]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {name: cell.cell_contents for name, cell in cells}
