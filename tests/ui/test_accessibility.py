"""Both widgets against axe-core's rules, in both themes, in each state that looks different."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook
    from tests.ui.notebook_page import NotebookPage

EXPLORER = ["import mig_explorer as mig", "explorer = mig.explore('A100-SXM4-40GB')\nexplorer"]
RACE = [
    "import mig_explorer as mig",
    """gpu = mig.gpu('A100-SXM4-40GB')
halves = mig.Mig(mig.parse_layout(gpu, '3g.20gb@0 3g.20gb@4'))
work = mig.tenants(mig.workloads.triad(elements=2**22), 2)
race = mig.race(mig.Experiment(gpu, tenants=work, modes=[mig.Monolithic(), halves]))
race""",
]


def violations(page: NotebookPage, selector: str) -> list[str]:
    # JupyterLab's body is 0 pixels high and hides what overflows it: axe-core would take all for unseen.
    page.page.add_style_tag(content="body { height: 100vh }")
    found: dict[str, Any] = Axe().run(page.page, context=selector).response
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}, "axe-core saw no text"
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:120]} {node['any'] and node['any'][0]['message']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_explorer_breaks_no_rule_of_axe(notebook: OpenNotebook, theme: str) -> None:
    page = notebook(EXPLORER, theme=theme)
    page.run_all()
    widget = page.page.locator(".mig-explorer")
    widget.wait_for()
    assert violations(page, ".mig-explorer") == []

    widget.get_by_role("button", name="3g + 3g").click()
    page.python_until("len(explorer.layout.instances) == 2")
    assert violations(page, ".mig-explorer") == []

    widget.get_by_role("radio", name="4g.20gb").click()
    widget.get_by_role("gridcell").first.focus()
    page.page.keyboard.press("Delete")
    page.page.keyboard.press("End")
    page.page.keyboard.press("ArrowLeft")
    page.page.keyboard.press("Enter")
    assert violations(page, ".mig-explorer") == []

    divided = "mig.parse_layout(mig.gpu('A100-SXM4-40GB'), '3g.20gb@0 3g.20gb@4[2c]')"
    page.python("None", after=f"explorer.layout = {divided}")
    widget.locator(".mig-piece.idle").wait_for()
    widget.get_by_role("gridcell").first.focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("d")
    widget.get_by_role("tab", name="mig-parted").click()
    widget.locator("[role=tabpanel][data-format=mig-parted][aria-busy=false]").wait_for()
    assert violations(page, ".mig-explorer") == []

    widget.get_by_role("combobox").select_option("RTX-PRO-6000-BLACKWELL-SERVER")
    page.python_until("explorer.layout.gpu.memory_slices == 12")
    widget.get_by_role("button", name="2g + 1g + 1g").click()
    page.python_until("len(explorer.layout.instances) == 3")
    widget.evaluate("root => { root.style.width = '640px'; }")
    assert violations(page, ".mig-explorer") == []

    widget.get_by_role("combobox").select_option("GB10")
    page.python_until("explorer.layout.gpu.name == 'GB10'")
    assert violations(page, ".mig-explorer") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_race_breaks_no_rule_of_axe(notebook: OpenNotebook, theme: str) -> None:
    page = notebook(RACE, theme=theme)
    page.run_all()
    widget = page.page.locator(".mig-race")
    widget.get_by_role("slider").wait_for()
    widget.locator("svg.marks").nth(1).wait_for()
    assert violations(page, ".mig-race") == []

    page.python_until("race.finished")
    widget.get_by_role("slider").focus()
    page.page.keyboard.press("End")
    widget.get_by_text("With two tenants").wait_for()
    assert violations(page, ".mig-race") == []
