import numpy as np
import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import tenants
from mig_explorer.experiments.frontier import frontier
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import MeasuredWorkload, Mig, Monolithic
from mig_explorer.model.arrivals import Poisson
from mig_explorer.model.published import records
from mig_explorer.scenarios.batch_queue import BatchServer, BatchTimes
from mig_explorer.scenarios.served_models import SERVED
from mig_explorer.scenarios.ways_to_serve import SIDE_BY_SIDE, SLICES, WAYS, WHOLE, Board

A100 = gpu("A100-SXM4-40GB")
BERT = SERVED["BERT-base (published)"]


@pytest.fixture(scope="module")
def board() -> Board:
    return Board(A100, BERT, 0.05, 64)


def published(profile: str, batch: int) -> float:
    rows = records("migperf")
    *_, rate = (
        each.value
        for each in rows
        if each.quantity == "throughput"
        and each.profile == profile
        and (each.details["model"], each.details["batch"], each.details.get("sequence"))
        == ("bert-base", batch, 64)
    )
    return batch / rate


@pytest.mark.parametrize("profile", ["1g.5gb", "2g.10gb", "3g.20gb", "7g.40gb"])
def test_on_slices_that_were_measured_times_are_those_published(profile):
    (server,) = Mig(parse_layout(A100, f"{profile}@0")).servers(A100, ["a"])
    times = BERT.on(server, A100)
    for batch in (1, 8, 32, 64, 128, 256):
        assert times.work.seconds[batch] == pytest.approx(published(profile, batch))
    assert times.work.seconds[20] == pytest.approx((published(profile, 8) + published(profile, 32)) / 2)


def test_the_whole_gpu_is_no_slower_than_the_largest_slice():
    (server,) = Monolithic().servers(A100, ["a"])
    times = BERT.on(server, A100)
    for batch in (1, 8, 32, 64, 128, 256):
        assert 0.9 < times.work.seconds[batch] / published("7g.40gb", batch) <= 1.001


def test_a_model_measured_elsewhere_is_refused():
    with pytest.raises(InvalidExperiment) as refused:
        Board(gpu("A30"), BERT, 0.05, 64).serving(WHOLE, 1)
    assert str(refused.value) == (
        "BERT-base was measured on A100-SXM4-40GB, and its times say nothing of A30. Take A100-SXM4-40GB, or "
        "a modelled model: MLP (modelled) or Attention (modelled)."
    )


def test_a_model_on_each_of_equal_slices_gets_what_one_slice_serves(board):
    titles = {each.title: each for each in board.layouts(3)}
    one = board._most("2g.10gb", 1).per_second
    assert titles["MIG 3 × 2g.10gb"].per_second == pytest.approx(3 * one)


def test_the_layout_serves_as_much_as_its_shortest_model(board):
    """Two models on a large and a small slice: equally often asked, the small one decides."""
    titles = {each.title: each for each in board.layouts(2)}
    small = board._most("1g.5gb", 1).per_second
    assert titles["MIG 4g.20gb + 1g.5gb"].per_second == pytest.approx(2 * small)


def test_the_servers_of_every_layout_share_all_requests(board):
    for models in (1, 3, 8):
        for each in board.layouts(models):
            assert sum(share.share for share in each.servers) == pytest.approx(1)
            assert sum(share.server.queues for share in each.servers) >= models


def test_with_one_model_the_ways_without_mig_are_one(board):
    alone = [board.serving(way, 1).per_second for way in WAYS if way != SLICES]
    assert alone == pytest.approx([alone[0]] * 3, rel=0.05)


def test_nothing_serves_more_than_it_could_if_never_idle(board):
    whole = board.times(WHOLE).most_per_second(64)
    for models in (1, 2, 4, 8):
        assert board.serving(WHOLE, models).per_second <= whole
        assert board.serving(SIDE_BY_SIDE, models).per_second <= 1.001 * board.times(
            SIDE_BY_SIDE
        ).most_per_second(64, models * max(1, 7 // models))


def test_without_batches_it_is_what_the_frontier_of_experiments_gives():
    """Seven models, each with a slice: the same queues in the simulation of experiments."""
    times = {"1g.5gb": published("1g.5gb", 8), "7g.40gb": published("7g.40gb", 8)}
    work = MeasuredWorkload("BERT-base, batch 8", times)
    sweep = frontier(A100, tenants(work, 7, arrivals=Poisson(30.0)), seconds=150.0)
    there = sweep.set_index("title").loc["7 × 1g.5gb"]
    known = BERT.on(Mig(parse_layout(A100, "1g.5gb@0")).servers(A100, ["a"])[0], A100).known[8]
    waited, size = BatchServer(BatchTimes({1: known})).latencies(30.0)
    assert size == 1
    assert np.percentile(waited, 50) == pytest.approx(there["latency_p50_s"], rel=0.03)
    assert np.percentile(waited, 99) == pytest.approx(there["latency_p99_s"], rel=0.1)
