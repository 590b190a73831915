from __future__ import annotations

import pytest

from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpu
from mig_explorer.model import TimeSlicing, constant, step_time, stretch
from mig_explorer.model.copies import copy_times
from mig_explorer.model.service import service
from mig_explorer.workloads import matmul, triad

BOARD = gpu("A100-SXM4-40GB")
KEPT = triad(elements=2**24)
COPIED = KEPT.with_copies()
COPYING = 3 * 4 * 2**24 / 25.8e9
"""Seconds: three float32 arrays over 25.8 GB/s."""


def test_copies_are_added_to_the_rest_of_a_request() -> None:
    for piece in (BOARD.whole, BOARD.slice("1g.5gb")):
        kept, copied = (step_time(work, piece, BOARD) for work in (KEPT, COPIED))
        assert kept.copy_seconds == 0.0
        assert copied.copy_seconds == pytest.approx(COPYING, rel=1e-12)
        assert copied.seconds == pytest.approx(kept.seconds + COPYING, rel=1e-12)
        assert copied.saturated_seconds == pytest.approx(kept.saturated_seconds + COPYING, rel=1e-12)
        assert copied.low_seconds == pytest.approx(kept.low_seconds + COPYING * 25.8 / 25.9, rel=1e-12)
        assert copied.high_seconds == pytest.approx(kept.high_seconds + COPYING * 25.8 / 12.3, rel=1e-12)
        assert (kept.limited_by, copied.limited_by) == ("memory", "copies")
        assert copied.gpu_seconds == kept.gpu_seconds


def test_a_request_that_computes_for_longer_than_it_copies_says_so() -> None:
    step = step_time(matmul(size=4096).with_copies(), BOARD.whole, BOARD)
    assert step.copy_seconds > 0.0
    assert step.limited_by == "compute"


def test_gb10_copies_nothing_and_its_band_holds_a_copy_within_its_memory() -> None:
    board = gpu("GB10")
    kept, copied = (step_time(work, board.whole, board) for work in (KEPT, COPIED))
    within = 2 * 3 * 4 * 2**24 / (float(board.whole.bandwidth.value) * 1e9)
    assert (copied.seconds, copied.copy_seconds, copied.low_seconds) == (kept.seconds, 0.0, kept.low_seconds)
    assert copied.high_seconds == pytest.approx(kept.high_seconds + within)
    assert copied.limited_by == "memory"


@pytest.mark.parametrize("name", ["H100-SXM5-80GB", "GH200-96GB", "T4"])
def test_copies_over_a_link_of_unknown_bandwidth_are_refused(name: str) -> None:
    with pytest.raises(InvalidWorkload) as caught:
        copy_times(COPIED, gpu(name))
    assert str(caught.value) == (
        "STREAM triad, 2^24 elements, arrays copied: a request copies 201,326,592 bytes between the host and "
        f"the GPU, but the bandwidth of the link to {name} is unknown, so no time can be modelled. Leave the "
        "arrays on the GPU, or use one of: A100-PCIE-40GB, A100-PCIE-80GB, A100-SXM4-40GB, A100-SXM4-80GB, "
        "A30, GB10."
    )
    assert copy_times(KEPT, gpu(name)) == (0.0, 0.0, 0.0)


def test_in_turns_copies_wait_for_their_turn_and_are_not_slowed_once_more() -> None:
    (server,) = TimeSlicing().servers(BOARD, [f"tenant {number}" for number in range(5)])
    demand = service(COPIED, server, BOARD).demand(switching=server.switching)
    assert stretch([demand] * 5) == pytest.approx([5 * (1 + constant("time_slicing_overhead"))] * 5)
