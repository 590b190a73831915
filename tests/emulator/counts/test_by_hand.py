from __future__ import annotations

import pytest

from tests.emulator.counts.cases import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_counts_equal_those_derived_by_hand(case):
    """Every metric, also those that are 0."""
    counts, derived = case.both()
    assert counts.total.as_dict() == derived
