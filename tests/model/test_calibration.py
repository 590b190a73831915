from __future__ import annotations

import pytest

from mig_explorer.gpus.facts import CONFIDENCES
from mig_explorer.model import constant, constants


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


def test_an_unknown_constant_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="warp_speed"):
        constant("warp_speed")
