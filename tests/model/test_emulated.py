from __future__ import annotations

import numpy as np
import pytest
from numba import cuda

from mig_explorer.emulator import emulate
from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpu
from mig_explorer.model import EmulatedWorkload, cost_of_emulation, step_time

A100 = gpu("A100-SXM4-40GB")


@cuda.jit
def scaled(values, out):
    i = cuda.grid(1)
    if i < out.size:
        value = values[i]
        out[i] = value * value + value


@cuda.jit
def strided(values, out):
    i = cuda.grid(1)
    out[i] = values[8 * i]


def counted(kernel, dtype=np.float32, elements=2048, times=1):
    values = np.ones(elements * times, dtype)
    return emulate(kernel, count=True)[elements // 256, 256](values, np.zeros(elements, dtype))


def test_the_cost_is_what_was_counted() -> None:
    cost = cost_of_emulation(counted(scaled), launches=10)
    assert (cost.flops, cost.bytes, cost.launches) == (10 * 2 * 2048, 10 * 8 * 2048, 10)
    assert (cost.precision, cost.working_set_bytes) == ("fp32", 8 * 2048)


def test_reads_that_are_not_coalesced_cost_whole_sectors() -> None:
    cost = cost_of_emulation(counted(strided, times=8))
    assert cost.bytes == 2048 * (32 + 4)


def test_double_precision_is_timed_as_such() -> None:
    assert cost_of_emulation(counted(scaled, np.float64)).precision == "fp64"


def test_ones_own_kernel_has_a_time_on_every_slice() -> None:
    work = EmulatedWorkload(counted(scaled), launches=100, working_set_bytes=2**20)
    assert (work.title, work.launch.blocks, work.launch.threads_per_block) == ("scaled", 8, 256)
    times = [step_time(work, A100.slice(name), A100) for name in A100.profiles]
    assert all(each.limited_by == "host" and each.note == work.note for each in times)
    assert work.cost.working_set_bytes == 2**20


def test_a_request_launches_at_least_once() -> None:
    with pytest.raises(InvalidWorkload) as caught:
        EmulatedWorkload(counted(scaled), launches=0)
    assert str(caught.value) == "EmulatedWorkload: 0 launches a request; there is at least 1."
