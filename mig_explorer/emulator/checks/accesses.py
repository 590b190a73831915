"""Watches reads and writes: races, lost updates, and reads of what nobody wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mig_explorer.emulator.checks import wording
from mig_explorer.emulator.checks.findings import Finding, Place
from mig_explorer.emulator.checks.latest import WARP_BITS, event_of, packed, thread_of
from mig_explorer.emulator.checks.shadow import Shadow, Shadows, Window
from mig_explorer.emulator.checks.wording import ATOMIC, READ, WRITTEN

if TYPE_CHECKING:
    from mig_explorer.emulator.checks.collector import Collector
    from mig_explorer.emulator.checks.latest import Packed
    from mig_explorer.emulator.checks.naming import ElementNames
    from mig_explorer.emulator.checks.ordering import Ordering
    from mig_explorer.emulator.simt.lines import Line
    from mig_explorer.emulator.simt.observer import LaneArray
    from mig_explorer.emulator.simt.values import Memory

LIVES_WITH_ITS_BATCH = ("shared", "local")
RACES = ("shared", "global")


class _Touch(NamedTuple):
    """Units of a shadow that lanes touch in an event, one lane each."""

    window: Window
    units: LaneArray
    lanes: LaneArray
    event: int

    def some(self, places: LaneArray) -> _Touch:
        return _Touch(self.window, self.units[places], self.lanes[places], self.event)


class Accesses:
    """Compares each access with the shadow of its memory, and then keeps it there.

    Parameters
    ----------
    ordering
        What is ordered before what.
    collector
        Where findings go.
    names
        What elements are called.
    same_value
        Lines of stores whose value is the same for all threads: several may write it to one element.
    lines
        The line of each event so far.
    """

    def __init__(
        self,
        ordering: Ordering,
        collector: Collector,
        names: ElementNames,
        same_value: set[tuple[str, int]],
        lines: list[Line],
    ) -> None:
        self.ordering = ordering
        self.collector = collector
        self.names = names
        self.same_value = same_value
        self.lines = lines
        self.shadows = Shadows(ordering.padded_block)
        self._read_in: dict[Shadow, dict[tuple[str, int], tuple[Line, LaneArray]]] = {}
        """The unit that each lane has read last, by the place of the line; -1 for none since a barrier."""

    def begin_batch(self) -> None:
        """Forget memory that lives no longer than a block."""
        self.shadows.forget(LIVES_WITH_ITS_BATCH)
        self._read_in.clear()

    def barrier(self, blocks: LaneArray, threads_per_block: int) -> None:
        """Forget what lanes of these blocks have read: what they write now is no update of it."""
        for lines in self._read_in.values():
            for _, read in lines.values():
                read.reshape(-1, threads_per_block)[blocks] = -1

    def load(self, memory: Memory, index: LaneArray, lanes: LaneArray, event: int) -> None:
        """Check reads of an event, which has its line already."""
        if memory.kind == "constant":
            return
        touch = self._touch(memory, index, lanes, event)
        shadow, units = touch.window.shadow, touch.units
        if memory.kind in LIVES_WITH_ITS_BATCH:
            self._uninitialised(touch)
        if memory.kind not in RACES:
            return
        if shadow.writes is not None:
            self._against(touch, shadow.writes[units], (READ, WRITTEN))
        for column in shadow.atomics.columns():
            self._against(touch, column[units], (READ, ATOMIC))
        shadow.reads.note(units, self.ordering.numbers[touch.lanes], event)
        self._remember_read(touch.window, index, lanes, self.lines[event])

    def store(
        self, memory: Memory, index: LaneArray, lanes: LaneArray, values: np.ndarray[Any, Any], event: int
    ) -> None:
        """Check writes of an event, which has its line already."""
        touch = self._touch(memory, index, lanes, event)
        shadow, units = touch.window.shadow, touch.units
        new = packed(event, self.ordering.numbers[touch.lanes])
        if memory.kind in RACES:
            if shadow.writes is not None:
                before = shadow.writes[units]
                if self.lines[event].place in self.same_value:
                    before = self._others_value(touch.window, index, values, before)
                self._against(touch, before, (WRITTEN, WRITTEN))
            for column in shadow.atomics.columns():
                self._against(touch, column[units], (WRITTEN, ATOMIC))
            for column in shadow.reads.columns():
                self._against(touch, column[units], (WRITTEN, READ))
        last = shadow.write(units, new)
        if memory.kind in RACES:
            self._together(touch, new, last, (index, values))

    def atomic(self, memory: Memory, index: LaneArray, lanes: LaneArray, event: int) -> None:
        """Check atomic operations of an event, which has its line already."""
        touch = self._touch(memory, index, lanes, event)
        shadow, units = touch.window.shadow, touch.units
        numbers = self.ordering.numbers
        if memory.kind in LIVES_WITH_ITS_BATCH:
            self._uninitialised(touch)
        if memory.kind in RACES:
            # What others published on this element counts only for what comes after.
            if shadow.writes is not None:
                self._against(touch, shadow.writes[units], (ATOMIC, WRITTEN))
            for column in shadow.reads.columns():
                self._against(touch, column[units], (ATOMIC, READ))
            self.ordering.handover.atomic(memory.address + index * memory.stride, numbers[lanes])
        shadow.atomics.note(units, numbers[touch.lanes], event)

    def _touch(self, memory: Memory, index: LaneArray, lanes: LaneArray, event: int) -> _Touch:
        window = self.shadows.window(memory)
        return _Touch(window, *window.spread(index, lanes), event)

    def _uninitialised(self, touch: _Touch) -> None:
        unset = touch.some(np.flatnonzero(touch.window.shadow.unset(touch.units)))
        if not unset.units.size:
            return
        memory, line = touch.window.memory, self.lines[touch.event]
        numbers = self.ordering.numbers[unset.lanes]

        def make() -> Finding:
            index = self.names.index(memory, touch.window.element(int(unset.units[0])))
            thread = self.collector.thread(int(numbers[0]))
            return wording.uninitialised(memory.kind, memory.name, index, line, thread)

        self.collector.add(numbers, make, f"uninitialised-{memory.kind}", [line], memory.name)

    def _against(self, touch: _Touch, before: Packed, doings: tuple[str, str]) -> None:
        """Report which accesses now are not ordered after those before."""
        of_block = touch.window.memory.kind == "shared"
        found = self.ordering.unordered(touch.lanes, before, of_block=of_block)
        if found.size:
            self._report(touch.some(found), before[found], doings)

    def _together(
        self, touch: _Touch, new: Packed, last: Packed, stored: tuple[LaneArray, np.ndarray[Any, Any]]
    ) -> None:
        """Report several threads that write to one element in the same event."""
        beaten = np.flatnonzero(last != new)
        if beaten.size and self.lines[touch.event].place in self.same_value:
            beaten = beaten[~_same_as_last(*stored)[beaten // touch.window.units]]
        if beaten.size:
            self._report(touch.some(beaten), last[beaten], (WRITTEN, WRITTEN))

    def _others_value(
        self, window: Window, index: LaneArray, values: np.ndarray[Any, Any], before: Packed
    ) -> Packed:
        """Return the writes before, without those that wrote, by construction too, what is written now."""
        same = np.repeat(_equal(window.memory.data[index], values), window.units)
        places = np.flatnonzero(same & (before != 0))
        if not places.size:
            return before
        events = event_of(before[places])
        harmless = [each for each in np.unique(events) if self.lines[each].place in self.same_value]
        left = before.copy()
        left[places[np.isin(events, harmless)]] = 0
        return left

    def _report(self, touch: _Touch, before: Packed, doings: tuple[str, str]) -> None:
        """Report pairs of accesses, those with the same two lines together."""
        events = event_of(before)
        lines = {int(each): self.lines[each] for each in np.unique(events)}
        for place, line in {line.place: line for line in lines.values()}.items():
            mine = np.isin(events, [each for each, where in lines.items() if where.place == place])
            self._report_pair(touch.some(np.flatnonzero(mine)), before[mine], line, doings)

    def _report_pair(self, touch: _Touch, before: Packed, other: Line, doings: tuple[str, str]) -> None:
        memory, line = touch.window.memory, self.lines[touch.event]
        numbers, others = self.ordering.numbers[touch.lanes], thread_of(before)
        read = self._updated(touch, others) if doings == (WRITTEN, WRITTEN) else None

        def make() -> Finding:
            index = self.names.index(memory, touch.window.element(int(touch.units[0])))
            now = Place(line, doings[0], self.collector.thread(int(numbers[0])))
            then = Place(other, doings[1], self.collector.thread(int(others[0])))
            if read is not None:
                return wording.lost_update(memory.name, index, read, now, then)
            one_warp = numbers[0] >> WARP_BITS == others[0] >> WARP_BITS
            return wording.race(memory, index, now, then, in_warp=bool(one_warp))

        kind = f"race-{memory.kind}" if read is None else "lost-update"
        involved = [line, other] if read is None else [line, other, read]
        self.collector.add(np.concatenate([numbers, others]), make, kind, involved, memory.name)

    def _remember_read(self, window: Window, index: LaneArray, lanes: LaneArray, line: Line) -> None:
        lines = self._read_in.setdefault(window.shadow, {})
        if line.place not in lines:
            lines[line.place] = (line, np.full(self.ordering.numbers.size, -1, np.int64))
        lines[line.place][1][lanes] = index * window.step + window.first

    def _updated(self, touch: _Touch, others: LaneArray) -> Line | None:
        """Return the line in which a lane and the other thread have read what both write, or None."""
        lanes = self.ordering.lanes_of(others)
        here = (lanes >= 0) & (lanes < self.ordering.numbers.size)
        for line, read in self._read_in.get(touch.window.shadow, {}).values():
            both = read[touch.lanes] == touch.units
            both[here] &= read[lanes[here]] == touch.units[here]
            if both.any():
                return line
        return None


def _equal(some: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    both_nan = (some != some) & (other != other)  # noqa: PLR0124 - only NaN differs from itself
    same: np.ndarray[Any, np.dtype[np.bool_]] = (some == other) | both_nan
    return same


def _same_as_last(index: LaneArray, values: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which values are those that the last store to the same element writes."""
    order = np.argsort(index, kind="stable")
    ordered = index[order]
    last = order[np.searchsorted(ordered, index, side="right") - 1]
    return _equal(values, values[last])
