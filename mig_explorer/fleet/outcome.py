"""What became of a class: who sat where, who waited, who lost a seat, and how full it was when."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from mig_explorer.fleet.fleet import Fleet
    from mig_explorer.fleet.node import Seat
    from mig_explorer.fleet.seating import NodeLost
    from mig_explorer.fleet.users import User

AT_ONCE, WAITED, NEVER = "seated at once", "waited", "never seated"
MOVED, OUT = "lost the seat, got another", "lost the seat, got none"
OUTCOMES = (AT_ONCE, WAITED, MOVED, OUT, NEVER)
"""What may become of a user."""


@dataclass(frozen=True)
class Stay:
    """One user on one seat.

    Parameters
    ----------
    user, seat : int
        Their numbers in the class and in the fleet.
    from_s, to_s : float
        Seconds after the doors open; infinity for who stays without end.
    ended : str
        ``"left"``, ``"node lost"`` or ``"stayed"`` to the end.
    """

    user: int
    seat: int
    from_s: float
    to_s: float
    ended: str


@dataclass(frozen=True)
class Seating:
    """A class that was seated.

    Parameters
    ----------
    fleet : Fleet
        The nodes.
    users : tuple of User
        The class.
    stays : tuple of Stay
        In the order in which they ended.
    lost : tuple of NodeLost
        Nodes that were lost.
    until_s : float
        When the doors closed.
    """

    fleet: Fleet
    users: tuple[User, ...]
    stays: tuple[Stay, ...]
    lost: Sequence[NodeLost] = ()
    until_s: float = math.inf

    @cached_property
    def _stays_of(self) -> dict[int, list[Stay]]:
        found: dict[int, list[Stay]] = {number: [] for number in range(len(self.users))}
        for stay in self.stays:
            found[stay.user].append(stay)
        return found

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each user.

        ``user``; ``size`` asked for; ``arrived_s``, ``seated_s``, ``waited_s`` for the first seat (NaN for
        who never gets one); ``seat`` and ``seat_size``, the first one; ``bigger``, whether it is another size
        than the one asked for; ``lost_seat`` with its node, and then ``waited_again_s`` and
        ``next_seat``; ``outcome``, one of `OUTCOMES`.
        """
        import pandas as pd  # noqa: PLC0415 - only tables need it, and it takes half a second

        table = pd.DataFrame([self._row(number) for number in range(len(self.users))])
        table.attrs["provenance"] = "counted from the layouts and the times of arrival, which are assumed"
        return table

    def _row(self, number: int) -> dict[str, Any]:
        user, stays = self.users[number], self._stays_of[number]
        lost = next((place for place, stay in enumerate(stays) if stay.ended == "node lost"), None)
        again = stays[lost + 1] if lost is not None and lost + 1 < len(stays) else None
        first = self.fleet.seats[stays[0].seat] if stays else None
        waited = stays[0].from_s - user.arrives_s if stays else math.nan
        if not stays:
            outcome = NEVER
        elif lost is not None:
            outcome = OUT if stays[-1].ended == "node lost" else MOVED
        else:
            outcome = WAITED if waited > 0 else AT_ONCE
        return {
            "user": user.name,
            "size": user.size,
            "arrived_s": user.arrives_s,
            "seated_s": stays[0].from_s if stays else math.nan,
            "waited_s": waited,
            "seat": str(first) if first else None,
            "seat_size": first.size if first else None,
            "bigger": first is not None and user.size is not None and first.size != user.size,
            "lost_seat": lost is not None,
            "waited_again_s": again.from_s - stays[lost].to_s if again and lost is not None else math.nan,
            "next_seat": str(self.fleet.seats[again.seat]) if again else None,
            "outcome": outcome,
        }

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many users each of `OUTCOMES` became of.

        Examples
        --------
        >>> from mig_explorer.fleet import Fleet, arriving, dgx_spark, seat
        >>> seat(Fleet([dgx_spark("spark 1", 4)]), arriving(6, 60.0, stays_s=600.0)).counts
        {'seated at once': 4, 'waited': 2, 'lost the seat, got another': 0, 'lost the seat, got none': 0,
         'never seated': 0}
        """
        found = self.table["outcome"].value_counts()
        return {outcome: int(found.get(outcome, 0)) for outcome in OUTCOMES}

    @cached_property
    def over_time(self) -> pd.DataFrame:
        """How full it is, one row for each moment at which anything changes.

        ``at_s``, and from then on ``arrived`` so far, ``seated`` and ``waiting``. A user who leaves, or whose
        doors close, neither sits nor waits any more.
        """
        import pandas as pd  # noqa: PLC0415

        changes: dict[float, list[int]] = {0.0: [0, 0, 0]}

        def change(at: float, column: int, by: int) -> None:
            if at <= self.until_s and math.isfinite(at):
                changes.setdefault(at, [0, 0, 0])[column] += by

        for number, user in enumerate(self.users):
            change(user.arrives_s, 0, 1)
            change(user.arrives_s, 2, 1)
            for stay in self._stays_of[number]:
                change(stay.from_s, 1, 1)
                change(stay.from_s, 2, -1)
                change(stay.to_s, 1, -1)
                if stay.ended == "node lost":
                    change(stay.to_s, 2, 1)
        rows = []
        total = [0, 0, 0]
        for at in sorted(changes):
            total = [before + by for before, by in zip(total, changes[at], strict=True)]
            rows.append((at, *total))
        table = pd.DataFrame(rows, columns=["at_s", "arrived", "seated", "waiting"])
        table.attrs["provenance"] = self.table.attrs["provenance"]
        return table

    @property
    def fullest_s(self) -> float:
        """The first moment at which as many sit as ever do, once every node that is lost is gone."""
        table = self.over_time
        last_loss = max((each.at_s for each in self.lost), default=0.0)
        after = table[table["at_s"] >= last_loss]
        after = table.tail(1) if after.empty else after
        return float(after.loc[after["seated"] == after["seated"].max(), "at_s"].iloc[0])

    def taken(self, at_s: float) -> dict[int, Seat]:
        """Return who sits where at a moment: the seat by the user's number."""
        return {
            stay.user: self.fleet.seats[stay.seat] for stay in self.stays if stay.from_s <= at_s < stay.to_s
        }
