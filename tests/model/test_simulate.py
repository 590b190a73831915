"""The event simulation against queueing theory."""

from __future__ import annotations

from itertools import pairwise
from math import comb, exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.model import Customer, Request, simulate


def crowd(count: int, service: float, think: float, station: int = 0) -> list[Customer]:
    return [Customer(f"tenant {number}", station, service, think) for number in range(count)]


def throughput_and_error(served: tuple[Request, ...], seconds: float) -> tuple[float, float]:
    """Return requests per second and its standard error from 40 batches of time."""
    counts, _ = np.histogram([request.finished for request in served], bins=40, range=(0, seconds))
    rates = counts / (seconds / 40)
    return float(rates.mean()), float(rates.std(ddof=1) / np.sqrt(40))


def exponential_service_throughput(count: int, service: float, think: float) -> float:
    """Return the throughput of M/M/1//N, the machine-repairman model (Kleinrock 1975, section 3.8)."""
    weights = [factorial(count) / factorial(count - n) * (service / think) ** n for n in range(count + 1)]
    return (1 - weights[0] / sum(weights)) / service


def constant_service_throughput(count: int, service: float, think: float) -> float:
    """Return the throughput of M/D/1//N from its Markov chain just after departures.

    After a departure that leaves j at the station, the n who think then each arrive during the next service
    with probability ``p = 1 - exp(-service / think)``. The station is idle for ``think / count`` on average
    after a departure that leaves nobody.
    """
    p = 1 - exp(-service / think)
    chain = np.zeros((count, count))
    for left in range(count):
        thinking = count - max(left, 1)
        for arrivals in range(thinking + 1):
            chance = comb(thinking, arrivals) * p**arrivals * (1 - p) ** (thinking - arrivals)
            chain[left, max(left, 1) - 1 + arrivals] += chance
    balance = np.vstack([chain.T - np.eye(count), np.ones(count)])
    stationary = np.linalg.lstsq(balance, np.append(np.zeros(count), 1.0), rcond=None)[0]
    return float(1 / (service + stationary[0] * think / count))


@pytest.mark.parametrize(("count", "think"), [(1, 1.0), (3, 2.0), (7, 5.0), (7, 12.0), (20, 10.0)])
def test_exponential_service_agrees_with_the_machine_repairman_formula(count: int, think: float) -> None:
    served = simulate(crowd(count, 1.0, think), seconds=30_000, seed=7, service="exponential")
    rate, error = throughput_and_error(served, 30_000)
    assert abs(rate - exponential_service_throughput(count, 1.0, think)) < 4 * error


@pytest.mark.parametrize(("count", "think"), [(1, 1.0), (3, 2.0), (7, 5.0), (7, 12.0), (20, 15.0)])
def test_constant_service_agrees_with_the_chain_of_m_d_1_n(count: int, think: float) -> None:
    served = simulate(crowd(count, 1.0, think), seconds=30_000, seed=7)
    rate, error = throughput_and_error(served, 30_000)
    assert abs(rate - constant_service_throughput(count, 1.0, think)) < 4 * error


def test_the_two_formulas_differ_by_more_than_the_tolerance_used() -> None:
    served = simulate(crowd(7, 1.0, 5.0), seconds=30_000, seed=7)
    rate, error = throughput_and_error(served, 30_000)
    assert abs(rate - exponential_service_throughput(7, 1.0, 5.0)) > 4 * error


def test_many_patient_customers_wait_as_pollaczek_and_khinchine_say() -> None:
    count, think, load = 2000, 2000 / 0.7, 0.7  # from far away, 2000 thinkers look like a Poisson stream
    served = simulate(crowd(count, 1.0, think), seconds=100_000, seed=7)
    waits = np.array([request.started - request.arrived for request in served])
    expected = load / (2 * (1 - load))
    batches = np.array([batch.mean() for batch in np.array_split(waits, 40)])
    error = batches.std(ddof=1) / np.sqrt(40)
    assert abs(waits.mean() - expected) < 4 * error
    assert error < 0.05 * expected


@pytest.mark.parametrize("count", [1, 2, 7])
def test_without_pause_everybody_is_served_in_turn(count: int) -> None:
    served = simulate(crowd(count, 0.5, 0.0), seconds=0.5 * count * 10, seed=7)
    assert [request.customer for request in served] == list(range(count)) * 10
    assert [request.finished for request in served] == [0.5 * n for n in range(1, 10 * count + 1)]
    later = served[count:]
    assert {request.finished - request.arrived for request in later} == {0.5 * count}


STATIONS = st.lists(
    st.builds(
        Customer,
        name=st.just("tenant"),
        station=st.integers(0, 2),
        service_seconds=st.sampled_from([0.25, 0.5, 1.0, 3.0]),
        think_seconds=st.sampled_from([0.0, 0.1, 1.0, 10.0]),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=60, deadline=None)
@given(customers=STATIONS, seed=st.integers(0, 2**32))
def test_any_run_keeps_the_laws_of_queues(customers: list[Customer], seed: int) -> None:
    seconds = 60.0
    served = simulate(customers, seconds, seed)
    for station in {each.station for each in customers}:
        here = [request for request in served if request.station == station]
        assert all(r.arrived <= r.started <= r.finished <= seconds for r in here)
        for before, after in pairwise(here):
            assert before.finished <= after.started, "one at a time"
            assert before.arrived <= after.arrived, "first come, first served"
            assert after.started == max(before.finished, after.arrived), "never idle while somebody waits"
    for who, customer in enumerate(customers):
        mine = [request for request in served if request.customer == who]
        assert all(r.finished - r.started == pytest.approx(customer.service_seconds) for r in mine)
        assert all(a.finished <= b.arrived for a, b in pairwise(mine)), "closed loop"


@settings(max_examples=30, deadline=None)
@given(customers=STATIONS, seed=st.integers(0, 2**32))
def test_throughput_keeps_the_asymptotic_bounds(customers: list[Customer], seed: int) -> None:
    seconds = 400.0
    served = simulate(customers, seconds, seed)
    for station in {each.station for each in customers}:
        mates = [each for each in customers if each.station == station]
        busy = sum(customers[r.customer].service_seconds for r in served if r.station == station)
        assert busy <= seconds * (1 + 1e-9), "the utilisation law: at most one"
        if all(each.think_seconds == 0 for each in mates):
            longest = max(each.service_seconds for each in mates)
            assert busy >= seconds - longest, "nobody pauses: always busy"


@settings(max_examples=30, deadline=None)
@given(customers=STATIONS, seed=st.integers(0, 2**32))
def test_littles_law_holds_on_the_output(customers: list[Customer], seed: int) -> None:
    served = simulate(customers, 60.0, seed)
    moments = sorted([(r.arrived, 1) for r in served] + [(r.finished, -1) for r in served])
    area, inside, last = 0.0, 0, 0.0
    for moment, change in moments:
        area += inside * (moment - last)
        inside, last = inside + change, moment
    assert inside == 0
    assert area == pytest.approx(sum(r.finished - r.arrived for r in served))


def test_the_same_seed_gives_the_same_requests_and_another_seed_others() -> None:
    customers = crowd(5, 1.0, 3.0)
    assert simulate(customers, 100, seed=7) == simulate(customers, 100, seed=7)
    assert simulate(customers, 100, seed=7) != simulate(customers, 100, seed=8)


def test_a_tenant_thinks_the_same_wherever_it_is_served_and_whoever_joins() -> None:
    def pauses(customers: list[Customer]) -> list[float]:
        mine = [request for request in simulate(customers, 200, seed=7) if request.customer == 0]
        answers = [0.0, *(request.finished for request in mine)]
        return [request.arrived - answer for request, answer in zip(mine, answers, strict=False)]

    alone = pauses([Customer("ann", 0, 1.0, 3.0)])
    crowded = pauses([Customer("ann", 4, 0.25, 3.0), *crowd(6, 0.5, 1.0, station=4)])
    both = min(len(alone), len(crowded))
    assert both > 20
    assert alone[:both] == pytest.approx(crowded[:both])


def test_unserved_requests_are_left_out() -> None:
    assert simulate([Customer("ann", 0, 2.0)], seconds=5.0, seed=7) == (
        Request(0, 0, 0.0, 0.0, 2.0),
        Request(0, 0, 2.0, 2.0, 4.0),
    )
