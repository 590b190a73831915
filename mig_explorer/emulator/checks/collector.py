"""Gathers what is found: thousands of threads that do the same wrong thing are one finding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.checks.findings import WORST_FIRST, Finding, Thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.lines import Line
    from mig_explorer.emulator.simt.observer import LaneArray, LaunchView

MOST_COUNTED = 1 << 26
"""Threads of a launch above which those of a finding are counted once an event and not once a launch."""

Key = tuple[str, frozenset[tuple[str, int]], str | None]


@dataclass(eq=False)
class _Group:
    finding: Finding
    seen: np.ndarray[Any, np.dtype[np.bool_]] | None
    count: int = 0


class Collector:
    """Findings of a launch, one for each kind, pair of lines and array.

    Parameters
    ----------
    launch
        The launch.
    padded_block
        Threads of a block, rounded up to whole warps.

    Examples
    --------
    >>> from mig_explorer.emulator.checks import wording
    >>> from mig_explorer.emulator.simt.lines import Line
    >>> from mig_explorer.emulator.simt.observer import LaunchView
    >>> collector = Collector(LaunchView("scale", (2, 1, 1), (40, 1, 1)), padded_block=64)
    >>> thread = collector.thread(64 + 39)
    >>> finding = wording.uninitialised("shared", "tile", (3,), Line(7), thread)
    >>> collector.add(np.array([64 + 39, 64 + 39, 0]), lambda: finding, "uninitialised-shared", [Line(7)])
    >>> [(each.kind, each.thread_count, each.threads) for each in collector.findings()]
    [('uninitialised-shared', 2, (Thread(block=(1, 0, 0), thread=(39, 0, 0)),))]
    """

    def __init__(self, launch: LaunchView, padded_block: int) -> None:
        self.launch = launch
        self.padded_block = padded_block
        self._places = launch.blocks * padded_block
        self._groups: dict[Key, _Group] = {}

    def thread(self, number: int) -> Thread:
        """Return the thread of a number (see `Ordering.padded_block`)."""
        block, thread = divmod(int(number), self.padded_block)
        return Thread(_three(block, self.launch.grid), _three(thread, self.launch.block))

    def add(
        self,
        numbers: LaneArray,
        make: Callable[[], Finding],
        kind: str,
        lines: list[Line],
        array: str | None = None,
    ) -> None:
        """Add threads to a finding.

        Parameters
        ----------
        numbers
            The numbers of the threads that do it.
        make
            Called the first time, for the finding with its example.
        kind, lines, array
            What makes it the same finding as another.
        """
        key = (kind, frozenset(line.place for line in lines), array)
        group = self._groups.get(key)
        if group is None:
            seen = np.zeros(self._places, np.bool_) if self._places <= MOST_COUNTED else None
            group = self._groups[key] = _Group(make(), seen)
        if group.seen is not None:
            group.seen[numbers] = True
        else:
            group.count += len(np.unique(numbers))

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings, the worst first.

        A race between the two lines of a lost update on the same array is that lost update, and left out.
        """
        lost = [key for key in self._groups if key[0] == "lost-update"]
        kept = [
            replace(group.finding, thread_count=_count(group))
            for key, group in self._groups.items()
            if not key[0].startswith("race")
            or not any(key[2] == other[2] and key[1] <= other[1] for other in lost)
        ]
        return tuple(sorted(kept, key=lambda each: (WORST_FIRST.index(each.kind), each.line)))


def _count(group: _Group) -> int:
    return group.count if group.seen is None else int(group.seen.sum())


def _three(number: int, size: tuple[int, int, int]) -> tuple[int, int, int]:
    x, y, _ = size
    return number % x, number // x % y, number // (x * y)
