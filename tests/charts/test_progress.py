import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.charts.progress import TimeUnit, p99_so_far, pace, percentile, round_ticks, sample

LATENCIES = st.lists(st.floats(1e-6, 10.0), min_size=1, max_size=60)


@given(LATENCIES, st.floats(0, 1))
def test_a_percentile_is_the_one_of_numpy(latencies: list[float], share: float):
    assert percentile(sorted(latencies), share) == pytest.approx(float(np.percentile(latencies, 100 * share)))


@given(LATENCIES)
def test_p99_so_far_is_the_percentile_of_each_beginning(latencies: list[float]):
    expected = [float(np.percentile(latencies[: count + 1], 99)) for count in range(len(latencies))]
    assert p99_so_far(latencies) == pytest.approx(expected)


def test_tenants_who_finish_together_draw_a_level_line_and_not_a_saw():
    finished = [float(round_) for round_ in range(1, 11) for _ in range(7)]
    found = sample(finished, p99_so_far([1.0] * 70), duration=10.0, points=40)
    assert found.throughput[:3] == (None, None, None)
    assert set(found.throughput[3:]) == {7.0}


def test_the_last_sample_is_the_end_and_counts_over_the_whole_race_as_the_table_does():
    found = sample([0.5, 1.0], [0.5, 0.6], duration=4.0, points=4)
    assert found.time[-1] == 4.0
    assert found.throughput == (2.0, 2.0, 2.0, 0.5)
    assert found.p99 == (0.6, 0.6, 0.6, 0.6)


def test_a_race_in_which_nothing_finished_has_no_latency_and_serves_nothing():
    found = sample([], [], duration=1.0, points=2)
    assert found.throughput == (None, 0.0)
    assert found.p99 == (None, None)


@given(st.floats(1e-9, 1e12), st.integers(2, 10))
def test_ticks_begin_at_zero_reach_the_top_and_are_few(top: float, parts: int):
    ticks = round_ticks(top, parts)
    assert ticks[0] == 0
    assert ticks[-1] >= top * (1 - 1e-5)
    assert 2 <= len(ticks) <= parts + 2
    assert ticks[-2] < top


@given(st.floats(1e-6, 1e6))
def test_every_race_lasts_about_twelve_seconds(duration: float):
    assert 9.0 < duration * pace(duration) < 16.0


@pytest.mark.parametrize(
    ("seconds", "unit"),
    [(3600.0, TimeUnit("s", 1.0)), (1.9, TimeUnit("ms", 1e3)), (0.0005, TimeUnit("µs", 1e6))],
)
def test_a_time_is_written_in_the_unit_in_which_it_reads_well(seconds: float, unit: TimeUnit):
    assert TimeUnit.reading(seconds) == unit
