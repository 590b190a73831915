"""Who sits where and when: users arrive, wait, sit and leave, and a node may be lost."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mig_explorer.fleet.outcome import Seating, Stay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.fleet.fleet import Fleet, Kind
    from mig_explorer.fleet.node import Seat
    from mig_explorer.fleet.users import User

LEAVES, IS_LOST, ARRIVES = range(3)
"""What happens first of what happens at one moment."""


@dataclass(frozen=True)
class NodeLost:
    """A node that is gone from some moment on, with everything on it.

    Parameters
    ----------
    node : str
        Its name.
    at_s : float
        Seconds after the doors open.
    """

    node: str
    at_s: float


def seat(
    fleet: Fleet, users: Sequence[User], *, lost: Sequence[NodeLost] = (), until_s: float = math.inf
) -> Seating:
    """Seat the users of a class, first come first served.

    A user takes the smallest free seat that suits (see `Fleet.suiting`), else waits. A seat that comes free
    goes to whoever came first of those whom it suits; nobody who waits for a large seat keeps a small one
    empty. Who loses a seat with its node takes another like somebody who has just come, but ahead of all who
    came later, and stays as long as was still wanted. Nothing is cut anew: layouts stand for the whole class.

    Parameters
    ----------
    fleet : Fleet
        The nodes.
    users : sequence of User
        The class.
    lost : sequence of NodeLost
        Nodes that are lost on the way.
    until_s : float
        When the doors close; whoever has no seat by then never gets one.

    Raises
    ------
    InvalidExperiment
        If a size asked for or a node that is lost does not exist.

    Examples
    --------
    >>> from mig_explorer.fleet import Fleet, Node, User
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import parse_layout
    >>> room = Fleet([Node("a", [parse_layout(gpu("A30"), "2g.12gb 1g.6gb")])])
    >>> people = [
    ...     User("ann", 0.0, 60.0, "1g.6gb"),
    ...     User("bob", 5.0, 60.0, "1g.6gb"),
    ...     User("cy", 10.0, 60.0, "2g.12gb"),
    ... ]
    >>> print(seat(room, people).table[["user", "seat_size", "waited_s", "outcome"]].to_string(index=False))
    user seat_size  waited_s        outcome
     ann    1g.6gb       0.0 seated at once
     bob   2g.12gb       0.0 seated at once
      cy   2g.12gb      55.0         waited
    """
    for each in lost:
        fleet.node(each.node)
    return _Class(fleet, tuple(users), tuple(lost), until_s).run()


@dataclass
class _Class:
    """The state of a class while its events are gone through."""

    fleet: Fleet
    users: tuple[User, ...]
    lost: tuple[NodeLost, ...]
    until_s: float
    stays: list[Stay] = field(default_factory=list)
    seated: dict[int, tuple[int, float]] = field(default_factory=dict)
    left_over: dict[int, float] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def run(self) -> Seating:
        events: list[tuple[float, int, int]] = [
            (user.arrives_s, ARRIVES, number) for number, user in enumerate(self.users)
        ]
        events += [(each.at_s, IS_LOST, number) for number, each in enumerate(self.lost)]
        heapq.heapify(events)
        while events and events[0][0] <= self.until_s and math.isfinite(events[0][0]):
            now, what, number = heapq.heappop(events)
            if what == ARRIVES:
                self.left_over[number] = self.users[number].stays_s
                found = self._place(number, now)
            elif what == LEAVES:
                found = self._leave(number, now)
            else:
                found = self._lose(self.lost[number].node, now)
            for who in found:
                heapq.heappush(events, (now + self.left_over[who], LEAVES, who))
        for who, (where, since) in sorted(self.seated.items()):
            self.stays.append(Stay(who, where, since, self.until_s, "stayed"))
        return Seating(self.fleet, self.users, tuple(self.stays), self.lost, self.until_s)

    @cached_property
    def free(self) -> dict[Kind, list[int]]:
        """The numbers of free seats by kind, as heaps; those of a node that is gone are passed over."""
        found: dict[Kind, list[int]] = defaultdict(list)
        for number, each in enumerate(self.fleet.seats):
            found[_kind(each)].append(number)
        return found

    @cached_property
    def suiting(self) -> dict[str | None, tuple[Kind, ...]]:
        """The kinds of seats that do for each size that anybody asks for."""
        return {size: self.fleet.suiting(size) for size in dict.fromkeys(user.size for user in self.users)}

    @cached_property
    def waiting(self) -> dict[str | None, list[tuple[float, int]]]:
        """Who waits, by the size asked for, as heaps by time of arrival."""
        return {size: [] for size in self.suiting}

    def _place(self, who: int, now: float) -> list[int]:
        user = self.users[who]
        for kind in self.suiting[user.size]:
            seats = self.free[kind]
            while seats:
                number = heapq.heappop(seats)
                if self.fleet.seats[number].node not in self.gone:
                    self.seated[who] = number, now
                    return [who]
        heapq.heappush(self.waiting[user.size], (user.arrives_s, who))
        return []

    def _leave(self, who: int, now: float) -> list[int]:
        if who not in self.seated or now < self.seated[who][1] + self.left_over[who]:
            return []  # the seat was lost since, and this leaving with it
        number = self._stand_up(who, now, "left")
        kind = _kind(self.fleet.seats[number])
        first = min(
            (queue[0] for size, queue in self.waiting.items() if queue and kind in self.suiting[size]),
            default=None,
        )
        heapq.heappush(self.free[kind], number)
        if first is None:
            return []
        _, following = first
        heapq.heappop(self.waiting[self.users[following].size])
        return self._place(following, now)

    def _lose(self, node: str, now: float) -> list[int]:
        self.gone.add(node)
        out = [who for who, (number, _) in self.seated.items() if self.fleet.seats[number].node == node]
        out.sort(key=lambda who: (self.users[who].arrives_s, who))
        for who in out:
            self.left_over[who] -= now - self.seated[who][1]
            self._stand_up(who, now, "node lost")
        return [who for each in out for who in self._place(each, now)]

    def _stand_up(self, who: int, now: float, why: str) -> int:
        number, since = self.seated.pop(who)
        self.stays.append(Stay(who, number, since, now, why))
        return number


def _kind(each: Seat) -> Kind:
    return each.gpu.name, each.size
