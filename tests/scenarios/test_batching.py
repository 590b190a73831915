import pytest

from mig_explorer.errors import DoesNotFit
from mig_explorer.gpus import gpu
from mig_explorer.model import step_time
from mig_explorer.scenarios.batching import batch_rate, batched
from mig_explorer.workloads import matmul, mlp, triad

A100 = gpu("A100-SXM4-40GB")


def test_a_batch_does_the_work_of_all_in_the_launches_of_one():
    one, five = matmul(size=256, repeats=3), batched(matmul(size=256, repeats=3), 5)
    assert five.launch.blocks == 5 * one.launch.blocks
    assert five.launch.block == one.launch.block
    assert (five.cost.flops, five.cost.bytes) == (5 * one.cost.flops, 5 * one.cost.bytes)
    assert five.cost.launches == one.cost.launches == 3
    assert five.title == "Tiled matmul, 256 × 256, 3 launches, batch of 5"


def test_it_takes_as_long_as_the_kernel_that_was_written_for_the_batch():
    """The MLP has a batch of its own; only its weights, read once, make a difference."""
    made, written = (
        step_time(work, A100.whole, A100).seconds for work in (batched(mlp(batch=32), 4), mlp(batch=128))
    )
    assert made == pytest.approx(written, rel=0.05)


def test_a_batch_of_one_is_one_request():
    alone = step_time(triad(elements=2**20), A100.whole, A100)
    rate = batch_rate(triad(elements=2**20), 1, A100)
    assert (rate.value, rate.seconds) == (1 / alone.seconds, alone.seconds)
    assert rate.low == 1 / alone.high_seconds < rate.value < rate.high == 1 / alone.low_seconds


def test_a_job_that_fills_the_gpu_gains_nothing():
    one, many = (batch_rate(triad(elements=2**26), count, A100).value for count in (1, 8))
    assert many == pytest.approx(one, rel=0.05)


def test_a_batch_that_needs_more_memory_than_there_is_is_refused():
    with pytest.raises(DoesNotFit) as refused:
        batch_rate(triad(elements=2**26), 64, A100)
    assert str(refused.value) == (
        "STREAM triad, 2^26 elements, batch of 64 needs 49,152 MiB, but the whole GPU of A100-SXM4-40GB has "
        "40,960 MiB. No slice of this board has room: make the workload smaller."
    )
