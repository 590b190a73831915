"""The simulation against queueing theory, with independent replications."""

from __future__ import annotations

import math
from math import comb, factorial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mig_explorer.model.arrivals import Bursty, ClosedLoop, Poisson
from mig_explorer.model.simulation import Arrangement, Place, Served, Source, simulate_arrangement

if TYPE_CHECKING:
    from collections.abc import Callable

REPLICATIONS = 20
T_99_PERCENT = 2.861
"""Student's t for 19 degrees of freedom."""
WARM_UP = 0.1
"""Share of a run that is left out, since it begins empty."""


def interval(
    figure: Callable[[Served], float], arrangement: Arrangement, seconds: float
) -> tuple[float, float]:
    """Return the mean of a figure over independent runs and half the width of its 99 % interval."""
    found = [figure(simulate_arrangement(arrangement, seconds, seed)) for seed in range(REPLICATIONS)]
    return float(np.mean(found)), T_99_PERCENT * float(np.std(found, ddof=1)) / math.sqrt(REPLICATIONS)


def assert_agrees(found: tuple[float, float], expected: float, precision: float = 0.02) -> None:
    mean, half = found
    assert half < precision * expected, "precise enough to find a wrong simulation out"
    assert abs(mean - expected) <= half


def steady(served: Served) -> Any:
    return served.arrived > WARM_UP * served.seconds


def mean_wait(served: Served) -> float:
    return float((served.started - served.arrived)[steady(served)].mean())


def mean_latency(served: Served) -> float:
    return float(served.latency[steady(served)].mean())


def throughput(served: Served) -> float:
    late = served.finished > WARM_UP * served.seconds
    return float(late.sum()) / (served.seconds * (1 - WARM_UP))


def one_source(place: Place, rate: float, service: Any, **fields: Any) -> Arrangement:
    return Arrangement((place,), (Source("all", 0, 1.0, arrivals=Poisson(rate), service=service, **fields),))


def erlang_c(servers: int, load: float) -> float:
    """Return the chance to wait in M/M/c (Kleinrock 1975, section 3.5)."""
    full = load**servers / factorial(servers) / (1 - load / servers)
    return full / (sum(load**n / factorial(n) for n in range(servers)) + full)


@pytest.mark.parametrize(("servers", "use"), [(1, 0.5), (2, 0.7), (5, 0.8), (20, 0.9)])
def test_waiting_for_one_of_several_seats_is_erlangs(servers: int, use: float) -> None:
    rate = servers * use
    expected = erlang_c(servers, rate) / (servers - rate)
    found = interval(mean_wait, one_source(Place(servers), rate, "exponential"), 60_000 / rate)
    assert_agrees(found, expected, precision=0.08)


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
@pytest.mark.parametrize(("service", "variation"), [("deterministic", 0.0), ("exponential", 1.0)])
def test_waiting_in_one_queue_is_as_pollaczek_and_khinchine_say(load, service, variation) -> None:
    expected = load * (1 + variation) / (2 * (1 - load))
    found = interval(mean_wait, one_source(Place(), load, service), 60_000 / load)
    assert_agrees(found, expected, precision=0.04)


def test_several_tenants_in_one_queue_are_one_stream() -> None:
    load, tenants = 0.7, 7
    sources = tuple(Source(f"{n}", 0, 1.0, arrivals=Poisson(load / tenants)) for n in range(tenants))
    found = interval(mean_wait, Arrangement((Place(),), sources), 80_000)
    assert_agrees(found, load / (2 * (1 - load)), precision=0.03)


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
@pytest.mark.parametrize("service", ["deterministic", "exponential"])
def test_sharing_depends_on_the_mean_of_the_service_alone(load, service) -> None:
    # M/G/1 with processor sharing (Kleinrock 1976, section 4.4).
    sharing = one_source(Place(at_once=0), load, service, compute_seconds=1.0, compute_share=1.0)
    assert_agrees(interval(mean_latency, sharing, 60_000 / load), 1 / (1 - load), precision=0.04)


def test_tenants_of_different_sizes_are_slowed_alike() -> None:
    # In processor sharing a request of any size s stays s / (1 - load) on average (Kleinrock 1976, 4.4).
    sizes = [0.5, 1.0, 3.0]
    sources = tuple(
        Source(f"{size}", 0, size, compute_seconds=size, compute_share=1.0, arrivals=Poisson(0.2 / size))
        for size in sizes
    )
    for number, size in enumerate(sizes):

        def latency(served: Served, number: int = number) -> float:
            mine = steady(served) & (served.source == number)
            return float(served.latency[mine].mean())

        found = interval(latency, Arrangement((Place(at_once=0),), sources), 60_000)
        assert_agrees(found, size / (1 - 0.6), precision=0.04)


def repairman(count: int, service: float, think: float) -> float:
    """Return the throughput of M/M/1//N (Kleinrock 1975, section 3.8)."""
    weights = [factorial(count) / factorial(count - n) * (service / think) ** n for n in range(count + 1)]
    return (1 - weights[0] / sum(weights)) / service


def constant_repairman(count: int, service: float, think: float) -> float:
    """Return the throughput of M/D/1//N from its Markov chain just after departures.

    After a departure that leaves j at the station, the n who think then each arrive during the next service
    with probability ``p = 1 - exp(-service / think)``. The station is idle for ``think / count`` on average
    after a departure that leaves nobody.
    """
    p = 1 - math.exp(-service / think)
    chain = np.zeros((count, count))
    for left in range(count):
        thinking = count - max(left, 1)
        for arrivals in range(thinking + 1):
            chance = comb(thinking, arrivals) * p**arrivals * (1 - p) ** (thinking - arrivals)
            chain[left, max(left, 1) - 1 + arrivals] += chance
    balance = np.vstack([chain.T - np.eye(count), np.ones(count)])
    stationary = np.linalg.lstsq(balance, np.append(np.zeros(count), 1.0), rcond=None)[0]
    return float(1 / (service + stationary[0] * think / count))


def crowd(count: int, think: float, service: Any, place: Place | None = None, **fields: Any) -> Arrangement:
    sources = [
        Source(f"{n}", 0, 1.0, arrivals=ClosedLoop(think), service=service, **fields) for n in range(count)
    ]
    return Arrangement((place or Place(),), tuple(sources))


@pytest.mark.parametrize(("count", "think"), [(1, 1.0), (3, 2.0), (7, 5.0), (20, 15.0)])
@pytest.mark.parametrize(
    ("service", "formula"), [("exponential", repairman), ("deterministic", constant_repairman)]
)
def test_a_closed_loop_is_the_machine_repairmans(count, think, service, formula) -> None:
    found = interval(throughput, crowd(count, think, service), 20_000)
    assert_agrees(found, formula(count, 1.0, think), precision=0.01)


def test_the_two_formulas_of_the_repairman_differ_by_more_than_the_precision_asked_for() -> None:
    assert constant_repairman(7, 1.0, 5.0) > 1.03 * repairman(7, 1.0, 5.0)


def test_a_closed_loop_that_shares_is_the_machine_repairmans_too() -> None:
    # Exponential service forgets what was done, so sharing and queueing have the same chain of states.
    sharing = crowd(7, 5.0, "exponential", Place(at_once=0), compute_seconds=1.0, compute_share=1.0)
    assert_agrees(interval(throughput, sharing, 20_000), repairman(7, 1.0, 5.0), precision=0.01)


def test_bursts_have_their_mean_rate_and_are_burstier_than_poisson() -> None:
    bursty = Bursty(1.0, 20.0, mean_calm_s=4.0, mean_burst_s=1.0)
    arrangement = Arrangement((Place(at_once=0),), (Source("all", 0, 0.001, arrivals=bursty),))
    assert_agrees(interval(throughput, arrangement, 20_000), bursty.mean_rate_per_s, precision=0.02)
    served = simulate_arrangement(arrangement, 20_000, seed=7)
    counts = np.histogram(served.arrived, bins=2000)[0]
    # The rate is correlated as exp(-t / relaxation), so counts in bins vary by so much more than their mean.
    calm, burst, bin_seconds = 0.8, 0.2, 10.0
    relaxation = 1 / (1 / 4.0 + 1 / 1.0)
    excess = 2 * (20.0 - 1.0) ** 2 * calm * burst * relaxation / bursty.mean_rate_per_s
    expected = 1 + excess * (1 - (1 - math.exp(-bin_seconds / relaxation)) * relaxation / bin_seconds)
    assert counts.var() / counts.mean() == pytest.approx(expected, rel=0.1)


CASES = {
    "one queue": one_source(Place(), 0.8, "exponential"),
    "seats": one_source(Place(4), 3.0, "exponential"),
    "sharing": one_source(Place(0), 0.7, "deterministic", compute_seconds=1.0, compute_share=1.0),
    "closed": crowd(7, 5.0, "deterministic"),
}


@pytest.mark.parametrize("arrangement", CASES.values(), ids=CASES)
def test_littles_law(arrangement: Arrangement) -> None:
    served = simulate_arrangement(arrangement, 20_000.0, seed=7)
    # How many are inside, seen at moments that have nothing to do with the run.
    moments = np.random.default_rng(1).uniform(2_000.0, 18_000.0, 20_000)
    came, left = np.sort(served.arrived), np.sort(served.finished)
    inside = np.searchsorted(came, moments) - np.searchsorted(left, moments)
    there = (served.arrived > 2_000) & (served.arrived < 18_000)
    rate = there.sum() / 16_000
    assert inside.mean() == pytest.approx(rate * served.latency[there].mean(), rel=0.03)
