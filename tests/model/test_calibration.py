from __future__ import annotations

import pytest

from mig_explorer.gpus.facts import CONFIDENCES
from mig_explorer.model import constant, constants
from mig_explorer.model.fit import fitted


@pytest.mark.parametrize("name", constants())
def test_every_constant_says_where_it_comes_from(name: str) -> None:
    fact = constants()[name]
    assert fact.value is not None
    assert len(fact.source) > 10
    assert fact.confidence in CONFIDENCES


def test_bandwidth_per_sm_is_the_published_figure_over_its_sms() -> None:
    assert constant("bandwidth_per_sm") == round(435.3 / 14, 1)


def test_compute_efficiency_is_the_published_matmul_carried_to_half_the_lanes() -> None:
    assert constant("compute_efficiency") == round(2 * 2980.3 / 38_700, 2)


def test_every_fitted_constant_is_what_the_fit_gives() -> None:
    found = fitted()
    assert {name: constant(name) for name in found} == found


def test_the_band_of_efficiency_is_the_published_matmuls_around_it() -> None:
    assert constant("compute_efficiency_low") == round(2 * 1986.5 / 38_700, 2)
    assert constant("compute_efficiency_high") == round(15971.7 / 38_700, 2)


def test_latencies_are_cycles_over_clock() -> None:
    assert constant("dram_latency_8_0") == pytest.approx(549.5 / 1410e6, rel=2e-3)
    assert constant("dram_latency_9_0") == pytest.approx(658.4 / 1755e6, rel=2e-3)
    assert constant("l2_latency") == pytest.approx(205.2 / 1410e6, rel=2e-3)


def test_a_copy_reaches_the_published_share_of_stream() -> None:
    assert constant("memcpy_share_of_stream") == round(1157.5 / 1384.6, 3)


def test_an_unknown_constant_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="warp_speed"):
        constant("warp_speed")
