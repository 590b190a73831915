import pytest

from mig_explorer.charts.drawing import records
from mig_explorer.experiments import Experiment, tenants
from mig_explorer.gpus import gpu
from mig_explorer.model import step_time
from mig_explorer.scenarios.ways_to_share import ways_to_share
from mig_explorer.scenarios.work_done import gain, side_by_side_if_blocks_fill, totals, work_done
from mig_explorer.workloads import matmul, triad

A100 = gpu("A100-SXM4-40GB")
WORK = matmul(size=256, repeats=50)
RESULT = Experiment(A100, tenants(WORK, 7), ways_to_share(A100, 7).modes).modelled()
ROWS = {str(row["mode"]): row for row in records(work_done(RESULT, WORK))}


def test_one_after_another_is_the_measure():
    alone = ROWS["monolithic"]
    assert [alone[f"gain_{end}times"] for end in ("", "low_", "high_")] == [1, 1, 1]
    assert alone["isolation_times"] == pytest.approx(7)
    assert alone["slower_alone_times"] == 1


def test_a_gain_is_the_ratio_of_throughputs():
    rates = {mode: row["throughput_per_s"] for mode, row in totals(RESULT).items()}
    for mode, rate in rates.items():
        assert ROWS[mode]["gain_times"] == pytest.approx(rate / rates["monolithic"])


def test_the_band_holds_every_end_of_what_is_not_known_of_a_kernel():
    whole, piece = (step_time(WORK, each, A100) for each in (A100.whole, A100.slice("1g.5gb")))
    ends = [
        7 * getattr(whole, each) / getattr(piece, each)
        for each in ("seconds", "low_seconds", "high_seconds", "saturated_seconds")
    ]
    found = gain(RESULT, "mig-7x1g-5gb", WORK)
    assert found.low == pytest.approx(min(ends), rel=0.03)
    assert found.high == pytest.approx(max(ends), rel=0.03)
    assert found.low <= found.value <= found.high


def test_if_a_block_fills_an_sm_mps_gains_only_the_empty_part_of_the_last_round():
    """Without launches, 256 blocks take three rounds of 108 SMs; seven times 256 could take 16.6."""
    step = step_time(WORK, A100.whole, A100)
    compute = step.compute_seconds * step.occupancy / step.possible_occupancy * 3 * 108 / 256
    host = step.saturated_seconds - compute
    expected = 7 * step.saturated_seconds / (host + compute * 7 * 256 / (3 * 108))
    assert side_by_side_if_blocks_fill(WORK, A100, 7) == pytest.approx(expected, rel=0.02)
    assert ROWS["mps"]["gain_low_times"] == pytest.approx(expected, rel=0.02)


def test_a_job_that_fills_the_memory_gains_nothing_side_by_side():
    assert side_by_side_if_blocks_fill(triad(elements=2**26), A100, 7) == pytest.approx(1, rel=0.02)
