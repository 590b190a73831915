"""Functions for rewritten kernels that Numba compiles to a few instructions, where they are called.

Numba's `overload` compiles a function of Python for each set of types, 20 to 40 ms each; these take none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, builtin_registry, signature

Returns = Callable[..., Any]
"""Takes Numba's typing context and the types of the arguments; returns the type of the result, or None."""
Generates = Callable[..., Any]
"""Takes Numba's target context, LLVM's builder, the types of the arguments and these; returns the result."""


def primitive(returns: Returns, generates: Generates) -> Callable[[Any], Any]:
    """Return a decorator for a Python function that says how Numba compiles calls of it.

    Parameters
    ----------
    returns
        Gives the result's type; it raises a ``TypingError`` that says what is wrong.
    generates
        Gives LLVM's code for the result.

    Examples
    --------
    >>> from numba import njit
    >>> def code(context, builder, kinds, x):
    ...     return builder.add(x, x)
    >>> @primitive(lambda context, x: types.unliteral(x), code)
    ... def double(x):
    ...     return x + x
    >>> njit(lambda x: double(x))(21), double(21)
    (42, 42)
    """

    def decorate(function: Any) -> Any:
        class Typed(AbstractTemplate):  # type: ignore[misc] # Numba has no types
            key = function

            def generic(self, args: Any, kws: Any) -> Any:
                kind = None if kws else returns(self.context, *args)
                return None if kind is None else signature(kind, *map(types.unliteral, args))

        def generate(context: Any, builder: Any, its: Any, arguments: Any) -> Any:
            result = generates(context, builder, its.args, *arguments)
            return context.get_dummy_value() if its.return_type == types.none else result

        builtin_registry.register(Typed)
        builtin_registry.globals.append((function, types.Function(Typed)))
        lower_builtin(function, types.VarArg(types.Any))(generate)
        return function

    return decorate


class Numbers:
    """Arithmetic in LLVM on numbers of one type."""

    def __init__(self, builder: Any, kind: Any) -> None:
        self.builder = builder
        self.is_float = isinstance(kind, types.Float)
        self.signed = isinstance(kind, types.Integer) and kind.signed

    def add(self, one: Any, other: Any) -> Any:
        """Add two numbers."""
        return (self.builder.fadd if self.is_float else self.builder.add)(one, other)

    def sub(self, one: Any, other: Any) -> Any:
        """Subtract one number from another."""
        return (self.builder.fsub if self.is_float else self.builder.sub)(one, other)

    def holds(self, test: str, one: Any, other: Any) -> Any:
        """Compare; a NaN is unlike anything, itself too, and no larger or smaller."""
        if self.is_float:
            ordered = self.builder.fcmp_unordered if test == "!=" else self.builder.fcmp_ordered
            return ordered(test, one, other)
        return (self.builder.icmp_signed if self.signed else self.builder.icmp_unsigned)(test, one, other)

    def chosen(self, test: str, one: Any, other: Any, yes: Any, no: Any) -> Any:
        """Return one of two values, by a comparison."""
        return self.builder.select(self.holds(test, one, other), yes, no)

    def is_nan(self, value: Any) -> Any:
        """Say whether it is no number."""
        return self.holds("!=", value, value)
