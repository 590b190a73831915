"""Loops over ranges, arrays, tuples, ``enumerate`` and ``zip``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt import views
from mig_explorer.emulator.simt.access import Places, read
from mig_explorer.emulator.simt.values import (
    ArrayRef,
    CountedState,
    ItemsState,
    RangeState,
    RecordRef,
    ZippedState,
)

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.turn import Turn


_FIRST = np.int64(0)


def range_of(start: Any, stop: Any, step: Any) -> RangeState:
    """Return a range about to be looped over; a step of 0 has nothing to loop over.

    Examples
    --------
    >>> range_of(np.int64(2), np.array([9, 1]), np.int64(3))
    RangeState(current=np.int64(2), step=np.int64(3), left=array([3, 0]))
    """
    away = np.where(step > 0, stop - start, start - stop)
    size = np.where(step == 0, 1, np.abs(step))
    left = np.where(step == 0, 0, np.maximum(0, -(-away // size)))
    return RangeState(start, step, left.astype(np.int64)[()])


def begun(_turn: Turn, iterable: Any) -> Any:
    """Return the state of a loop that is about to begin."""
    if isinstance(iterable, (RangeState, ItemsState, CountedState, ZippedState)):
        return iterable
    return ItemsState(iterable, np.int64(0))


def counted(turn: Turn, iterable: Any, start: Any = _FIRST) -> CountedState:
    """Return the state of a loop over ``enumerate(...)``."""
    return CountedState(start, begun(turn, iterable))


def zipped(turn: Turn, *iterables: Any) -> ZippedState:
    """Return the state of a loop over ``zip(...)``."""
    return ZippedState(tuple(begun(turn, each) for each in iterables))


def following(turn: Turn, state: Any) -> tuple[Any, Any]:
    """Return the next item with whether there is one, and the state after it."""
    if isinstance(state, RangeState):
        current, step, left = state
        one = np.int64(1)
        return (current, left > 0), RangeState(current + step, step, left - one)
    if isinstance(state, CountedState):
        (value, valid), inner = following(turn, state.inner)
        return ((state.count, value), valid), CountedState(state.count + np.int64(1), inner)
    if isinstance(state, ZippedState):
        pairs = [following(turn, each) for each in state.inner]
        all_valid: Any = np.True_
        for (_, more), _ in pairs:
            all_valid = all_valid & more
        return (tuple(value for (value, _), _ in pairs), all_valid), ZippedState(tuple(s for _, s in pairs))
    position = state.position
    after = ItemsState(state.items, position + np.int64(1))
    if isinstance(state.items, tuple):
        valid = position < len(state.items)
        return (chosen(turn, state.items, np.minimum(position, len(state.items) - 1)), valid), after
    return _next_element(turn, state.items, position), after


def _next_element(turn: Turn, array: ArrayRef, position: Any) -> tuple[Any, Any]:
    valid = position < array.shape[0]
    if len(array.shape) > 1:
        return views.view(turn, array, (np.where(valid, position, 0)[()],)), valid
    flat = array.offset + np.where(valid, position, 0)[()] * array.strides[0]
    if array.dtype.names is not None:
        return RecordRef(array.memories, array.which, flat, array.writable), valid
    if not np.any(valid):
        return array.dtype.type(0), valid
    inside = None if np.all(valid) else turn.spread(valid)
    return read(turn, Places(array.memories, array.which, flat, inside)), valid


def chosen(turn: Turn, items: tuple[Any, ...], index: Any) -> Any:
    """Return ``items[index]`` of a tuple whose items have one type."""
    if not isinstance(index, np.ndarray):
        return items[int(index)]
    spread = np.stack([turn.spread(each) for each in items])
    return np.take_along_axis(spread, (index % len(items))[np.newaxis], axis=0)[0]
