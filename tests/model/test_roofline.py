from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import DoesNotFit, InvalidWorkload
from mig_explorer.gpus import gpu
from mig_explorer.model import step_time
from mig_explorer.workloads import Cost, Launch, attention, matmul, pointer_chase, triad

if TYPE_CHECKING:
    from mig_explorer.workloads import Workload

A100 = gpu("A100-SXM4-40GB")
SLICES = [A100.whole, *(A100.slice(name) for name in ("1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"))]


def made(  # noqa: PLR0913 - the parts of a workload
    *,
    blocks: int = 864,
    threads: int = 256,
    flops: int = 10**9,
    traffic: int = 10**6,
    launches: int = 1,
    working_set: int = 10**6,
    precision: str = "fp32",
) -> Workload:
    cost = Cost(flops, traffic, launches, working_set, precision)  # type: ignore[arg-type]
    return replace(triad(elements=1000), launch=Launch((blocks,), (threads,)), cost=cost)


# STREAM triad in fp64 on vectors of 2^27 elements, median of 999 runs on an A100-40GB: milliseconds
# (GPUless thesis, SPCL, ETH Zurich, github.com/spcl/gpuless-thesis). The model knows only the copy figures.
@pytest.mark.parametrize(
    ("piece", "measured_ms"),
    [("whole GPU", 2.368), ("7g.40gb", 2.364), ("1g.5gb", 18.739)],
)
def test_memory_time_agrees_with_published_triad_runs_within_two_percent(
    piece: str, measured_ms: float
) -> None:
    work = made(traffic=3 * 8 * 2**27, blocks=2**19)
    where = next(each for each in SLICES if each.name == piece)
    assert step_time(work, where, A100).memory_seconds * 1e3 == pytest.approx(measured_ms, rel=0.02)


def test_each_part_of_a_step_is_what_the_equations_say() -> None:
    work = made(flops=10**9, traffic=10**8, launches=3, blocks=864)
    step = step_time(work, A100.whole, A100)
    compute, memory, host = 1e9 / (0.15 * 19.5e12), 1e8 / 1384.6e9, 3 * 14.1e-6
    on_gpu = (compute**1.6 + memory**1.6) ** (1 / 1.6)
    assert step.compute_seconds == pytest.approx(compute)
    assert step.memory_seconds == pytest.approx(memory)
    assert step.host_seconds == pytest.approx(host)
    assert step.gpu_seconds == pytest.approx(on_gpu)
    assert step.seconds == pytest.approx((host**1.6 + on_gpu**1.6) ** (1 / 1.6))
    assert step.limited_by == "compute"


def test_one_block_too_many_costs_a_whole_wave() -> None:
    full = step_time(made(blocks=864), A100.whole, A100)  # 108 SMs x 8 blocks of 256 threads
    over = step_time(made(blocks=865, flops=865 * 10**9 // 864), A100.whole, A100)
    assert over.compute_seconds == pytest.approx(2 * full.compute_seconds, rel=1e-6)
    assert full.occupancy == 1.0
    assert full.sm_active == pytest.approx(full.gpu_seconds / full.seconds)
    assert over.occupancy == pytest.approx(865 / 1728)
    share_of_sms = (108 + 1) / 2 / 108  # the second wave has a block on one SM only
    assert over.sm_active == pytest.approx(share_of_sms * over.gpu_seconds / over.seconds)


def test_a_small_grid_fills_a_slice_but_not_the_board() -> None:
    work = matmul(size=256, repeats=200)  # 256 blocks a launch
    whole, piece = step_time(work, A100.whole, A100), step_time(work, A100.slice("1g.5gb"), A100)
    assert whole.occupancy == pytest.approx(256 / 864)
    assert piece.occupancy == pytest.approx(256 / (3 * 112))
    assert piece.seconds < 7 / 2 * whole.seconds


def test_one_block_draws_no_more_bandwidth_than_one_sm() -> None:
    step = step_time(made(blocks=1, traffic=10**9, flops=1), A100.whole, A100)
    assert step.memory_seconds == pytest.approx(1e9 / 31.1e9)
    assert step.active_sms == 1


def test_many_launches_of_little_work_are_limited_by_launching() -> None:
    step = step_time(matmul(size=16, repeats=1000), A100.whole, A100)
    assert step.limited_by == "host"
    assert step.sm_active < 0.01


@given(
    blocks=st.integers(1, 10**6),
    flops=st.integers(1, 10**13),
    traffic=st.integers(1, 10**11),
    launches=st.integers(1, 10**4),
    place=st.sampled_from(range(len(SLICES))),
)
def test_a_step_is_never_shorter_than_its_parts_nor_longer_than_their_sum(
    blocks: int, flops: int, traffic: int, launches: int, place: int
) -> None:
    work = made(blocks=blocks, flops=flops, traffic=traffic, launches=launches)
    step = step_time(work, SLICES[place], A100)
    parts = step.compute_seconds, step.memory_seconds, step.host_seconds
    assert max(parts) <= step.seconds * (1 + 1e-9)
    assert step.low_seconds <= step.saturated_seconds <= step.seconds * (1 + 1e-9)
    assert step.seconds <= step.high_seconds
    assert step.seconds <= sum(parts) * (1 + 1e-9)
    assert 0 < step.sm_occupancy <= step.occupancy <= 1
    share = SLICES[place].compute_share
    assert share is not None
    assert 0 < step.sm_active <= share * (1 + 1e-9)


@given(blocks=st.integers(1, 10**5), traffic=st.integers(1, 10**11), flops=st.integers(1, 10**13))
def test_no_slice_is_faster_than_the_whole_board(blocks: int, traffic: int, flops: int) -> None:
    work = made(blocks=blocks, traffic=traffic, flops=flops)
    whole = step_time(work, A100.whole, A100).seconds
    assert all(step_time(work, each, A100).seconds >= whole * (1 - 1e-9) for each in SLICES)


@pytest.mark.parametrize(
    ("gibibytes", "piece", "message"),
    [
        (
            6,
            "1g.5gb",
            (
                "6,144 MiB, but a 1g.5gb slice of A100-SXM4-40GB has 4,864 MiB. "
                "The smallest profile with room is 1g.10gb."
            ),
        ),
        (
            39.5,
            "3g.20gb",
            (
                "40,448 MiB, but a 3g.20gb slice of A100-SXM4-40GB has 19,968 MiB. "
                "Only the whole GPU has room: use Monolithic()."
            ),
        ),
        (
            50,
            "whole GPU",
            (
                "51,200 MiB, but the whole GPU of A100-SXM4-40GB has 40,960 MiB. "
                "No slice of this board has room: make the workload smaller."
            ),
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_size_that_does(
    gibibytes: float, piece: str, message: str
) -> None:
    where = A100.whole if piece == "whole GPU" else A100.slice(piece)
    with pytest.raises(DoesNotFit) as caught:
        step_time(made(working_set=int(gibibytes * 2**30)), where, A100)
    assert str(caught.value) == f"STREAM triad, 1,000 elements needs {message}"


def test_a_precision_whose_peak_is_unknown_is_refused() -> None:
    spark = gpu("GB10")
    with pytest.raises(InvalidWorkload) as caught:
        step_time(made(precision="fp64"), spark.whole, spark)
    assert str(caught.value) == (
        "The fp64 peak rate of GB10 is unknown, so the model cannot time a fp64 kernel on it. "
        "Use a workload in the other precision or another board."
    )


@pytest.mark.parametrize(
    ("board", "profile", "message"),
    [
        (
            "H100-PCIE-80GB",
            "3g.40gb",
            (
                "The SMs and memory of profile 3g.40gb of H100-PCIE-80GB are unknown, so no time can be "
                "modelled on it. It can be on: the whole GPU."
            ),
        ),
        (
            "B200-180GB",
            "4g.90gb",
            (
                "The SMs and memory of profile 4g.90gb of B200-180GB are unknown, so no time can be modelled "
                "on it. It can be on: 1g.23gb, 1g.23gb+me, 1g.45gb, 2g.45gb, the whole GPU."
            ),
        ),
        (
            "GH200-96GB",
            "1g.12gb",
            (
                "The memory of profile 1g.12gb of GH200-96GB is unknown, so no time can be modelled on it. "
                "It can be on: the whole GPU."
            ),
        ),
        (
            "GH200-144GB",
            None,
            (
                "The memory of the whole board of GH200-144GB is unknown, so no time can be modelled on it. "
                "Choose another board."
            ),
        ),
    ],
)
def test_a_slice_of_which_too_little_is_known_is_refused_and_never_timed(
    board: str, profile: str | None, message: str
) -> None:
    where = gpu(board).whole if profile is None else gpu(board).slice(profile)
    with pytest.raises(InvalidWorkload) as caught:
        step_time(made(), where, gpu(board))
    assert str(caught.value) == message


def test_profiles_of_unknown_memory_are_not_named_as_a_way_out() -> None:
    board = gpu("B200-180GB")
    with pytest.raises(DoesNotFit) as caught:
        step_time(made(working_set=50 * 2**30), board.slice("2g.45gb"), board)
    assert str(caught.value) == (
        "STREAM triad, 1,000 elements needs 51,200 MiB, but a 2g.45gb slice of B200-180GB has 45,312 MiB. "
        "The whole GPU has room: use Monolithic()."
    )
    board = gpu("GH200-144GB")
    with pytest.raises(DoesNotFit) as caught:
        step_time(made(working_set=50 * 2**30), board.slice("1g.36gb"), board)
    assert str(caught.value) == (
        "STREAM triad, 1,000 elements needs 51,200 MiB, but a 1g.36gb slice of GH200-144GB has 36,096 MiB. "
        "Whether anything larger has room is unknown: make the workload smaller."
    )


def test_double_precision_takes_the_double_precision_peak() -> None:
    single = step_time(made(), A100.whole, A100).compute_seconds
    double = step_time(made(precision="fp64"), A100.whole, A100).compute_seconds
    assert double / single == pytest.approx(19.5 / 9.7)


@pytest.mark.parametrize(("profile", "sms", "bandwidth"), [(None, 108, 1384.6e9), ("1g.5gb", 14, 174.2e9)])
def test_were_one_block_enough_the_blocks_would_go_round_the_sms_one_each(profile, sms, bandwidth):
    piece = A100.whole if profile is None else A100.slice(profile)
    step = step_time(matmul(size=256, repeats=200), piece, A100)
    rounds = -(-256 // sms)
    compute = 200 * 2 * 256**3 / (0.15 * 19.5e12 * sms / 108) * rounds * sms / 256
    memory = 200 * 12 * 256**2 / bandwidth
    host = 200 * 14.1e-6
    on_gpu = (compute**1.6 + memory**1.6) ** (1 / 1.6)
    assert step.saturated_seconds == pytest.approx((on_gpu**1.6 + host**1.6) ** (1 / 1.6))
    assert step.saturated_seconds < step.seconds


def test_the_band_takes_every_part_at_its_published_ends() -> None:
    step = step_time(made(flops=10**9, traffic=10**8, launches=3), A100.whole, A100)
    low = [1e9 / (0.41 * 19.5e12), 1e8 / 1555e9, 3 * 6.6e-6]
    high = [1e9 / (0.1 * 19.5e12), 1e8 / (0.836 * 1384.6e9), 3 * 21.6e-6]
    for found, (compute, memory, host) in ((step.low_seconds, low), (step.high_seconds, high)):
        on_gpu = (compute**1.6 + memory**1.6) ** (1 / 1.6)
        assert found == pytest.approx((host**1.6 + on_gpu**1.6) ** (1 / 1.6))


@pytest.mark.parametrize(("board", "latency"), [("A100-SXM4-40GB", 390e-9), ("H100-SXM5-80GB", 375e-9)])
def test_a_chain_of_reads_takes_the_latency_of_the_memory_on_every_slice(board: str, latency: float) -> None:
    work, where = pointer_chase(elements=2**26, steps=10_000), gpu(board)
    for piece in (where.whole, where.slice(next(iter(where.profiles)))):
        step = step_time(work, piece, where)
        assert step.latency_seconds == step.memory_seconds == pytest.approx(10_000 * latency)
        assert step.limited_by == "memory"
        assert step.low_seconds > 10_000 * 145e-9


def test_where_the_latency_is_unknown_the_chain_is_left_out() -> None:
    spark = gpu("GB10")
    step = step_time(pointer_chase(elements=2**26, steps=10_000), spark.whole, spark)
    assert step.latency_seconds is None
    assert step.memory_seconds < 1e-4


def test_loads_that_do_not_wait_for_one_another_have_no_latency_term() -> None:
    assert step_time(triad(elements=2**20), A100.whole, A100).latency_seconds == 0.0


def test_a_note_goes_with_the_time() -> None:
    work = pointer_chase(elements=2**20)
    assert work.note
    assert step_time(work, A100.whole, A100).note == work.note


def test_recorded_registers_make_more_waves() -> None:
    step = step_time(attention(), A100.whole, A100)
    assert step.possible_occupancy == 6 * 2 / 64


def test_all_sms_of_a_board_reach_all_of_its_bandwidth() -> None:
    board = gpu("B200-180GB")
    step = step_time(made(traffic=10**10), board.whole, board)
    assert step.memory_seconds == pytest.approx(10 / board.whole.bandwidth.value)
