"""How far the latencies of one run may be from what a run without end would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.experiments.figures import UNKNOWN
from mig_explorer.model.simulation.confidence import mean_interval, quantile_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERCENTILES = (50, 95, 99)

FIGURES_WITH_INTERVALS = ("latency_mean", *(f"latency_p{each}" for each in PERCENTILES))


def latency_figures(latencies: NDArray[np.float64]) -> dict[str, float]:
    """Return mean and percentiles of latencies in order of finish, each with its 95 % confidence interval.

    The ends are NaN where there are too few requests to tell: 200 for a mean, 2,000 for a p99.

    Examples
    --------
    >>> found = latency_figures(np.random.default_rng(7).exponential(2.0, 10_000))
    >>> print(
    ...     "{latency_p95_s:.2f}, {latency_p95_ci_low_s:.2f} to {latency_p95_ci_high_s:.2f}".format(**found)
    ... )
    6.10, 5.82 to 6.30
    """
    estimates = (float(np.mean(latencies)), *np.percentile(latencies, PERCENTILES).tolist())
    intervals = (
        mean_interval(latencies),
        *(quantile_interval(latencies, each / 100) for each in PERCENTILES),
    )
    found: dict[str, float] = {}
    for name, estimate, interval in zip(FIGURES_WITH_INTERVALS, estimates, intervals, strict=True):
        found[f"{name}_s"] = estimate
        found[f"{name}_ci_low_s"] = UNKNOWN if interval is None else interval.low
        found[f"{name}_ci_high_s"] = UNKNOWN if interval is None else interval.high
    return found
