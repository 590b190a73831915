"""Every expected figure here is worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.experiments.figures import board_power_w, energy_per_request, in_time, jain
from mig_explorer.experiments.intervals import latency_figures
from mig_explorer.experiments.overlap import at_most_one, use_of


@pytest.mark.parametrize(
    ("shares", "index"),
    [
        ([1.0], 1.0),
        ([0.2, 0.2, 0.2], 1.0),
        ([1.0, 0.0, 0.0], 1 / 3),
        ([1.0, 2.0, 3.0], 36 / 42),
        ([4.0, 4.0, 1.0, 1.0], 100 / (4 * 34)),
    ],
)
def test_fairness_by_hand(shares: list[float], index: float) -> None:
    assert jain(shares) == pytest.approx(index, rel=1e-12)


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=20), st.floats(1e-3, 1e3))
def test_fairness_is_between_one_in_n_and_one_whatever_the_unit(shares: list[float], unit: float) -> None:
    index = jain(shares)
    assert 1 / len(shares) * (1 - 1e-12) <= index <= 1 + 1e-12
    assert jain([unit * share for share in shares]) == pytest.approx(index)


@pytest.mark.parametrize("shares", [[], [0.0, 0.0], [1.0, math.nan]])
def test_fairness_of_nothing_is_unknown(shares: list[float]) -> None:
    assert math.isnan(jain(shares))


def test_a_deadline_is_met_at_the_very_moment() -> None:
    latencies = np.array([0.1, 0.2, 0.3])
    assert in_time(latencies, 0.2) == pytest.approx(2 / 3)
    assert in_time(latencies, 0.05) == 0.0
    assert math.isnan(in_time(latencies, None))
    assert math.isnan(in_time(np.empty(0), 0.2))


def test_energy_by_hand() -> None:
    assert board_power_w(20.0, 220.0, 0.25) == 70.0
    assert energy_per_request(70.0, seconds=4.0, share=0.5, requests=7) == 20.0
    assert math.isnan(energy_per_request(70.0, seconds=4.0, share=0.5, requests=0))


def test_use_over_time_by_hand() -> None:
    began, ended = np.array([0.0, 1.0]), np.array([2.0, 4.0])
    weight, edges = np.array([0.5, 0.75]), np.array([0.0, 2.0, 4.0])
    assert use_of(began, ended, weight, edges).tolist() == [0.5 + 0.375, 0.75]
    assert at_most_one(began, ended, weight, edges).tolist() == [0.75, 0.75]


@given(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0.001, 5), st.floats(0, 0.1)), min_size=1, max_size=10),
    st.integers(1, 7),
)
def test_two_ways_to_add_up_use_agree_where_nothing_overflows(
    stays: list[tuple[float, float, float]], bins: int
) -> None:
    began, lasted, weight = (np.array(each) for each in zip(*stays, strict=True))
    edges = np.linspace(0.0, 10.0, bins + 1)
    one, other = (each(began, began + lasted, weight, edges) for each in (use_of, at_most_one))
    assert one == pytest.approx(other, abs=1e-9)


def test_intervals_hold_their_figure_and_need_enough_requests() -> None:
    latencies = np.random.default_rng(7).exponential(1.0, 4000)
    many, few = latency_figures(latencies), latency_figures(latencies[:199])
    for name in ("mean", "p50", "p95", "p99"):
        low, high = (many[f"latency_{name}_ci_{end}_s"] for end in ("low", "high"))
        assert low < many[f"latency_{name}_s"] < high
        assert math.isnan(few[f"latency_{name}_ci_low_s"])
    assert many["latency_p99_s"] == np.percentile(latencies, 99)
