"""The start notebook in the browser: Run All, and everything in it stands on the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook
    from tests.ui.notebook_page import NotebookPage

START = Path(__file__).resolve().parents[2] / "notebooks" / "00_start_here.ipynb"


@pytest.mark.parametrize("viewport", [(1280, 900), (1920, 1080)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_start_notebook_runs_to_its_verdicts(notebook: OpenNotebook, theme, viewport):
    page = notebook(START, theme=theme, viewport=viewport)
    page.run_all(180)
    small_jobs, streaming = races(page)
    for race, verdict in (
        (small_jobs, "MIG serves 2.6 times the requests"),
        (streaming, "MIG serves 11 % fewer"),
    ):
        race.scroll_into_view_if_needed()
        race.get_by_text(verdict).wait_for(timeout=60_000)
    name = f"start-{theme}-{viewport[0]}x{viewport[1]}"
    page.screenshot(f"{name}-whole", whole=True)
    page.page.locator(".mig-explorer").scroll_into_view_if_needed()
    page.screenshot(f"{name}-explorer")
    small_jobs.scroll_into_view_if_needed()
    page.screenshot(f"{name}-race")


def races(page: NotebookPage):
    found = page.page.locator(".mig-race")
    assert found.count() == 2
    return found.nth(0), found.nth(1)
