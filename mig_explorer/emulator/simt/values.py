"""What a register of the engine holds: one number a lane, or one for all; arrays; tuples of these.

A number that is the same for all lanes is a NumPy scalar, any other an array with one entry a lane. Values
are never changed once made, so registers may share them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Numbers = np.ndarray[Any, np.dtype[Any]]

Value = Any
"""A NumPy scalar, an array of one entry a lane, an ArrayRef, a RecordRef, a tuple of values, None or text."""


@dataclass(frozen=True, eq=False)
class Memory:
    """A stretch of memory that a kernel can reach.

    Parameters
    ----------
    kind
        ``"global"``, ``"shared"``, ``"local"`` or ``"constant"``.
    name
        The kernel's parameter or variable that it was first known by.
    data
        Its elements, in a row: for shared memory those of all the blocks of the batch, for local memory those
        of all its lanes, one after the other.
    block_span
        Elements of one block (shared) or of one lane (local); 0 for the others.

    Examples
    --------
    >>> tile = Memory("shared", "tile", np.zeros(64, np.float32), 32)
    >>> tile.stride, tile.owner(np.array([0, 31, 32]))
    (4, array([0, 0, 1]))
    """

    kind: str
    name: str
    data: np.ndarray[Any, Any]
    block_span: int = 0
    _fields: dict[str, Memory] = field(default_factory=dict, repr=False)

    @property
    def address(self) -> int:
        """Where the first element lies; element `i` lies `i * stride` bytes further.

        Two memories may overlap: an array passed twice, a view of it, dynamic shared memory of two types.
        """
        return int(self.data.__array_interface__["data"][0])

    @property
    def stride(self) -> int:
        """Bytes from one element to the next, more than an element's size for a field of a record."""
        return int(self.data.strides[0])

    def owner(self, index: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return whose elements these are: the block's (shared) or lane's (local) place in the batch."""
        return index // self.block_span

    def field(self, name: str) -> Memory:
        """Return the memory of one field of its records."""
        if name not in self._fields:
            self._fields[name] = Memory(self.kind, f"{self.name}.{name}", self.data[name], self.block_span)
        return self._fields[name]

    def array_field(self, name: str) -> Memory:
        """Return the memory of a field that is an array, from the first record's on, in its elements."""
        key = f"{name}[]"
        if key not in self._fields:
            first = self.data[name].reshape(len(self.data), -1)
            size = first.itemsize
            length = (len(self.data) - 1) * (self.stride // size) + first.shape[1] if len(self.data) else 0
            writable = self.data.flags.writeable
            data = np.lib.stride_tricks.as_strided(first, (length,), (size,), writeable=writable)
            span = self.block_span * (self.stride // size)
            self._fields[key] = Memory(self.kind, f"{self.name}.{name}", data, span)
        return self._fields[key]


@dataclass(frozen=True, eq=False, slots=True)
class ArrayRef:
    """An array as a kernel knows it: where it starts in its memory, its shape and its strides.

    Parameters
    ----------
    memories
        Where its elements are: one memory, or several among which lanes differ.
    which
        For each lane the place of its memory in `memories`; None if there is only one.
    offset
        Of its first element in the memory, in elements: one for all lanes or one a lane.
    shape, strides
        In elements; each entry one for all lanes or one a lane.
    writable
        False for constant memory.
    """

    memories: tuple[Memory, ...]
    which: Any
    offset: Any
    shape: tuple[Any, ...]
    strides: tuple[Any, ...]
    writable: bool = True

    @property
    def memory(self) -> Memory:
        """The memory, or the first of several."""
        return self.memories[0]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its elements."""
        dtype: np.dtype[Any] = self.memory.data.dtype
        return dtype

    @property
    def name(self) -> str:
        """What its memory is called."""
        return self.memory.name


@dataclass(frozen=True, eq=False, slots=True)
class RecordRef:
    """An element of an array of records: it refers to the memory, and writing a field changes it there."""

    memories: tuple[Memory, ...]
    which: Any
    index: Any
    writable: bool = True


class Slice(NamedTuple):
    """A slice; what is left out is None."""

    start: Value
    stop: Value
    step: Value


class RangeState(NamedTuple):
    """How far a loop over a range is."""

    current: Value
    step: Value
    left: Value


class ItemsState(NamedTuple):
    """How far a loop over an array or a tuple is."""

    items: Value
    position: Value


class CountedState(NamedTuple):
    """How far a loop over ``enumerate`` is."""

    count: Value
    inner: Value


class ZippedState(NamedTuple):
    """How far a loop over ``zip`` is."""

    inner: tuple[Value, ...]


def each_number(value: Value, change: Callable[[Any], Any]) -> Value:
    """Return a value with every number of it changed by a function.

    Examples
    --------
    >>> each_number((np.int64(3), (None, np.arange(2))), lambda number: number + 1)
    (np.int64(4), (None, array([1, 2])))
    """
    if isinstance(value, (np.ndarray, np.generic, int)):
        return change(value)
    if isinstance(value, tuple):
        parts = [each_number(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, ArrayRef):
        return ArrayRef(
            value.memories,
            None if value.which is None else change(value.which),
            change(value.offset),
            tuple([change(size) for size in value.shape]),
            tuple([change(stride) for stride in value.strides]),
            value.writable,
        )
    if isinstance(value, RecordRef):
        which = None if value.which is None else change(value.which)
        return RecordRef(value.memories, which, change(value.index), value.writable)
    return value


def taken(value: Value, lanes: Numbers) -> Value:
    """Return a value for some of its lanes.

    Examples
    --------
    >>> taken((np.arange(5) * 10, np.int64(7)), np.array([1, 4]))
    (array([10, 40]), np.int64(7))
    """
    if isinstance(value, np.ndarray):
        return value.take(lanes)
    if isinstance(value, np.generic) or value is None:
        return value
    return each_number(value, lambda number: number.take(lanes) if isinstance(number, np.ndarray) else number)


def merged(
    old: Value, new: Value, lanes: Numbers, count: int, own: dict[int, Numbers] | None = None
) -> Value:
    """Return a register of `count` lanes in which some lanes have new values.

    Parameters
    ----------
    old
        What all lanes hold; None if nothing yet.
    new
        What `lanes` hold now, one entry for each of them.
    lanes, count
        Which lanes, and how many there are in all.
    own
        Arrays that nobody else holds, by their identity: they are changed, not copied, and new ones added.

    Examples
    --------
    >>> merged(np.int64(5), np.array([1, 2]), np.array([0, 3]), 4)
    array([1, 5, 5, 2])
    """
    own = {} if own is None else own
    if isinstance(new, (np.ndarray, np.generic, int)):
        return _merged_numbers(old, new, lanes, count, own)
    if isinstance(new, tuple):
        before = old if isinstance(old, tuple) and len(old) == len(new) else (None,) * len(new)
        parts = [merged(a, b, lanes, count, own) for a, b in zip(before, new, strict=True)]
        return type(new)(*parts) if hasattr(new, "_fields") else tuple(parts)
    if isinstance(new, (ArrayRef, RecordRef)):
        if isinstance(old, type(new)):
            return _merged_references(old, new, lanes, count)
        return each_number(new, lambda number: _merged_numbers(None, number, lanes, count, own))
    return new


def _merged_numbers(old: Any, new: Any, lanes: Numbers, count: int, own: dict[int, Numbers]) -> Any:
    if not isinstance(old, np.ndarray) and not isinstance(new, np.ndarray) and (old is None or old == new):
        return new
    dtype = new.dtype if isinstance(new, (np.ndarray, np.generic)) else np.dtype(np.int64)
    if id(old) in own and old.dtype == dtype:
        old[lanes] = new
        return old
    whole: Numbers
    if isinstance(old, np.ndarray):
        whole = old.astype(dtype)
        own.pop(id(old), None)
    else:
        whole = np.full(count, 0 if old is None else old, dtype)
    whole[lanes] = new
    own[id(whole)] = whole
    return whole


def numbers_of(value: Value) -> Iterator[Numbers]:
    """Yield the arrays that a value is made of."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from numbers_of(part)
    elif isinstance(value, ArrayRef):
        yield from numbers_of((value.which, value.offset, value.shape, value.strides))
    elif isinstance(value, RecordRef):
        yield from numbers_of((value.which, value.index))


def _merged_references(old: Any, new: Any, lanes: Numbers, count: int) -> Any:
    if old.memories == new.memories and old.which is None and new.which is None:
        memories, before, after = new.memories, None, None
    else:
        memories = tuple(dict.fromkeys((*old.memories, *new.memories)))
        before = _places(old, memories)
        after = _places(new, memories)
    which = None if before is None else merged(before, after, lanes, count)
    writable = old.writable and new.writable
    if isinstance(new, RecordRef):
        return RecordRef(memories, which, merged(old.index, new.index, lanes, count), writable)
    return ArrayRef(
        memories,
        which,
        merged(old.offset, new.offset, lanes, count),
        merged(old.shape, new.shape, lanes, count),
        merged(old.strides, new.strides, lanes, count),
        writable,
    )


def _places(reference: Any, memories: tuple[Memory, ...]) -> Any:
    places = np.array([memories.index(each) for each in reference.memories])
    return places[0] if reference.which is None else places[reference.which]
