"""Shadow memory: beside each stretch of memory a record of who touched which part of it.

Memories that overlap (an array passed twice, a view of it, dynamic shared memory of two types) share one
shadow, whose units are as small as the parts in which they overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.emulator.checks.latest import Latest

if TYPE_CHECKING:
    from mig_explorer.emulator.checks.latest import Packed
    from mig_explorer.emulator.simt.observer import LaneArray
    from mig_explorer.emulator.simt.values import Memory


class Shadow:
    """What is known of the memory between two addresses, unit by unit.

    Parameters
    ----------
    start, unit, size
        Address of the first byte, bytes of a unit, units.
    padded_block
        Threads of a block, rounded up to whole warps.

    Attributes
    ----------
    writes : array of int64 or None
        The last plain write to each unit; None as long as there is none.
    reads, atomics : Latest
        Reads since the last write; atomics since then.
    """

    def __init__(self, start: int, unit: int, size: int, padded_block: int) -> None:
        self.start = start
        self.unit = unit
        self.size = size
        self.writes: Packed | None = None
        self.reads = Latest(size, padded_block)
        self.atomics = Latest(size, padded_block)

    @property
    def stop(self) -> int:
        """Address after the last byte."""
        return self.start + self.unit * self.size

    def write(self, units: LaneArray, accesses: Packed) -> Packed:
        """Take note of plain writes, and return which of them is kept for each unit: the last one."""
        if self.writes is None:
            self.writes = np.zeros(self.size, np.int64)
        self.writes[units] = accesses
        self.reads.forget(units)
        self.atomics.forget(units)
        return self.writes[units]

    def unset(self, units: LaneArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return which of these units nobody has written."""
        if self.writes is None:
            return self.atomics.none_of(units)
        unwritten: np.ndarray[tuple[int], np.dtype[np.bool_]] = self.writes[units] == 0
        return unwritten & self.atomics.none_of(units) if unwritten.any() else unwritten

    def absorb(self, other: Shadow) -> None:
        """Take over what another one knows, which lies inside of this and has units as large or larger."""
        factor, start = other.unit // self.unit, (other.start - self.start) // self.unit
        if other.writes is not None:
            if self.writes is None:
                self.writes = np.zeros(self.size, np.int64)
            self.writes[start : start + other.size * factor] = np.repeat(other.writes, factor)
        self.reads.absorb(other.reads, factor, start)
        self.atomics.absorb(other.atomics, factor, start)


@dataclass(frozen=True, eq=False)
class Window:
    """Where the elements of a memory are in its shadow.

    Parameters
    ----------
    memory, shadow
        The two.
    first, step, units
        The unit that the memory's first element begins at, units from one element to the next, units of one.
    """

    memory: Memory
    shadow: Shadow
    first: int
    step: int
    units: int

    def spread(self, index: LaneArray, lanes: LaneArray) -> tuple[LaneArray, LaneArray]:
        """Return every unit of these elements, and its lane."""
        units = index if (self.step, self.first) == (1, 0) else index * self.step + self.first
        if self.units == 1:
            return units, lanes
        return (units[:, None] + np.arange(self.units)).ravel(), np.repeat(lanes, self.units)

    def element(self, unit: int) -> int:
        """Return the place in the memory of the element that a unit is part of."""
        return (unit - self.first) // self.step


class Shadows:
    """The shadows of all memories of a launch.

    Parameters
    ----------
    padded_block
        Threads of a block, rounded up to whole warps.

    Examples
    --------
    >>> from mig_explorer.emulator.simt.values import Memory
    >>> raw = np.zeros(16, np.uint8)
    >>> shadows = Shadows(padded_block=32)
    >>> floats = shadows.window(Memory("global", "floats", raw.view(np.float32)))
    >>> halves = shadows.window(Memory("global", "halves", raw[2:].view(np.int16)))
    >>> halves.shadow.unit, halves.first, halves.units
    (2, 1, 1)
    >>> shadows.window(floats.memory).spread(np.array([1]), np.array([7]))
    (array([2, 3]), array([7, 7]))
    """

    def __init__(self, padded_block: int) -> None:
        self.padded_block = padded_block
        self._shadows: list[Shadow] = []
        self._windows: dict[int, Window] = {}

    def window(self, memory: Memory) -> Window:
        """Return where the elements of a memory are in the shadows, which may change with the next one."""
        known = self._windows.get(id(memory))
        if known is None:
            known = self._windows[id(memory)] = self._new_window(memory)
        return known

    def forget(self, kinds: tuple[str, ...]) -> None:
        """Forget the memories of these kinds: their lifetime is over."""
        self._windows = {key: each for key, each in self._windows.items() if each.memory.kind not in kinds}
        kept = {id(each.shadow) for each in self._windows.values()}
        self._shadows = [each for each in self._shadows if id(each) in kept]

    def _new_window(self, memory: Memory) -> Window:
        start, stop, unit = memory.address, _stop(memory), memory.data.itemsize
        if len(memory.data) > 1:
            unit = gcd(unit, memory.stride)
        touching = [each for each in self._shadows if each.start < stop and start < each.stop]
        low = min([start, *(each.start for each in touching)])
        for each in touching:
            unit = gcd(unit, each.unit, each.start - low)
            stop = max(stop, each.stop)
        unit = gcd(unit, start - low)
        if [(each.start, each.stop, each.unit) for each in touching] == [(low, stop, unit)]:
            return _window(memory, touching[0])
        shadow = Shadow(low, unit, (stop - low) // unit, self.padded_block)
        for each in touching:
            shadow.absorb(each)
        self._shadows = [*(each for each in self._shadows if each not in touching), shadow]
        for key, window in self._windows.items():
            if window.shadow in touching:
                self._windows[key] = _window(window.memory, shadow)
        return _window(memory, shadow)


def _stop(memory: Memory) -> int:
    return memory.address + (len(memory.data) - 1) * memory.stride + memory.data.itemsize


def _window(memory: Memory, shadow: Shadow) -> Window:
    return Window(
        memory,
        shadow,
        first=(memory.address - shadow.start) // shadow.unit,
        step=max(1, memory.stride // shadow.unit),
        units=memory.data.itemsize // shadow.unit,
    )
