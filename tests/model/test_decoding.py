from __future__ import annotations

import math
from dataclasses import replace

import pytest

from mig_explorer.errors import DoesNotFit, InvalidWorkload
from mig_explorer.gpus import gpu
from mig_explorer.model import decoding

SPARK, A100 = gpu("GB10"), gpu("A100-SXM4-40GB")


def test_a_token_reads_all_weights_and_the_cache() -> None:
    found = decoding(8e9, SPARK.whole, SPARK, cache_bytes=2e9)
    assert found.bytes_per_token == 10e9
    assert found.tokens_per_second == pytest.approx(23.25)
    assert found.seconds_per_token == pytest.approx(1 / 23.25)
    assert found.low_tokens_per_second == pytest.approx(23.25 * 0.836)
    assert found.high_tokens_per_second == pytest.approx(27.3)


def test_the_boards_compare_as_their_bandwidths() -> None:
    a100, spark = (decoding(8e9, board.whole, board).tokens_per_second for board in (A100, SPARK))
    assert a100 / spark == pytest.approx(1384.6 / 232.5)


def test_slices_decode_by_their_memory_slices() -> None:
    rates = [decoding(1e9, A100.slice(name), A100).tokens_per_second for name in ("3g.20gb", "4g.20gb")]
    assert rates == pytest.approx([682.2, 693.2])


@pytest.mark.parametrize(
    ("weights", "cache", "message"),
    [
        (0.0, 0.0, "decoding: weight_bytes=0.0; it is a number of bytes, at least 1."),
        (math.nan, 0.0, "decoding: weight_bytes=nan; it is a number of bytes, at least 1."),
        (1e9, -1.0, "decoding: cache_bytes=-1.0; it is a number of bytes, at least 0."),
    ],
)
def test_sizes_that_cannot_be_are_refused(weights: float, cache: float, message: str) -> None:
    with pytest.raises(InvalidWorkload) as caught:
        decoding(weights, A100.whole, A100, cache_bytes=cache)
    assert str(caught.value) == message


def test_a_model_larger_than_the_slice_is_refused() -> None:
    with pytest.raises(DoesNotFit) as caught:
        decoding(16 * 2**30, A100.slice("1g.5gb"), A100)
    assert str(caught.value) == (
        "Weights and cache of 16,384 MiB do not fit 1g.5gb of A100-SXM4-40GB, which has 4,864 MiB. Store the "
        "weights in fewer bits or choose a larger slice."
    )


def test_a_slice_of_unknown_sms_is_refused() -> None:
    with pytest.raises(InvalidWorkload) as caught:
        decoding(1e9, replace(A100.whole, sms=None), A100)
    assert str(caught.value) == (
        "The SMs or the bandwidth of whole GPU of A100-SXM4-40GB are unknown, so no rate of decoding can be "
        "modelled there."
    )
