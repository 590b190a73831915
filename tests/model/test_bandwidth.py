from __future__ import annotations

from dataclasses import replace

import pytest

from mig_explorer.gpus import gpu
from mig_explorer.model.bandwidth import reachable_bandwidth, share_of_data_sheet
from mig_explorer.model.published import records

A100 = gpu("A100-SXM4-40GB")


@pytest.mark.parametrize(("profile", "sms"), [("1c.7g.40gb", 14), ("3c.7g.40gb", 42)])
def test_compute_instances_reach_what_was_published_of_them(profile: str, sms: int) -> None:
    (published,) = (
        each.value
        for each in records("gpuless_stream")
        if (each.profile, each.quantity) == (profile, "STREAM copy") and "layout" not in each.details
    )
    whole = float(A100.slice("7g.40gb").bandwidth.value)
    assert reachable_bandwidth(whole, sms, A100) == pytest.approx(published, rel=0.10)


@pytest.mark.parametrize("board", ["A100-SXM4-40GB", "GB10", "B200-180GB", "A30"])
def test_all_sms_reach_all_bandwidth(board: str) -> None:
    where = gpu(board)
    whole = float(where.whole.bandwidth.value)
    assert reachable_bandwidth(whole, where.sms, where) == pytest.approx(whole)


def test_a_slice_has_sms_enough_for_its_bandwidth() -> None:
    for profile in A100.profiles:
        piece = A100.slice(profile)
        assert piece.sms is not None
        bandwidth = float(piece.bandwidth.value)
        assert reachable_bandwidth(bandwidth, piece.sms, A100) == bandwidth


def test_a_board_without_a_data_sheet_figure_counts_as_reaching_it() -> None:
    assert share_of_data_sheet(A100) == pytest.approx(1384.6 / 1555)
    unknown = gpu("A100-SXM4-40GB")
    facts = {name: fact for name, fact in unknown.facts.items() if name != "memory_bandwidth_gbs"}
    assert share_of_data_sheet(replace(unknown, facts=facts)) == 1.0
