"""A source's random numbers are its own, whoever else is there."""

from __future__ import annotations

import numpy as np
import pytest

from mig_explorer.model.arrivals import ClosedLoop, Poisson
from mig_explorer.model.simulation import Source
from mig_explorer.model.simulation.randomness import Streams, sent_times


@pytest.mark.parametrize("seed", [0, 7, 2**40])
def test_streams_are_those_that_numpy_spawns(seed: int) -> None:
    for number, spawned in enumerate(np.random.SeedSequence(seed).spawn(60)):
        (inner,) = spawned.spawn(1)
        streams = Streams(seed, number)
        assert streams.arrivals.random(5).tolist() == np.random.default_rng(spawned).random(5).tolist()
        (more,), (expected,) = streams.arrivals.spawn(1), np.random.default_rng(spawned).spawn(1)
        assert more.random(5).tolist() == expected.random(5).tolist(), "not those of the services again"
        assert streams.services.random(5).tolist() == np.random.default_rng(inner).random(5).tolist()


def test_a_stream_goes_on_where_it_was() -> None:
    streams, whole = Streams(7, 3), Streams(7, 3).arrivals.random(10).tolist()
    assert [*streams.arrivals.random(4).tolist(), *streams.arrivals.random(6).tolist()] == whole


def test_who_waits_for_answers_sends_at_no_time_that_is_known() -> None:
    streams = Streams(7, 0)
    assert sent_times(Source("ann", 0, 1.0, arrivals=ClosedLoop(0.5)), streams, 10.0).size == 0
    times = sent_times(Source("ann", 0, 1.0, arrivals=Poisson(5.0), joins=2.0, leaves=6.0), streams, 10.0)
    assert times.size > 10
    assert times.min() > 2.0
    assert times.max() < 6.0
