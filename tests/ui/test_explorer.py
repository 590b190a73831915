"""The layout widget in a real JupyterLab: pointer, keys, refusals, both themes, the kernel gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.explorer_page import PRESETS, button, cell, choose, holds, opened, says, widget

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook
    from tests.ui.notebook_page import NotebookPage

COLOURS = """() => {
    const of = (places, part, property) => Object.fromEntries([...document.querySelectorAll(places)]
        .map(each => [each.dataset.instance, getComputedStyle(each.querySelector(part))[property]]));
    return [of('.mig-block', 'path', 'fill'), of('tr[data-instance]', '.mig-dot', 'backgroundColor')];
}"""
IN_A_TAB = """explorer = mig.explore('A100-SXM4-40GB')
hidden = ipywidgets.Tab([ipywidgets.HTML('first'), explorer], selected_index=0)
ipywidgets.VBox([explorer, hidden])"""


def number_of_cells(page: NotebookPage) -> int:
    count: int = page.page.locator(".jp-Notebook .jp-Cell").count()
    return count


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_clicks_place_and_remove_and_a_refusal_offers_a_way_out(notebook: OpenNotebook, theme: str) -> None:
    page = opened(notebook, theme)
    choose(page, "3g.20gb")
    cell(page, 0).click()
    holds(page, "3g.20gb@0")
    choose(page, "2g.10gb")
    cell(page, 4).click()
    holds(page, "3g.20gb@0 2g.10gb@4")
    choose(page, "1g.5gb")
    cell(page, 6).hover()
    says(page, "1g.5gb fits at memory slice 6.")
    assert widget(page).locator(".mig-ghost.possible path").count() == 1
    page.screenshot(f"explorer-{theme}-1280", widget(page), whole=True)

    choose(page, "3g.20gb")
    cell(page, 6).hover()
    refusal = page.python("str(explorer.layout.explain('3g.20gb', 6))")
    says(page, refusal)
    assert widget(page).locator(".mig-ghost.refused path").count() == 1
    cell(page, 6).click()
    says(page, refusal)
    holds(page, "3g.20gb@0 2g.10gb@4")
    page.screenshot(f"explorer-{theme}-1280-refusal", widget(page), whole=True)
    button(page, "Remove 2g.10gb@4, place at 4").click()
    holds(page, "3g.20gb@0 3g.20gb@4")
    cell(page, 5).click()
    holds(page, "3g.20gb@0")
    button(page, "Undo").click()
    holds(page, "3g.20gb@0 3g.20gb@4")
    button(page, "Clear").click()
    holds(page, "empty")


def test_everything_can_be_done_from_the_keyboard_and_jupyterlab_leaves_the_keys_alone(
    notebook: OpenNotebook,
) -> None:
    page = opened(notebook)
    keys = page.page.keyboard
    cells = number_of_cells(page)
    widget(page).get_by_role("radio", checked=True).focus()
    active = page.page.locator(".jp-Cell.jp-mod-active").get_attribute("data-windowed-list-index")
    for _ in range(4):
        keys.press("ArrowDown")
    assert (
        widget(page).get_by_role("radio", checked=True).get_attribute("aria-label") == "3g.20gb, 2 more fit"
    )
    keys.press("Tab")
    assert (
        page.page.evaluate("() => document.activeElement.getAttribute('aria-label')")
        == "memory slice 0, free"
    )
    for _ in range(2):
        keys.press("ArrowRight")
    says(page, "3g.20gb cannot start at memory slice 2.")
    page.screenshot("explorer-light-keyboard", widget(page))
    keys.press("Enter")
    says(page, "3g.20gb cannot start at memory slice 2.")
    for _ in range(2):
        keys.press("ArrowRight")
    keys.press("Enter")
    holds(page, "3g.20gb@4")
    focused = "() => document.activeElement.getAttribute('aria-label')"
    assert page.page.evaluate(focused) == "memory slice 4, held by 3g.20gb at start 4"
    keys.press("Home")
    keys.press("ArrowUp")
    says(page, "2g.10gb fits at memory slice 0.")
    keys.press(" ")
    holds(page, "2g.10gb@0 3g.20gb@4")
    keys.press("End")
    assert page.page.evaluate(focused) == "memory slice 7, held by 3g.20gb at start 4"
    keys.press("ArrowRight")
    assert page.page.evaluate(focused) == "memory slice 7, held by 3g.20gb at start 4"
    keys.press("Delete")
    holds(page, "2g.10gb@0")
    for key in ("a", "b", "d", "d", "x", "m"):
        keys.press(key)
    assert number_of_cells(page) == cells
    still = page.page.locator(".jp-Cell.jp-mod-active").get_attribute("data-windowed-list-index")
    assert (still, active is None) == (active, False)
    keys.press("Escape")
    assert page.page.evaluate("() => document.activeElement.closest('.mig') === null")


def test_the_layout_set_in_python_appears_and_focus_survives_the_repaint(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    cell(page, 5).focus()
    page.python(
        "None", after="explorer.layout = mig.parse_layout(explorer.layout.gpu, '4g.20gb@0 3g.20gb@4')"
    )
    holds(page, "4g.20gb@0 3g.20gb@4")
    assert page.page.evaluate("() => document.activeElement.getAttribute('aria-label')") == (
        "memory slice 5, held by 3g.20gb at start 4"
    )


def test_what_is_stranded_is_hatched_and_labelled(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    button(page, "7 × 1g").click()
    holds(page, PRESETS["7 × 1g"])
    assert widget(page).locator(".mig-stranded-label").all_text_contents() == ["stranded"]
    assert cell(page, 7).get_attribute("aria-label") == "memory slice 7, free but stranded"
    assert widget(page).locator(".mig-stranded").get_attribute("fill").startswith("url(#mig-hatch")  # type: ignore[union-attr]
    assert button(page, "7 × 1g").get_attribute("aria-pressed") == "true"
    page.screenshot("explorer-light-seven", widget(page), whole=True)


def test_the_board_and_the_table_use_the_same_colours(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    button(page, "3g + 2g + 1g + 1g").click()
    holds(page, PRESETS["3g + 2g + 1g + 1g"])
    colours = page.page.evaluate(COLOURS)
    assert colours[0] == colours[1]
    assert len(set(colours[0].values())) == 4


def test_after_a_restart_of_the_kernel_a_click_says_what_to_do(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    page.restart_kernel()
    cell(page, 3).click()
    says(page, "The kernel that holds this layout is gone. Run the cell again.")
    page.run_all()
    cell(page, 0).click()
    holds(page, "1g.5gb@0")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_at_full_high_definition(notebook: OpenNotebook, theme: str) -> None:
    page = opened(notebook, theme, (1920, 1080))
    choose(page, "3g.20gb")
    cell(page, 0).click()
    holds(page, "3g.20gb@0")
    cell(page, 2).hover()
    says(page, "3g.20gb holds memory slices 0 to 3.")
    page.screenshot(f"explorer-{theme}-1920")


def test_two_views_of_one_widget_and_a_hidden_tab_stay_in_step(notebook: OpenNotebook) -> None:
    page = notebook(["import ipywidgets, mig_explorer as mig", IN_A_TAB])
    page.run_all()
    first = page.output(1).locator(".mig-explorer").first
    first.get_by_role("gridcell").first.click()
    page.python_until("str(explorer.layout) == '1g.5gb@0'")
    page.output(1).locator(".lm-TabBar-tab").nth(1).click()
    second = page.output(1).locator(".mig-explorer").nth(1)
    second.locator(".mig-block").wait_for()
    assert second.locator(".mig-block").get_attribute("data-instance") == "1g.5gb@0"


def test_hostile_names_stay_text(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    page.python(
        "None",
        after="from mig_explorer.widgets.explorer_state import Status\n"
        "explorer._show(Status('bad', '<img src=x onerror=alert(1)>', '{{7*7}} <script>alert(2)</script>'))",
    )
    says(page, "<img src=x onerror=alert(1)>")
    assert widget(page).locator("img, script").count() == 0
