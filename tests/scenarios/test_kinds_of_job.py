import pytest

from mig_explorer.charts.drawing import records
from mig_explorer.gpus import gpu
from mig_explorer.model import step_time
from mig_explorer.scenarios.jobs import JOBS, job
from mig_explorer.scenarios.kinds_of_job import kinds_of_job
from mig_explorer.scenarios.ways_to_share import slices_for

A100 = gpu("A100-SXM4-40GB")


def rows(jobs):
    return {row["job"]: row for row in records(kinds_of_job(A100, slices_for(A100, jobs), jobs))}


def test_every_job_is_there_from_one_that_fills_nothing_to_one_that_fills_all():
    found = rows(7)
    assert list(found) == list(JOBS)
    assert found["small inference"]["fills_percent"] < 10
    assert found["large matmul"]["fills_percent"] > 95
    assert {row["limited_by"] for row in found.values()} >= {"compute", "memory"}


def test_a_gain_is_what_is_done_at_once_over_how_much_slower_each_is():
    for jobs, piece in ((2, "3g.20gb"), (7, "1g.5gb")):
        for name, row in rows(jobs).items():
            sliced, whole = (
                step_time(job(name), each, A100).seconds for each in (A100.slice(piece), A100.whole)
            )
            assert row["slower_alone_times"] == pytest.approx(sliced / whole)
            assert row["gain_times"] == pytest.approx(jobs * whole / sliced)


def test_jobs_that_queue_gain_nothing_more():
    assert {name: row["gain_times"] for name, row in rows(14).items()} == {
        name: row["gain_times"] for name, row in rows(7).items()
    }


def test_arithmetic_gains_by_sms_and_traffic_by_bandwidth():
    found = rows(7)
    assert found["large matmul"]["gain_times"] == pytest.approx(98 / 108, rel=0.01)
    assert found["streaming"]["gain_times"] == pytest.approx(7 * 174.2 / 1384.6, rel=0.01)


@pytest.mark.parametrize("name", JOBS)
def test_a_job_fits_the_smallest_slice_of_every_board(name):
    for board in ("A100-SXM4-40GB", "A100-SXM4-80GB", "A30", "H100-SXM5-80GB"):
        smallest = next(iter(gpu(board).profiles.values()))
        assert job(name).cost.working_set_bytes < (smallest.memory_mib or 0) * 2**20
