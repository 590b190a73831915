"""The compiled simulation equals the readable one, event for event and bit for bit."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.model.arrivals import Bursty, ClosedLoop, Poisson, Replay
from mig_explorer.model.contention import loads
from mig_explorer.model.simulation import (
    Arrangement,
    Change,
    Place,
    Served,
    Source,
    simulate_arrangement,
    simulate_reference,
)
from mig_explorer.model.simulation.domains import domains
from mig_explorer.model.simulation.served import COLUMNS

SECONDS = 12.0


def assert_equal(
    arrangement: Arrangement, seed: int = 7, changes: tuple[Change, ...] = (), seconds: float = SECONDS
) -> Served:
    fast = simulate_arrangement(arrangement, seconds, seed, changes)
    slow = simulate_reference(arrangement, seconds, seed, changes)
    assert (fast.sent, fast.in_flight, fast.pauses) == (slow.sent, slow.in_flight, slow.pauses)
    ordered, expected = fast.in_order(), slow.in_order()
    for name, kind in COLUMNS.items():
        assert ordered.columns[name].dtype == expected.columns[name].dtype == kind
        assert ordered.columns[name].tobytes() == expected.columns[name].tobytes(), name
    assert ordered.digest == expected.digest
    return fast


ARRIVALS: dict[str, Any] = {
    "no pause": ClosedLoop(),
    "thinks": ClosedLoop(0.4),
    "poisson": Poisson(1.5),
    "bursty": Bursty(0.5, 8.0, 2.0, 1.0),
    "trace": Replay([0.0, 0.5, 0.5, 0.5, 2.0, 4.25, 4.5, 9.0]),
}
MODES = {
    "one by one": [Place()] * 1,
    "several seats": [Place(at_once=3)],
    "takes turns": [Place(at_once=0, switching=0.11)],
    "no limit": [Place(at_once=0)],
    "own slices": [Place()] * 5,
    "slices that share memory": [Place(memory_group=1)] * 5,
    "instances that share SMs": [Place(compute_group=0)] * 2 + [Place(compute_group=3, at_once=2)] * 3,
    "two boards": [Place(at_once=2, transfer_group=n // 2, memory_group=n // 2) for n in range(4)],
}


def crowd(places: list[Place], arrivals: Any, **fields: Any) -> Arrangement:
    figures: dict[str, Any] = {
        "service_seconds": 0.25,
        "compute_seconds": 0.15,
        "memory_seconds": 0.125,
        "transfer_seconds": 0.1,
        "compute_share": 0.75,
        "memory_share": 0.5,
    }
    sources = [
        Source(f"tenant {n}", n % len(places), arrivals=arrivals, **{**figures, **fields}) for n in range(5)
    ]
    return Arrangement(tuple(places), tuple(sources))


@pytest.mark.parametrize("service", ["deterministic", "exponential"])
@pytest.mark.parametrize("arrivals", ARRIVALS.values(), ids=ARRIVALS)
@pytest.mark.parametrize("places", MODES.values(), ids=MODES)
def test_every_arrival_in_every_mode(places, arrivals, service) -> None:
    served = assert_equal(crowd(places, arrivals, service=service))
    assert len(served) > 10


@pytest.mark.parametrize("service", ["deterministic", "exponential"])
@pytest.mark.parametrize("arrivals", [ClosedLoop(), Poisson(6.0)], ids=["closed", "open"])
@pytest.mark.parametrize("memory", [0, None], ids=["one memory", "each its own"])
def test_traffic_that_hides_behind_arithmetic(memory, arrivals, service) -> None:
    places = [Place(at_once=4, compute_group=n, memory_group=memory) for n in range(3)]
    arrangement = crowd(places, arrivals, service=service, compute_share=0.1, transfer_seconds=0.0)
    demands = [replace(source.demand, compute_group=n) for n, source in enumerate(arrangement.sources)]
    asked = sum(each.memory_share for each in demands)
    assert loads(demands)[0].memory > asked, "the load is more than what is asked for"
    assert len(assert_equal(arrangement)) > 50


@pytest.mark.parametrize("places", MODES.values(), ids=MODES)
def test_tenants_who_join_and_leave(places) -> None:
    everything = crowd(places, ClosedLoop(0.1))
    kinds: list[Any] = list(ARRIVALS.values())
    sources = tuple(
        replace(source, joins=1.5 * n, leaves=math.inf if n == 2 else 1.5 * n + 4.0, arrivals=kinds[n])
        for n, source in enumerate(everything.sources)
    )
    served = assert_equal(Arrangement(everything.places, sources))
    for n, source in enumerate(sources):
        came = served.arrived[served.rows(n)]
        assert len(came), "each sends something"
        assert source.joins <= came.min() <= came.max() < source.leaves


@pytest.mark.parametrize("drain", [True, False])
@pytest.mark.parametrize("service", ["deterministic", "exponential"])
@pytest.mark.parametrize("before", MODES.values(), ids=MODES)
@pytest.mark.parametrize("arrivals", [ClosedLoop(0.4), Poisson(1.5)], ids=["closed", "open"])
def test_places_that_change_in_the_middle(before, arrivals, service, drain) -> None:
    start = crowd(before, arrivals, service=service)
    middle = crowd([Place()] * 5, arrivals, service=service, service_seconds=0.75)
    end = crowd([Place(at_once=0)], arrivals, service=service)
    changes = (Change(3.0, middle, 1.0, drain), Change(3.5, end, 0.25, drain), Change(9.0, start, 0.0, drain))
    served = assert_equal(start, changes=changes)
    assert len(served.pauses) >= 2
    for pause in served.pauses:
        assert pause.stopped <= pause.drained <= pause.opened
        assert not np.any((served.started >= pause.stopped) & (served.started < pause.opened))
        if not drain:
            assert pause.drained == pause.stopped
            assert not np.any((served.started < pause.stopped) & (served.finished >= pause.stopped))


def test_a_crowd_that_grows_without_end() -> None:
    served = assert_equal(crowd([Place(at_once=0)], Poisson(8.0)))
    assert sum(served.in_flight) > 100


@pytest.mark.parametrize("service", ["deterministic", "exponential"])
def test_a_run_that_has_to_start_over_for_want_of_room_is_the_same(
    monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    arrangement = crowd([Place(at_once=0)], Poisson(8.0), service=service)
    digest = simulate_arrangement(arrangement, SECONDS, 7).digest
    for room in (1, 2, 1000):
        monkeypatch.setattr("mig_explorer.model.simulation.run.ROOM", room)
        assert simulate_arrangement(arrangement, SECONDS, 7).digest == digest


def test_a_pause_that_outlasts_the_run() -> None:
    start = crowd([Place()], Poisson(1.5))
    served = assert_equal(start, changes=(Change(5.0, start, 100.0),))
    assert served.pauses == ()
    assert served.started.max() < 5.0
    assert sum(served.in_flight) > 10


def test_a_change_while_a_request_outlasts_the_run() -> None:
    start = crowd([Place()], Poisson(1.5), service_seconds=8.0)
    assert assert_equal(start, changes=(Change(9.0, start, 0.0),)).pauses == ()


TIMES = st.sampled_from([0.125, 0.25, 0.3, 0.5, 1.0, 1.7])
SHARES = st.sampled_from([0.0, 1 / 7, 0.25, 0.5, 0.9, 1.0])
SOME_ARRIVALS = st.one_of(
    st.builds(ClosedLoop, st.sampled_from([0.0, 0.05, 0.5, 3.0])),
    st.builds(Poisson, st.sampled_from([0.1, 1.0, 6.0])),
    st.builds(Bursty, st.sampled_from([0.0, 0.5]), st.just(9.0), TIMES, TIMES),
    st.builds(
        Replay, st.lists(st.integers(0, 24), min_size=1, max_size=20).map(lambda n: sorted(x / 2 for x in n))
    ),
)
PLACES = st.builds(
    Place,
    at_once=st.integers(0, 3),
    compute_group=st.sampled_from([None, 0, 1]),
    memory_group=st.sampled_from([None, 0, 1]),
    switching=st.sampled_from([0.0, 0.11]),
    transfer_group=st.sampled_from([0, 1]),
)


@st.composite
def runs(draw) -> tuple[Arrangement, tuple[Change, ...]]:
    who = draw(
        st.lists(
            st.tuples(SOME_ARRIVALS, st.sampled_from([0.0, 2.0]), st.sampled_from([4.0, math.inf])),
            min_size=1,
            max_size=6,
        )
    )

    def arrangement() -> Arrangement:
        places = draw(st.lists(PLACES, min_size=1, max_size=4))
        sources = [
            Source(
                f"tenant {n}",
                draw(st.integers(0, len(places) - 1)),
                service_seconds=draw(TIMES),
                compute_seconds=draw(st.sampled_from([0.0, 0.2, 0.5])),
                memory_seconds=draw(st.sampled_from([0.0, 0.3])),
                transfer_seconds=draw(st.sampled_from([0.0, 0.125])),
                compute_share=draw(SHARES),
                memory_share=draw(SHARES),
                arrivals=arrivals,
                service=draw(st.sampled_from(["deterministic", "exponential"])),
                joins=joins,
                leaves=leaves,
            )
            for n, (arrivals, joins, leaves) in enumerate(who)
        ]
        return Arrangement(tuple(places), tuple(sources))

    start = arrangement()
    moments = sorted(draw(st.lists(st.sampled_from([0.0, 2.0, 2.5, 6.0]), max_size=2)))
    changes = [
        Change(at, arrangement(), draw(st.sampled_from([0.0, 0.5, 1.0])), draw(st.booleans()))
        for at in moments
    ]
    return start, tuple(changes)


@settings(max_examples=150, deadline=None)
@given(run=runs(), seed=st.integers(0, 2**32))
def test_any_small_run(run: tuple[Arrangement, tuple[Change, ...]], seed: int) -> None:
    arrangement, changes = run
    served = assert_equal(arrangement, seed, changes)
    assert np.all(served.arrived <= served.started)
    assert np.all(served.started <= served.finished)
    assert np.all(served.finished <= SECONDS)
    assert min(served.in_flight) >= 0


@settings(max_examples=100, deadline=None)
@given(run=runs())
def test_domains_hold_every_source_once(run: tuple[Arrangement, tuple[Change, ...]]) -> None:
    arrangement, _ = run
    parts = domains(arrangement)
    assert sorted(n for part in parts for n in part.sources) == list(range(len(arrangement.sources)))
    for part in parts:
        assert {arrangement.sources[n].place for n in part.sources} == set(part.places)


def test_rows_of_one_domain_are_in_order_of_finish() -> None:
    arrangement = crowd(MODES["two boards"], Poisson(1.5))
    served = simulate_arrangement(arrangement, 60.0, seed=7)
    parts = domains(arrangement)
    assert len(parts) == 2
    domain_of = {n: d for d, part in enumerate(parts) for n in part.sources}
    rows = np.array([domain_of[n] for n in served.source.tolist()])
    assert np.all(np.diff(rows) >= 0)
    for number in range(2):
        assert np.all(np.diff(served.finished[rows == number]) >= 0)
