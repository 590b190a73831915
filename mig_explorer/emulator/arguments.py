"""What a kernel is launched with, checked before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import typeof

from mig_explorer.emulator.meaning import NUMBER_TYPES
from mig_explorer.errors import InvalidWorkload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numba import types

NUMBERS = (bool, int, float, complex, np.number, np.bool_)


@dataclass(frozen=True)
class Arguments:
    """The arguments of a launch on the CPU.

    Parameters
    ----------
    values
        NumPy arrays, numbers and tuples of them.
    signature
        Numba's types of them.
    devices
        Device arrays whose copies are among the values: they are given back what the kernel wrote.
    """

    values: tuple[Any, ...]
    signature: tuple[types.Type, ...]
    devices: tuple[tuple[Any, np.ndarray[Any, Any]], ...] = ()

    def give_back(self) -> None:
        """Copy what device arrays hold now to where they are."""
        for device, copy in self.devices:
            device.copy_to_device(copy)


def arguments(
    kernel: str, parameters: Sequence[str], arrays: frozenset[str], given: Sequence[Any]
) -> Arguments:
    """Check the arguments of a launch.

    Parameters
    ----------
    kernel, parameters
        The names of the kernel and of its parameters.
    arrays
        The parameters that must be arrays.
    given
        The arguments.

    Raises
    ------
    InvalidWorkload
        If there are too many or too few, or one is nothing that a kernel can have.

    Examples
    --------
    >>> found = arguments("scale", ["values", "factor"], frozenset({"values"}), [np.zeros(3), 2])
    >>> found.signature
    (Array(float64, 1, 'C', False, aligned=True), int64)
    """
    devices = []
    values = []
    for place, value in enumerate(given):
        name = parameters[place] if place < len(parameters) else "one too many"
        asked = f"{kernel}: argument {place + 1} ({name})"
        if hasattr(value, "copy_to_host") and hasattr(value, "copy_to_device"):
            copy = value.copy_to_host()
            devices.append((value, copy))
            values.append(_checked(asked, copy))
        else:
            values.append(_checked(asked, value))
        if name in arrays and isinstance(value, NUMBERS):
            msg = f"{asked} is the number {value!r}, but the kernel uses it as an array: pass a NumPy array."
            raise InvalidWorkload(msg)
    if len(given) != len(parameters):
        msg = f"{kernel} takes {len(parameters)} arguments ({', '.join(parameters)}), not {len(given)}."
        raise InvalidWorkload(msg)
    return Arguments(tuple(values), tuple(typeof(each) for each in values), tuple(devices))


def _checked(asked: str, value: Any) -> Any:
    """Return an argument that a kernel can have, or refuse it."""
    if isinstance(value, np.ndarray):
        if not is_element(value.dtype):
            msg = (
                f"{asked} is an array of {value.dtype}; a kernel takes arrays of numbers, or of records of "
                "numbers, in native byte order."
            )
            raise InvalidWorkload(msg)
    elif isinstance(value, tuple) and value:
        for each in value:
            _checked(asked, each)
    elif not isinstance(value, NUMBERS):
        msg = (
            f"{asked} is a {type(value).__name__}; a kernel takes NumPy arrays, numbers and tuples of them. "
            "Try np.asarray(...)."
        )
        raise InvalidWorkload(msg)
    elif isinstance(value, int) and not -(2**63) <= value < 2**64:
        msg = f"{asked} is {value}, which no 64 bits hold."
        raise InvalidWorkload(msg)
    return value


def is_element(dtype: np.dtype[Any]) -> bool:
    """Say whether a kernel's array may have elements of a type: numbers, or records of them.

    Examples
    --------
    >>> is_element(np.dtype("f4,i4")), is_element(np.dtype(">f4"))
    (True, False)
    """
    if dtype.fields is not None:
        return all(is_element(field[0]) for field in dtype.fields.values())
    return (dtype.subdtype[0] if dtype.subdtype else dtype) in NUMBER_TYPES
