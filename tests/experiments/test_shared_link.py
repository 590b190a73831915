"""Copies over the link that all tenants of a board share, seen from an experiment."""

from __future__ import annotations

import pytest

from mig_explorer.experiments import Experiment, tenants
from mig_explorer.experiments.times import Times, arranged, highest_load
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Mps, TimeSlicing, constant, step_time
from mig_explorer.model.arrivals import Poisson
from mig_explorer.workloads import Workload, matmul, triad

BOARD = gpu("A100-SXM4-40GB")
SEVEN = Mig(parse_layout(BOARD, " ".join(f"1g.5gb@{start}" for start in range(7))))
KEPT = triad(elements=2**24)
COPIED = KEPT.with_copies()
COPYING = 3 * 4 * 2**24 / 25.8e9
"""Seconds: three float32 arrays over 25.8 GB/s."""


def latencies(mode: Mig | Mps | TimeSlicing, work: Workload, count: int) -> list[float]:
    """Return the median latency of each of some tenants in a closed loop."""
    crew = tenants(work, count)
    result = Experiment(gpu=BOARD, tenants=crew, modes=[mode], seconds=2.0).modelled()
    found = result.table.set_index("tenant")["latency_p50_s"].to_dict()
    return [float(found[each.name]) for each in crew]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_slices_that_copy_slow_each_other_until_the_link_is_full(count: int) -> None:
    alone = step_time(COPIED, BOARD.slice("1g.5gb"), BOARD).seconds
    kernel = step_time(KEPT, BOARD.slice("1g.5gb"), BOARD).seconds
    assert alone == pytest.approx(kernel + COPYING)
    assert latencies(SEVEN, COPIED, count) == pytest.approx([max(alone, count * COPYING)] * count)
    assert latencies(SEVEN, KEPT, count) == pytest.approx([kernel] * count)


@pytest.mark.parametrize("mode", [SEVEN, Mps(), TimeSlicing()], ids=lambda mode: mode.slug)
@pytest.mark.parametrize("work", [COPIED, matmul(size=2048).with_copies()], ids=lambda work: work.name)
@pytest.mark.parametrize("count", [2, 7])
def test_no_more_bytes_pass_the_link_than_it_carries(
    mode: Mig | Mps | TimeSlicing, work: Workload, count: int
) -> None:
    passing = sum(work.cost.copied_bytes / each for each in latencies(mode, work, count))
    assert passing <= constant("pcie_bandwidth") * 1e9 * (1 + 1e-9)


def test_a_link_that_is_asked_for_more_than_it_carries_is_no_steady_queue() -> None:
    rate = 0.5 / COPYING
    crew = tenants(COPIED, 7, arrivals=Poisson(rate))
    found = highest_load(arranged(SEVEN, crew, Times(BOARD)))
    assert found == pytest.approx(7 * 0.5)
