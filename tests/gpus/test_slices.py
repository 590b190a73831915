"""What a program sees of a board, against published values."""

from __future__ import annotations

import pytest

from mig_explorer.gpus import gpu, gpus
from mig_explorer.gpus.facts import Fact
from mig_explorer.gpus.record import read_record
from mig_explorer.gpus.slices import STREAM_SHARE_OF_DATA_SHEET
from tests.gpus.changed_records import changed

# deviceQuery inside a slice of an A100 (NJIT ARCS documentation): SMs, level-2 cache, copy engines.
DEVICE_QUERY = [("1g.10gb", 14, 5, 1), ("2g.20gb", 28, 10, 2), ("3g.40gb", 42, 20, 3)]


@pytest.mark.parametrize(("profile", "sms", "l2", "copy"), DEVICE_QUERY)
def test_a_slice_of_an_a100_80gb_is_what_device_query_prints(profile, sms, l2, copy):
    piece = gpu("A100-SXM4-80GB").slice(profile)
    assert (piece.sms, piece.l2.value, piece.copy_engines) == (sms, l2, copy)


@pytest.mark.parametrize("profile", ["1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"])
def test_the_modelled_bandwidth_is_within_two_percent_of_the_published_one(profile):
    board = gpu("A100-SXM4-40GB")
    piece = board.slice(profile)
    assert board.memory_bandwidth_gbs == 1555
    modelled = 1555 * STREAM_SHARE_OF_DATA_SHEET * piece.memory_share
    assert piece.bandwidth.confidence == "verified"
    assert modelled == pytest.approx(piece.bandwidth.value, rel=0.02)


def test_a_board_without_a_published_bandwidth_gets_a_modelled_one_that_says_so():
    bandwidth = gpu("A30").slice("2g.12gb").bandwidth
    assert bandwidth == Fact(
        415.2,
        "GB/s",
        "0.89 x 933 GB/s x 0.5 of the memory slices",
        "modelled",
        "data sheet figure: recalled",
    )


def test_the_whole_board_without_mig_has_all_its_sms():
    whole = gpu("A100-SXM4-40GB").whole
    assert (whole.name, whole.sms, whole.memory_mib, whole.bandwidth.value) == (
        "whole GPU",
        108,
        40960,
        1384.6,
    )
    spark = gpu("GB10").whole
    assert (spark.copy_engines, spark.bandwidth.confidence) == (None, "low")


@pytest.mark.parametrize("board", gpus(), ids=lambda each: each.name)
def test_no_slice_of_any_board_shows_a_zero_for_what_is_unknown(board):
    for piece in (board.whole, *(board.slice(name) for name in board.profiles)):
        assert piece.sms is None or piece.sms > 0
        assert piece.memory_mib is None or piece.memory_mib > 1000
        assert (piece.compute_share is None) == (piece.sms is None)
        assert piece.compute_share is None or 0 < piece.compute_share <= 1
        assert 0 < piece.memory_share <= 1
        assert piece.sharers == 1
        for fact in (piece.bandwidth, piece.l2):
            assert (fact.text == "unknown") == (fact.value is None)
            assert fact.value is None or fact.value > 0


def test_what_is_unknown_of_a_slice_is_none():
    piece = gpu("B200-180GB").slice("3g.90gb")
    assert (piece.sms, piece.memory_mib, piece.compute_share) == (None, None, None)
    assert (piece.copy_engines, piece.decoders, piece.encoders, piece.jpeg, piece.ofa) == (
        6,
        None,
        0,
        None,
        0,
    )
    assert (piece.memory_share, piece.l2.value, piece.l2.confidence) == (0.5, 63, "low")
    assert (piece.bandwidth.value, piece.bandwidth.confidence) == (3426.5, "modelled")


def test_a_board_of_unknown_bandwidth_has_slices_of_unknown_bandwidth():
    record = changed("note", to="")
    for name in ("memory_bandwidth_gbs", "l2_mib", "stream_copy_gbs"):
        record["facts"][name].update(value=None, confidence="unknown")
    del record["facts"]["stream_copy_gbs"], record["profiles"][0]["stream_copy_gbs"]
    board = read_record(record, "A100.json")
    for piece in (board.whole, board.slice("1g.5gb")):
        assert [fact.text for fact in (piece.bandwidth, piece.l2)] == ["unknown", "unknown"]
        assert piece.bandwidth.confidence == "unknown"
    assert board.memory_bandwidth_gbs is None
