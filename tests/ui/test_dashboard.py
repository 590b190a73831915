"""The dashboard and a scenario in JupyterLab: keys, predictions, hand-overs, themes, axe-core's rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.ui.test_accessibility import violations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Locator

    from tests.ui.conftest import OpenNotebook
    from tests.ui.notebook_page import NotebookPage

OPEN = [
    "import mig_explorer as mig\nfrom tests.widgets.made_up_scenario import MADE_UP",
    "shown = mig.dashboard(MADE_UP)\nshown",
]


def opened(notebook: OpenNotebook) -> tuple[NotebookPage, Locator]:
    page = notebook(OPEN)
    page.run_all()
    widget = page.page.locator(".mig-dashboard")
    widget.locator(".mig-scenario").wait_for()
    return page, widget


def look(
    page: NotebookPage, widget: Locator, name: str, themes: Sequence[str] = ("light",), *, wide: bool = False
) -> None:
    """Take pictures in each theme, narrow and perhaps wide; nothing is cut off or breaks axe-core's rules."""
    for theme in themes:
        page.set_theme(theme)
        for width in (860, 1440) if wide else (860,):
            page.page.set_viewport_size({"width": width, "height": 900})
            page.page.wait_for_timeout(200)
            page.screenshot(f"dashboard-{name}-{theme}-{width}", widget, whole=True)
            assert violations(page, ".mig-dashboard") == []
            needs, has = widget.evaluate("root => [root.scrollWidth, root.clientWidth]")
            assert needs <= has


def turned_by_keys(page: NotebookPage, scenario: Locator) -> None:
    answer = scenario.locator(".mig-scenario-answer")
    users = scenario.get_by_role("slider", name="Users")
    users.focus()
    for _ in range(3):
        page.page.keyboard.press("ArrowLeft")
    expect(answer).to_have_text("✗No")
    expect(users).to_be_focused()
    scenario.locator(".mig-scenario-charts[data-drawn='2'] svg.marks").wait_for()
    assert page.python("shown.scenario('made_up').settings['users']") == 2


def told_what_is_wrong(page: NotebookPage, scenario: Locator) -> None:
    field = scenario.get_by_role("spinbutton", name="Users")
    field.fill("11")
    page.page.keyboard.press("Enter")
    alert = scenario.get_by_role("alert")
    expect(alert).to_contain_text("11 users do not fit: there is room for 9. Take fewer.")
    expect(field).to_have_value("11")
    expect(scenario.get_by_role("row", name="users times two")).to_contain_text("4 users")
    assert violations(page, ".mig-scenario-problem") == []
    field.fill("99")
    page.page.keyboard.press("Enter")
    expect(alert).to_contain_text("users is a whole number from 1 to 12, not 99.")
    scenario.get_by_role("combobox", name="GPU").select_option("A100-SXM4-40GB")
    field.fill("4")
    page.page.keyboard.press("Enter")
    expect(alert).to_be_empty()
    expect(scenario.locator(".mig-scenario-answer")).to_have_text("~It depends")


def test_a_class_predicts_sees_turns_and_is_told_what_is_wrong(notebook: OpenNotebook) -> None:
    page, widget = opened(notebook)
    scenario = widget.locator(".mig-scenario")
    expect(scenario.get_by_role("group", name="How many times as many?")).to_be_visible()
    assert "10 users" not in scenario.inner_text()
    commit = scenario.get_by_role("button", name="Commit and see")
    expect(commit).to_be_disabled()
    look(page, widget, "predict")
    scenario.get_by_role("radio", name="half").check()
    commit.click()
    expect(scenario.get_by_role("status").first).to_contain_text("With these settings it is: twice.")
    expect(scenario.get_by_text("You predicted: half.")).to_be_visible()
    answer = scenario.locator(".mig-scenario-answer")
    expect(answer).to_have_text("✓Yes")
    expect(scenario.get_by_role("button", name="Hide and predict again")).to_be_focused()
    row = scenario.get_by_role("row", name="users times two")
    expect(row).to_contain_text("10 users (7.5 to 12.5)")
    expect(row).to_contain_text("counted")
    scenario.locator(".mig-scenario-charts[data-drawn='1'] svg.marks").wait_for()
    look(page, widget, "scenario", ["dark", "light"], wide=True)

    turned_by_keys(page, scenario)
    told_what_is_wrong(page, scenario)

    with page.page.expect_download() as saving:
        scenario.get_by_role("button", name="Save as a report").click()
    assert saving.value.path().read_bytes().startswith(b"<!DOCTYPE html>")

    scenario.get_by_role("button", name="Hide and predict again").click()
    expect(scenario.get_by_role("radio", name="half")).to_be_focused()
    assert "8 users" not in scenario.inner_text()
    assert page.python("shown.scenario('made_up').outcome is None")
    scenario.get_by_role("button", name="Show without predicting").click()
    expect(scenario.get_by_text("With these settings it is: twice.")).to_be_visible()


def test_tabs_go_by_keys_and_what_is_found_in_one_is_handed_to_the_next(notebook: OpenNotebook) -> None:
    page, widget = opened(notebook)
    assert page.python("list(shown.panels)") == ["made_up"]
    mine = widget.get_by_role("tab", name="8 Made up")
    expect(mine).to_have_attribute("aria-selected", "true")
    mine.focus()
    page.page.keyboard.press("Home")
    explorer = widget.get_by_role("tab", name="Explorer")
    expect(explorer).to_be_focused()
    expect(explorer).to_have_attribute("aria-selected", "false")
    page.page.keyboard.press("Enter")
    expect(explorer).to_have_attribute("aria-selected", "true")
    panel = widget.get_by_role("tabpanel", name="Explorer")
    panel.locator(".mig-explorer").wait_for()
    expect(widget.locator(".mig-scenario")).to_be_hidden()
    look(page, widget, "explorer")

    panel.get_by_role("button", name="Try this layout in What if").click()
    expect(widget.get_by_role("alert").first).to_contain_text("holds nothing yet. Place a GPU instance first")
    panel.get_by_role("button", name="3g + 3g").click()
    page.python_until("len(shown.explorer.layout.instances) == 2")
    panel.get_by_role("button", name="Try this layout in What if").click()
    whatif = widget.get_by_role("tabpanel", name="What if")
    expect(whatif.get_by_role("textbox", name="MIG layout")).to_have_value("3g.20gb@0 3g.20gb@4")
    expect(widget.locator(".mig-dashboard-problem")).to_be_empty()
    whatif.locator(".mig-whatif-plot svg.marks").nth(4).wait_for(state="attached")
    look(page, widget, "whatif")

    page.python("None", after="shown.whatif.change(tenants=2, modes=['monolithic', 'mps', 'mig'])")
    whatif.get_by_role("button", name="Race this experiment").click()
    race = widget.get_by_role("tabpanel", name="Race")
    expect(race.get_by_role("heading", name="Two tenants, one A100")).to_be_visible()
    race.locator("svg.marks").nth(1).wait_for()
    page.python_until("shown.race.finished")
    race.get_by_role("slider", name="Modelled time").focus()
    page.page.keyboard.press("End")
    rows = race.get_by_role("img", name="Timeline of MPS")
    expect(rows).to_have_attribute("aria-label", re.compile("2 rows, one a tenant on a slice"))
    shares = race.locator(".mig-race-numbers b:nth-of-type(3)").all_inner_texts()
    table = page.python("list(shown.race.result.table.query(\"tenant == 'all'\")['sm_active'])")
    for text, share in zip(shares, table, strict=True):
        assert abs(float(text.removesuffix(" %")) - 100 * share) < 1
    look(page, widget, "race", ["dark"])
    first = page.python("shown.race.model_id")
    race.get_by_role("button", name="Run a small race").click()
    expect(race.get_by_role("heading", name="Seven tenants, one A100")).to_be_visible()
    expect(race.locator(".mig-race")).to_have_count(1)
    assert page.python("shown.race.model_id") != first
