import io
import math

import pytest

from mig_explorer.errors import DoesNotFit, InvalidExperiment
from mig_explorer.experiments import Experiment, tenants
from mig_explorer.experiments import frontier as room
from mig_explorer.experiments.frontier import distinct_layouts, frontier
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import layouts, parse_layout
from mig_explorer.model import Mig
from mig_explorer.model.arrivals import ClosedLoop, Poisson
from mig_explorer.workloads import mlp, triad

BOARD = gpu("A30")
WORK = triad(elements=2**22)


def profiles(layout):
    return sorted(each.profile.name for each in layout.instances)


@pytest.mark.parametrize("board", [each for each in gpus() if each.has_mig], ids=lambda board: board.name)
def test_every_choice_of_plain_profiles_comes_once(board):
    found = [tuple(profiles(layout)) for layout in distinct_layouts(board)]
    plain = [each.name for each in board.profiles.values() if not each.attributes]
    assert len(found) == len(set(found))
    assert set(found) == {tuple(profiles(layout)) for layout in layouts(board, plain, maximal=False)}


@pytest.mark.parametrize(
    "arrivals",
    [ClosedLoop(), ClosedLoop(0.002), Poisson(20.0)],
    ids=["closed loop", "with pauses", "at random"],
)
def test_each_row_is_what_an_experiment_gives_for_its_layout(arrivals):
    who = tenants(WORK, 5, arrivals=arrivals)
    sweep = frontier(BOARD, who, seed=11)
    for row in sweep.sample(4, random_state=3).to_dict("records"):
        mode = Mig(parse_layout(BOARD, str(row["layout"])))
        result = Experiment(BOARD, who, [mode], seconds=sweep.attrs["seconds"], seed=11).modelled()
        whole = result.table.set_index("tenant").loc["all"]
        for name in ("throughput_per_s", "latency_p50_s", "latency_p99_s"):
            assert row[name] == pytest.approx(whole[name], rel=1e-9), (row["title"], name)


def test_the_best_are_those_that_no_other_beats():
    sweep = frontier("A100-SXM4-40GB", tenants(triad(elements=2**24), 3))
    rows = sweep[sweep["status"] == "ok"].to_dict("records")
    best = [row for row in rows if row["best"]]
    assert best

    def beats(one, other):
        return one["throughput_per_s"] > other["throughput_per_s"] * 1.01 and (
            one["latency_p99_s"] < other["latency_p99_s"] * 0.99
        )

    assert not any(beats(row, top) for row in rows for top in best)
    assert {row["title"] for row in best} != {row["title"] for row in rows}


def test_of_layouts_that_serve_the_same_the_one_that_is_said_the_shortest_is_best():
    same = {"throughput_per_s": 20.0, "latency_p99_s": 0.3, "status": "ok"}
    rows = [
        {**same, "title": "1g.10gb + 6 × 1g.5gb"},
        {**same, "title": "7 × 1g.5gb", "latency_p99_s": 0.30001},
        {**same, "title": "7g.40gb", "throughput_per_s": 10.0},
        {**same, "title": "2 × 3g.20gb", "throughput_per_s": 10.0, "latency_p99_s": 0.1},
    ]
    assert room._best(rows) == {1, 3}


def test_layouts_that_cannot_keep_up_or_are_too_small_say_so():
    busy = frontier(BOARD, tenants(WORK, 2, arrivals=Poisson(5000.0)))
    small = next(row for row in busy.to_dict("records") if row["title"] == "1g.6gb")
    assert str(small["status"]).startswith("unstable: ")
    assert str(small["status"]).endswith(
        " times what can be served is asked for, so latency grows with the window"
    )
    assert math.isnan(small["latency_p99_s"])
    assert not small["best"]
    large = frontier(BOARD, tenants(triad(elements=2**29), 1)).set_index("title")
    assert large.loc["1g.6gb", "status"] == (
        "STREAM triad, 2^29 elements needs 6,144 MiB, but a 1g.6gb slice of A30 has 5,952 MiB. "
        "The smallest profile with room is 2g.12gb."
    )
    assert large.loc["4g.24gb", "status"] == "ok"


def test_what_fits_no_layout_is_refused():
    with pytest.raises(DoesNotFit) as refused:
        frontier(BOARD, tenants(triad(elements=2**31 - 1), 1))
    assert str(refused.value) == (
        "STREAM triad, 2,147,483,647 elements needs 24,576 MiB, but a 4g.24gb slice of A30 has 24,000 MiB. "
        "Only the whole GPU has room: use Monolithic()."
    )


def test_a_board_without_mig_is_refused():
    with pytest.raises(InvalidExperiment) as refused:
        frontier("GB10", tenants(WORK, 2))
    assert str(refused.value) == (
        "GB10 has no MIG, so there are no layouts to compare. Use a board with MIG, such as A100-SXM4-40GB."
    )


def test_it_says_how_far_it_is_only_where_it_takes_long(monkeypatch):
    said = io.StringIO()
    frontier(BOARD, tenants(WORK, 2), progress=said)
    assert said.getvalue() == ""
    monkeypatch.setattr(room, "QUIET_SECONDS", -1.0)
    frontier(BOARD, tenants(WORK, 2), progress=said)
    assert said.getvalue().endswith("\r9 of 9 layouts\n")


def test_the_same_seed_gives_the_same_and_says_what_it_is():
    who = tenants(mlp(), 4, arrivals=Poisson(500.0))
    first, again = frontier(BOARD, who), frontier(BOARD, who)
    assert first.equals(again)
    assert first.attrs["tenants"] == 4
    assert first.attrs["provenance"].endswith(", not measured; A30; seed 7.")
