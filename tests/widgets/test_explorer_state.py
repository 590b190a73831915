from __future__ import annotations

import json

import pytest

from mig_explorer.charts.palette import assign
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, Refusal, parse_layout, preset_layouts
from mig_explorer.widgets.explorer_state import Status, snapshot

HELLO = Status("info", "Hello.")


def state_of(layout: Layout, status: Status = HELLO) -> dict:  # type: ignore[type-arg]
    return snapshot(layout, assign(each.name for each in layout.instances), status, undo=False, serial=1)


@pytest.mark.parametrize("name", [each.name for each in gpus()])
def test_every_verdict_is_what_the_layout_explains(name: str) -> None:
    for layout in (Layout(gpu(name)), *preset_layouts(gpu(name)).values()):
        for profile, verdicts in state_of(layout)["verdicts"].items():
            assert len(verdicts) == layout.gpu.memory_slices
            for start, verdict in enumerate(verdicts):
                answer = layout.explain(profile, start)
                assert verdict["ok"] is not isinstance(answer, Refusal)
                if isinstance(answer, Refusal):
                    assert f"{verdict['headline']} {verdict['detail']} {verdict['way_out']}" == str(answer)
                    assert len(verdict["choices"]) == len(answer.alternatives)


@pytest.mark.parametrize("name", [each.name for each in gpus()])
def test_a_snapshot_is_plain_json_and_holds_no_nan(name: str) -> None:
    for layout in (Layout(gpu(name)), *preset_layouts(gpu(name)).values()):
        state = state_of(layout)
        assert json.loads(json.dumps(state, allow_nan=False)) == state


def test_the_board_says_its_size_and_where_its_bandwidth_comes_from() -> None:
    board = state_of(Layout(gpu("A100-SXM4-40GB")))["board"]
    assert [fact["text"] for fact in board["facts"]] == [
        "108 SMs, 98 with MIG", "40 GiB", "1555 GB/s (data sheet)"
    ]  # fmt: skip
    assert board["facts"][2]["title"].startswith(
        "third-party specification page. A STREAM copy reaches 1385 GB/s of it (measured, published: "
    )
    assert (board["compute_note"], board["memory_note"]) == ("14 SMs each", "5 GiB each")
    assert [choice["label"] for choice in board["choices"]][-1] == "GB10 (no MIG)"


def test_a_figure_from_memory_is_marked() -> None:
    assert [fact["text"] for fact in state_of(Layout(gpu("A30")))["board"]["facts"]] == [
        "56 SMs, all with MIG", "24 GiB", "933 GB/s (data sheet, recalled)"
    ]  # fmt: skip


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


def test_a_way_out_names_two_instances_and_counts_more() -> None:
    layout = parse_layout(gpu("A100-SXM4-40GB"), "1g.5gb@0 1g.5gb@1")
    assert state_of(layout)["verdicts"]["7g.40gb"][0]["choices"] == [
        "Remove 1g.5gb@0 and 1g.5gb@1, place at 0"
    ]
    assert state_of(layout.place("1g.5gb", start=2))["verdicts"]["7g.40gb"][0]["choices"] == [
        "Remove 3 instances, place at 0"
    ]
    assert state_of(layout)["verdicts"]["2g.10gb"][1]["choices"][0] == "Place at 2 instead"


def test_a_refused_status_carries_its_ways_out() -> None:
    layout = parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0")
    refusal = layout.explain("3g.20gb", 2)
    assert isinstance(refusal, Refusal)
    said = state_of(layout, Status.refused(refusal))["status"]
    assert (said["kind"], said["profile"], said["start"]) == ("bad", "3g.20gb", 2)
    assert said["choices"] == ["Place at 4 instead"]
