"""Confidence intervals hold what they promise, and are missing where nothing is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mig_explorer.model.arrivals import Poisson
from mig_explorer.model.simulation import Arrangement, Place, Source, simulate_arrangement
from mig_explorer.model.simulation.confidence import Interval, mean_interval, quantile_interval, students_t

RUNS = 300
LOAD = 0.6


@pytest.fixture(scope="module")
def latencies() -> list[np.ndarray]:
    """M/M/1 from its steady part on: whoever comes stays an exponential time of mean ``1 / (1 - LOAD)``."""
    queue = Arrangement((Place(),), (Source("all", 0, 1.0, arrivals=Poisson(LOAD), service="exponential"),))
    return [simulate_arrangement(queue, 20_000.0, seed).latency[1000:11_000] for seed in range(RUNS)]


def covered(intervals: list[Interval | None], true: float) -> tuple[int, int]:
    known = [each for each in intervals if each is not None]
    return sum(each.low <= true <= each.high for each in known), len(known)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_the_interval_of_the_mean_holds_the_true_one_as_often_as_it_says(latencies, confidence) -> None:
    hits, known = covered([mean_interval(each, confidence) for each in latencies], 1 / (1 - LOAD))
    assert known > 0.95 * RUNS
    assert hits / known > confidence - 0.04


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_the_interval_of_a_percentile_holds_the_true_one_as_often_as_it_says(latencies, quantile) -> None:
    true = -math.log(1 - quantile) / (1 - LOAD)
    hits, known = covered([quantile_interval(each, quantile) for each in latencies], true)
    assert known > 0.9 * RUNS
    assert hits / known > 0.95 - 0.05


def test_taking_requests_for_independent_would_promise_too_much(latencies) -> None:
    def naive(values: np.ndarray) -> Interval:
        half = 1.96 * values.std() / math.sqrt(len(values))
        return Interval(values.mean(), values.mean() - half, values.mean() + half)

    hits, _ = covered([naive(each) for each in latencies], 1 / (1 - LOAD))
    assert hits / RUNS < 0.6


def test_an_interval_is_around_its_estimate(latencies) -> None:
    for interval in (mean_interval(latencies[0]), quantile_interval(latencies[0], 0.99)):
        assert interval is not None
        assert interval.low < interval.estimate < interval.high
    wide, narrow = mean_interval(latencies[0], 0.99), mean_interval(latencies[0], 0.9)
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low < narrow.high < wide.high


def test_equal_values_have_no_width() -> None:
    assert mean_interval([2.0] * 400) == Interval(2.0, 2.0, 2.0)


@pytest.mark.parametrize("count", [0, 1, 199])
def test_too_few_requests_are_unknown(count: int) -> None:
    values = np.random.default_rng(7).exponential(1.0, count)
    assert mean_interval(values) is None
    assert quantile_interval(values, 0.5) is None


def test_a_percentile_needs_values_beyond_it() -> None:
    values = np.random.default_rng(7).exponential(1.0, 2000)
    assert quantile_interval(values, 0.99) is not None
    assert quantile_interval(values[:1999], 0.99) is None
    assert quantile_interval(values[:400], 0.95) is not None
    assert quantile_interval(values[:399], 0.95) is None


def test_a_queue_that_grows_without_end_has_no_mean() -> None:
    queue = Arrangement((Place(),), (Source("all", 0, 1.0, arrivals=Poisson(1.5)),))
    latency = simulate_arrangement(queue, 5000.0, seed=7).latency
    assert mean_interval(latency) is None
    assert quantile_interval(latency, 0.5) is None


@pytest.mark.parametrize(
    ("probability", "degrees", "table"),
    [(0.95, 9, 1.833), (0.975, 19, 2.093), (0.995, 19, 2.861), (0.975, 9, 2.262), (0.995, 29, 2.756)],
)
def test_students_t_is_that_of_the_tables(probability: float, degrees: int, table: float) -> None:
    assert students_t(probability, degrees) == pytest.approx(table, abs=0.001)
