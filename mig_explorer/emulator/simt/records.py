"""Fields of records, and arrays that a kernel finds among its globals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.access import Places, element, read, write
from mig_explorer.emulator.simt.casting import converted
from mig_explorer.emulator.simt.memory import global_array, row_major
from mig_explorer.emulator.simt.values import ArrayRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.frames import Frame
    from mig_explorer.emulator.simt.turn import Turn
    from mig_explorer.emulator.simt.values import RecordRef


def reader(frame: Frame, record: Any, name: Any) -> Callable[[Turn, RecordRef], Any]:
    """Return what reads a field of a record; one that is an array is referred to."""
    shape = _shape(frame, record, name)

    def read_number(turn: Turn, reference: RecordRef) -> Any:
        return read(turn, field_of(reference, name))

    def refer_to_array(_turn: Turn, reference: RecordRef) -> ArrayRef:
        fields = tuple(memory.array_field(name) for memory in reference.memories)
        step = reference.memories[0].stride // fields[0].stride
        return ArrayRef(
            fields, reference.which, reference.index * step, shape, row_major(shape), reference.writable
        )

    return refer_to_array if shape else read_number


def writer(frame: Frame, record: Any, name: Any) -> Callable[[Turn, RecordRef, Any], None]:
    """Return what writes a field of a record."""
    if _shape(frame, record, name):
        raise frame.refusal(f"the field {name} is an array; write its elements in a loop.")

    def act(turn: Turn, reference: RecordRef, value: Any) -> None:
        places = field_of(reference, name)
        write(turn, places, converted(value, places.memories[0].data.dtype))

    return act


def _shape(frame: Frame, record: Any, name: Any) -> tuple[int, ...]:
    """Return the shape of a field, if the emulator knows it: a number's has no axes."""
    if not isinstance(name, str):
        raise frame.refusal("the emulator knows a field of a record only by its name.")
    dtype: np.dtype[Any] = record.dtype.fields[name][0]
    if dtype.base.kind not in "biufc":
        raise frame.refusal(
            f"the field {name} is {dtype}; the emulator knows fields that are numbers or arrays of them."
        )
    if dtype.shape and record.dtype.itemsize % dtype.base.itemsize:
        raise frame.refusal(
            f"the field {name} does not lie a whole number of elements after that of the record before; "
            "make the type with align=True."
        )
    return dtype.shape


def field_of(record: RecordRef, name: str) -> Places:
    """Return where a field of a record is."""
    fields = tuple(memory.field(name) for memory in record.memories)
    return Places(fields, record.which, record.index, None)


def copy_record(turn: Turn, array: ArrayRef, indices: tuple[Any, ...], value: RecordRef) -> None:
    """Write a whole record into an element of an array."""
    places = element(turn, array, indices, writing=True)
    for name in array.dtype.names or ():
        fields = tuple(memory.field(name) for memory in array.memories)
        write(turn, replace(places, memories=fields), read(turn, field_of(value, name)))


def constant_array(name: str, array: np.ndarray[Any, Any]) -> ArrayRef:
    """Return the constant memory that a global array becomes: a copy of it, in its order.

    Examples
    --------
    >>> reference = constant_array("TABLE", np.arange(6.0).reshape(2, 3))
    >>> reference.memory.kind, reference.strides, reference.writable
    ('constant', (3, 1), False)
    """
    copy = np.array(array)
    copy.flags.writeable = False
    return global_array(name, copy, "constant")
