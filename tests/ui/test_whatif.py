"""The what-if in JupyterLab: sliders by mouse and key, charts that follow, both themes, axe-core's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.ui.test_accessibility import violations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Locator

    from tests.ui.conftest import OpenNotebook
    from tests.ui.notebook_page import NotebookPage

PLOTS = ".mig-whatif-plot"
CUT_OFF = """texts => texts.filter(text => {
    const box = text.getBoundingClientRect(), plot = text.closest('svg').getBoundingClientRect();
    return box.width && (box.right > plot.right + 1 || box.left < plot.left - 1);
}).map(text => text.textContent)"""


def opened(notebook: OpenNotebook) -> tuple[NotebookPage, Locator]:
    page = notebook(["from mig_explorer.widgets.whatif import whatif\nshown = whatif()\nshown"])
    page.run_all()
    widget = page.page.locator(".mig-whatif")
    widget.locator(f"{PLOTS} svg.marks").nth(4).wait_for(state="attached")
    return page, widget


def followed(widget: Locator, serial: int) -> None:
    """Wait until all charts show what answers the page's wish of this number."""
    expect(widget.locator(f"{PLOTS}[data-serial='{serial}']")).to_have_count(5)


def test_sliders_move_by_key_and_every_chart_follows_without_being_built_anew(notebook: OpenNotebook) -> None:
    page, widget = opened(notebook)
    tenants = widget.get_by_role("slider", name="Tenants")
    expect(tenants).to_have_attribute("aria-valuetext", "7")
    expect(widget.get_by_role("status").first).to_contain_text("With seven tenants")
    tenants.focus()
    page.page.keyboard.press("ArrowLeft")
    followed(widget, 1)
    expect(tenants).to_be_focused()
    expect(tenants).to_have_attribute("aria-valuetext", "6")
    expect(widget.get_by_role("heading", name="What if: six tenants, one A100")).to_be_visible()
    expect(widget.get_by_role("status").first).to_contain_text("With six tenants")
    assert page.python("shown.settings.tenants") == 6

    load = widget.get_by_role("slider", name="Load")
    expect(load).to_have_attribute("aria-valuetext", "closed loop")
    load.focus()
    page.page.keyboard.press("Home")
    followed(widget, 2)
    rate = page.python("shown.settings.rate")
    expect(load).to_have_attribute("aria-valuetext", f"{rate:,.4g} requests/s each")
    expect(widget.get_by_role("status").first).to_contain_text("all keep up")

    size = widget.get_by_role("slider", name="Batch")
    size.focus()
    for _ in range(3):
        page.page.keyboard.press("ArrowRight")
    expect(size).to_have_attribute("aria-valuetext", "256")
    page.python_until("shown.settings.size == 256")
    expect(widget.get_by_text("MLP inference, batch 256").first).to_be_visible()

    # What is moved while Python works is asked for once it is done, and only where it came to rest.
    asked = page.python("shown.shown['serial']")
    tenants.evaluate(
        """slider => {
            for (let step = 0; step <= 13; step++) {
                slider.value = step;
                slider.dispatchEvent(new Event('input', { bubbles: true }));
            }
        }"""
    )
    page.python_until("shown.settings.tenants == 14")
    followed(widget, asked + 2)
    expect(widget.get_by_role("heading", name="What if: 14 tenants, one A100")).to_be_visible()
    assert [plot.get_attribute("data-embeds") for plot in widget.locator(PLOTS).all()] == ["1"] * 5


def test_layouts_modes_boards_and_what_does_not_fit(notebook: OpenNotebook) -> None:
    page, widget = opened(notebook)
    look(page, widget, "")
    table = widget.get_by_role("table")
    assert table.get_by_role("rowheader").count() == 4
    widget.get_by_role("checkbox", name="Green contexts").check()
    expect(table.get_by_role("rowheader")).to_have_count(5)
    widget.get_by_role("checkbox", name="Monolithic").uncheck()
    expect(table.get_by_role("rowheader")).to_have_count(4)

    halves = widget.get_by_role("button", name="3g + 3g")
    halves.click()
    expect(halves).to_have_attribute("aria-pressed", "true")
    text = widget.get_by_role("textbox", name="MIG layout")
    expect(text).to_have_value("3g.20gb@0 3g.20gb@4")
    text.fill("4g.20gb@1")
    page.page.keyboard.press("Enter")
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(widget.get_by_text("4g.20gb cannot start at memory slice 1.")).to_be_visible()
    expect(text).to_have_value("4g.20gb@1")
    assert violations(page, ".mig-whatif") == []
    text.fill("4g.20gb 2g.10gb 1g.5gb")
    page.page.keyboard.press("Enter")
    expect(text).to_have_attribute("aria-invalid", "false")
    page.python_until("shown.settings.layout.title == '4g.20gb + 2g.10gb + 1g.5gb'")

    widget.get_by_role("combobox", name="Workload").select_option(label="STREAM triad")
    size = widget.get_by_role("slider", name="Elements")
    expect(size).to_have_attribute("aria-valuetext", "2^26")
    size.focus()
    for _ in range(3):
        page.page.keyboard.press("ArrowRight")
    alert = widget.get_by_role("alert")
    expect(alert).to_contain_text("MIG has no figures.")
    expect(alert).to_contain_text("The smallest profile with room is 1g.10gb.")
    expect(widget.get_by_role("row", name="MIG")).to_contain_text("no figures; why not stands above")
    look(page, widget, "-does-not-fit", ["dark"], [1280])
    page.python("None", after="shown.change(tenants=2)")
    expect(alert).to_be_empty()
    expect(widget.get_by_role("slider", name="Tenants")).to_have_value("1")

    widget.get_by_role("combobox", name="GPU").select_option("GB10")
    expect(widget.get_by_role("checkbox", name="MIG", exact=True)).to_have_count(0)
    expect(widget.get_by_text("GB10 has no MIG: it cannot be cut into slices.")).to_be_visible()
    expect(widget.get_by_text("This board has no MIG, so it has no layouts to compare.")).to_be_visible()
    expect(text).to_be_hidden()
    look(page, widget, "-gb10", ["light"], [1280])


def look(
    page: NotebookPage,
    widget: Locator,
    name: str,
    themes: Sequence[str] = ("dark", "light"),
    widths: Sequence[int] = (800, 1280),
) -> None:
    """Take pictures in each theme and width; nothing may be cut off or break a rule of axe-core."""
    for theme in themes:
        page.set_theme(theme)
        for width in widths:
            page.page.set_viewport_size({"width": width, "height": 900})
            page.page.wait_for_timeout(200)  # until the charts have their new width
            page.screenshot(f"whatif{name}-{theme}-{width}", widget, whole=True)
            assert violations(page, ".mig-whatif") == []
            wide = widget.evaluate("root => [root.scrollWidth, root.clientWidth]")
            assert wide[0] <= wide[1]
            assert widget.locator(f"{PLOTS} text").evaluate_all(CUT_OFF) == []
