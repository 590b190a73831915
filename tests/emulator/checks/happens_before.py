"""A plain and slow account of what happens before what: it keeps every access and every thread's past."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that lanes do: a ``load``, ``store`` or ``atomic`` of elements, a ``barrier``, a ``warp``."""

    kind: str
    lanes: tuple[int, ...]
    elements: tuple[int, ...] = ()


@dataclass
class History:
    """Vector clocks, one a lane.

    Parameters
    ----------
    known
        For each lane, the event before which it knows what each other has done.
    accesses
        For each element all accesses: event, lane, kind.
    """

    known: Any = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    accesses: Any = field(default_factory=lambda: defaultdict(list))

    def races(self, event: Event, number: int) -> bool:
        """Take note of an event and say whether it races with anything before."""
        if event.kind in ("barrier", "warp"):
            together: dict[int, int] = defaultdict(int)
            for lane in event.lanes:
                for other, until in self.known[lane].items():
                    together[other] = max(together[other], until)
                together[lane] = number
            for lane in event.lanes:
                self.known[lane] = defaultdict(int, together)
            return False
        pairs = list(zip(event.lanes, event.elements, strict=True))
        for lane, element in pairs:
            self.accesses[element].append((number, lane, event.kind))
        return any(self._races(number, lane, element, event.kind) for lane, element in pairs)

    def _races(self, number: int, lane: int, element: int, kind: str) -> bool:
        return any(
            other != lane
            and not (kind == before == "load" or kind == before == "atomic")
            and (when == number or when >= self.known[lane][other])
            for when, other, before in self.accesses[element]
        )
