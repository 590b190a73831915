"""How many DGX Sparks answer a class as soon as the slices of the A100s do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from mig_explorer.fleet import Experience, Fleet, dgx_spark, experience
from mig_explorer.scenarios.scale_seats import SEED

if TYPE_CHECKING:
    from mig_explorer.scenarios.scale_seats import Class
    from mig_explorer.workloads import Workload

GRID = (1, 2, 4, 7, 14, 28, 56)
"""Users on a Spark at which its latency is drawn."""

NO_WORSE = 1.005
"""Latencies that differ by less are the same as far as three figures go."""


@dataclass(frozen=True)
class Times:
    """A p99 latency with the ends of the model's band, in seconds.

    Parameters
    ----------
    value, low, high : float
        As modelled; and if every request took the shortest and the longest time of the band.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, found: Experience) -> Times:
        """Return the p99 of the user who is worst off."""
        return cls(*(found.worst(f"latency_p99{end}_s") for end in ("", "_low", "_high")))

    @property
    def band(self) -> tuple[float, float]:
        """Both ends."""
        return self.low, self.high


@dataclass(frozen=True)
class Sparks:
    """The fewest Sparks at which nobody is worse off than the level, and the ends of the band.

    Parameters
    ----------
    value, low, high : int or None
        None if no number of them does: one user alone on a Spark waits longer. ``low`` takes the Spark at its
        best and the slice at its worst, ``high`` the reverse.
    """

    value: int | None
    low: int | None
    high: int | None


class SparkUsers:
    """A DGX Spark with more and more of a class on it; what was modelled is kept.

    Parameters
    ----------
    of : Class
        The class.
    work : Workload
        What each request runs.
    think_seconds : float
        Mean time between an answer and the next request.
    """

    def __init__(self, of: Class, work: Workload, think_seconds: float) -> None:
        self.of, self.work, self.think = of, work, think_seconds
        self.most = of.most_on_a_spark(of.users)
        self._found: dict[int, Experience] = {}

    def together(self, users: int) -> Experience:
        """Return what so many users of one Spark experience."""
        if users not in self._found:
            fleet = Fleet([dgx_spark("Spark", users, self.of.mode)])
            self._found[users] = experience(
                fleet, fleet.seats, self.work, think_seconds=self.think, seed=SEED
            )
        return self._found[users]

    def fewest(self, level: Times) -> Sparks:
        """Return the fewest Sparks on which the class gets its answers within the level."""
        return Sparks(
            self._fewest("", level.value), self._fewest("_low", level.high), self._fewest("_high", level.low)
        )

    def fewest_as_modelled(self, level: Times) -> float:
        """Return the fewest Sparks without a band; NaN if no number does."""
        count = self._fewest("", level.value)
        return math.nan if count is None else count

    def _fewest(self, end: str, level: float) -> int | None:
        def does(users: int) -> bool:
            return self.together(users).worst(f"latency_p99{end}_s") <= NO_WORSE * level

        if not does(1):
            return None
        # Latency grows with the users: what was modelled already says where to look.
        done = {users: does(users) for users in sorted(self._found)}
        low = max(users for users, well in done.items() if well)
        high = min((users - 1 for users, well in done.items() if not well), default=self.most)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if does(middle) else (low, middle - 1)
        return math.ceil(self.of.users / low)

    def table(self) -> pd.DataFrame:
        """Return a row for each number of Sparks that share the class evenly, the fewest first.

        ``machines``, ``users_each``; ``latency_p50_s``, ``latency_p99_s`` and its band;
        ``throughput_per_s`` of the whole class with its band; ``memory_gib_each``, an even part.
        """
        most = self.of.most_on_a_spark(self.of.users)
        counts = sorted(
            {most, self.of.users_on_a_spark, *(each for each in GRID if each < most)}, reverse=True
        )
        rows: list[dict[str, Any]] = []
        for users in counts:
            found = self.together(users)
            (row,) = (
                {str(name): value for name, value in each.items()} for each in found.table.to_dict("records")
            )
            rows.append(
                {
                    "machines": math.ceil(self.of.users / users),
                    "users_each": users,
                    **{name: row[name] for name in row if name.startswith("latency")},
                    **{
                        f"throughput{end}_per_s": row[f"throughput{end}_per_s"] * self.of.users
                        for end in ("", "_low", "_high")
                    },
                    "memory_gib_each": row["memory_mib"] / 1024,
                }
            )
        table = pd.DataFrame(rows)
        table.attrs["name"] = "DGX Sparks"
        table.attrs["provenance"] = self.together(1).table.attrs["provenance"]
        return table
