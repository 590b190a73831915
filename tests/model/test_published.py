from __future__ import annotations

import pytest

from mig_explorer.gpus import gpu, gpus
from mig_explorer.model.published import SPLITS, families, records, step_times


@pytest.mark.parametrize("family", families())
def test_every_record_says_whose_it_is_and_what_it_may_be_used_for(family: str) -> None:
    found = records(family)
    assert found
    names = {board.name for board in gpus()}
    for each in found:
        assert each.url.startswith("https://")
        assert len(each.source) > 10
        assert each.split in SPLITS
        assert each.value > 0
        assert each.gpu in names or each.split == "context"
        if each.profile not in (None, "whole GPU") and not str(each.profile).startswith(("1c.", "3c.")):
            gpu(each.gpu).profile(str(each.profile))


def test_what_tunes_and_what_only_scores_are_kept_apart() -> None:
    assert {each.split for each in records("miso")} == {"calibrate"}
    assert {each.split for each in records("migperf")} == {"validate"}
    tuned = {(each.details["mode"], each.details["tenants"]) for each in records("nos", "calibrate")}
    assert tuned == {("time slicing", 3), ("MPS", 3), ("MPS", 5), ("MPS", 7)}


def test_jobs_have_their_seconds_by_slice() -> None:
    assert len(step_times("miso")) == 28
    bert = step_times("migperf")["bert-base", 256, 64, "inference"]
    assert bert["1g.5gb"] == pytest.approx(256 / 642)


def test_an_unknown_source_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nobody"):
        records("nobody")
