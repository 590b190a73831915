from __future__ import annotations

from pathlib import Path

import pytest

from mig_explorer.model import calibration
from mig_explorer.model.score import (
    BANDWIDTH,
    DECODING,
    HOST_KNOWN,
    ONLY_SCORED,
    SHARING,
    TWO_ANCHORS,
    Row,
    rows,
    summaries,
    table,
)

README = Path(calibration.__file__).with_name("README.md")


def summary(what: str, source: str):
    return next(each for each in summaries() if (each.what, each.source) == (what, source))


def test_the_documents_hold_the_table_that_the_benchmark_prints() -> None:
    assert table() in README.read_text(encoding="utf-8")


def test_the_documents_name_every_constant() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in calibration.constants() if f"`{name}`" not in text] == []


def test_errors_are_summed_up_by_hand() -> None:
    made = [Row("w", "s", str(n), 100.0, 100.0 + n, 200.0, n < 4, ONLY_SCORED) for n in range(1, 11)]
    (found,) = summaries(made)
    assert (found.count, found.inside) == (10, 0.3)
    assert found.most == pytest.approx(0.1)
    assert (found.median, found.mean, found.tenth) == pytest.approx((0.055, 0.055, 0.09))
    assert (found.naive_median, found.naive_mean) == (1.0, 1.0)


def test_goals_that_are_met_stay_met() -> None:
    assert summary(BANDWIDTH, "gpuless_stream").most < 0.02
    assert summary(TWO_ANCHORS, "migperf").median < 0.03
    assert summary(DECODING, "spark_decode").median < 0.10


def test_nowhere_is_a_miss_worse_than_the_documents_say() -> None:
    assert summary(TWO_ANCHORS, "migperf").mean < 0.065
    assert summary(SHARING, "nos").most < 0.04
    assert summary(HOST_KNOWN, "migperf").mean < 0.03


def test_slices_between_beat_scaling_by_sms_tenfold() -> None:
    for source in ("miso", "migperf"):
        found = summary(TWO_ANCHORS, source)
        assert found.naive_mean > 10 * found.mean


def test_what_was_only_scored_tuned_nothing() -> None:
    for row in rows():
        if row.source in ("migperf", "wulver", "spark_decode", "a100_decode"):
            assert row.split == ONLY_SCORED
