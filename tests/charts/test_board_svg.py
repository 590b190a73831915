from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mig_explorer.charts.board_svg import (
    LETTER,
    MOST_LINES,
    WIDTH,
    board_svg,
    broken,
    fact_lines,
    gib,
    memory_words,
    outline,
    piece_box,
    sms_words,
)
from mig_explorer.charts.palette import COLOURS
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import parse_layout, preset_layouts

SNAPSHOTS = Path(__file__).parent / "snapshots"
SVG = "{http://www.w3.org/2000/svg}"
PICTURES = {
    "a100-3g-2g": ("A100-SXM4-40GB", "3g.20gb@0 2g.10gb@4"),
    "a100-seven": ("A100-SXM4-40GB", " ".join(f"1g.5gb@{start}" for start in range(7))),
    "a100-double-memory": ("A100-SXM4-40GB", "1g.5gb+me@0 1g.10gb@4 1g.10gb@6"),
    "a100-80gb-whole": ("A100-SXM4-80GB", "7g.80gb@0"),
    "a30-half": ("A30", "2g.12gb@2"),
    "a100-empty": ("A100-SXM4-40GB", "empty"),
    "gb10": ("GB10", "empty"),
    "a100-divided": ("A100-SXM4-40GB", "3g.20gb@0[1c+1c+1c] 2g.10gb@4[1c@1]"),
    "a100-whole-in-seven": ("A100-SXM4-40GB", f"7g.40gb@0[{'+'.join(['1c'] * 7)}]"),
    "h100-pcie-unknown": ("H100-PCIE-80GB", "1g.10gb+me@0 1g.20gb@2 3g.40gb@4[2c+1c]"),
    "rtx-pro-6000-families": (
        "RTX-PRO-6000-BLACKWELL-SERVER",
        "1g.24gb+me.all@0 1g.24gb-me@3 2g.48gb-me@6[1c+1c]",
    ),
    "rtx-pro-5000-halves": ("RTX-PRO-5000-BLACKWELL", "1g.24gb+gfx@0 1g.24gb@1"),
}


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_the_one_that_was_looked_at(name: str) -> None:
    board, text = PICTURES[name]
    drawn = board_svg(parse_layout(gpu(board), text))
    file = SNAPSHOTS / f"{name}.svg"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(drawn + "\n", encoding="utf-8")
    assert drawn + "\n" == file.read_text(encoding="utf-8"), "look at it, then set UPDATE_SNAPSHOTS=1"


def test_every_snapshot_has_its_picture() -> None:
    assert {file.stem for file in SNAPSHOTS.glob("*.svg")} >= set(PICTURES)


def test_each_instance_is_one_outline_in_its_colour_and_the_lost_slice_is_hatched_and_labelled() -> None:
    svg = board_svg(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0 2g.10gb@4"))
    tree = ET.fromstring(svg)
    assert [each.get("fill") for each in tree.iter(f"{SVG}path") if each.get("fill")] == list(COLOURS[:2])
    assert len([each for each in tree.iter(f"{SVG}rect") if each.get("fill") == "url(#mig-hatch)"]) == 1
    assert texts(svg).count("stranded") == 1
    assert tree.findtext(f"{SVG}title") == "A100-SXM4-40GB: 3g.20gb@0 2g.10gb@4"


def test_seven_small_ones_strand_the_eighth_memory_slice() -> None:
    svg = board_svg(parse_layout(gpu("A100-SXM4-40GB"), PICTURES["a100-seven"][1]))
    slots = [each.get("fill") for each in ET.fromstring(svg).iter(f"{SVG}rect") if each.get("rx")]
    assert slots == ["url(#mig-hatch)"]


@pytest.mark.parametrize("board", [each.name for each in gpus()])
def test_nothing_is_drawn_outside_the_picture(board: str) -> None:
    for layout in preset_layouts(gpu(board)).values():
        tree = ET.fromstring(board_svg(layout))
        for each in tree.iter(f"{SVG}rect"):
            if each.get("rx"):
                assert float(each.get("x", 0)) + float(each.get("width", 0)) <= WIDTH
        for each in tree.iter(f"{SVG}path"):
            assert all(float(x) <= WIDTH for x in re.findall(r"H([\d.]+)", each.get("d", "")))


def words_of(tree: ET.Element) -> list[tuple[float, float, float, str]]:
    """Left and right edge, baseline and text of every text, by the width of an average letter."""
    found = []
    for each in tree.iter(f"{SVG}text"):
        wide = len(each.text or "") * float(each.get("font-size", 0)) * LETTER
        x = float(each.get("x", 0)) - {"middle": wide / 2, "end": wide}.get(each.get("text-anchor", ""), 0)
        found.append((x, x + wide, float(each.get("y", 0)), each.text or ""))
    return found


@pytest.mark.parametrize("board", [each.name for each in gpus()])
def test_no_text_runs_into_another_on_the_same_line(board: str) -> None:
    for layout in preset_layouts(gpu(board)).values():
        words = sorted(words_of(ET.fromstring(board_svg(layout))), key=lambda each: (each[2], each[0]))
        for (_, right, y, one), (left, _, below, other) in pairwise(words):
            assert y != below or right <= left, (one, other)


def boxes(svg: str) -> list[ET.Element]:
    return [each for each in ET.fromstring(svg).iter(f"{SVG}rect") if each.get("rx") == "4"]


def test_compute_instances_are_boxes_inside_their_compute_slices_and_idle_slices_are_dashed() -> None:
    svg = board_svg(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0[2c] 2g.10gb@4"))
    held, idle = boxes(svg)
    assert held.get("stroke-dasharray") is None
    assert idle.get("stroke-dasharray") == "3 3"
    assert float(held.get("width", 0)) > 2 * float(idle.get("width", 0))
    assert texts(svg).count("2c.3g.20gb") == 1


def test_an_instance_that_one_compute_instance_fills_has_no_boxes() -> None:
    assert boxes(board_svg(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0[3c]"))) == []


def test_who_shares_an_instance_is_written_on_it() -> None:
    shared = texts(board_svg(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0[1c+1c+1c] 2g.10gb@4[]")))
    assert "19.5 GiB · 42 SMs · shared by 3" in shared
    assert {"9.62 GiB", "28 SMs", "idle"} <= set(shared)
    assert shared.count("1c.3g.20gb") == 3


def test_a_box_leaves_the_same_room_on_both_sides() -> None:
    x, width = piece_box(10, 100)
    assert x - 10 == 110 - (x + width) > 0


def test_what_is_unknown_is_written_as_unknown() -> None:
    assert (memory_words(None), sms_words(None)) == ("memory unknown", "SMs unknown")
    svg = board_svg(parse_layout(gpu("H100-PCIE-80GB"), "3g.40gb@4"))
    assert "memory unknown · SMs unknown" in texts(svg)


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (400, ("memory unknown · 42 SMs · shared by 3",)),
        (120, ("memory unknown", "42 SMs", "shared by 3")),
        (90, ("memory", "unknown", "42 SMs")),
        (40, ("memory", "unknown")),
    ],
)
def test_facts_take_as_many_lines_as_they_need_and_no_more_than_there_are(
    width: float, lines: tuple[str, ...]
) -> None:
    assert fact_lines(("memory unknown", "42 SMs", "shared by 3"), width, 11) == lines
    assert len(lines) <= MOST_LINES


def test_a_picture_holds_no_script_no_link_and_no_handler() -> None:
    svg = board_svg(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0"))
    tree = ET.fromstring(svg)
    tags = {each.tag.removeprefix(SVG) for each in tree.iter()}
    assert tags <= {"svg", "title", "defs", "pattern", "g", "rect", "path", "text"}
    assert not [
        name for each in tree.iter() for name in each.attrib if name.startswith("on") or "href" in name
    ]


def test_colours_can_be_given_so_that_the_picture_matches_the_page() -> None:
    layout = parse_layout(gpu("A30"), "2g.12gb@0 2g.12gb@2")
    svg = board_svg(layout, {"2g.12gb@0": 3, "2g.12gb@2": 1})
    fills = [each.get("fill") for each in ET.fromstring(svg).iter(f"{SVG}path") if each.get("fill")]
    assert fills == [COLOURS[3], COLOURS[1]]


def test_an_instance_with_less_compute_than_memory_has_a_shoulder() -> None:
    assert outline(0, 0, 80, 80).count("a6,6") == 4
    assert outline(0, 0, 80, 166).count("a6,6") == 6


def test_a_long_name_breaks_before_its_attribute() -> None:
    assert broken("1g.10gb+me", 60, 13) == ("1g.10gb", "+me")
    assert broken("1g.10gb", 10, 13) == ("1g.10gb",)


def test_memory_reads_as_nvidia_smi_rounds_it() -> None:
    assert [gib(mib) for mib in (4864, 9856, 19968, 40192, 40960)] == ["4.75", "9.62", "19.5", "39.25", "40"]
