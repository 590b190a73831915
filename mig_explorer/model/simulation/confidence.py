"""How sure a mean or a percentile of one run is, although its requests are not independent."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

BATCHES = 20
"""Schmeiser 1982 (*Operations Research* 30, 556-568): 10 to 30 batches, more gain nothing."""
SHORTEST_BATCH = 10
LEAST_BEYOND = 20
"""Values that must lie on either side of a percentile for its interval to mean something."""
MOST_CORRELATION = 0.5
"""Of neighbouring batches: independent ones of 20 stay below it in 98 runs of 100."""


class Interval(NamedTuple):
    """A figure and where the true one lies with the confidence asked for.

    Parameters
    ----------
    estimate, low, high : float
        In the unit of the values.
    """

    estimate: float
    low: float
    high: float


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval | None:
    """Return the mean of latencies in order of finish, with its confidence interval by batch means.

    The run is cut into 20 batches, whose means are nearly independent though neighbouring requests are not
    (Law 2015, *Simulation Modeling and Analysis*, section 9.5.3).

    Parameters
    ----------
    values : array_like
        One a request, in order of finish, from the steady part of a run.
    confidence : float
        0.95 for 95 %.

    Returns
    -------
    Interval or None
        None where it is unknown: below 200 values, or where even batches depend on each other, as in a run
        that is too short for its queue or in a queue that grows without end.

    Examples
    --------
    >>> latencies = np.random.default_rng(7).exponential(2.0, 10_000)
    >>> print("{:.2f}, {:.2f} to {:.2f}".format(*mean_interval(latencies)))
    2.01, 1.96 to 2.05
    >>> mean_interval(latencies[:100]) is None
    True
    """
    data = np.asarray(values, dtype=float)
    half = _half_width(data, confidence)
    if half is None:
        return None
    mean = float(data.mean())
    return Interval(mean, mean - half, mean + half)


def quantile_interval(values: ArrayLike, quantile: float, confidence: float = 0.95) -> Interval | None:
    """Return a percentile of latencies in order of finish, with its confidence interval.

    How large a share of the requests lies below the percentile is a mean, so batches give its interval; the
    values at the two ends of that interval are the ends of the percentile's (Woodruff 1952, *Journal of the
    American Statistical Association* 47, 635-646).

    Parameters
    ----------
    values : array_like
        One a request, in order of finish, from the steady part of a run.
    quantile : float
        Between 0 and 1: 0.99 for p99.
    confidence : float
        0.95 for 95 %.

    Returns
    -------
    Interval or None
        None where it is unknown: as in `mean_interval`, and where fewer than 20 values lie beyond the
        percentile (below 2000 values for p99), or the interval reaches past the largest value.

    Examples
    --------
    >>> latencies = np.random.default_rng(7).exponential(2.0, 10_000)
    >>> print("{:.2f}, {:.2f} to {:.2f}".format(*quantile_interval(latencies, 0.95)))
    6.10, 5.82 to 6.30
    >>> quantile_interval(latencies[:1000], 0.99) is None
    True
    """
    data = np.asarray(values, dtype=float)
    # The tiny addition forgives that 0.01 is a little less in binary.
    if len(data) * min(quantile, 1 - quantile) + 1e-6 < LEAST_BEYOND:
        return None
    estimate = float(np.quantile(data, quantile))
    half = _half_width((data <= estimate).astype(float), confidence)
    if half is None or quantile + half >= 1 or quantile - half <= 0:
        return None
    low, high = np.quantile(data, [quantile - half, quantile + half])
    return Interval(estimate, float(low), float(high))


def students_t(probability: float, degrees: int) -> float:
    """Return a quantile of Student's t distribution.

    By the expansion in Abramowitz and Stegun 1964, 26.7.5; to 0.1 % for 9 degrees of freedom or more.

    Examples
    --------
    >>> round(students_t(0.975, 19), 3)
    2.093
    """
    z = NormalDist().inv_cdf(probability)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + first / degrees + second / degrees**2 + third / degrees**3 + fourth / degrees**4


def _half_width(data: NDArray[np.float64], confidence: float) -> float | None:
    length = len(data) // BATCHES
    if length < SHORTEST_BATCH:
        return None
    means = data[len(data) - length * BATCHES :].reshape(BATCHES, length).mean(axis=1)
    apart = means - means.mean()
    variance = float(apart @ apart) / (BATCHES - 1)
    if variance > 0 and float(apart[1:] @ apart[:-1]) > MOST_CORRELATION * variance * (BATCHES - 1):
        return None
    return students_t(0.5 + confidence / 2, BATCHES - 1) * math.sqrt(variance / BATCHES)
