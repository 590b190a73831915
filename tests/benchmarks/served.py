"""A JupyterLab with an empty cache and a browser, for the benchmarks that need a page."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.ui.browser import launch
from tests.ui.lab_server import LabServer
from tests.ui.notebook_page import NotebookPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

START = Path(__file__).resolve().parents[2] / "notebooks" / "00_start_here.ipynb"
VIEWPORT = (1280, 900)


@contextmanager
def lab_and_browser() -> Iterator[tuple[LabServer, Browser]]:
    """Serve JupyterLab from a folder of its own, with nothing cached for the user, and start the browser."""
    with tempfile.TemporaryDirectory() as folder:
        server = LabServer(Path(folder) / "lab")
        try:
            with sync_playwright() as playwright:
                browser = launch(playwright)
                yield server, browser
                browser.close()
        finally:
            server.stop()


@contextmanager
def start_notebook(server: LabServer, browser: Browser) -> Iterator[NotebookPage]:
    """Open a fresh copy of the start notebook; its kernel is idle."""
    shutil.copyfile(START, server.notebooks / START.name)
    page = NotebookPage(browser, server, START.name, "light", VIEWPORT)
    try:
        yield page
    finally:
        page.close()
