import pytest

from mig_explorer.model.arrivals import Poisson
from mig_explorer.model.simulation import Arrangement, Place, Source
from mig_explorer.widgets.whatif_neighbour import NOISE, noise

SERVICE = 0.5


def longest(frame, mode, begins=0.0, ends=60.0):
    mine = frame[(frame["mode"] == mode) & (frame["arrived"] >= begins) & (frame["finished"] <= ends)]
    return float((mine["finished"] - mine["arrived"]).max())


def tenants(places, count=3, arrivals=None):
    sends = {} if arrivals is None else {"arrivals": arrivals}
    sources = tuple(Source(f"tenant {n}", n % places, SERVICE, **sends) for n in range(count))
    return Arrangement(tuple(Place() for _ in range(places)), sources)


def test_in_one_queue_the_tenant_waits_for_everybody_and_the_noise():
    found = noise({"one queue": tenants(1), "own places": tenants(3)}, 60.0, seed=7)
    assert (found.visit.joins, found.visit.leaves, found.quiet) == (20.0, 40.0, None)
    assert longest(found.requests, "one queue", ends=20.0) == pytest.approx(3 * SERVICE)
    assert longest(found.requests, "one queue") == pytest.approx((3 + NOISE) * SERVICE)
    assert longest(found.requests, "one queue", begins=46.0) == pytest.approx(3 * SERVICE)
    assert longest(found.requests, "own places") == pytest.approx(SERVICE)


def test_without_the_noise_all_else_is_equal():
    busy = tenants(2, count=2, arrivals=Poisson(1.5))
    found = noise({"own places": busy}, 60.0, seed=3)
    assert found.quiet is not None
    assert len(found.quiet) > 50
    assert found.requests.equals(found.quiet)
