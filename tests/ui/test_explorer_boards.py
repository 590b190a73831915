"""The layout widget on boards of every kind: nothing clipped, unknown shown as unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.explorer_page import PRESETS, button, cell, choose, divided_into, holds, opened, says, widget

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook

MOST_ON_A_BOARD = {
    "RTX-PRO-6000-BLACKWELL-SERVER": "2g.48gb+me.all@0[1c+1c] 1g.24gb-me@6 1g.24gb-me@9",
    "RTX-PRO-6000-BLACKWELL-WORKSTATION": "1g.24gb+me.all@0 1g.24gb-me@3 1g.24gb-me@6 1g.24gb-me@9",
    "B200-180GB": "3g.90gb@0[1c+1c+1c] 3g.90gb@4[2c+1c]",
    "H100-PCIE-80GB": "1g.10gb+me@0 1g.10gb@1 1g.20gb@2 3g.40gb@4",
    "GH200-144GB": "2g.36gb@0[] 3g.72gb@4[1c@1]",
    "RTX-PRO-5000-BLACKWELL": "1g.24gb+me.all@0 1g.24gb-me@1",
    "A100-SXM4-40GB": f"7g.40gb@0[{'+'.join(['1c'] * 7)}]",
}
CLIPPED = """root => [...root.querySelectorAll('.mig-card *')].filter(each => {
    const box = each.getBoundingClientRect(), card = root.querySelector('.mig-card').getBoundingClientRect();
    const seen = box.width > 0 && !each.closest('option, select, pre');
    return seen && (box.right > card.right + 0.5 || box.left < card.left - 0.5
        || (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== 'visible'));
}).map(each => `${each.tagName} ${each.getAttribute('class')} ${each.textContent.slice(0, 40)}`)"""
WRITTEN_OVER = """root => [...root.querySelectorAll('.mig-block')].flatMap(group => {
    const outer = group.querySelector('path').getBoundingClientRect();
    return [...group.querySelectorAll('text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < outer.left || box.right > outer.right || box.bottom > outer.bottom;
    }).map(text => text.textContent);
})"""


def test_a_board_without_mig_says_so_and_has_no_grid(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    widget(page).get_by_label("Board").select_option("GB10")
    page.python_until("explorer.layout.gpu.name == 'GB10'")
    says(page, "GB10 has no MIG.")
    widget(page).get_by_text("run programs in turn (time slicing)").wait_for()
    assert widget(page).get_by_role("grid").is_hidden()
    page.screenshot("explorer-light-gb10", widget(page))
    widget(page).get_by_label("Board").select_option("A30")
    page.python_until("explorer.layout.gpu.name == 'A30'")
    assert widget(page).get_by_role("gridcell").count() == 4
    choose(page, "2g.12gb")
    cell(page, 2).click()
    holds(page, "2g.12gb@2")
    page.screenshot("explorer-light-a30", widget(page), whole=True)


def test_a_board_of_twelve_memory_slices_and_many_families(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    board = widget(page).get_by_label("Board")
    groups = board.locator("optgroup").evaluate_all("all => all.map(each => each.label)")
    assert groups == [
        "Ampere, with MIG",
        "Hopper, with MIG",
        "Blackwell, with MIG",
        "Without MIG, to compare",
    ]
    board.select_option("RTX-PRO-6000-BLACKWELL-SERVER")
    page.python_until("explorer.layout.gpu.name == 'RTX-PRO-6000-BLACKWELL-SERVER'")
    assert widget(page).get_by_role("gridcell").count() == 12
    assert widget(page).get_by_role("radio").count() == 11
    widget(page).get_by_role("radio", name="1g.24gb+me.all").click()
    cell(page, 3).click()
    holds(page, "1g.24gb+me.all@3")
    widget(page).get_by_role("radio", name="2g.48gb,").click()
    cell(page, 6).hover()
    refusal = page.python("str(explorer.layout.explain('2g.48gb', 6))")
    says(page, refusal)
    widget(page).get_by_role("radio", name="2g.48gb-me").click()
    cell(page, 6).click()
    holds(page, "1g.24gb+me.all@3 2g.48gb-me@6")
    page.page.keyboard.press("d")
    divided_into(page, "1g.24gb+me.all@3 2g.48gb-me@6[1c@0+1c@1]")
    page.screenshot("explorer-light-rtx-pro-6000", widget(page), whole=True)


def test_what_nobody_knows_is_shown_as_unknown(notebook: OpenNotebook) -> None:
    page = opened(notebook, "dark")
    widget(page).get_by_label("Board").select_option("B200-180GB")
    page.python_until("explorer.layout.gpu.name == 'B200-180GB'")
    button(page, "3g + 3g").click()
    holds(page, "3g.90gb@0 3g.90gb@4")
    row = widget(page).locator("tr[data-instance]").first
    assert row.locator("td").all_text_contents() == [
        "3g.90gb", "0 : 4", "unknown", "unknown", "≈ 3426", "63", "6", "unknown", "unknown", "0"
    ]  # fmt: skip
    assert "memory unknown" in (widget(page).locator(".mig-block").first.text_content() or "")
    page.screenshot("explorer-dark-unknown", widget(page), whole=True)


def test_nothing_is_clipped_at_any_width(notebook: OpenNotebook) -> None:
    page = opened(notebook, viewport=(1920, 1080))
    root = widget(page).locator(".mig-explorer")
    for width in (640, 760, 850, 1000, 1400):
        root.evaluate("(root, width) => { root.style.width = `${width}px`; }", width)
        for preset, layout in PRESETS.items():
            button(page, preset).click()
            holds(page, layout)
            page.page.wait_for_timeout(100)
            assert root.evaluate(CLIPPED) == []
            assert root.evaluate(WRITTEN_OVER) == []
        board = widget(page).locator(".mig-right").bounding_box()
        palette = widget(page).locator(".mig-palette").bounding_box()
        assert board is not None
        assert palette is not None
        assert (palette["y"] + palette["height"] <= board["y"] + 1) is (width <= 760)
        page.screenshot(f"explorer-light-{width}-wide", root, whole=True)


def test_nothing_is_clipped_on_any_kind_of_board(notebook: OpenNotebook) -> None:
    page = opened(notebook, viewport=(1920, 1080))
    root = widget(page).locator(".mig-explorer")
    for width in (640, 850, 1400):
        root.evaluate("(root, width) => { root.style.width = `${width}px`; }", width)
        for board, layout in MOST_ON_A_BOARD.items():
            page.python("None", after=f"explorer.layout = mig.parse_layout(mig.gpu({board!r}), {layout!r})")
            number = len(layout.split())
            page.page.wait_for_function(
                "([board, number]) => document.querySelector('.mig-select').value === board"
                " && document.querySelectorAll('.mig-block').length === number",
                arg=[board, number],
            )
            page.page.wait_for_timeout(50)
            assert root.evaluate(CLIPPED) == [], (width, board)
            assert root.evaluate(WRITTEN_OVER) == [], (width, board)
