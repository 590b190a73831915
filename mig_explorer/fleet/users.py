"""Users: when each of a class arrives, how long they stay, and what seat they ask for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.errors import InvalidExperiment
from mig_explorer.fleet.node import check_count

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST, LONGEST = 0.5, 1.5
"""Sessions are drawn evenly between half and one and a half times the mean: assumed, for want of a source."""


@dataclass(frozen=True)
class User:
    """Somebody who wants a seat.

    Parameters
    ----------
    name : str
        Who it is.
    arrives_s : float
        Seconds after the doors open.
    stays_s : float
        Seconds of seat wanted; infinity to stay to the end.
    size : str or None
        The profile asked for; a bigger one does too. None for any seat.

    Raises
    ------
    InvalidExperiment
        If a time is none.

    Examples
    --------
    >>> User("ann", 0.0, 3600.0, "1g.5gb").stays_s
    3600.0
    """

    name: str
    arrives_s: float
    stays_s: float = math.inf
    size: str | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.arrives_s) and self.arrives_s >= 0 and self.stays_s > 0):
            raise InvalidExperiment(
                f"{self.name} arrives at {self.arrives_s!r} s and stays {self.stays_s!r} s: the first is 0 "
                f"or more and finite, the second more than 0. For example User('ann', 30.0, 3600.0)."
            )


def arriving(
    count: int,
    within_s: float,
    *,
    stays_s: float = math.inf,
    sizes: Mapping[str, int] | None = None,
    seed: int = 7,
) -> tuple[User, ...]:
    """Return a class whose users arrive evenly at random within some time, in order of arrival.

    Parameters
    ----------
    count : int
        How many users, 1 or more.
    within_s : float
        Seconds from the first moment to the last at which one may arrive; 0 for all at once.
    stays_s : float
        Mean seconds of a session, drawn evenly between half and one and a half times that; infinity for a
        class that stays to the end.
    sizes : mapping of str to int, optional
        In which proportions the profiles are asked for; the counts are met as nearly as whole users allow,
        and who asks for what is drawn. By default nobody asks for a size.
    seed : int
        Of all draws.

    Raises
    ------
    InvalidExperiment
        If a number is out of range, or all proportions are 0.

    Examples
    --------
    >>> users = arriving(56, 300.0, sizes={"1g.5gb": 6, "2g.10gb": 1, "3g.20gb": 1})
    >>> [sum(user.size == size for user in users) for size in ("1g.5gb", "2g.10gb", "3g.20gb")]
    [42, 7, 7]
    >>> users[0].arrives_s < users[-1].arrives_s <= 300.0
    True
    """
    check_count("count", count, "a class has", 56)
    if not (math.isfinite(within_s) and within_s >= 0 and stays_s > 0):
        raise InvalidExperiment(
            f"within_s={within_s!r}, stays_s={stays_s!r}: a class arrives within 0 or more seconds and stays "
            f"more than 0. For example within_s=300, stays_s=3600."
        )
    random = np.random.default_rng(np.random.SeedSequence([seed, count]))
    arrivals = np.sort(random.uniform(0.0, within_s, count)) if within_s else np.zeros(count)
    sessions = np.full(count, math.inf)
    if math.isfinite(stays_s):
        sessions = random.uniform(SHORTEST * stays_s, LONGEST * stays_s, count)
    wanted = random.permutation(np.array(_shared_out(count, sizes or {}), dtype=object))
    return tuple(
        User(f"user {number + 1}", float(arrives), float(stays), size)
        for number, (arrives, stays, size) in enumerate(zip(arrivals, sessions, wanted, strict=True))
    )


def _shared_out(count: int, sizes: Mapping[str, int]) -> list[str | None]:
    """Return a size for each user: whole parts first, what is left to the largest remainders."""
    if not sizes:
        return [None] * count
    total = sum(sizes.values())
    if total <= 0 or min(sizes.values()) < 0:
        raise InvalidExperiment(
            f"sizes={dict(sizes)!r}: give how many of each profile are asked for, 0 or more, and not all 0. "
            f"For example {{'1g.5gb': 6, '3g.20gb': 1}}."
        )
    parts = {size: count * part / total for size, part in sizes.items()}
    whole = {size: math.floor(part) for size, part in parts.items()}
    by_rest = sorted(parts, key=lambda size: whole[size] - parts[size])
    for size in by_rest[: count - sum(whole.values())]:
        whole[size] += 1
    return [size for size, number in whole.items() for _ in range(number)]
