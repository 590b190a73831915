"""The memory that a kernel reaches: its arguments, and the arrays that it declares."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.values import ArrayRef, Memory
from mig_explorer.emulator.storage import unset_value

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.turn import Turn


LARGEST_NUMBER = 16
"""Bytes of a complex128: each block's dynamic shared memory begins at a multiple."""


def global_array(name: str, array: np.ndarray[Any, Any], kind: str = "global") -> ArrayRef:
    """Return the reference to a NumPy array, which is read and written where it lies.

    Parameters
    ----------
    name
        The parameter's name.
    array
        Of any strides that are whole elements.
    kind
        ``"global"`` or ``"constant"``.

    Examples
    --------
    >>> values = np.arange(12).reshape(3, 4)[::-1, ::2]
    >>> reference = global_array("values", values)
    >>> reference.offset, reference.shape, reference.strides, len(reference.memory.data)
    (8, (3, 2), (-4, 2), 11)
    """
    size = array.dtype.itemsize
    if array.size == 0:
        memory = Memory(kind, name, np.empty(0, array.dtype))
        return ArrayRef((memory,), None, 0, array.shape, (0,) * array.ndim, array.flags.writeable)
    if any(stride % size for stride in array.strides):
        msg = (
            f"{name}: its strides {array.strides} are not whole elements of {size} bytes; pass a copy of it."
        )
        raise ValueError(msg)
    strides = tuple(stride // size for stride in array.strides)
    reach = [(length - 1) * stride for length, stride in zip(array.shape, strides, strict=True)]
    below = -sum(each for each in reach if each < 0)
    span = below + sum(each for each in reach if each > 0) + 1
    first = array[tuple(slice(-1, None) if each < 0 else slice(0, 1) for each in reach)]
    data = np.lib.stride_tricks.as_strided(first, (span,), (size,), writeable=array.flags.writeable)
    memory = Memory(kind, name, data)
    return ArrayRef((memory,), None, below, array.shape, strides, array.flags.writeable)


def shared_array(turn: Turn, key: Any, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> ArrayRef:
    """Return a block's array; one of length 0 is all the dynamic shared memory of the launch."""
    batch = turn.batch
    blocks = batch.view.blocks
    if shape == (0,):
        span = batch.dynamic_shared // dtype.itemsize
        key = ("dynamic", dtype)
        if key not in batch.memories:
            raw = batch.memories.get("dynamic")
            if raw is None:
                padded = -(-batch.dynamic_shared // LARGEST_NUMBER) * LARGEST_NUMBER
                unset = np.full(blocks * padded, 0xFF, np.uint8)  # NaN in every floating-point type
                raw = batch.memories["dynamic"] = Memory("shared", name, unset, padded)
            data = raw.data.view(dtype)
            batch.memories[key] = Memory("shared", name, data, len(data) // blocks)
        memory = batch.memories[key]
        offset = turn.mine(batch.block_place) * memory.block_span
        return ArrayRef((memory,), None, offset, (span,), (1,))
    span = prod(shape)
    if key not in batch.memories:
        data = np.full(blocks * span, _unset(dtype), dtype)
        batch.memories[key] = Memory("shared", name, data, span)
    offset = turn.mine(batch.block_place) * span if blocks > 1 else 0
    return ArrayRef((batch.memories[key],), None, offset, shape, row_major(shape))


def local_array(turn: Turn, key: Any, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> ArrayRef:
    """Return a thread's own array."""
    batch = turn.batch
    span = prod(shape)
    if key not in batch.memories:
        data = np.full(batch.view.lanes * span, _unset(dtype), dtype)
        batch.memories[key] = Memory("local", name, data, span)
    return ArrayRef((batch.memories[key],), None, turn.lanes * span, shape, row_major(shape))


def _unset(dtype: np.dtype[Any]) -> Any:
    if dtype.shape:
        return np.full(dtype.shape, _unset(dtype.base), dtype.base)
    if dtype.names is None:
        return unset_value(dtype)
    return np.array(tuple(_unset(dtype[name]) for name in dtype.names), dtype)


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides, in elements, of an array in C order."""
    return tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))
