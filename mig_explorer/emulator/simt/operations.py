"""Python's operators on numbers of Numba's types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.casting import converted

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.turn import Turn

MOST_FACTORS = 64


def _power(a: Any, b: Any) -> Any:
    """Return ``a ** b``; a whole exponent means repeated multiplication, as in Numba."""
    if b.dtype.kind in "iu" and (not isinstance(b, np.ndarray)) and abs(int(b)) <= MOST_FACTORS:
        return _whole_power(a, int(b))
    if a.dtype.kind in "iu" and b.dtype.kind in "iu":
        positive = np.power(a, np.maximum(b, 0))
        inverse = np.where(a == 1, 1, np.where(a == -1, np.where(b % 2 == 0, 1, -1), 0))
        return np.where(b < 0, inverse, positive).astype(a.dtype)[()]
    return np.power(a, b)


def _whole_power(a: Any, exponent: int) -> Any:
    if exponent < 0 and a.dtype.kind in "iu":
        return _power(a, np.full(1, exponent))[0] if np.ndim(a) == 0 else _power(a, np.full(len(a), exponent))
    result = None
    factor, left = a, abs(exponent)
    while left:
        if left & 1:
            result = factor if result is None else result * factor
        left >>= 1
        if left:
            factor = factor * factor
    if result is None:
        result = np.ones_like(a)[()]
    return a.dtype.type(1) / result if exponent < 0 else result


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.true_divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": _power,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
    "and_": np.bitwise_and,
    "or_": np.bitwise_or,
    "xor": np.bitwise_xor,
}
"""Of two numbers; computed in the type of the result, but for `pow` and shifts."""

COMPARISONS: dict[str, Callable[..., Any]] = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}

UNARY: dict[str, Callable[..., Any]] = {
    "neg": np.negative,
    "pos": np.positive,
    "invert": np.invert,
    "not_": np.logical_not,
    "abs": np.abs,
}


def operator_name(function: Any) -> str:
    """Return the name of an operator, that of ``a + b`` for ``a += b``.

    Examples
    --------
    >>> import operator
    >>> operator_name(operator.iadd), operator_name(operator.and_), operator_name(operator.invert)
    ('add', 'and_', 'invert')
    """
    name = str(function.__name__)
    plain = {"iand": "and_", "ior": "or_", "ixor": "xor", "not_": "not_", "not": "not_"}.get(name)
    if plain:
        return plain
    known = {*ARITHMETIC, *COMPARISONS, *UNARY}
    return name[1:] if name.startswith("i") and name[1:] in known else name


def binary(
    name: str, operands: tuple[np.dtype[Any], np.dtype[Any]], result: np.dtype[Any]
) -> Callable[[Turn, Any, Any], Any] | None:
    """Return what carries out an operator on two numbers; None if there is no such operator.

    Parameters
    ----------
    name
        Of Python's operator module.
    operands, result
        The types that Numba gives the operands (before conversion) and the result.
    """
    if name in COMPARISONS:
        compare = COMPARISONS[name]
        common = operands[0]

        def comparison(turn: Turn, a: Any, b: Any) -> Any:
            turn.note(name, common)
            return compare(a, b)

        return comparison
    if name not in ARITHMETIC:
        return None
    compute = ARITHMETIC[name]
    as_given = name in ("pow", "lshift", "rshift")
    widen = not as_given and operands != (result, result)

    def arithmetic(turn: Turn, a: Any, b: Any) -> Any:
        turn.note(name, result)
        if widen:
            a, b = converted(a, result), converted(b, result)
        elif as_given and name != "pow":
            b = converted(b, a.dtype)
        return compute(a, b) if not as_given else converted(compute(a, b), result)

    return arithmetic


def unary(name: str, result: np.dtype[Any]) -> Callable[[Turn, Any], Any] | None:
    """Return what carries out an operator on one number; None if there is no such operator."""
    if name not in UNARY:
        return None
    compute = UNARY[name]

    def operation(turn: Turn, a: Any) -> Any:
        turn.note(name, a.dtype)
        if a.dtype.kind == "b" and result.kind != "b":
            a = converted(a, result)
        return converted(compute(a), result)  # in the operand's own type, as Numba does

    return operation
