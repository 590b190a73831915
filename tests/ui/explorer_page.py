"""The layout widget in a notebook: how the tests find their way in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.ui.conftest import OpenNotebook
    from tests.ui.notebook_page import NotebookPage

CELLS = [
    "import mig_explorer as mig",
    "explorer = mig.explore('A100-SXM4-40GB')\nexplorer",
    "print('the last cell')",
]
WIDGET = 1
PRESETS = {
    "7g": "7g.40gb@0",
    "7 × 1g": " ".join(f"1g.5gb@{start}" for start in range(7)),
    "3g + 2g + 1g + 1g": "2g.10gb@0 1g.5gb@2 1g.5gb@3 3g.20gb@4",
}


def opened(
    notebook: OpenNotebook, theme: str = "light", viewport: tuple[int, int] = (1280, 900)
) -> NotebookPage:
    page = notebook(CELLS, theme=theme, viewport=viewport)
    page.run_all()
    cell(page, 0).wait_for()
    return page


def widget(page: NotebookPage) -> Locator:
    return page.output(WIDGET)


def cell(page: NotebookPage, memory_slice: int) -> Locator:
    return widget(page).get_by_role("gridcell").nth(memory_slice)


def choose(page: NotebookPage, profile: str) -> None:
    widget(page).locator(".mig-chip", has=page.page.get_by_text(profile, exact=True)).click()


def button(page: NotebookPage, name: str) -> Locator:
    return widget(page).get_by_role("button", name=name, exact=True)


def holds(page: NotebookPage, layout: str) -> None:
    """Wait until Python and the page agree on a layout."""
    page.python_until(f"str(explorer.layout) == {layout!r}")
    names = [] if layout == "empty" else layout.split()
    blocks = widget(page).locator(".mig-block")
    page.page.wait_for_function(
        "([selector, names]) => JSON.stringify([...document.querySelectorAll(selector)]"
        ".map(each => each.dataset.instance).sort()) === JSON.stringify(names.sort())",
        arg=[".mig-block", names],
    )
    assert blocks.count() == len(names)


def says(page: NotebookPage, text: str) -> None:
    widget(page).get_by_role("status").get_by_text(text).wait_for()


def divided_into(page: NotebookPage, layout: str) -> None:
    """Wait until Python holds a layout and the page has drawn its compute instances."""
    page.python_until(f"str(explorer.layout) == {layout!r}")
    pieces = layout.count("c@")
    page.page.wait_for_function(
        "count => document.querySelectorAll('.mig-piece').length === count", arg=pieces
    )


def tap(page: NotebookPage, memory_slice: int) -> None:
    """Do what a finger does: touch before it points, then click."""
    cell(page, memory_slice).dispatch_event("pointerdown", {"pointerType": "touch"})
    cell(page, memory_slice).dispatch_event("click")
