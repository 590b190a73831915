"""What a race has served so far: throughput and tail latency at each moment of the modelled time.

Only the standard library: these figures go to the page before pandas or Altair are loaded.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

POINTS = 300
WATCHING_SECONDS = 12.0


@dataclass(frozen=True)
class TimeUnit:
    """A unit to write times in, and what a time in seconds is multiplied by.

    Examples
    --------
    >>> TimeUnit.reading(0.035)
    TimeUnit(name='ms', factor=1000.0)
    """

    name: str
    factor: float

    @classmethod
    def reading(cls, seconds: float) -> TimeUnit:
        """Choose the unit in which a time reads well."""
        if seconds >= 2:
            return cls("s", 1.0)
        return cls("ms", 1e3) if seconds >= 2e-3 else cls("µs", 1e6)


@dataclass(frozen=True)
class Samples:
    """Figures so far at evenly spaced moments.

    Attributes
    ----------
    time : tuple of float
        Modelled seconds; the last is the end of the race.
    throughput : tuple of float or None
        Requests finished up to that moment, per second up to the last of them: tenants who finish together
        would else draw a saw. At the end of the race, per second of the race. None before the first.
    p99 : tuple of float or None
        99th percentile of their latencies, seconds; None before the first.
    """

    time: tuple[float, ...]
    throughput: tuple[float | None, ...]
    p99: tuple[float | None, ...]


def percentile(ordered: Sequence[float], share: float) -> float:
    """Give a percentile of sorted values, interpolated linearly as NumPy does by default.

    Examples
    --------
    >>> percentile([1.0, 2.0, 3.0], 0.5), percentile([1.0, 2.0], 0.99)
    (2.0, 1.99)
    """
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def p99_so_far(latencies: Sequence[float]) -> tuple[float, ...]:
    """Give the 99th percentile of the first, the first two, the first three… latencies.

    Examples
    --------
    >>> p99_so_far([1.0, 1.0, 5.0])
    (1.0, 1.0, 4.92)
    """
    ordered: list[float] = []
    found = []
    for latency in latencies:
        insort(ordered, latency)
        found.append(percentile(ordered, 0.99))
    return tuple(found)


def sample(finished: Sequence[float], p99: Sequence[float], duration: float, points: int = POINTS) -> Samples:
    """Read throughput and p99 so far at evenly spaced moments.

    Parameters
    ----------
    finished : sequence of float
        When each request finished, sorted, in seconds.
    p99 : sequence of float
        `p99_so_far` of their latencies in the same order.
    duration : float
        Length of the race in modelled seconds.
    points : int
        How many moments.

    Examples
    --------
    >>> sample([0.5, 1.0], [0.5, 0.6], duration=2.0, points=4)
    Samples(time=(0.5, 1.0, 1.5, 2.0), throughput=(2.0, 2.0, 2.0, 1.0), p99=(0.5, 0.6, 0.6, 0.6))
    """
    times = tuple(duration * (index + 1) / points for index in range(points))
    done = [bisect_right(finished, time) for time in times]
    rates = [count / finished[count - 1] if count else None for count in done]
    rates[-1] = done[-1] / duration
    return Samples(
        time=times,
        throughput=tuple(rates),
        p99=tuple(p99[count - 1] if count else None for count in done),
    )


def round_ticks(top: float, parts: int = 4) -> tuple[float, ...]:
    """Give round numbers from 0 up to the first that is not below `top`, in at most so many steps.

    Examples
    --------
    >>> round_ticks(616), round_ticks(0.0)
    ((0.0, 200.0, 400.0, 600.0, 800.0), (0.0, 1.0))
    """
    if not top > 0:
        return (0.0, 1.0)
    power = 10.0 ** math.floor(math.log10(top / parts))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power * parts >= top * (1 - 1e-9))
    count = math.ceil(top / step - 1e-9)
    return tuple(float(f"{index * step:.6g}") for index in range(count + 1))


def pace(duration: float, watching: float = WATCHING_SECONDS) -> float:
    """Choose how many seconds of watching one modelled second takes, so that a race lasts about 12 s.

    Returns
    -------
    float
        A round number (1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten), so that it can be said.

    Examples
    --------
    >>> pace(0.035), pace(2.0), pace(3600.0)
    (300.0, 6.0, 0.003)
    """
    wanted = watching / duration
    power = 10.0 ** math.floor(math.log10(wanted))
    nearest = min((1, 1.5, 2, 3, 4, 5, 6, 8, 10), key=lambda factor: abs(math.log(wanted / (factor * power))))
    return float(f"{nearest * power:.3g}")
