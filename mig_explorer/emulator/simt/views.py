"""Slices and rows of arrays, and what an array says about itself."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.access import load
from mig_explorer.emulator.simt.values import ArrayRef, Slice

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.turn import Turn


def item(turn: Turn, array: ArrayRef, index: Any) -> Any:
    """Return ``array[index]`` for each lane: an element, or a view if fewer indices or slices are given."""
    indices = index if type(index) is tuple else (index,)
    if len(indices) == len(array.shape) and not any(
        isinstance(each, Slice) or each is ... for each in indices
    ):
        return load(turn, array, indices)
    return view(turn, array, indices)


def view(turn: Turn, array: ArrayRef, indices: tuple[Any, ...]) -> ArrayRef:
    """Return the part of an array that slices and fewer indices than axes mean."""
    indices = _complete(indices, len(array.shape))
    offset: Any = array.offset
    shape: list[Any] = []
    strides: list[Any] = []
    for axis, index in enumerate(indices):
        size, stride = array.shape[axis], array.strides[axis]
        if isinstance(index, Slice):
            start, length, step = _span(index, size)
            offset = offset + start * stride
            shape.append(length)
            strides.append(step * stride)
        else:
            wrapped = np.where(index < 0, index + np.int64(size), index)[()]
            bad = turn.spread((wrapped < 0) | (wrapped >= size))
            if bad.any():
                lane = int(np.flatnonzero(bad)[0])
                given, length = turn.spread(index)[lane], turn.spread(size)[lane]
                text = f"takes row {given} along axis {axis} of {array.name}, which has {length}"
                raise turn.fault(text, turn.lanes[lane])
            offset = offset + wrapped * stride
    return ArrayRef(array.memories, array.which, offset, tuple(shape), tuple(strides), array.writable)


def _complete(indices: tuple[Any, ...], axes: int) -> tuple[Any, ...]:
    whole = Slice(None, None, None)
    if any(each is ... for each in indices):
        place = next(number for number, each in enumerate(indices) if each is ...)
        missing = axes - (len(indices) - 1)
        return (*indices[:place], *(whole,) * missing, *indices[place + 1 :])
    return (*indices, *(whole,) * (axes - len(indices)))


def _span(index: Slice, size: Any) -> tuple[Any, Any, Any]:
    """Return start, length and step of a slice of an axis, as Python's ``slice.indices`` does."""
    step = np.int64(1) if index.step is None else index.step
    forward = step > 0
    low = np.where(forward, 0, -1)
    high = np.where(forward, size, size - 1)

    def end(given: Any, default: Any) -> Any:
        if given is None:
            return default
        return np.clip(np.where(given < 0, given + size, given), low, high)

    start = end(index.start, np.where(forward, 0, size - 1))
    stop = end(index.stop, np.where(forward, size, -1))
    away = np.where(forward, stop - start, start - stop)
    size_of_step = np.abs(step)
    length = np.maximum(0, -(-away // size_of_step))
    return start[()], length[()], step


def attribute(array: ArrayRef, name: str) -> Any:
    """Return ``array.size``, ``.shape`` and so on, for a name in `ATTRIBUTES`."""
    return ATTRIBUTES[name](array)


def _sizes(array: ArrayRef) -> tuple[Any, ...]:
    return tuple(_whole(each) for each in array.shape)


def _elements(array: ArrayRef) -> Any:
    return prod(_sizes(array), start=np.int64(1))


def _transposed(array: ArrayRef) -> ArrayRef:
    return replace(array, shape=array.shape[::-1], strides=array.strides[::-1])


ATTRIBUTES: dict[str, Callable[[ArrayRef], Any]] = {
    "shape": _sizes,
    "size": _elements,
    "ndim": lambda array: np.int64(len(array.shape)),
    "itemsize": lambda array: np.int64(array.dtype.itemsize),
    "nbytes": lambda array: _elements(array) * np.int64(array.dtype.itemsize),
    "strides": lambda array: tuple(_whole(each * array.memory.stride) for each in array.strides),
    "T": _transposed,
}
"""What an array says about itself; each takes the array."""


def _whole(number: Any) -> Any:
    return np.int64(number) if isinstance(number, int) else number
