import math

import numpy as np
import pytest

from mig_explorer.charts.drawing import records
from mig_explorer.experiments import Experiment, Tenant, tenants
from mig_explorer.gpus import gpu
from mig_explorer.model import GreenContexts, Monolithic, Mps, step_time
from mig_explorer.model.arrivals import Poisson
from mig_explorer.scenarios.qos_figures import by_crowd, in_time, isolation, latencies_of_first
from mig_explorer.workloads import mlp

BOARD, WORK = gpu("A30"), mlp(batch=2048)
ALONE = step_time(WORK, BOARD.whole, BOARD).seconds
MODES = (Monolithic(), Mps(), GreenContexts())


def watched(load=0.2, others=3):
    first = Tenant("first", WORK, arrivals=Poisson(load / ALONE))
    everybody = (first, *tenants(WORK, others)) if others else (first,)
    return Experiment(BOARD, everybody, MODES, seconds=600 * ALONE / load).modelled()


RESULT = watched()
ROWS = {(row["mode"], row["tenants"]): row for row in records(by_crowd(RESULT, 2 * ALONE))}
ISOLATED = {row["mode"]: row for row in records(isolation(RESULT))}


def test_there_is_a_row_for_each_mode_and_number_of_tenants():
    assert set(ROWS) == {(mode.slug, count) for mode in MODES for count in (1, 2, 3, 4)}


def test_with_everybody_there_it_is_what_the_experiment_says_of_the_tenant():
    table = RESULT.table
    for mode in MODES:
        of_first = table[(table["mode"] == mode.slug) & (table["tenant"] == "first")].iloc[0]
        row = ROWS[mode.slug, 4]
        assert row["requests"] == of_first["requests"]
        assert row["latency_p50_s"] == pytest.approx(of_first["latency_p50_s"])
        assert row["latency_p99_s"] == pytest.approx(of_first["latency_p99_s"])
        assert ISOLATED[mode.slug]["isolation_times"] == pytest.approx(of_first["isolation"])


def test_alone_it_is_the_same_whoever_would_come():
    fewer = {(row["mode"], row["tenants"]): row for row in records(by_crowd(watched(others=1), 2 * ALONE))}
    assert ROWS["monolithic", 1]["latency_p99_s"] == fewer["monolithic", 1]["latency_p99_s"]
    assert ROWS["monolithic", 2]["latency_p99_s"] == fewer["monolithic", 2]["latency_p99_s"]


def test_in_one_line_every_tenant_more_makes_it_longer():
    waits = [ROWS["monolithic", count]["latency_p50_s"] for count in (1, 2, 3, 4)]
    # The one in service is half done on average; of the others each is a whole request.
    assert all(np.diff(waits) > [0.5 * ALONE, 0.8 * ALONE, 0.8 * ALONE])
    assert ROWS["monolithic", 1]["latency_p50_s"] == pytest.approx(ALONE, rel=0.2)


def test_what_asks_for_more_than_there_is_has_no_latency():
    rows = {row["mode"]: row for row in records(isolation(watched(load=1.5, others=0)))}
    assert all(math.isnan(row["isolation_times"]) for row in rows.values())
    assert all(math.isnan(row["alone_p99_s"]) for row in rows.values())
    lone = records(by_crowd(watched(load=1.5, others=0), ALONE))
    assert all(
        math.isnan(row["in_time_percent"]) and row["load"] == pytest.approx(1.5, rel=0.01) for row in lone
    )


def test_the_band_is_what_both_ends_of_the_times_give():
    for row in ISOLATED.values():
        assert row["isolation_low_times"] <= row["isolation_times"] <= row["isolation_high_times"]


def test_a_share_in_time_is_counted():
    waits = latencies_of_first(RESULT, "monolithic")
    middle = float(np.median(waits))
    assert in_time(waits, middle) == pytest.approx(50, abs=1)
    assert ROWS["monolithic", 4]["in_time_percent"] == in_time(waits, 2 * ALONE)
