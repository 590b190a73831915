"""The start notebook in the browser: Run All, and everything in it stands on the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook
    from tests.ui.notebook_page import NotebookPage

START = Path(__file__).resolve().parents[2] / "notebooks" / "00_start_here.ipynb"


def test_the_start_notebook_runs_to_its_verdicts(notebook: OpenNotebook):
    page = notebook(START)
    page.run_all(120)
    said = [page.python(f"{race}.result.verdict.headline") for race in ("race", "second_race")]
    # What the notebook's own words explain.
    assert re.match(r"With seven tenants MIG serves [\d.]+ times the requests", said[0])
    assert re.match(r"With seven tenants MIG serves \d+ % fewer requests", said[1])
    shown = page.page.locator(".mig-race")
    assert shown.count() == len(said)
    for index, headline in enumerate(said):
        shown.nth(index).scroll_into_view_if_needed()
        shown.nth(index).get_by_text(headline).wait_for(timeout=60_000)
    pictures(page, "start-light-1280x900")
    page.set_theme("dark")
    page.page.set_viewport_size({"width": 1920, "height": 1080})
    pictures(page, "start-dark-1920x1080")


def pictures(page: NotebookPage, name: str) -> None:
    page.screenshot(f"{name}-whole", whole=True)
    for part in (".mig-explorer", ".mig-race"):
        shown = page.page.locator(part).first
        shown.scroll_into_view_if_needed()
        page.screenshot(f"{name}-{part.removeprefix('.mig-')}")
        assert spills(shown) == []
    still = page.page.locator(".jp-RenderedSVG").last
    still.scroll_into_view_if_needed()
    assert still.evaluate("chart => chart.scrollWidth - chart.clientWidth") <= 0


def spills(widget) -> list[str]:
    """Return the texts of a widget that reach over its own edges."""
    found: list[str] = widget.evaluate(
        """root => [...root.querySelectorAll('*')].filter(each => {
            const box = each.getBoundingClientRect(), outer = root.getBoundingClientRect();
            return box.width > 0 && (box.right > outer.right + 1 || box.left < outer.left - 1);
        }).map(each => each.textContent.slice(0, 60))"""
    )
    return found
