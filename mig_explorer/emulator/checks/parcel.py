"""A launch on its way to the process that checks it, and what comes back.

The kernel travels by value, as Python code with the globals and closure that it uses, so that a kernel of a
notebook cell, or one that was edited and loaded again, is the one that runs. Arrays travel as bytes; those
that share memory (one passed twice, views of one) still share it on the other side.
"""

from __future__ import annotations

import linecache
import pickle
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cloudpickle  # type: ignore[import-untyped]
import numpy as np

from mig_explorer.emulator.checks.reachable import reachable_functions
from mig_explorer.errors import UnsupportedKernel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import FunctionType, ModuleType

    from mig_explorer.emulator.geometry import Geometry

ALIGNMENT = 16
"""Bytes of the largest number. NumPy's memory and Python's begin at a multiple of it."""
KERNELS_KEPT = 64


@dataclass(frozen=True)
class _Array:
    """An array in a buffer."""

    buffer: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[Any]
    writable: bool


@dataclass(frozen=True)
class Values:
    """Arguments as they travel.

    Parameters
    ----------
    parts
        Numbers, tuples, and for each array where it is.
    buffers
        Bytes of the arrays, which may overlap.

    Examples
    --------
    >>> whole = np.arange(6)
    >>> values = Values.of((whole, whole[::2], 7))
    >>> copy, every_second, number = values.unpacked()
    >>> copy[2] = 40
    >>> every_second.tolist(), number, len(values.buffers)
    ([0, 40, 4], 7, 1)
    >>> values.give_back((whole, whole[::2], 7))
    >>> whole
    array([ 0,  1, 40,  3,  4,  5])
    """

    parts: tuple[Any, ...]
    buffers: tuple[np.ndarray[Any, np.dtype[np.uint8]], ...]

    @classmethod
    def of(cls, arguments: Sequence[Any]) -> Values:
        """Copy arguments."""
        arrays = list(_arrays(arguments))
        stretches = _stretches([np.lib.array_utils.byte_bounds(each) for each in arrays if each.size])
        buffers = tuple(_bytes(start, stop, arrays) for start, stop in stretches)

        def packed(value: Any) -> Any:
            if isinstance(value, tuple):
                parts = [packed(each) for each in value]
                return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
            if not isinstance(value, np.ndarray):
                return value
            place, offset = -1, 0
            if value.size:
                address = value.__array_interface__["data"][0]
                place = next(n for n, (start, stop) in enumerate(stretches) if start <= address < stop)
                offset = address - _aligned(stretches[place][0])
            return _Array(place, offset, value.shape, value.strides, value.dtype, value.flags.writeable)

        return cls(tuple(packed(each) for each in arguments), buffers)

    def unpacked(self) -> tuple[Any, ...]:
        """Return the arguments, whose arrays lie in the buffers."""
        return tuple(self._unpacked(each) for each in self.parts)

    def give_back(self, arguments: Sequence[Any]) -> None:
        """Write what the arrays hold now into those that they were made of."""
        for original, copy in zip(_arrays(arguments), _arrays(self.unpacked()), strict=True):
            if original.flags.writeable and original.size:
                original[...] = copy

    def _unpacked(self, part: Any) -> Any:
        if isinstance(part, tuple):
            parts = [self._unpacked(each) for each in part]
            return type(part)(*parts) if hasattr(part, "_fields") else tuple(parts)
        if not isinstance(part, _Array):
            return part
        if part.buffer < 0:
            array: np.ndarray[Any, Any] = np.empty(part.shape, part.dtype)
        else:
            buffer = self.buffers[part.buffer]
            array = np.ndarray(part.shape, part.dtype, buffer.data, part.offset, part.strides)
        array.flags.writeable = part.writable
        return array


def _arrays(values: Iterable[Any]) -> Iterator[np.ndarray[Any, Any]]:
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            yield from _arrays(value)


def _aligned(address: int) -> int:
    return address // ALIGNMENT * ALIGNMENT


def _stretches(bounds: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the stretches of memory that arrays cover, joined where they overlap."""
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(bounds):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def _bytes(start: int, stop: int, arrays: list[np.ndarray[Any, Any]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the bytes of a stretch, with room before them so that addresses stay as aligned as they are."""
    room = np.zeros(stop - _aligned(start), np.uint8)
    for array in arrays:
        low, high = np.lib.array_utils.byte_bounds(array)
        if array.size and start <= low < high <= stop:
            first = array.__array_interface__["data"][0] - _aligned(start)
            np.ndarray(array.shape, array.dtype, room.data, first, array.strides)[...] = array
    return room


@dataclass(frozen=True)
class Parcel:
    """A launch.

    Parameters
    ----------
    kernel
        The kernel, pickled by value.
    sources
        Lines of the files that it and its device functions stand in, by the files' names.
    shape
        Its grid, block and dynamic shared memory.
    values
        Its arguments.
    deadline_seconds
        How long it may run.
    """

    kernel: bytes
    sources: dict[str, list[str]]
    shape: Geometry
    values: Values
    deadline_seconds: float

    def function(self) -> FunctionType:
        """Return the kernel, whose source can be read here too."""
        for name, lines in self.sources.items():
            linecache.cache[name] = (sum(map(len, lines)), None, lines, name)
        return _loaded(self.kernel)


@lru_cache(maxsize=KERNELS_KEPT)
def _loaded(kernel: bytes) -> FunctionType:
    function: FunctionType = pickle.loads(kernel)  # noqa: S301 - our own parent has pickled it
    return function


def pickled(function: FunctionType) -> bytes:
    """Return a kernel by value.

    Raises
    ------
    UnsupportedKernel
        If something that it refers to can't be pickled.

    Examples
    --------
    >>> factor = 3
    >>> def kernel(values):
    ...     values[0] *= factor
    >>> again = pickle.loads(pickled(kernel))
    >>> values = [14]
    >>> again(values), values
    (None, [42])
    """
    with _by_value(_modules(function)):
        try:
            return bytes(cloudpickle.dumps(function))
        except Exception as error:
            msg = (
                f"{function.__name__}, line {function.__code__.co_firstlineno}: checked mode runs a kernel "
                f"in another process, and something that it refers to can't be sent there: {error}"
            )
            raise UnsupportedKernel(msg) from error


def sources(function: FunctionType) -> dict[str, list[str]]:
    """Return the lines of the files that a kernel and its device functions stand in."""
    names = {each.__code__.co_filename for each in reachable_functions(function)}
    return {name: lines for name in sorted(names) if (lines := linecache.getlines(name))}


def _modules(function: FunctionType) -> list[ModuleType]:
    names = {each.__module__ for each in reachable_functions(function)}
    return [sys.modules[name] for name in sorted(names) if name in sys.modules and name != "__main__"]


@contextmanager
def _by_value(modules: list[ModuleType]) -> Iterator[None]:
    """Let cloudpickle send functions of these modules whole, not as names to import."""
    known = cloudpickle.list_registry_pickle_by_value()
    ours = [each for each in modules if each.__name__ not in known]
    for each in ours:
        cloudpickle.register_pickle_by_value(each)
    try:
        yield
    finally:
        for each in ours:
            cloudpickle.unregister_pickle_by_value(each)
