"""GPU instances divided into compute instances in the layout widget, by pointer, keys and finger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.explorer_page import (
    PRESETS,
    button,
    cell,
    choose,
    divided_into,
    holds,
    opened,
    says,
    tap,
    widget,
)

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook


def test_an_instance_is_divided_by_pointer_and_the_picture_and_the_table_show_it(
    notebook: OpenNotebook,
) -> None:
    page = opened(notebook)
    choose(page, "3g.20gb")
    cell(page, 4).click()
    holds(page, "3g.20gb@4")
    cell(page, 1).hover()
    cell(page, 5).hover()
    says(page, "3g.20gb holds memory slices 4 to 7.")
    assert button(page, "whole").get_attribute("aria-pressed") == "true"
    button(page, "1c + 1c + 1c").click()
    divided_into(page, "3g.20gb@4[1c@0+1c@1+1c@2]")
    says(page, "3g.20gb@4 is divided into 3 × 1c.3g.20gb.")
    pieces = widget(page).locator(".mig-block .mig-piece")
    assert pieces.locator("text").all_text_contents() == ["1c"] * 3
    names = widget(page).locator("tr.mig-compute td:first-child").all_text_contents()
    assert names == ["1c.3g.20gb"] * 3
    widget(page).get_by_text("shared by 3: memory, bandwidth, L2, engines").first.wait_for()
    assert cell(page, 6).get_attribute("aria-label") == (
        "memory slice 6, held by 3g.20gb at start 4, divided into 1c.3g.20gb and 1c.3g.20gb and 1c.3g.20gb"
    )
    page.screenshot("explorer-light-divided", widget(page), whole=True)
    button(page, "2c + 1c").click()
    divided_into(page, "3g.20gb@4[2c@0+1c@2]")
    button(page, "Undo").click()
    divided_into(page, "3g.20gb@4[1c@0+1c@1+1c@2]")
    cell(page, 5).click()
    holds(page, "empty")


def test_an_instance_is_divided_from_the_keyboard_and_the_focus_stays(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    keys = page.page.keyboard
    button(page, "3g + 3g").click()
    holds(page, "3g.20gb@0 3g.20gb@4")
    widget(page).get_by_role("radio", checked=True).focus()
    keys.press("Tab")
    keys.press("d")
    divided_into(page, "3g.20gb@0[2c@0+1c@2] 3g.20gb@4")
    keys.press("D")
    divided_into(page, "3g.20gb@0[1c@0+1c@1+1c@2] 3g.20gb@4")
    keys.press("Tab")
    focused = "() => document.activeElement.textContent"
    assert page.page.evaluate(focused) == "whole"
    keys.press("Tab")
    keys.press("Enter")
    divided_into(page, "3g.20gb@0[2c@0+1c@2] 3g.20gb@4")
    page.page.wait_for_function(f"({focused})() === '2c + 1c'")
    keys.press("Shift+Tab")
    keys.press(" ")
    divided_into(page, "3g.20gb@0 3g.20gb@4")
    assert page.page.evaluate(focused) == "whole"
    button(page, "7 × 1g").click()
    holds(page, PRESETS["7 × 1g"])
    cell(page, 1).focus()
    keys.press("d")
    says(page, "1g.5gb has one compute slice: it cannot be divided.")


def test_a_first_tap_on_an_instance_only_says_what_it_is(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    for slice_, held in ((2, "1g.5gb@2"), (3, "1g.5gb@2 1g.5gb@3")):
        tap(page, slice_)
        holds(page, held)
    tap(page, 2)
    says(page, "1g.5gb holds memory slice 2.")
    tap(page, 3)
    says(page, "1g.5gb holds memory slice 3.")
    assert page.python("str(explorer.layout)") == "1g.5gb@2 1g.5gb@3"
    tap(page, 3)
    holds(page, "1g.5gb@2")
