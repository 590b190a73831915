"""Reading and writing elements of arrays, with every index checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.values import ArrayRef, Memory, RecordRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mig_explorer.emulator.simt.turn import Turn
    from mig_explorer.emulator.simt.values import Numbers


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """Where each lane of a turn reads or writes.

    Parameters
    ----------
    memories, which
        As an `ArrayRef` has them.
    index
        The element of the memory: one for all lanes or one a lane.
    inside
        Which lanes may; None if all.
    """

    memories: tuple[Memory, ...]
    which: Any
    index: Any
    inside: Numbers | None

    def parts(self, turn: Turn) -> Iterator[tuple[Memory, Numbers, Numbers]]:
        """Yield each memory with the places in the turn of the lanes that mean it, and their elements."""
        usable = np.ones(turn.count, np.bool_) if self.inside is None else self.inside
        for place, memory in enumerate(self.memories):
            mine = usable if self.which is None else usable & (turn.spread(self.which) == place)
            chosen = np.flatnonzero(mine)
            if len(chosen):
                yield memory, chosen, turn.spread(self.index)[chosen].astype(np.int64)


def load(turn: Turn, array: ArrayRef, indices: tuple[Any, ...]) -> Any:
    """Return an element of an array for each lane; where it lies outside, zero."""
    places = element(turn, array, indices, writing=False)
    if array.dtype.names is not None:
        index = places.index if places.inside is None else np.where(places.inside, places.index, 0)
        return RecordRef(array.memories, array.which, index, array.writable)
    return read(turn, places)


def read(turn: Turn, places: Places) -> Any:
    """Return what the memory holds at these places, and say so to the observer."""
    if places.inside is None and places.which is None:
        memory, index = places.memories[0], places.index
        if turn.watch.load:
            turn.observer.load(memory, turn.spread(index).astype(np.int64), turn.lanes, turn.line)
        return memory.data[index]
    result = np.zeros(turn.count, places.memories[0].data.dtype)
    for memory, chosen, index in places.parts(turn):
        if turn.watch.load:
            turn.observer.load(memory, index, turn.lanes[chosen], turn.line)
        result[chosen] = memory.data[index]
    return result


def store(turn: Turn, array: ArrayRef, indices: tuple[Any, ...], value: Any) -> None:
    """Write an element of an array for each lane; where lanes write to one place, the last one wins."""
    write(turn, element(turn, array, indices, writing=True), value)


def write(turn: Turn, places: Places, value: Any) -> None:
    """Write to these places, and say so to the observer."""
    if places.inside is None and places.which is None:
        memory, index = places.memories[0], places.index
        if turn.watch.store:
            everywhere = turn.spread(index).astype(np.int64)
            turn.observer.store(memory, everywhere, turn.lanes, turn.line, turn.spread(value))
        if not isinstance(index, np.ndarray) and isinstance(value, np.ndarray):
            value = value[-1]
        memory.data[index] = value
        return
    for memory, chosen, index in places.parts(turn):
        values = turn.spread(value)[chosen]
        if turn.watch.store:
            turn.observer.store(memory, index, turn.lanes[chosen], turn.line, values)
        memory.data[index] = values


def element(turn: Turn, array: ArrayRef, indices: tuple[Any, ...], *, writing: bool) -> Places:
    """Return where an element of an array is, each index checked against its axis."""
    checked = []
    outside: Numbers | None = None
    for index, size in zip(indices, array.shape, strict=True):
        if _surely_inside(index, size):
            checked.append(index)
            continue
        wrapped = index
        if turn.batch.negative_indices_wrap and index.dtype.kind == "i":
            wrapped = np.where(index < 0, index + np.int64(size), index)
        bad = turn.spread((wrapped < 0) | (wrapped >= size))
        if bad.any():
            outside = bad if outside is None else outside | bad
        checked.append(wrapped)
    if outside is not None:
        _report(turn, array, indices, outside, writing=writing)
    flat: Any = array.offset
    for index, stride in zip(checked, array.strides, strict=True):
        step = index if _is(stride, 1) else index * (np.int64(stride) if isinstance(stride, int) else stride)
        flat = step if _is(flat, 0) else flat + step
    if isinstance(flat, int):
        flat = np.int64(flat)
    return Places(array.memories, array.which, flat, None if outside is None else ~outside)


def _is(value: Any, number: int) -> bool:
    return isinstance(value, int) and value == number


def _surely_inside(index: Any, size: Any) -> bool:
    if isinstance(index, np.ndarray):
        if isinstance(size, np.ndarray):
            return bool(((index >= 0) & (index < size)).all())
        return bool(index.min() >= 0 and index.max() < size)
    if isinstance(size, np.ndarray):
        return bool(index >= 0 and index < size.min())
    return bool(0 <= index < size)


def _report(
    turn: Turn, array: ArrayRef, indices: tuple[Any, ...], outside: Numbers, *, writing: bool
) -> None:
    bad = np.flatnonzero(outside)
    everywhere = tuple(turn.spread(index).astype(np.int64)[bad] for index in indices)
    if turn.watch.out_of_bounds:
        turn.observer.out_of_bounds(array, everywhere, turn.lanes[bad], turn.line, writing)
        return
    index = ", ".join(str(each[0]) for each in everywhere)
    sizes = tuple(int(turn.spread(size)[bad[0]]) for size in array.shape)
    verb = "writes" if writing else "reads"
    text = f"{verb} {array.name}[{index}], outside of its shape {sizes}"
    raise turn.fault(text, turn.lanes[bad[0]])
