from __future__ import annotations

import numpy as np
import pytest
from numba import cuda

from mig_explorer.emulator.simt import Observer
from mig_explorer.errors import KernelFault
from tests.emulator.simt.launching import launch

ALL = 0xFFFFFFFF
LANE = np.arange(64) % 32
WARP = np.arange(64) // 32


@cuda.jit
def shuffles(values, out):
    i = cuda.grid(1)
    lane = cuda.laneid
    out[0, i] = cuda.shfl_sync(ALL, values[i], 5)
    out[1, i] = cuda.shfl_sync(ALL, values[i], (lane * 3) % 32)
    out[2, i] = cuda.shfl_up_sync(ALL, values[i], 3)
    out[3, i] = cuda.shfl_down_sync(ALL, values[i], 7)
    out[4, i] = cuda.shfl_xor_sync(ALL, values[i], 9)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32, np.float64])
def test_shuffles_move_values_between_the_lanes_of_a_warp(dtype):
    values = (np.arange(64) * 1001 + 7).astype(dtype)
    out = np.zeros((5, 64), dtype)
    launch(shuffles, 1, 64, values, out)
    by_warp = values.reshape(2, 32)

    def taken(lanes):
        return by_warp[WARP, lanes]

    np.testing.assert_array_equal(out[0], taken(np.full(64, 5)))
    np.testing.assert_array_equal(out[1], taken(LANE * 3 % 32))
    np.testing.assert_array_equal(out[2], taken(np.where(LANE >= 3, LANE - 3, LANE)))
    np.testing.assert_array_equal(out[3], taken(np.where(LANE + 7 < 32, LANE + 7, LANE)))
    np.testing.assert_array_equal(out[4], taken(LANE ^ 9))


def test_64_bits_survive_a_shuffle():
    values = np.arange(64) * 2**40 + 1
    out = np.zeros((5, 64), np.int64)
    launch(shuffles, 1, 64, values, out)
    assert out[0, 40] == 37 * 2**40 + 1


@cuda.jit
def votes(values, out):
    i = cuda.grid(1)
    out[0, i] = cuda.ballot_sync(ALL, values[i] > 10)
    out[1, i] = cuda.all_sync(ALL, values[i] > 10)
    out[2, i] = cuda.any_sync(ALL, values[i] > 10)
    out[3, i] = cuda.eq_sync(ALL, values[i] > 10)


@pytest.mark.parametrize(
    ("first", "second"),
    [(np.arange(32), np.full(32, 50)), (np.full(32, 50), np.zeros(32)), (np.zeros(32), np.arange(32) - 20)],
)
def test_votes(first, second):
    values = np.concatenate([first, second])
    out = np.zeros((4, 64), np.int64)
    launch(votes, 1, 64, values, out)
    for warp, part in enumerate((first, second)):
        mine = out[:, 32 * warp : 32 * warp + 32]
        truth = part > 10
        ballot = sum(1 << lane for lane in range(32) if truth[lane])
        expected = [
            np.int64(np.uint32(ballot).view(np.int32)),
            truth.all(),
            truth.any(),
            truth.all() or not truth.any(),
        ]
        np.testing.assert_array_equal(
            mine, np.array(expected, np.int64)[:, np.newaxis] * np.ones(32, np.int64)
        )


@cuda.jit
def matches(values, out):
    i = cuda.grid(1)
    out[0, i] = cuda.match_any_sync(ALL, values[i])
    mask, same = cuda.match_all_sync(ALL, values[i])
    out[1, i] = mask
    out[2, i] = 1 if same else 0


def test_matches():
    values = np.concatenate([np.arange(32) % 3, np.full(32, 4)])
    out = np.zeros((3, 64), np.int64)
    launch(matches, 1, 64, values, out)
    for lane in range(32):
        alike = np.uint32(sum(1 << other for other in range(32) if other % 3 == lane % 3)).view(np.int32)
        assert out[:, lane].tolist() == [alike, 0, 0]
    assert (out[:, 32:] == [[-1], [-1], [1]]).all()


@cuda.jit
def part_of_a_warp(values, out):
    i = cuda.grid(1)
    if i % 2 == 0:
        out[i] = cuda.shfl_down_sync(0x55555555, values[i], 2)
        out[i] += 1000 * cuda.popc(cuda.activemask())
    else:
        out[i] = cuda.shfl_xor_sync(0xAAAAAAAA, values[i], 2)
        out[i] += 10000 * cuda.popc(cuda.ballot_sync(0xAAAAAAAA, 1))


def test_parts_of_a_warp_meet_by_themselves():
    out = np.zeros(32)
    launch(part_of_a_warp, 1, 32, np.arange(32), out)
    even, odd = np.arange(0, 32, 2), np.arange(1, 32, 2)
    np.testing.assert_array_equal(out[::2], np.where(even + 2 < 32, even + 2, even) + 16000)
    np.testing.assert_array_equal(out[1::2], (odd ^ 2) + 160000)


@cuda.jit
def reduction_by_shuffles(values, totals):
    i = cuda.grid(1)
    if i >= values.size:
        return
    value = values[i]
    mask = cuda.activemask()
    step = 16
    while step > 0:
        other = cuda.shfl_down_sync(mask, value, step)
        if cuda.laneid + step < cuda.popc(mask):
            value += other
        step //= 2
    if cuda.laneid == 0:
        totals[i // 32] = value


def test_lanes_that_have_returned_are_not_waited_for():
    totals = np.zeros(4, np.int64)
    values = np.arange(100)
    launch(reduction_by_shuffles, 1, 128, values, totals)
    assert totals.tolist() == [values[32 * warp : 32 * warp + 32].sum() for warp in range(4)]


@cuda.jit
def loops_of_different_lengths(out):
    i = cuda.grid(1)
    for k in range(i % 4 + 1):
        alive = cuda.ballot_sync(cuda.activemask(), 1)
        out[k, i] = alive


def test_active_lanes_in_a_loop_that_they_leave_one_by_one():
    out = np.zeros((4, 32), np.int64)
    launch(loops_of_different_lengths, 1, 32, out)
    for k in range(4):
        mask = np.uint32(sum(1 << lane for lane in range(32) if lane % 4 >= k)).view(np.int32)
        np.testing.assert_array_equal(out[k], np.where(np.arange(32) % 4 >= k, mask, 0))


@cuda.jit
def who_and_where(out):
    i = cuda.threadIdx.x + 8 * cuda.threadIdx.y
    out[0, i] = cuda.laneid
    out[1, i] = cuda.lanemask_lt()
    out[2, i] = cuda.warpsize
    cuda.syncwarp()
    cuda.syncwarp(ALL)
    out[3, i] = 1


def test_lanes_are_counted_along_x_first():
    out = np.zeros((4, 40), np.int64)
    launch(who_and_where, 1, (8, 5), out)
    lane = np.arange(40) % 32
    assert out[0].tolist() == lane.tolist()
    assert out[1].tolist() == (2**lane - 1).astype(np.int32).tolist()
    assert out[2:].tolist() == [[32] * 40, [1] * 40]


@cuda.jit
def names_a_lane_that_goes_elsewhere(values):
    i = cuda.grid(1)
    if i < 16:
        values[i] = cuda.shfl_down_sync(ALL, values[i], 1)
    else:
        cuda.syncthreads()


def test_a_mask_that_names_lanes_that_never_come():
    with pytest.raises(KernelFault) as refused:
        launch(names_a_lane_that_goes_elsewhere, 1, 32, np.zeros(32))
    line = names_a_lane_that_goes_elsewhere.py_func.__code__.co_firstlineno + 4
    assert str(refused.value) == (
        f"names_a_lane_that_goes_elsewhere, line {line}: the mask 0xffffffff names thread (16, 0, 0), which "
        "never comes here (thread (0, 0, 0) of block (0, 0, 0))."
    )


@cuda.jit
def is_not_in_its_own_mask(values):
    i = cuda.grid(1)
    values[i] = cuda.shfl_down_sync(0xFFFF, values[i], 1)


def test_a_lane_that_is_not_in_its_own_mask():
    with pytest.raises(KernelFault) as refused:
        launch(is_not_in_its_own_mask, 1, 32, np.zeros(32))
    line = is_not_in_its_own_mask.py_func.__code__.co_firstlineno + 3
    assert str(refused.value) == (
        f"is_not_in_its_own_mask, line {line}: its own bit is not in the mask 0x0000ffff (thread (16, 0, 0) "
        "of block (0, 0, 0))."
    )


@cuda.jit
def meets_from_both_sides(values, out):
    i = cuda.grid(1)
    if i % 2 == 0:
        values[i] = i
        cuda.syncwarp()
        out[i] = values[i + 1]
    else:
        values[i] = 10 * i
        cuda.syncwarp()
        out[i] = values[i - 1]


def test_lanes_may_come_to_syncwarp_in_different_places():
    values, out = np.zeros(64), np.zeros(64)
    launch(meets_from_both_sides, 1, 64, values, out)
    assert out.tolist() == [10 * (i + 1) if i % 2 == 0 else i - 1 for i in range(64)]


def test_an_observer_hears_of_such_a_meeting_once():
    heard: list[tuple[list[int], list[int], str]] = []

    class Meetings(Observer):
        def warp_sync(self, mask, lanes, _line, kind):
            heard.append((mask.tolist(), lanes.tolist(), kind))

    launch(meets_from_both_sides, 1, 32, np.zeros(32), np.zeros(32), observer=Meetings())
    assert heard == [([ALL] * 32, list(range(32)), "syncwarp")]
