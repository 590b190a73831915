import numpy as np
import pytest

from mig_explorer.errors import DoesNotFit
from mig_explorer.experiments import tenants
from mig_explorer.experiments.times import Times, arranged, highest_load, p50_and_p99
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import GreenContexts, Mig, Monolithic, Mps
from mig_explorer.model.arrivals import Poisson
from mig_explorer.model.service import service
from mig_explorer.workloads import triad

BOARD = gpu("A100-SXM4-40GB")
WORK = triad(elements=2**22)
MIXED = Mig(parse_layout(BOARD, "3g.20gb@4 1g.5gb@0 1g.5gb@1"))


def test_times_are_those_of_the_model_and_worked_out_once(monkeypatch):
    times = Times(BOARD)
    servers = times.servers(MIXED, ("ann", "bob", "cy"))
    took = [times.on(server, WORK) for server in servers]
    assert took == [service(WORK, server, BOARD) for server in servers]
    monkeypatch.setattr("mig_explorer.experiments.times.service", None)
    assert times.on(servers[2], WORK) is took[1]
    assert times.servers(MIXED, ("ann", "bob", "cy")) is servers


def test_servers_are_alike_if_a_request_takes_the_same_on_them():
    times = Times(BOARD)
    large, small, other = times.servers(MIXED, ("ann", "bob", "cy"))
    assert times.kind(small) == times.kind(other) != times.kind(large)


def test_what_does_not_fit_is_refused_each_time():
    times, large = Times(BOARD), triad(elements=2**29)
    small = times.servers(MIXED, ("ann", "bob"))[1]
    for _ in range(2):
        with pytest.raises(DoesNotFit) as refused:
            times.on(small, large)
        assert str(refused.value) == (
            "STREAM triad, 2^29 elements needs 6,144 MiB, but a 1g.5gb slice of A100-SXM4-40GB has 4,864 "
            "MiB. The smallest profile with room is 1g.10gb."
        )


def test_an_arrangement_has_the_modes_places_and_the_tenants_times():
    who = tenants(WORK, 3, arrivals=Poisson(10.0), joins=1.0, leaves=2.0)
    times = Times(BOARD)
    mixed = arranged(MIXED, who, times)
    assert [source.place for source in mixed.sources] == [0, 1, 2]
    assert mixed.sources[0].service_seconds < mixed.sources[1].service_seconds
    assert (mixed.sources[0].joins, mixed.sources[0].leaves) == (1.0, 2.0)
    assert len({place.compute_group for place in mixed.places}) == 3
    beside = arranged(Mps(), who, times)
    assert [place.at_once for place in beside.places] == [1, 1, 1]
    assert [source.place for source in beside.sources] == [0, 1, 2]
    assert len({(place.compute_group, place.memory_group) for place in beside.places}) == 1
    parts = arranged(GreenContexts(), who, times)
    assert len({place.compute_group for place in parts.places}) == 3
    assert len({place.memory_group for place in parts.places}) == 1


def test_the_load_is_that_of_the_busiest_place():
    times = Times(BOARD)
    alone = times.on(times.servers(Monolithic(), ())[0], WORK).seconds
    who = tenants(WORK, 4, arrivals=Poisson(0.1 / alone))
    assert highest_load(arranged(Monolithic(), who, times)) == pytest.approx(0.4)
    assert highest_load(arranged(Monolithic(), tenants(WORK, 4), times)) == 0.0


def test_percentiles_are_numpys():
    values = np.random.default_rng(1).exponential(size=37)
    p50, p99 = np.percentile(values, [50, 99])
    assert p50_and_p99(values) == {"latency_p50_s": pytest.approx(p50), "latency_p99_s": pytest.approx(p99)}
    assert p50_and_p99(values[:1]) == {"latency_p50_s": values[0], "latency_p99_s": values[0]}
