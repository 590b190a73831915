r"""Fixtures of the browser tests: a real JupyterLab, a real Chromium, no network.

A test asks for `notebook` and opens what it needs::

    def test_a_click_places_a_slice(notebook):
        page = notebook(["import mig_explorer as mig", "explorer = mig.explore('A100-SXM4-40GB')\nexplorer"])
        page.run_all()  # an exception in a cell fails the test
        page.output(1).get_by_role("button", name="3g.20gb").click()  # page.page is Playwright's Page
        page.python_until("len(explorer.layout.instances) == 1")  # what Python then knows
        assert page.python("str(explorer.layout)") == "3g.20gb@0"
        page.screenshot("explorer-light", page.output(1))  # into $SCREENSHOTS

`notebook(cells_or_path, theme="light" | "dark", viewport=(1280, 900))` takes a list of code cells or the
path of an .ipynb file, of which a copy is opened. At the end of the test the fixture fails if the page's
console showed an error, an exception went uncaught in the page, or the page asked for anything outside
the JupyterLab server. A test in which errors are right empties `page.console_errors` and says why.
See `NotebookPage` for everything a test can do.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from tests.ui.browser import launch
from tests.ui.lab_server import LabServer
from tests.ui.notebook_page import NotebookPage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser


class OpenNotebook(Protocol):
    """What the `notebook` fixture hands to a test."""

    def __call__(
        self, source: Sequence[str] | Path, *, theme: str = "light", viewport: Sequence[int] = (1280, 900)
    ) -> NotebookPage:
        """Open code cells, or a copy of an .ipynb file, in a fresh browser profile."""


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """Serve one JupyterLab for the whole run; every test gets its own kernel in it."""
    server = LabServer(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


# Not for the whole session: while it lives, Playwright's event loop runs in this thread, and a test
# elsewhere that calls asyncio.run would be refused.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser once for each test file."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def notebook(lab: LabServer, browser: Browser) -> Iterator[OpenNotebook]:
    """Open notebooks; at the end, fail on console errors and on requests to the outside."""
    opened: list[NotebookPage] = []

    def open_notebook(
        source: Sequence[str] | Path, *, theme: str = "light", viewport: Sequence[int] = (1280, 900)
    ) -> NotebookPage:
        file = f"test-{len(list(lab.notebooks.iterdir()))}.ipynb"
        if isinstance(source, Path):
            shutil.copyfile(source, lab.notebooks / file)
        else:
            cells = [nbformat.v4.new_code_cell(code) for code in source]
            metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
            nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), lab.notebooks / file)
        page = NotebookPage(browser, lab, file, theme, viewport)
        opened.append(page)
        return page

    yield open_notebook
    for page in opened:
        page.close()
    assert [error for page in opened for error in page.console_errors] == []
    assert [address for page in opened for address in page.blocked] == []
