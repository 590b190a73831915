"""One tenant is one process with one stream: its requests follow each other, those of others overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mig_explorer.experiments import Experiment, LayoutChange, tenants
from mig_explorer.experiments.arranging import simulate_mode
from mig_explorer.experiments.events import NOT_RUN, experiment_event, mode_event
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import GreenContexts, Mig, Monolithic, Mps, TimeSlicing
from mig_explorer.model.arrivals import Bursty, ClosedLoop, Poisson, Replay
from mig_explorer.model.service import service
from mig_explorer.workloads import factories, matmul, triad

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.experiments.requests import Requests
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import SharingMode

A100, GB10 = gpu("A100-SXM4-40GB"), gpu("GB10")
HALVES = parse_layout(A100, "3g.20gb@0 3g.20gb@4")
SHARED = [
    TimeSlicing(),
    Mps(),
    Mps(30),
    GreenContexts(),
    Mig(HALVES, inside=Mps()),
    Mig(HALVES, inside=TimeSlicing()),
]
ROUNDS = 300


def served(
    work: Any, count: int, modes: Sequence[SharingMode], load: float = 3.0, **more: Any
) -> list[tuple[Requests, float]]:
    """Return what modes serve of so many tenants who ask for a multiple of what the board can do."""
    board = more.pop("board", A100)
    arrivals = more.pop("arrivals", Poisson(load / count / alone(work, board)))
    seconds = more.pop("rounds", ROUNDS) * alone(work, board)
    experiment = Experiment(board, tenants(work, count, arrivals=arrivals), modes, seconds=seconds, **more)
    header = experiment_event(experiment, kernels=NOT_RUN)
    return [(simulate_mode(header, mode_event(each)), header["seconds"]) for each in experiment.plan]


def alone(work: Any, board: Gpu = A100) -> float:
    return service(work, Monolithic().servers(board, ["ann"])[0], board).seconds


WORK = triad(elements=2**24)
EACH = alone(WORK)


@pytest.mark.parametrize("mode", SHARED, ids=lambda mode: mode.slug)
@pytest.mark.parametrize(
    "arrivals",
    [
        Poisson(1.0 / EACH),
        Bursty(0.1 / EACH, 3.0 / EACH, mean_calm_s=20 * EACH, mean_burst_s=20 * EACH),
        Replay([0.1 * number * EACH for number in range(1000)]),
        ClosedLoop(),
    ],
    ids=lambda arrivals: type(arrivals).__name__,
)
def test_no_tenant_has_two_requests_in_service(mode: SharingMode, arrivals: Any) -> None:
    ((found, _),) = served(WORK, 4, [mode], arrivals=arrivals)
    for who in range(4):
        mine = found.by(who)
        order = np.argsort(mine.started, kind="stable")
        assert len(mine) > ROUNDS / 10
        assert (mine.started[order][1:] >= mine.finished[order][:-1]).all()
        assert (np.diff(mine.arrived[order]) >= 0).all()
    if len(found):
        overlapping = np.sort(found.started)[1:] < np.sort(found.finished)[:-1]
        assert overlapping.mean() > 0.5


@pytest.mark.parametrize("load", [1.5, 5.0])
@pytest.mark.parametrize("overhead", [0.0, 0.11, 0.5])
def test_too_much_for_time_slicing_costs_the_switching_and_no_more(load: float, overhead: float) -> None:
    one_by_one, in_turns = served(WORK, 5, [Monolithic(), TimeSlicing(overhead)], load, rounds=2000)
    assert len(in_turns[0]) / len(one_by_one[0]) == pytest.approx(1 / (1 + overhead), rel=0.005)


@pytest.mark.parametrize("board", [A100, GB10], ids=lambda board: board.name)
@pytest.mark.parametrize("name", sorted(factories()))
def test_too_much_for_mps_is_served_no_slower_than_in_turns_without_a_loss(name: str, board: Gpu) -> None:
    beside, in_turns = served(factories()[name](), 3, [Mps(), TimeSlicing(0)], board=board)
    assert len(beside[0]) >= len(in_turns[0])


def test_small_kernels_gain_by_mps_under_too_much_load_as_well() -> None:
    beside, in_turns = served(matmul(size=256), 5, [Mps(), TimeSlicing()], 5.0)
    assert len(beside[0]) > 2.5 * len(in_turns[0])


def test_requests_know_their_slice_through_a_change_of_the_layout() -> None:
    work = triad(elements=2**28)  # long enough to see something after the change
    change = LayoutChange(0.3 * ROUNDS * alone(work), parse_layout(A100, "7g.40gb@0"), drain_seconds=0.0)
    ((found, _),) = served(work, 4, [Mig(HALVES, inside=Mps())], changes=[change])
    before = found.started < change.at_seconds
    assert before.any()
    assert (found.place[before] == found.tenant[before] % 2).all()
    assert set(found.place[~before].tolist()) == {2}
