"""How far a predicted time may be off: the band around it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.model.calibration import constant
from mig_explorer.model.scaling import Equation, curve_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.model.scaling import Anchor, Curve, Share

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


@dataclass(frozen=True)
class Fitted:
    """The curve through measured times, and those that would do as well, each fitted once and when needed.

    Parameters
    ----------
    anchors : tuple of Anchor
        The measured times.
    equation : Equation
        Its constants.
    host_seconds : float or None
        The part that no slice changes, where it is known.

    Examples
    --------
    >>> from mig_explorer.model.scaling import Anchor, Share
    >>> job = Fitted((Anchor(Share(1.0, 1.0), 1.0), Anchor(Share(0.14, 0.125), 4.0)), Equation(1.5, 0.6))
    >>> between = Share(0.43, 0.49)
    >>> low, high = job.band(between)
    >>> low < job.seconds(between) < high
    True
    """

    anchors: tuple[Anchor, ...]
    equation: Equation
    host_seconds: float | None = None

    @cached_property
    def curve(self) -> Curve:
        """The curve through the times, or the one nearest to them."""
        return curve_of(self.anchors, self.equation, self.host_seconds)

    def seconds(self, share: Share) -> float:
        """Return the time on a slice."""
        return self.curve.seconds(self.equation.size(share))

    def spread(self, share: Share) -> Spread:
        """Return what a prediction from two or more measured times does not know."""
        middle = self.seconds(share)
        moved = [math.log(each.seconds(share) / middle) / math.log(1 + NUDGE) for each in self._nudged]
        overlap = [each.seconds(share) for each in self._overlaps]
        mix = [each.seconds(share) for each in self._mixes]
        return Spread(math.hypot(*moved), math.hypot(_half_range(overlap), _half_range(mix)))

    def band(self, share: Share) -> tuple[float, float]:
        """Return the lower and the upper end of the band around a prediction, in seconds.

        With one measured time and no known host part, the band runs from a job that no slice changes to one
        that is all GPU: how much of a job scales differs too much from one source to the next to say more.
        """
        size = self.equation.size(share)
        if len(self.anchors) == 1 and self.host_seconds is None:
            reach = math.exp(constant("time_noise"))
            ends = [each.seconds(size) for each in self._ends]
            return min(ends) / reach, max(ends) * reach
        seconds, width = self.seconds(share), half_width(self.spread(share))
        if self.host_seconds is None:
            return seconds / math.exp(width), seconds * math.exp(width)
        reach = math.exp(max(width, constant("time_noise")))
        # On a slice smaller than all anchors the GPU's part may come out from behind a host part that hid it.
        hidden = max(self.equation.size(each.share) for each in self.anchors)
        return seconds / reach, max(seconds * reach, self.host_seconds * max(1.0, size / hidden))

    @cached_property
    def _nudged(self) -> tuple[Fitted, ...]:
        found = []
        for place, each in enumerate(self.anchors):
            moved = each._replace(seconds=each.seconds * (1 + NUDGE))
            found.append(replace(self, anchors=(*self.anchors[:place], moved, *self.anchors[place + 1 :])))
        return tuple(found)

    @cached_property
    def _overlaps(self) -> tuple[Fitted, ...]:
        return tuple(
            replace(self, equation=replace(self.equation, exponent=k)) for k in (NO_OVERLAP, CLASSIC)
        )

    @cached_property
    def _mixes(self) -> tuple[Fitted, ...]:
        return tuple(replace(self, equation=replace(self.equation, memory_weight=w)) for w in (0.0, 1.0))

    @cached_property
    def _ends(self) -> tuple[Curve, ...]:
        """The curves of a job that is all GPU, and of one that no slice changes."""
        return tuple(curve_of(self.anchors, self.equation, host_share=part) for part in (0.0, 1.0))


def spread(
    anchors: Sequence[Anchor], share: Share, equation: Equation, host_seconds: float | None = None
) -> Spread:
    """Return what a prediction from two or more measured times does not know, as `Fitted.spread`.

    Examples
    --------
    >>> from mig_explorer.model.scaling import Anchor, Share
    >>> whole, small = Anchor(Share(1.0, 1.0), 1.0), Anchor(Share(0.14, 0.125), 4.0)
    >>> between = spread([whole, small], Share(0.43, 0.49), Equation(1.5, 0.6))
    >>> at_one = spread([whole, small], small.share, Equation(1.5, 0.6))
    >>> round(at_one.leverage, 2), round(at_one.ambiguity, 2), between.ambiguity > 0.1
    (1.0, 0.0, True)
    """
    return Fitted(tuple(anchors), equation, host_seconds).spread(share)


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
    """Return the lower and the upper end of the band around a prediction, in seconds, as `Fitted.band`.

    Examples
    --------
    >>> from mig_explorer.model.scaling import Anchor, Share
    >>> low, high = band([Anchor(Share(1.0, 1.0), 1.0)], Share(0.14, 0.125), Equation(1.5, 0.6))
    >>> round(low, 2), round(high, 2)
    (0.98, 7.84)
    """
    return Fitted(tuple(anchors), equation, host_seconds).band(share)


def _half_range(values: Sequence[float]) -> float:
    return (math.log(max(values)) - math.log(min(values))) / 2
