"""Figures of a table that are worked out from others: fairness, deadlines, isolation, energy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

UNKNOWN = float("nan")


def jain(shares: Sequence[float]) -> float:
    """Return Jain's fairness index: 1 if all get the same, 1/n if one of n gets all.

    ``(x_1 + … + x_n)^2 / (n (x_1^2 + … + x_n^2))``, from Jain, Chiu and Hawe, "A quantitative measure of
    fairness and discrimination for resource allocation in shared computer systems" (DEC-TR-301, 1984).

    Parameters
    ----------
    shares : sequence of float
        What each gets of what it would get alone, 0 or more. NaN where any of them is unknown, or nobody
        gets anything.

    Examples
    --------
    >>> jain([0.5, 0.5]), jain([1.0, 0.0]), jain([1.0, 2.0, 3.0]) == 36 / 42
    (1.0, 0.5, True)
    """
    squares = math.fsum(share * share for share in shares)
    if not shares or not squares > 0:
        return UNKNOWN
    return math.fsum(shares) ** 2 / (len(shares) * squares)


def in_time(latencies: NDArray[np.float64], deadline_seconds: float | None) -> float:
    """Return the share of requests that were answered within the deadline; NaN without one.

    Examples
    --------
    >>> in_time(np.array([0.1, 0.2, 0.3, 0.4]), 0.3)
    0.75
    """
    if deadline_seconds is None or latencies.size == 0:
        return UNKNOWN
    return float(np.count_nonzero(latencies <= deadline_seconds) / latencies.size)


def board_power_w(at_no_use_w: float, at_full_use_w: float, use: float) -> float:
    """Return the power of a board at a use of its SMs of 0 to 1, on a straight line between the two ends.

    No more than that is supported by published figures.

    Examples
    --------
    >>> board_power_w(50.0, 400.0, 0.5)
    225.0
    """
    return at_no_use_w + (at_full_use_w - at_no_use_w) * use


def energy_per_request(power_w: float, seconds: float, share: float, requests: int) -> float:
    """Return the joules of a request, if a tenant is charged its share of the board's energy.

    Parameters
    ----------
    power_w : float
        Mean power of the board.
    seconds : float
        Length of the window.
    share : float
        The tenant's part of all use of the SMs, 0 to 1. What the board takes at no use is shared out alike.
    requests : int
        The tenant's requests in the window.

    Examples
    --------
    >>> energy_per_request(200.0, seconds=10.0, share=0.25, requests=50)
    10.0
    """
    return power_w * seconds * share / requests if requests else UNKNOWN
