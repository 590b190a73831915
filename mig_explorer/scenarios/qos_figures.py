"""What one tenant gets, in every sharing mode: its latencies, and how much of that is others' doing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mig_explorer.experiments.arranging import Variant, simulate_mode
from mig_explorer.experiments.figures import UNKNOWN
from mig_explorer.experiments.load import UNSTABLE, loads
from mig_explorer.model.simulation.confidence import quantile_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.experiments import Result
    from mig_explorer.experiments.trace import Event

TIMES = ("step_seconds", "low_seconds", "high_seconds")


def by_crowd(result: Result, deadline_seconds: float) -> pd.DataFrame:
    """Return what the first tenant gets beside none of the others, one of them, two, ….

    Parameters
    ----------
    result : Result
        Of an experiment.
    deadline_seconds : float
        Within which an answer is in time.

    Returns
    -------
    pandas.DataFrame
        ``mode``, ``title``, ``tenants`` (itself counted), ``requests``; ``latency_p50_s``, ``latency_p99_s``,
        ``in_time_percent``; ``load`` of its queue, from 1 on which these are NaN: latencies grow for as
        long as one watches.
    """
    rows = []
    for mode in result.modes:
        for count in range(1, len(result.header["tenants"]) + 1):
            latencies, load = _served(result, mode, Variant(count=count))
            p50, p99 = _percentiles(latencies, load)
            rows.append(
                {
                    "mode": mode["mode"],
                    "title": mode["title"],
                    "tenants": count,
                    "requests": latencies.size,
                    "latency_p50_s": p50,
                    "latency_p99_s": p99,
                    "in_time_percent": in_time(latencies, deadline_seconds) if load < UNSTABLE else math.nan,
                    "load": load,
                }
            )
    return pd.DataFrame(rows)


def isolation(result: Result) -> pd.DataFrame:
    """Return the p99 of the first tenant among all the others over its p99 alone in the same mode.

    Returns
    -------
    pandas.DataFrame
        ``mode``, ``title``; ``alone_p99_s`` with the ends of its 95 % confidence interval, which is what
        another seed could give; ``latency_p99_s``; ``isolation_times``, with ``…_low_times`` and
        ``…_high_times`` if all times are at one end of the model's band; infinite where its queue grows
        without end, and NaN where it does so even alone. ``load_high`` is the load of its queue at the longer
        end of the band.
    """
    rows = []
    for mode in result.modes:
        ratios = [_isolation(result, mode, times) for times in TIMES]
        latencies, load = _served(result, mode, Variant())
        alone, alone_load = _served(result, mode, Variant(only=0))
        worst = _served(result, mode, Variant(times="high_seconds"))[1]
        interval = quantile_interval(alone, 0.99) if alone_load < UNSTABLE else None
        known = [each for each in ratios if not math.isnan(each)]
        rows.append(
            {
                "mode": mode["mode"],
                "title": mode["title"],
                "alone_p99_s": _percentiles(alone, alone_load)[1],
                "alone_p99_ci_low_s": UNKNOWN if interval is None else interval.low,
                "alone_p99_ci_high_s": UNKNOWN if interval is None else interval.high,
                "latency_p99_s": _percentiles(latencies, load)[1],
                "isolation_times": ratios[0],
                "isolation_low_times": min(known, default=math.nan),
                "isolation_high_times": max(known, default=math.nan),
                "load_high": worst,
            }
        )
    return pd.DataFrame(rows)


def in_time(latencies: NDArray[np.float64], deadline_seconds: float) -> float:
    """Return the share of answers that came in time, in percent; NaN without any.

    Examples
    --------
    >>> in_time(np.array([1.0, 2.0, 3.0, 4.0]), 3.0)
    75.0
    """
    if not latencies.size:
        return math.nan
    return 100.0 * float(np.count_nonzero(latencies <= deadline_seconds)) / latencies.size


def latencies_of_first(result: Result, slug: str) -> NDArray[np.float64]:
    """Return the latencies of the first tenant among all the others in a mode, in seconds."""
    mode = next(mode for mode in result.modes if mode["mode"] == slug)
    return _served(result, mode, Variant())[0]


def _isolation(result: Result, mode: Event, times: str) -> float:
    alone, beside = (
        _percentiles(*_served(result, mode, variant))[1]
        for variant in (Variant(only=0, times=times), Variant(times=times))
    )
    if math.isnan(alone):
        return math.nan
    return math.inf if math.isnan(beside) else beside / alone


def _served(result: Result, mode: Event, variant: Variant) -> tuple[NDArray[np.float64], float]:
    """Return the latencies of the first tenant, and the load of its queue, 0 if it waits for its answers."""
    latencies = simulate_mode(result.header, mode, variant).by(0).latencies
    count = 1 if variant.only is not None else variant.count
    first = result.header["tenants"][0]["name"]
    return latencies, loads(result.header, mode, count, variant.times).get(first, 0.0)


def _percentiles(latencies: NDArray[np.float64], load: float) -> tuple[float, float]:
    if not latencies.size or load >= UNSTABLE:
        return math.nan, math.nan
    p50, p99 = np.percentile(latencies, [50, 99]).tolist()
    return float(p50), float(p99)
