"""Writing a whole slice or row: one number everywhere, or another array element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.access import Places, read, write
from mig_explorer.emulator.simt.values import ArrayRef
from mig_explorer.emulator.simt.views import view

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.turn import Turn


def fill(turn: Turn, array: ArrayRef, index: Any, value: Any) -> None:
    """Write ``array[index] = value`` for each lane, in the order of the elements.

    Parameters
    ----------
    array
        Whose part is written.
    index
        A slice, or fewer indices than axes.
    value
        A number of the array's type, or an array of the part's shape and type.
    """
    target = view(turn, array, index if type(index) is tuple else (index,))
    if isinstance(value, ArrayRef):
        _check(turn, target, value)
    sizes = tuple(int(np.max(size)) for size in target.shape)
    for position in np.ndindex(*sizes):
        inside = _inside(turn, target, position)
        number = value
        if isinstance(value, ArrayRef):
            number = read(turn, _places(value, position, inside))
        write(turn, _places(target, position, inside), number)


def _places(array: ArrayRef, position: tuple[int, ...], inside: Any) -> Places:
    place: Any = np.int64(0) + array.offset
    for step, stride in zip(position, array.strides, strict=True):
        place = place + step * stride
    return Places(array.memories, array.which, place, inside)


def _inside(turn: Turn, array: ArrayRef, position: tuple[int, ...]) -> Any:
    """Return the lanes whose part reaches so far; None if all do."""
    inside: Any = np.True_
    for step, size in zip(position, array.shape, strict=True):
        inside = inside & (np.int64(step) < size)
    return None if np.all(inside) else turn.spread(inside)


def _check(turn: Turn, target: ArrayRef, value: ArrayRef) -> None:
    wrong: Any = np.False_
    for size, given in zip(target.shape, value.shape, strict=True):
        wrong = wrong | (np.int64(0) + size != given)
    if np.any(wrong):
        lane = int(np.flatnonzero(turn.spread(wrong))[0])
        sizes = [tuple(int(turn.spread(size)[lane]) for size in each.shape) for each in (value, target)]
        text = f"writes an array of shape {sizes[0]} into a part of {target.name} of shape {sizes[1]}"
        raise turn.fault(text, turn.lanes[lane])
