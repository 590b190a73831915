import math

import pytest

from mig_explorer.gpus import gpu
from mig_explorer.model import decoding
from mig_explorer.scenarios.jobs_of_users import JOBS_OF_USERS, TOKENS, scored
from mig_explorer.scenarios.users_on_a_board import BoardOfUsers, seats

A100, SPARK = gpu("A100-SXM4-40GB"), gpu("GB10")
CHAT = JOBS_OF_USERS["chat, 4B in 4 bits"]


def seat(board, title, *, mig=False):
    return next(each for each in seats(board, mig=mig) if each.title == title)


def test_room_is_counted_slice_by_slice():
    sizes = {each.title: each.room(9) for each in seats(A100, mig=True)}
    assert sizes == {
        "7 × 1g.5gb": 0,
        "4 × 1g.10gb": 4,
        "3 × 2g.10gb": 3,
        "2 × 3g.20gb": 4,
        "4g.20gb": 2,
        "7g.40gb": 4,
    }
    assert seat(SPARK, "MPS").room(9) == 128 // 9


def test_users_who_never_think_wait_for_all_others():
    board = BoardOfUsers(SPARK, CHAT, 0.0)
    alone = board.p99(seat(SPARK, "one after another"), 1)
    assert alone == pytest.approx(TOKENS / decoding(CHAT.weight_bytes, SPARK.whole, SPARK).tokens_per_second)
    assert board.p99(seat(SPARK, "one after another"), 6) == pytest.approx(6 * alone)


def test_side_by_side_they_share_the_bandwidth_and_in_turns_lose_some():
    board = BoardOfUsers(SPARK, CHAT, 0.0)
    alone = board.p99(seat(SPARK, "MPS"), 1)
    assert board.p99(seat(SPARK, "MPS"), 5) == pytest.approx(5 * alone, rel=0.01)
    assert board.p99(seat(SPARK, "time slicing"), 5) == pytest.approx(5 * 1.11 * alone, rel=0.01)


def test_slices_do_not_slow_each_other():
    board = BoardOfUsers(A100, CHAT, 0.0)
    one = board.p99(seat(A100, "4 × 1g.10gb", mig=True), 1)
    assert board.p99(seat(A100, "4 × 1g.10gb", mig=True), 4) == one
    assert board.p99(seat(A100, "4 × 1g.10gb", mig=True), 5) == pytest.approx(2 * one)


def test_the_most_users_are_those_whose_p99_is_in_time():
    board, where = BoardOfUsers(SPARK, CHAT, 10.0), seat(SPARK, "one after another")
    most = board.most_in_time(where, 5.0)
    assert board.p99(where, most) <= 5.0 < board.p99(where, most + 1)
    assert board.most_users([where], 5.0, 60.0) == (min(most, 2), where)
    assert board.most_users([where], 5.0, 1.0, isolated=True) == (1, where)


def test_a_job_that_does_not_fit_has_no_users():
    board = BoardOfUsers(A100, JOBS_OF_USERS["chat, 32B in 16 bits"], 1.0)
    assert board.most_users(seats(A100, mig=True), 100.0, 1.0)[0] == 0
    best, p99 = board.soonest(seats(A100, mig=True), 1, 1.0)
    assert best is None
    assert math.isnan(p99)


def test_decoding_on_an_a100_is_off_by_what_the_readme_says_and_its_band_reaches_there():
    off = [row.modelled / row.published - 1 for row in scored("a100_decode")]
    assert (round(min(off), 2), round(max(off), 2)) == (0.30, 1.10)
    asked = CHAT.on(seat(A100, "one after another").server, A100)
    assert asked.high_seconds == pytest.approx((1 + max(off)) * asked.seconds)
    assert asked.low_seconds < asked.seconds


def test_decoding_on_a_spark_lies_within_its_band():
    for row in scored("spark_decode"):
        assert row.gpu == "GB10"
        assert row.published == pytest.approx(row.modelled, rel=0.45)
