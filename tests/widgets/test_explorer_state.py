from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from mig_explorer.charts.palette import assign
from mig_explorer.gpus import Fact, gpu, gpus
from mig_explorer.layouts import Layout, Refusal, parse_layout, preset_layouts
from mig_explorer.widgets.explorer_state import Status, snapshot

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu

HELLO = Status("info", "Hello.")


def state_of(layout: Layout, status: Status = HELLO) -> dict:  # type: ignore[type-arg]
    return snapshot(layout, assign(each.name for each in layout.instances), status, undo=False, serial=1)


@pytest.mark.parametrize("name", [each.name for each in gpus()])
def test_a_snapshot_is_plain_json_and_holds_no_nan(name: str) -> None:
    for layout in (Layout(gpu(name)), *preset_layouts(gpu(name)).values()):
        state = state_of(layout)
        assert json.loads(json.dumps(state, allow_nan=False)) == state


def test_the_palette_counts_what_still_fits() -> None:
    profiles = state_of(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0 2g.10gb@4"))["profiles"]
    assert {each["name"]: each["left"] for each in profiles} == {
        "1g.5gb": 1, "1g.5gb+me": 1, "1g.10gb": 1, "2g.10gb": 0, "3g.20gb": 0, "4g.20gb": 0, "7g.40gb": 0
    }  # fmt: skip
    assert [each["spoken"] for each in profiles[2:4]] == ["1g.10gb, 1 more fits", "2g.10gb, no more fit"]


def test_what_no_profile_can_reach_is_stranded() -> None:
    state = state_of(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0"))
    assert state["stranded"] == {"compute": [3], "memory": []}
    assert state["free"] == {"compute": [3, 4, 5, 6], "memory": [4, 5, 6, 7]}


def test_the_preset_that_stands_is_marked() -> None:
    state = state_of(preset_layouts(gpu("A30"))["4g"])
    assert [each["title"] for each in state["presets"] if each["on"]] == ["4g"]


def test_an_instance_says_what_it_holds_and_marks_what_is_modelled() -> None:
    measured, modelled = state_of(parse_layout(gpu("A100-SXM4-40GB"), "2g.10gb@0 1g.10gb@2"))["instances"]
    assert measured["facts"] == "28 SMs, 9.62 GiB, 347 GB/s."
    assert modelled["lines"] == ["9.62 GiB", "≈ 346 GB/s"]


def test_what_is_unknown_of_an_instance_is_unknown_on_the_page() -> None:
    (unknown,) = state_of(parse_layout(gpu("H100-PCIE-80GB"), "3g.40gb@0"))["instances"]
    assert unknown["lines"] == ["memory unknown", "≈ 890 GB/s"]
    assert unknown["facts"] == "SMs unknown, memory unknown, ≈ 890 GB/s."
    (blank,) = state_of(parse_layout(_without_bandwidth(), "3g.40gb@0"))["instances"]
    assert blank["lines"] == ["memory unknown", "bandwidth unknown"]
    profiles = state_of(Layout(gpu("RTX-PRO-5000-BLACKWELL")))["profiles"]
    assert profiles[0]["title"] == "SMs unknown, memory unknown, profile id unknown"


def _without_bandwidth() -> Gpu:
    board = gpu("H100-PCIE-80GB")
    nobody = Fact(None, "GB/s", "nobody says", "unknown")
    return replace(board, facts=MappingProxyType({**board.facts, "memory_bandwidth_gbs": nobody}))


def test_a_divided_instance_says_who_shares_it() -> None:
    (divided,) = state_of(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@4[1c+1c+1c]"))["instances"]
    assert divided["lines"] == ["19.5 GiB", "682 GB/s", "shared by 3"]
    assert divided["facts"] == (
        "42 SMs, 19.5 GiB, 682 GB/s. 3 × 1c.3g.20gb share its memory, bandwidth, L2 cache and engines."
    )


def test_profiles_in_families_carry_their_size_and_a_short_label() -> None:
    profiles = state_of(Layout(gpu("RTX-PRO-6000-BLACKWELL-SERVER")))["profiles"]
    assert [(each["group"], each["label"], each["name"]) for each in profiles[:3]] == [
        ("1g.24gb", "plain", "1g.24gb"), ("1g.24gb", "+me", "1g.24gb+me"), ("1g.24gb", "-me", "1g.24gb-me")
    ]  # fmt: skip
    assert profiles[1]["spoken"] == "1g.24gb+me, 1 more fits"
    assert [(each["group"], each["label"]) for each in state_of(Layout(gpu("A30")))["profiles"][:2]] == [
        ("", "1g.6gb"), ("", "1g.6gb+me")
    ]  # fmt: skip


def test_a_refused_status_carries_its_ways_out() -> None:
    layout = parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0")
    refusal = layout.explain("3g.20gb", 2)
    assert isinstance(refusal, Refusal)
    said = state_of(layout, Status.refused(refusal))["status"]
    assert (said["kind"], said["profile"], said["start"]) == ("bad", "3g.20gb", 2)
    assert said["choices"] == ["Place at 4 instead"]
