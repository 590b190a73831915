"""Atomics for the CPU, in the order of Numba's manual.

Each is a plain read and write: threads of a block run one after another here, and so do the blocks of a
kernel with atomics. An operand is cast to the type of the elements.
"""

# ruff: noqa: D103, ANN001, ANN201, PLR0124
# What they do stands under these names in the CUDA C++ Programming Guide and Numba's manual; Numba gives the
# types and wants functions with these parameters; a value that differs from itself is NaN.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from numba import types
from numba.core.errors import TypingError
from numba.extending import register_jitable

from mig_explorer.emulator.primitives import Numbers, primitive

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE = ("int32", "uint32", "int64", "uint64")
UNSIGNED = ("uint32", "uint64")
ALL = (*WHOLE, "float32", "float64")


def _operand_types(allowed: tuple[str, ...]) -> Callable[..., Any]:
    def element(_context: Any, array: Any, *rest: Any) -> Any:
        if not isinstance(array, types.Array):
            raise TypingError(f"an atomic works on an array, not on {array}")
        if str(array.dtype) not in allowed:
            raise TypingError(f"this atomic works on {', '.join(allowed)}, not on {array.dtype}")
        if not array.mutable:
            raise TypingError("an atomic writes, and this array can only be read")
        place, *values = map(types.unliteral, rest)
        places = tuple(place) if isinstance(place, types.BaseTuple) else (place,)
        if len(places) != array.ndim or not all(isinstance(each, types.Integer) for each in places):
            raise TypingError(f"an index of an array of {array.ndim} dimensions is not {place}")
        numbers = (types.Integer, types.Float, types.Boolean)
        return array.dtype if all(isinstance(each, numbers) for each in values) else None

    return element


def _atomic(allowed: tuple[str, ...], new: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return a decorator for an atomic; `new` gives what an element becomes from what it is and operands."""

    def code(context: Any, builder: Any, kinds: Any, array: Any, index: Any, *operands: Any) -> Any:
        of_array, of_index, *of_operands = kinds
        kind = of_array.dtype
        resolve = context.typing_context.resolve_function_type
        getitem = resolve(operator.getitem, (of_array, of_index), {})
        place = [
            context.cast(builder, each, its, to)
            for each, its, to in zip((array, index), (of_array, of_index), getitem.args, strict=True)
        ]
        read = context.get_function(operator.getitem, getitem)(builder, place)
        given = [
            context.cast(builder, each, its, kind) for each, its in zip(operands, of_operands, strict=True)
        ]
        value = new(Numbers(builder, kind), read, *given)
        setitem = context.typing_context.resolve_setitem(of_array, of_index, kind)
        context.get_function(operator.setitem, setitem)(builder, [*place, value])
        return read

    return primitive(_operand_types(allowed), code)


def _increased(on: Numbers, old: Any, top: Any) -> Any:
    return on.chosen("<", old, top, on.add(old, old.type(1)), old.type(0))


def _decreased(on: Numbers, old: Any, top: Any) -> Any:
    from_zero = on.chosen("==", old, old.type(0), top, on.sub(old, old.type(1)))
    return on.chosen(">", old, top, top, from_zero)


def _extreme(test: str, *, past_nan: bool = False) -> Callable[..., Any]:
    def new(on: Numbers, old: Any, value: Any) -> Any:
        changes = on.holds(test, old, value)
        if past_nan and on.is_float:
            counts = on.builder.and_(on.is_nan(old), on.builder.not_(on.is_nan(value)))
            changes = on.builder.or_(changes, counts)
        return on.builder.select(changes, value, old)

    return new


def _element(array: Any, value: Any) -> Any:
    return array.dtype.type(value)


@_atomic(ALL, Numbers.add)
def atomic_add(array, index, value):
    old = array[index]
    array[index] = old + _element(array, value)
    return old


@_atomic(ALL, Numbers.sub)
def atomic_sub(array, index, value):
    old = array[index]
    array[index] = old - _element(array, value)
    return old


@_atomic(WHOLE, lambda on, old, value: on.builder.and_(old, value))
def atomic_and_(array, index, value):
    old = array[index]
    array[index] = old & _element(array, value)
    return old


@_atomic(WHOLE, lambda on, old, value: on.builder.or_(old, value))
def atomic_or_(array, index, value):
    old = array[index]
    array[index] = old | _element(array, value)
    return old


@_atomic(WHOLE, lambda on, old, value: on.builder.xor(old, value))
def atomic_xor(array, index, value):
    old = array[index]
    array[index] = old ^ _element(array, value)
    return old


@_atomic(UNSIGNED, _increased)
def atomic_inc(array, index, value):
    old = array[index]
    array[index] = old + _element(array, 1) if old < _element(array, value) else 0
    return old


@_atomic(UNSIGNED, _decreased)
def atomic_dec(array, index, value):
    old, top = array[index], _element(array, value)
    array[index] = top if old == 0 or old > top else old - _element(array, 1)
    return old


@_atomic(WHOLE, lambda _on, _old, value: value)
def atomic_exch(array, index, value):
    old = array[index]
    array[index] = _element(array, value)
    return old


@_atomic(ALL, _extreme("<"))
def atomic_max(array, index, value):
    old, new = array[index], _element(array, value)
    if old < new:
        array[index] = new
    return old


@_atomic(ALL, _extreme(">"))
def atomic_min(array, index, value):
    old, new = array[index], _element(array, value)
    if old > new:
        array[index] = new
    return old


@_atomic(ALL, _extreme("<", past_nan=True))
def atomic_nanmax(array, index, value):
    old, new = array[index], _element(array, value)
    if old < new or (old != old and new == new):
        array[index] = new
    return old


@_atomic(ALL, _extreme(">", past_nan=True))
def atomic_nanmin(array, index, value):
    old, new = array[index], _element(array, value)
    if old > new or (old != old and new == new):
        array[index] = new
    return old


@_atomic(WHOLE, lambda on, old, expected, value: on.chosen("==", old, expected, value, old))
def atomic_cas(array, index, expected, value):
    old = array[index]
    if old == _element(array, expected):
        array[index] = _element(array, value)
    return old


@register_jitable(forceinline=True, error_model="numpy")
def atomic_compare_and_swap(array, expected, value):
    return atomic_cas(array, 0, expected, value)
