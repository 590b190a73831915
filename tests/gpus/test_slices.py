"""What a program sees of a board, against published values."""

from __future__ import annotations

import pytest

from mig_explorer.gpus import gpu
from mig_explorer.gpus.facts import Fact
from mig_explorer.gpus.slices import STREAM_SHARE_OF_DATA_SHEET

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
    modelled = board.memory_bandwidth_gbs * STREAM_SHARE_OF_DATA_SHEET * piece.memory_share
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
