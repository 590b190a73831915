"""Comparing what a kernel computed with its float64 reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FLOAT32_UNIT_ROUNDOFF = 2.0**-24


@dataclass(frozen=True)
class Tolerance:
    """How far a value may be from its reference: ``atol + rtol * |expected|``."""

    rtol: float
    atol: float = 0.0


@dataclass(frozen=True)
class Bounds:
    """The least and the greatest value that each element of an output may have.

    For an output of whole numbers that rounding decides where it is close: there every number from `lowest`
    to `highest` is right, and where the two are equal, that one alone.

    Examples
    --------
    >>> counts = Bounds(lowest=np.array([3.0, 7.0]), highest=np.array([3.0, 9.0]))
    >>> counts.undecided
    0.5
    """

    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]

    @property
    def undecided(self) -> float:
        """Share of the elements that may have more than one value."""
        return float(np.mean(self.lowest < self.highest))


@dataclass(frozen=True)
class Check:
    """Whether a result agrees with its reference.

    Parameters
    ----------
    correct
        Whether every value of every output is within the tolerance.
    max_error
        The largest relative error (absolute where the reference is 0); infinite where a value is missing
        (NaN), infinite, or where an output has another shape than its reference.
    tolerance
        What was allowed.
    """

    correct: bool
    max_error: float
    tolerance: Tolerance


EXACT = Tolerance(rtol=0.0)
"""For kernels that only move numbers or count: every value must be equal."""


def rounding_tolerance(operations: int) -> Tolerance:
    """Return the worst relative error of a chain of float32 operations on positive numbers.

    A value that went through `operations` roundings carries a relative error of at most
    ``n u / (1 - n u)`` with ``u = 2**-24``. The workloads draw positive inputs, so that sums do not cancel
    and this bound holds for the result itself; a correct kernel can not exceed it in any order of summation
    with that depth, with fused multiply-add or without.

    Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, lemma 3.1.

    Examples
    --------
    >>> f"{rounding_tolerance(16).rtol:.2e}"
    '9.54e-07'
    """
    error = operations * FLOAT32_UNIT_ROUNDOFF
    return Tolerance(rtol=error / (1 - error))


def compare(
    arguments: Sequence[Any], expected: Mapping[int, NDArray[np.float64] | Bounds], tolerance: Tolerance
) -> Check:
    """Compare kernel arguments after a run with their references.

    Parameters
    ----------
    arguments
        The kernel's arguments, as the run left them.
    expected
        The reference of each output, or the bounds of its values, by its place among the arguments.
    tolerance
        How far a value may be off.

    Examples
    --------
    >>> compare([np.ones(3, np.float32)], {0: np.ones(3)}, Tolerance(rtol=1e-6)).correct
    True
    >>> compare([np.full(3, np.nan)], {0: np.ones(3)}, Tolerance(rtol=1e-6))
    Check(correct=False, max_error=inf, tolerance=Tolerance(rtol=1e-06, atol=0.0))
    """
    correct, max_error = True, 0.0
    for place, wanted in expected.items():
        actual = np.asarray(arguments[place], dtype=np.float64)
        nearest = np.clip(actual, wanted.lowest, wanted.highest) if isinstance(wanted, Bounds) else wanted
        if actual.shape != nearest.shape or not np.isfinite(actual).all():
            return Check(correct=False, max_error=float("inf"), tolerance=tolerance)
        error, magnitude = np.abs(actual - nearest), np.abs(nearest)
        correct = correct and bool((error <= tolerance.atol + tolerance.rtol * magnitude).all())
        relative = error / np.where(magnitude == 0, 1.0, magnitude)
        max_error = max(max_error, float(relative.max(initial=0.0)))
    return Check(correct=correct, max_error=max_error, tolerance=tolerance)
