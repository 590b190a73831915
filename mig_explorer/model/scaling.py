"""How the time of a measured job grows as its slice shrinks: the equation behind `MeasuredWorkload`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.errors import InvalidWorkload
from mig_explorer.model.bandwidth import reachable_bandwidth
from mig_explorer.model.calibration import constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu, Slice

GOLDEN = (math.sqrt(5) - 1) / 2


class Share(NamedTuple):
    """What a slice has of the whole board: SMs, and the bandwidth that they reach.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = gpu("A100-SXM4-40GB")
    >>> [round(each, 3) for each in share_of(board.slice("1g.5gb"), board)]
    [0.13, 0.126]
    """

    compute: float
    memory: float


class Anchor(NamedTuple):
    """A measured time, and what the slice that it was measured on has of the board."""

    share: Share
    seconds: float


class Point(NamedTuple):
    """A measured time, and how many times smaller than the board its slice is by an equation."""

    size: float
    seconds: float


@dataclass(frozen=True)
class Equation:
    """The two constants of ``x = (1/sigma)^(1-w) (1/beta)^w`` and ``t^k = t_0^k + (T x)^k``.

    Parameters
    ----------
    exponent : float
        k: 1 adds the host part to the GPU part, infinity takes the longer of the two.
    memory_weight : float
        w: 0 scales with SMs alone, 1 with bandwidth alone.

    Examples
    --------
    >>> Equation(exponent=1.5, memory_weight=0.5).size(Share(compute=0.25, memory=0.25))
    4.0
    """

    exponent: float
    memory_weight: float

    def size(self, share: Share) -> float:
        """Return x: how many times longer the GPU part takes with these shares than on the whole board."""
        weight = self.memory_weight
        return float((1 / share.compute) ** (1 - weight) * (1 / share.memory) ** weight)


@dataclass(frozen=True)
class Curve:
    """A job's time over the size of its slice.

    Parameters
    ----------
    host_seconds : float
        t_0: the part that no slice changes.
    gpu_seconds : float
        T: what the rest takes on the whole board.
    exponent : float
        k, by which the two are joined.
    steepness : float
        1, or more where measured times grow faster than slices shrink: T x to this power.
    """

    host_seconds: float
    gpu_seconds: float
    exponent: float
    steepness: float = 1.0

    def on_gpu(self, size: float) -> float:
        """Return the GPU part on a slice, in seconds."""
        return float(self.gpu_seconds * size**self.steepness)

    def seconds(self, size: float) -> float:
        """Return the time on a slice.

        Examples
        --------
        >>> Curve(host_seconds=3.0, gpu_seconds=1.0, exponent=2.0).seconds(4.0)
        5.0
        """
        return joined(self.host_seconds, self.on_gpu(size), self.exponent)


def default_equation() -> Equation:
    """Return the equation with the constants of ``calibration.json``."""
    return Equation(constant("overlap_exponent"), constant("memory_weight"))


def joined(first: float, second: float, exponent: float) -> float:
    """Return ``(a^k + b^k)^(1/k)``; for an infinite exponent the larger of the two.

    Examples
    --------
    >>> joined(3.0, 4.0, 1.0), joined(3.0, 4.0, 2.0), joined(3.0, 4.0, float("inf"))
    (7.0, 5.0, 4.0)
    """
    longer = max(first, second)
    if longer == 0 or math.isinf(exponent):
        return longer
    return float(longer * ((first / longer) ** exponent + (second / longer) ** exponent) ** (1 / exponent))


def share_of(piece: Slice, board: Gpu) -> Share:
    """Return what a slice has of a board's SMs and of its bandwidth.

    A slice of few SMs beside much memory reaches no more than its SMs can draw.

    Raises
    ------
    InvalidWorkload
        If the SMs or the bandwidth of the slice or of the board are unknown.
    """
    bandwidth, whole = piece.bandwidth.value, board.whole.bandwidth.value
    if piece.sms is None or bandwidth is None or whole is None:
        message = (
            f"The {'SMs' if piece.sms is None else 'bandwidth'} of {piece.name} of {board.name} "
            f"{'are' if piece.sms is None else 'is'} unknown, so no time can be predicted on it."
        )
        raise InvalidWorkload(message)
    reached = reachable_bandwidth(float(bandwidth), piece.sms, board)
    return Share(piece.sms / board.sms, reached / float(whole))


def curve_of(
    anchors: Sequence[Anchor],
    equation: Equation,
    host_seconds: float | None = None,
    host_share: float | None = None,
) -> Curve:
    """Return the curve of a job from its measured times.

    Parameters
    ----------
    anchors : sequence of Anchor
        At least one.
    equation : Equation
        Its constants.
    host_seconds : float or None
        The part that no slice changes, where it is known.
    host_share : float or None
        That part of ``t^k`` on the whole board, used with one anchor only; None for what is usual
        (``host_share`` of the constants).

    Examples
    --------
    >>> whole, small = Share(1.0, 1.0), Share(0.125, 0.125)
    >>> curve = curve_of([Anchor(whole, 2.0), Anchor(small, 9.0)], Equation(1.0, 0.5))
    >>> curve.host_seconds, curve.gpu_seconds
    (1.0, 1.0)
    """
    by_size: dict[float, list[float]] = {}
    for each in anchors:
        by_size.setdefault(equation.size(each.share), []).append(each.seconds)
    points = [Point(size, _geometric_mean(times)) for size, times in sorted(by_size.items())]
    if host_seconds is not None:
        return curve_with_host(points, host_seconds)
    if len(points) == 1:
        share = constant("host_share") if host_share is None else host_share
        return curve_with_host_share(points[0], equation.exponent, share)
    return fit_curve(points, equation.exponent)


def fit_curve(points: Sequence[Point], exponent: float) -> Curve:
    """Return the curve through two points, or the one nearest to more of them.

    Nearest is least squares of the logarithms. Where the times grow faster than the slices shrink, the host
    part is 0 and the curve is steeper than 1; where a larger slice took longer, it is flat.

    Parameters
    ----------
    points : sequence of Point
        At least two, of different sizes.
    exponent : float
        k, finite.

    Examples
    --------
    >>> curve = fit_curve([Point(1.0, 2.0), Point(8.0, 9.0)], exponent=1.0)
    >>> curve.host_seconds, curve.gpu_seconds
    (1.0, 1.0)
    >>> fit_curve([Point(1.0, 1.0), Point(2.0, 4.0)], exponent=1.5).steepness
    2.0
    """
    slope = _slope(points)
    if slope <= 0:
        return Curve(_geometric_mean([each.seconds for each in points]), 0.0, exponent)
    if len(points) == 2:
        return _through(points[0], points[1], exponent, slope)
    share = _best_share(points, exponent)
    curve = _with_share(points, exponent, share)
    steep = _steep(points, exponent, slope)
    return steep if slope > 1 and _misfit(points, steep) < _misfit(points, curve) else curve


def curve_with_host_share(point: Point, exponent: float, share: float) -> Curve:
    """Return the curve through one point whose host part is a given share of ``t^k`` on the whole board.

    Examples
    --------
    >>> curve = curve_with_host_share(Point(1.0, 8.0), exponent=1.0, share=0.25)
    >>> round(curve.host_seconds, 6), round(curve.gpu_seconds, 6)
    (2.0, 6.0)
    """
    return _with_share([point], exponent, share)


def curve_with_host(points: Sequence[Point], host_seconds: float) -> Curve:
    """Return the curve of a job whose host part is known: the longer of that and of what the GPU does.

    A GPU works while the host prepares what comes next, so the longer one decides. Points that took no longer
    than the host part say nothing of the GPU's; without others, the GPU part is taken to be hidden.

    Examples
    --------
    >>> curve = curve_with_host([Point(1.0, 11.0), Point(8.0, 24.0)], host_seconds=11.0)
    >>> curve.seconds(2.0), round(curve.seconds(4.0), 6)
    (11.0, 12.0)
    """
    told = [each for each in points if each.seconds > host_seconds * (1 + constant("time_noise"))]
    if not told:
        return Curve(host_seconds, 0.0, math.inf)
    steepness = max(1.0, _slope(told)) if len(told) > 1 else 1.0
    level = _geometric_mean([each.seconds / each.size**steepness for each in told])
    return Curve(host_seconds, level, math.inf, steepness)


def _through(first: Point, second: Point, exponent: float, slope: float) -> Curve:
    small, large = sorted((first, second))
    unit = small.seconds
    gain = ((large.seconds / unit) ** exponent - 1) / (large.size**exponent - small.size**exponent)
    host = 1 - gain * small.size**exponent
    if host < 0:
        return _steep([small, large], exponent, slope)
    return Curve(unit * host ** (1 / exponent), unit * gain ** (1 / exponent), exponent)


def _steep(points: Sequence[Point], exponent: float, slope: float) -> Curve:
    level = _geometric_mean([each.seconds / each.size**slope for each in points])
    return Curve(0.0, level, exponent, slope)


def _with_share(points: Sequence[Point], exponent: float, share: float) -> Curve:
    unscaled = Curve(share ** (1 / exponent), (1 - share) ** (1 / exponent), exponent)
    scale = _geometric_mean([each.seconds / unscaled.seconds(each.size) for each in points])
    return Curve(scale * unscaled.host_seconds, scale * unscaled.gpu_seconds, exponent)


def _best_share(points: Sequence[Point], exponent: float) -> float:
    """Golden-section search; the misfit has one minimum in the share."""

    def misfit(share: float) -> float:
        return _misfit(points, _with_share(points, exponent, share))

    low, high = 0.0, 1.0
    first, second = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_first, at_second = misfit(first), misfit(second)
    for _ in range(60):
        if at_first < at_second:
            high, second, at_second = second, first, at_first
            first = high - GOLDEN * (high - low)
            at_first = misfit(first)
        else:
            low, first, at_first = first, second, at_second
            second = low + GOLDEN * (high - low)
            at_second = misfit(second)
    return (low + high) / 2


def _misfit(points: Sequence[Point], curve: Curve) -> float:
    return sum(math.log(curve.seconds(each.size) / each.seconds) ** 2 for each in points)


def _slope(points: Sequence[Point]) -> float:
    sizes = [math.log(each.size) for each in points]
    times = [math.log(each.seconds) for each in points]
    middle, mean = sum(sizes) / len(sizes), sum(times) / len(times)
    across = sum((each - middle) ** 2 for each in sizes)
    return sum((x - middle) * (y - mean) for x, y in zip(sizes, times, strict=True)) / across


def _geometric_mean(values: Sequence[float]) -> float:
    return math.exp(sum(math.log(each) for each in values) / len(values))
