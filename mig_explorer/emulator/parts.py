"""Arrays in the memory of a block, for rewritten kernels: without Numba's own, which take long to compile."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.typing.npydecl import parse_dtype
from numba.np.arrayobj import make_array, populate_array

from mig_explorer.emulator.primitives import primitive


def _part_type(_context: Any, scratch: Any, offset: Any, shape: Any, kind: Any) -> Any:  # noqa: ARG001
    dtype = parse_dtype(kind) or types.unliteral(kind)
    shape = types.unliteral(shape)
    if not isinstance(shape, types.BaseTuple):
        raise TypingError(f"the shape of an array is a tuple, not {shape}")
    return types.Array(dtype, len(shape), "C")


def _part_code(context: Any, builder: Any, kinds: Any, *given: Any) -> Any:
    scratch, offset, shape, _ = given
    kind = _part_type(None, *kinds)
    bytes_of = make_array(kinds[0])(context, builder, scratch)
    offset = context.cast(builder, offset, kinds[1], types.intp)
    place = builder.gep(bytes_of.data, [offset])
    each = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    word = context.get_value_type(types.intp)
    sizes = [
        context.cast(builder, one, its, types.intp)
        for one, its in zip(cgutils.unpack_tuple(builder, shape), kinds[2], strict=True)
    ]
    strides = [ir.Constant(word, each)]
    for size in reversed(sizes[1:]):
        strides.insert(0, builder.mul(strides[0], size, flags=["nsw"]))
    made = make_array(kind)(context, builder)
    data = builder.bitcast(place, context.get_data_type(kind.dtype).as_pointer())
    populate_array(made, data, sizes, strides, ir.Constant(word, each), None)
    return made._getvalue()  # noqa: SLF001 - it has no other name in Numba


@primitive(_part_type, _part_code)
def part(scratch: Any, offset: int, shape: tuple[int, ...], kind: Any) -> Any:
    """Return the array of a shape that starts so many bytes on; its type, or that of a number, is given.

    Examples
    --------
    >>> part(np.zeros(64, np.uint8), 16, (2, 3), np.float64).shape
    (2, 3)
    """
    if kind is None:
        return np.empty(shape, object)
    dtype = np.dtype(kind if isinstance(kind, type) else type(kind))
    return scratch[offset : offset + prod(map(int, shape)) * dtype.itemsize].view(dtype).reshape(shape)


# All elements at once


def _is_whole(array: Any) -> bool:
    return isinstance(array, types.Array) and array.layout == "C"


def _fill_type(_context: Any, array: Any, value: Any) -> Any:  # noqa: ARG001
    return types.none if _is_whole(array) else None


def _fill_code(context: Any, builder: Any, kinds: Any, array: Any, value: Any) -> None:
    kind = kinds[0]
    found = make_array(kind)(context, builder, array)
    packed = context.cast(builder, value, kinds[1], kind.dtype)
    with cgutils.for_range(builder, found.nitems, intp=context.get_value_type(types.intp)) as loop:
        context.pack_value(builder, kind.dtype, packed, builder.gep(found.data, [loop.index]))


@primitive(_fill_type, _fill_code)
def fill(array: Any, value: Any) -> None:
    """Set all elements.

    Examples
    --------
    >>> array = np.zeros(3)
    >>> fill(array, 7)
    >>> array
    array([7., 7., 7.])
    """
    array.fill(value)


def _some_type(_context: Any, array: Any) -> Any:
    return types.boolean if _is_whole(array) and array.dtype == types.boolean else None


def _some_code(context: Any, builder: Any, kinds: Any, array: Any) -> Any:
    found = make_array(kinds[0])(context, builder, array)
    byte = found.data.type.pointee
    seen = cgutils.alloca_once_value(builder, ir.Constant(byte, 0))
    with cgutils.for_range(builder, found.nitems, intp=context.get_value_type(types.intp)) as loop:
        here = builder.load(builder.gep(found.data, [loop.index]))
        builder.store(builder.or_(builder.load(seen), here), seen)
    return builder.icmp_unsigned("!=", builder.load(seen), ir.Constant(byte, 0))


@primitive(_some_type, _some_code)
def some(array: Any) -> bool:
    """Say whether any element is true.

    Examples
    --------
    >>> some(np.zeros(3, np.bool_))
    False
    """
    return bool(array.any())
