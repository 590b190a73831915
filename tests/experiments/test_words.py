from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.experiments.words import digits, duration, number, percent, tenant_count


@given(st.floats(1e-6, 1e6), st.integers(1, 6))
def test_digits_round_to_what_they_say(value: float, count: int) -> None:
    shown = digits(value, count)
    assert not shown.endswith(".")
    assert float(shown) == pytest.approx(value, rel=0.5000001 * 10 ** (1 - count))


@given(st.floats(1e-6, 1e4))
def test_a_duration_reads_back(seconds: float) -> None:
    value, unit = duration(seconds).split(" ")
    assert float(value) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit] == pytest.approx(seconds, rel=0.006)


def test_counts_and_shares_at_their_edges() -> None:
    assert (number(12), number(13), tenant_count(0), tenant_count(1)) == (
        "twelve",
        "13",
        "no tenants",
        "one tenant",
    )
    assert (percent(0), percent(1), percent(0.005)) == ("0 %", "100 %", "less than 1 %")
