"""The page and the still picture draw the same shapes: its JavaScript runs here, without JupyterLab."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from mig_explorer.charts.board_svg import (
    BETWEEN,
    COMPUTE_HEIGHT,
    GAP,
    LEFT,
    MEMORY_HEIGHT,
    RADIUS,
    TOP,
    WIDTH,
    board_svg,
    broken,
    fact_lines,
)
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, preset_layouts
from mig_explorer.widgets.assets import esm
from mig_explorer.widgets.explorer_divide import divisions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

SVG = "{http://www.w3.org/2000/svg}"
MEASURES = {
    "width": WIDTH, "left": LEFT, "right": 1, "top": TOP, "gap": GAP, "between": BETWEEN, "radius": RADIUS,
    "computeHeight": COMPUTE_HEIGHT, "memoryHeight": MEMORY_HEIGHT,
}  # fmt: skip
DRAW = """async ([module, measures, instances]) => {
    const { measured, columnsOf, outline, pieceBox } = await import(module);
    const shape = measured(measures);
    return instances.map(({ start, compute, size, pieces }) => ({
        outline: outline(shape, start, columnsOf(shape, start, compute, size)),
        pieces: pieces.map(([from, wide]) => pieceBox(shape, start, from, wide)),
    }));
}"""


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """Open an empty page."""
    page = browser.new_page()
    yield page
    page.close()


def module() -> str:
    return "data:text/javascript;base64," + base64.b64encode(esm("explorer_shape.js").encode()).decode()


def drawn_by_the_page(page: Page, layout: Layout) -> list[dict[str, Any]]:
    board = layout.gpu
    span = board.memory_slices_per_compute_slice
    measures = {
        **MEASURES,
        "columns": board.memory_slices,
        "span": span,
        "computeColumns": board.compute_slices * span,
    }
    instances = [
        {
            "start": each.start,
            "compute": len(each.compute_slices),
            "size": each.size,
            "pieces": [] if each.filled else [[one.start, one.size] for one in each.compute_instances],
        }
        for each in layout.instances
    ]
    drawn: list[dict[str, Any]] = page.evaluate(DRAW, [module(), measures, instances])
    return drawn


def steps(path: str) -> list[tuple[str, list[float]]]:
    """Split a path into its commands and their numbers."""
    return [
        (command, [float(number) for number in re.findall(r"-?[\d.]+", numbers)])
        for command, numbers in re.findall(r"([MHVaz])([^MHVaz]*)", path)
    ]


def divided(layout: Layout) -> Layout:
    """Divide every instance as finely as it goes."""
    for each in layout.instances:
        ways = divisions(each.profile)
        layout = layout.divide(each.start, ways[-1].into) if ways else layout
    return layout


def assert_near(one: list[float], other: list[float]) -> None:
    assert one == pytest.approx(other, abs=0.011)


@pytest.mark.parametrize("board", [each.name for each in gpus() if each.has_mig])
def test_outlines_and_compute_instances_lie_where_the_still_picture_has_them(blank: Page, board: str) -> None:
    for layout in map(divided, preset_layouts(gpu(board)).values()):
        page, picture = drawn_by_the_page(blank, layout), ET.fromstring(board_svg(layout))
        paths = [each.get("d", "") for each in picture.iter(f"{SVG}path") if each.get("fill")]
        assert len(paths) == len(page) == len(layout.instances)
        for shape, path in zip(page, paths, strict=True):
            assert [command for command, _ in steps(shape["outline"])] == [name for name, _ in steps(path)]
            for (_, one), (_, other) in zip(steps(shape["outline"]), steps(path), strict=True):
                assert_near(one, other)
        boxes = [each for each in picture.iter(f"{SVG}rect") if each.get("rx") == "4"]
        pieces = [piece for shape in page for piece in shape["pieces"]]
        assert len(boxes) == len(pieces)
        for piece, box in zip(pieces, boxes, strict=True):
            sides = ("x", "y", "width", "height")
            assert_near([piece[side] for side in sides], [float(box.get(side, -1)) for side in sides])


NAMES = sorted({name for board in gpus() for name in board.profiles})
FACTS = [
    ["19.5 GiB", "≈ 682 GB/s"], ["memory unknown", "≈ 598 GB/s"], ["19.5 GiB", "682 GB/s", "shared by 3"],
    ["memory unknown", "bandwidth unknown", "shared by 2"],
]  # fmt: skip
WIDTHS = list(range(30, 300, 15))


def test_names_and_facts_break_into_the_same_lines(blank: Page) -> None:
    names, facts = blank.evaluate(
        """async ([module, names, facts, widths]) => {
            const { nameLines, factLines } = await import(module);
            return [names.map(name => widths.map(width => nameLines(name, 13, width))),
                facts.map(each => widths.map(width => factLines(each, 11 / 0.93, width)))];
        }""",
        [module(), NAMES, FACTS, WIDTHS],
    )
    assert names == [[list(broken(name, width, 13)) for width in WIDTHS] for name in NAMES]
    assert facts == [[list(fact_lines(each, width, 11)) for width in WIDTHS] for each in FACTS]
