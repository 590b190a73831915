"""How far a predicted time may be off: the band around it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.model.calibration import constant
from mig_explorer.model.scaling import Equation, curve_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.model.scaling import Anchor, Share

NO_OVERLAP, CLASSIC = 1.0, 8.0
"""Exponents between which that of any job lies: parts one after another, and the longer of the two."""

NUDGE = 0.01
"""Anchors are moved by so much to see what that does to a prediction."""


class Spread(NamedTuple):
    """What a prediction does not know, each as a share of it.

    Parameters
    ----------
    leverage : float
        How many times an error of the measured times is found again in the prediction.
    ambiguity : float
        Half the range that the prediction takes over every way the parts may overlap and every mix of
        compute and memory that the job may be.
    """

    leverage: float
    ambiguity: float


def spread(
    anchors: Sequence[Anchor], share: Share, equation: Equation, host_seconds: float | None = None
) -> Spread:
    """Return what a prediction from two or more measured times does not know.

    Examples
    --------
    >>> from mig_explorer.model.scaling import Anchor, Share
    >>> whole, small = Anchor(Share(1.0, 1.0), 1.0), Anchor(Share(0.14, 0.125), 4.0)
    >>> between = spread([whole, small], Share(0.43, 0.49), Equation(1.5, 0.6))
    >>> at_one = spread([whole, small], small.share, Equation(1.5, 0.6))
    >>> round(at_one.leverage, 2), round(at_one.ambiguity, 2), between.ambiguity > 0.1
    (1.0, 0.0, True)
    """

    def seconds(measured: Sequence[Anchor], constants: Equation) -> float:
        return curve_of(measured, constants, host_seconds).seconds(constants.size(share))

    middle = seconds(anchors, equation)
    moved = []
    for place, each in enumerate(anchors):
        nudged = [*anchors[:place], each._replace(seconds=each.seconds * (1 + NUDGE)), *anchors[place + 1 :]]
        moved.append(math.log(seconds(nudged, equation) / middle) / math.log(1 + NUDGE))
    overlap = [seconds(anchors, replace(equation, exponent=k)) for k in (NO_OVERLAP, CLASSIC)]
    mix = [seconds(anchors, replace(equation, memory_weight=w)) for w in (0.0, 1.0)]
    return Spread(math.hypot(*moved), math.hypot(_half_range(overlap), _half_range(mix)))


def half_width(unknown: Spread, noise: float | None = None, weight: float | None = None) -> float:
    """Return how far the band reaches each way, as the logarithm of a factor.

    ``noise x leverage + weight x ambiguity``, with constants such that on the jobs that tuned the model,
    each left out in turn, the share ``band_coverage`` of predictions lies inside.

    Examples
    --------
    >>> half_width(Spread(leverage=1.0, ambiguity=0.2), noise=0.01, weight=0.5)
    0.11
    """
    noise = constant("time_noise") if noise is None else noise
    weight = constant("ambiguity_weight") if weight is None else weight
    return noise * unknown.leverage + weight * unknown.ambiguity


def band(
    anchors: Sequence[Anchor], share: Share, equation: Equation, host_seconds: float | None = None
) -> tuple[float, float]:
    """Return the lower and the upper end of the band around a prediction, in seconds.

    With one measured time and no known host part, the band runs from a job that no slice changes to one that
    is all GPU: how much of a job scales differs too much from one source to the next to say more.

    Examples
    --------
    >>> from mig_explorer.model.scaling import Anchor, Share
    >>> low, high = band([Anchor(Share(1.0, 1.0), 1.0)], Share(0.14, 0.125), Equation(1.5, 0.6))
    >>> round(low, 2), round(high, 2)
    (0.98, 7.84)
    """
    size = equation.size(share)
    seconds = curve_of(anchors, equation, host_seconds).seconds(size)
    if len(anchors) == 1 and host_seconds is None:
        reach = math.exp(constant("time_noise"))
        ends = [curve_of(anchors, equation, host_share=part).seconds(size) for part in (0.0, 1.0)]
        return min(ends) / reach, max(ends) * reach
    width = half_width(spread(anchors, share, equation, host_seconds))
    if host_seconds is None:
        return seconds / math.exp(width), seconds * math.exp(width)
    reach = math.exp(max(width, constant("time_noise")))
    # On a slice smaller than all anchors the GPU's part may come out from behind a host part that hid it.
    hidden = max(equation.size(each.share) for each in anchors)
    return seconds / reach, max(seconds * reach, host_seconds * max(1.0, size / hidden))


def _half_range(values: Sequence[float]) -> float:
    return (math.log(max(values)) - math.log(min(values))) / 2
