"""What cannot be simulated is refused with what would work."""

from __future__ import annotations

import math

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.model.arrivals import ClosedLoop, Poisson
from mig_explorer.model.simulation import Arrangement, Change, Place, Source, simulate_arrangement

ANN = Source("ann", 0, 1.0)
ONE = Arrangement((Place(),), (ANN,))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Place(at_once=-1), "Place() got at_once=-1. Give 1 or more, or 0 for no limit."),
        (
            lambda: Place(switching=math.nan),
            "Place() got switching=nan. Give a share of the time, finite and 0 or more.",
        ),
        (
            lambda: Source("ann", 0, 0.0),
            "Source 'ann' got service_seconds=0.0. Give seconds, finite and more than 0.",
        ),
        (
            lambda: Source("ann", 0, math.nan),
            "Source 'ann' got service_seconds=nan. Give seconds, finite and more than 0.",
        ),
        (
            lambda: Source("ann", 0, 1.0, memory_seconds=-1.0),
            "Source 'ann' got memory_seconds=-1.0. Give seconds, finite and 0 or more.",
        ),
        (
            lambda: Source("ann", 0, 1.0, compute_share=1.5),
            "Source 'ann' got compute_share=1.5. Give a share, from 0 to 1.",
        ),
        (
            lambda: Source("ann", 0, 1.0, memory_share=math.nan),
            "Source 'ann' got memory_share=nan. Give a share, from 0 to 1.",
        ),
        (
            lambda: Source("ann", 0, 1.0, transfer_seconds=2.0),
            (
                "Source 'ann' got transfer_seconds=2.0, more than its whole time of 1.0 s. Transfers are a "
                "part of service_seconds."
            ),
        ),
        (
            lambda: Source("ann", 0, 1.0, service="normal"),  # type: ignore[arg-type]
            "Source 'ann' got service='normal'. Choose 'deterministic' or 'exponential'.",
        ),
        (
            lambda: Source("ann", 0, 1.0, joins=5.0, leaves=2.0),
            "Source 'ann' leaves at 2.0 s, but joins at 5.0 s. Let it leave later than it joins.",
        ),
        (
            lambda: Source("ann", 0, 1.0, leaves=math.nan),
            "Source 'ann' leaves at nan s, but joins at 0.0 s. Let it leave later than it joins.",
        ),
        (
            lambda: Arrangement((Place(),), ()),
            "Arrangement() got no sources. Give at least one tenant.",
        ),
        (
            lambda: Arrangement((Place(), Place()), (Source("ann", 2, 1.0),)),
            "Source 'ann' goes to place 2, but the places are 0 to 1.",
        ),
        (lambda: Arrangement((), (ANN,)), "Source 'ann' goes to place 0, but the places are none."),
        (
            lambda: Change(-1.0, ONE),
            "Change() got at_seconds=-1.0. Give seconds, finite and 0 or more.",
        ),
        (
            lambda: Change(1.0, ONE, outage_seconds=math.inf),
            "Change() got outage_seconds=inf. Give seconds, finite and 0 or more.",
        ),
        (
            lambda: simulate_arrangement(ONE, math.nan, 7),
            "The simulation got seconds=nan. Give seconds, finite and more than 0.",
        ),
        (
            lambda: simulate_arrangement(ONE, -5.0, 7),
            "The simulation got seconds=-5.0. Give seconds, finite and more than 0.",
        ),
        (
            lambda: simulate_arrangement(ONE, 9.0, 7, [Change(5.0, ONE), Change(4.0, ONE)]),
            "A change at 4.0 s comes after one at 5.0 s. Give changes in order.",
        ),
        (
            lambda: simulate_arrangement(
                ONE, 9.0, 7, [Change(5.0, Arrangement((Place(),), (Source("bob", 0, 1.0),)))]
            ),
            (
                "The change at 5.0 s has other sources than the start of the run. A change may alter places "
                "and times of requests; names, arrivals, joins and leaves stay. Tenants come and go by "
                "joins and leaves."
            ),
        ),
        (
            lambda: simulate_arrangement(
                Arrangement((Place(),), (Source("ann", 0, 1.0, arrivals=Poisson(1e9)),)), 3600.0, 7
            ),
            (
                "A run of 3600 s expects about 3.6e+12 requests, and at most 200000000 can be simulated. "
                "Simulate 0.2 s or less, or let the tenants send less."
            ),
        ),
    ],
)
def test_bad_input_is_refused(make, message: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Source("a", 0, 1.0, arrivals=Poisson(2.0), joins=1.0, leaves=4.0), 6.0),
        (Source("a", 0, 1.0, arrivals=Poisson(2.0), joins=20.0), 0.0),
        (Source("a", 0, 1.0, arrivals=ClosedLoop(1.0)), 5.0),
    ],
)
def test_requests_expected(source: Source, expected: float) -> None:
    assert source.expected_requests(10.0) == expected
