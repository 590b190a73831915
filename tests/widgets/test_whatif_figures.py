import math

import numpy as np
import pytest

from mig_explorer.charts.use_over_time import BINS
from mig_explorer.experiments import Experiment
from mig_explorer.gpus import gpu
from mig_explorer.model import MeasuredWorkload
from mig_explorer.widgets import whatif_figures as room
from mig_explorer.widgets import whatif_settings
from mig_explorer.widgets.whatif_figures import Model
from mig_explorer.workloads import mlp, triad

A100 = gpu("A100-SXM4-40GB")
EVERY = ["monolithic", "time-slicing", "mps", "green-contexts", "mig", "mig-mps"]


def settings(work=None, board=A100, **change):
    given = mlp() if work is None else work
    return whatif_settings.changed(whatif_settings.first(board, given), change, given)


@pytest.mark.parametrize(
    "asked",
    [
        settings(modes=EVERY, tenants=9),
        settings(triad(elements=2**22), modes=EVERY, tenants=4, layout="3g.20gb 2g.10gb 1g.5gb"),
        settings(triad(elements=2**22), modes=EVERY, tenants=5, rate=500.0),
        settings(board=gpu("GB10"), tenants=6, modes=EVERY[:4]),
    ],
    ids=["closed loop", "a mixed layout", "at random", "without MIG"],
)
def test_the_figures_are_those_of_the_experiment(asked):
    answer = Model().answer(asked)
    modes = asked.sharing()
    seconds = float(answer.use["to_s"].max())
    who = room.tenants_of(asked, asked.tenants)
    result = Experiment(asked.gpu, who, list(modes.values()), seconds=seconds, seed=room.SEED).modelled()
    table = result.table[result.table["tenant"] == "all"].set_index("mode")
    for slug, mode in modes.items():
        mine, its = answer.totals[slug], table.loc[mode.slug]
        for name in ("throughput_per_s", "latency_p50_s", "latency_p99_s", "jain", "slowdown"):
            assert mine[name] == pytest.approx(float(its[name]), rel=1e-6, nan_ok=True), (slug, name)
        if asked.rate is not None:
            assert mine["load"] == pytest.approx(float(its["load"])), slug
        use = answer.use[answer.use["mode"] == slug]
        over = result.over_time(BINS)
        its_use = over[over["mode"] == mode.slug]
        if mine["load"] < 1:
            known = np.minimum(1.0, its_use["sm_use"].to_numpy())
            assert use["sm_use"].to_numpy() == pytest.approx(known, abs=0.02), slug
            bandwidth = its_use["bandwidth_use"].to_numpy()
            assert use["bandwidth_use"].to_numpy() == pytest.approx(bandwidth, abs=0.02), slug


def test_latency_by_tenants_meets_the_table_at_the_chosen_number():
    model = Model()
    answer = model.answer(settings(tenants=3))
    sweep = model.sweep(answer)
    assert set(sweep["tenants"]) == set(range(1, 15))
    for slug, row in answer.totals.items():
        mine = sweep[(sweep["mode"] == slug) & (sweep["tenants"] == 3)]
        assert mine["latency_p99_s"].tolist() == [row["latency_p99_s"]]
    whole = sweep[sweep["mode"] == "monolithic"].set_index("tenants")["latency_p99_s"]
    assert whole[14] == pytest.approx(14 * whole[1])
    band = sweep[["latency_p99_low_s", "latency_p99_s", "latency_p99_high_s"]].to_numpy()
    assert (np.diff(band, axis=1) >= 0).all()


@pytest.mark.parametrize(
    "layout", ["1g.5gb " * 7, "3g.20gb 2g.10gb 1g.5gb", "3g.20gb@0[1c+2c] 3g.20gb@4", "7g.40gb"]
)
def test_every_number_of_tenants_has_the_latency_of_its_own_experiment(layout):
    model = Model()
    asked = settings(
        triad(elements=2**22), modes=["mig", "mig-mps", "green-contexts"], tenants=14, layout=layout
    )
    sweep = model.sweep(model.answer(asked)).set_index(["mode", "tenants"])["latency_p99_s"]
    for slug, mode in asked.sharing().items():
        for count in (1, 2, 5, 8, 11):
            result = Experiment(A100, room.tenants_of(asked, count), [mode], seed=room.SEED).modelled()
            (whole,) = [row for row in result.table.to_dict("records") if row["tenant"] == "all"]
            assert sweep[slug, count] == pytest.approx(whole["latency_p99_s"], rel=0.01), (slug, count)


def test_what_a_slider_does_not_touch_is_kept(monkeypatch):
    model = Model()
    begin = settings()
    model.sweep(model.answer(begin))
    first = model.layouts(begin)
    monkeypatch.setattr(room._Run, "point", lambda *_: pytest.fail("the curves were worked out again"))
    more = whatif_settings.changed(begin, {"tenants": 3}, begin.work)
    assert len(model.sweep(model.answer(more))) == 4 * 14
    elsewhere = whatif_settings.changed(begin, {"layout": "7g.40gb", "modes": ["mps"]}, begin.work)
    model.sweep(model.answer(elsewhere))
    assert model.layouts(elsewhere) is first
    assert model.layouts(more) is not first


def test_modes_that_cannot_be_say_why_and_the_others_go_on():
    answer = Model().answer(settings(triad(elements=2**29), tenants=7))
    assert list(answer.totals) == ["monolithic"]
    said = {each.mode: each.text for each in answer.problems}
    assert said["mig"] == (
        "STREAM triad, 2^29 elements needs 6,144 MiB, but a 1g.5gb slice of A100-SXM4-40GB has 4,864 MiB. "
        "The smallest profile with room is 1g.10gb."
    )
    assert said["mps"].startswith("7 tenants have their memory on the whole GPU of A100-SXM4-40GB")


def test_green_contexts_have_a_curve_as_far_as_they_have_room():
    model = Model()
    answer = model.answer(settings(board=gpu("GB10"), modes=["green-contexts"], tenants=2))
    assert model.sweep(answer)["tenants"].max() == 6
    more = model.answer(settings(board=gpu("GB10"), modes=["green-contexts"], tenants=9))
    assert more.totals == {}
    assert more.problems[0].text.startswith("9 tenants are too many for green contexts on GB10")


def test_a_mode_that_cannot_keep_up_has_no_latency():
    answer = Model().answer(settings(rate=5000.0, modes=EVERY))
    slow = answer.totals["time-slicing"]
    assert slow["load"] > 1
    assert math.isnan(slow["latency_p99_s"])
    assert slow["status"].startswith("unstable: ")
    # One request of each tenant is in service at a time, so how much of the board is in use is known.
    assert answer.use[answer.use["mode"] == "time-slicing"]["sm_use"].between(0.0, 1.0).all()
    assert answer.totals["mps"]["status"] == "ok"


def test_a_measured_workload_has_times_and_no_use():
    bert = MeasuredWorkload("bert", {"7g.40gb": 0.053, "1g.5gb": 0.399})
    answer = Model().answer(settings(bert, modes=["monolithic", "mig"]))
    assert answer.totals["mig"]["latency_p99_s"] == pytest.approx(bert.predict("1g.5gb").seconds)
    assert answer.use["sm_use"].isna().all()


def test_no_mode_and_no_mig_leave_empty_tables():
    model = Model()
    nothing = model.answer(settings(modes=[]))
    assert (nothing.totals, nothing.problems) == ({}, ())
    assert model.sweep(nothing).empty
    assert model.layouts(settings(board=gpu("GB10"))) is None
    assert model.layouts(settings(triad(elements=2**31 - 1), board=gpu("A30"))) is None


def test_no_use_is_above_the_whole_board():
    answer = Model().answer(settings(modes=EVERY))
    assert (answer.use["sm_use"] <= 1).all()
