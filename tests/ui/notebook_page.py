"""A notebook open in JupyterLab in a browser, with the gestures that the tests make on it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ui import kernel_channel
from tests.ui.lab_server import THEMES, TOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser, ConsoleMessage, Locator, Route

    from tests.ui.lab_server import LabServer

TIMEOUT = 90.0
GESTURE_TIMEOUT = 30.0
IDLE = "sessionContext?.session?.kernel?.status === 'idle'"
# What JupyterLab 4 itself prints as an error where nothing is wrong, and nothing of ours could print.
JUPYTERLAB_OWN = (
    "Could not restore the debugger state: Canceled future",
)  # a kernel restarted soon after its start


class NotebookPage:
    """One notebook in one fresh browser profile, with no network but the JupyterLab server.

    Attributes
    ----------
    page : playwright.sync_api.Page
        The page, for gestures that have no method here (`page.keyboard`, `page.get_by_role`).
    console_errors : list of str
        Errors on the page's console and exceptions that nobody caught. The fixture fails on any.
    blocked : list of str
        Addresses outside the JupyterLab server that the page asked for. The fixture fails on any.
    """

    def __init__(
        self, browser: Browser, server: LabServer, file: str, theme: str, viewport: Sequence[int]
    ) -> None:
        self.server = server
        self.file = file
        self.console_errors: list[str] = []
        self.blocked: list[str] = []
        server.choose_theme(theme)
        width, height = viewport
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.context.set_default_timeout(GESTURE_TIMEOUT * 1000)
        self.context.route("**/*", self._let_through_or_block)
        self.page = self.context.new_page()
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.console_errors.append(f"uncaught: {error}"))
        self.page.goto(f"{server.url}/lab/tree/{file}?reset&token={TOKEN}")
        self.page.wait_for_function(f"() => window.jupyterapp?.shell?.currentWidget?.{IDLE}")
        self._wait_for_theme(theme)

    def _wait_for_theme(self, theme: str) -> None:
        # Attached, not visible: JupyterLab's body has no size of its own.
        self.page.wait_for_selector(f'body[data-jp-theme-name="{THEMES[theme]}"]', state="attached")

    def _let_through_or_block(self, route: Route) -> None:
        address = route.request.url
        if address.startswith((self.server.url, "blob:", "data:")):
            route.continue_()
        else:
            self.blocked.append(address)
            route.abort()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(known in message.text for known in JUPYTERLAB_OWN):
            place = message.location.get("url", "")
            self.console_errors.append(f"{message.text} ({place})")

    # What is in the notebook

    def cell(self, index: int) -> Locator:
        """Return the cell with this index, Markdown cells counted too."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, index: int) -> Locator:
        """Return the output area of the cell with this index; widgets are inside."""
        return self.cell(index).locator(".jp-OutputArea").first

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """Return the cell's outputs as the notebook file would hold them."""
        found: list[dict[str, Any]] = self.page.evaluate(
            "i => window.jupyterapp.shell.currentWidget.content.widgets[i].model.outputs?.toJSON() ?? []",
            index,
        )
        return found

    def errors(self) -> list[str]:
        """Return the exceptions that cells ended with, as "NameError: name 'x' is not defined"."""
        count = self.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
        return [
            f"cell {index}: {output['ename']}: {output['evalue']}"
            for index in range(count)
            for output in self.outputs(index)
            if output["output_type"] == "error"
        ]

    # Running cells

    def _command(self, name: str, timeout: float) -> None:
        # The command's promise must not be returned: Playwright would wait for it, and a kernel that
        # waits for the page in turn would never answer. A mark in the page says when it is done.
        self.page.evaluate(
            """name => { window.migDone = false;
                void window.jupyterapp.commands.execute(name).finally(() => { window.migDone = true; }); }""",
            name,
        )
        self.page.wait_for_function("() => window.migDone", timeout=timeout * 1000)

    def run_all(self, timeout: float = TIMEOUT, *, expect_errors: bool = False) -> None:
        """Run every cell and wait for the last one; an exception in a cell fails the test."""
        self._command("notebook:run-all-cells", timeout)
        self.wait_idle(timeout)
        if not expect_errors:
            self._fail_on_errors()

    def run_cell(self, index: int, timeout: float = TIMEOUT, *, expect_errors: bool = False) -> None:
        """Run one cell and wait for it; an exception in it fails the test."""
        self.page.evaluate(
            "i => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = i; }", index
        )
        self._command("notebook:run-cell", timeout)
        self.wait_idle(timeout)
        if not expect_errors:
            self._fail_on_errors()

    def wait_idle(self, timeout: float = TIMEOUT) -> None:
        """Wait until the kernel has nothing left to run."""
        self.page.wait_for_function(
            f"() => window.jupyterapp.shell.currentWidget.{IDLE}",
            timeout=timeout * 1000,
        )

    def _fail_on_errors(self) -> None:
        errors = self.errors()
        if errors:
            raise AssertionError("the notebook stopped: " + "; ".join(errors))

    def restart_kernel(self) -> None:
        """Restart the kernel, as the menu's entry would, and wait for it."""
        self.page.evaluate(
            """() => { window.migDone = false;
                void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()
                    .finally(() => { window.migDone = true; }); }"""
        )
        self.page.wait_for_function("() => window.migDone")
        self.wait_idle()

    # What Python knows

    def python(self, expression: str, *, after: str = "", timeout: float = 60.0) -> Any:
        """Return the value of a Python expression in the notebook's kernel.

        The value must be something JSON can carry: ask for `str(explorer.layout)`, not for the layout.
        `after` is code to run first. No cell and no output appears in the page.
        """
        kernel = self.server.kernel_of(self.file)
        assert kernel is not None, f"{self.file} has no kernel"
        # Playwright's events are handled between the two: the page is not frozen while Python works.
        return kernel_channel.run(self.server, kernel, after, expression, timeout)

    def python_until(self, expression: str, timeout: float = 30.0) -> None:
        """Wait until a Python expression is true in the kernel, letting the page live meanwhile."""
        waited = 0.0
        while not self.python(f"bool({expression})"):
            assert waited < timeout, f"still not true after {timeout:.0f} s: {expression}"
            self.page.wait_for_timeout(100)
            waited += 0.1

    # How it looks

    def set_theme(self, theme: str) -> None:
        """Change to the "light" or the "dark" theme, as the settings menu would."""
        self.page.evaluate(
            "theme => { void window.jupyterapp.commands.execute('apputils:change-theme', { theme }); }",
            THEMES[theme],
        )
        self._wait_for_theme(theme)

    def screenshot(self, name: str, of: Locator | None = None, *, whole: bool = False) -> Path:
        """Save a picture as `name`.png in the folder $SCREENSHOTS, or else in a temporary one.

        Parameters
        ----------
        name : str
            File name without its ending.
        of : Locator, optional
            Only this part of the page, scrolled into view.
        whole : bool
            The whole notebook, not only what the window shows: the window is made as high as the
            notebook for the moment of the picture.
        """
        folder = Path(
            os.environ.get("SCREENSHOTS") or Path(tempfile.gettempdir()) / "mig-explorer-screenshots"
        )
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        before = self.page.viewport_size
        if whole and before is not None:
            self.page.set_viewport_size(
                {"width": before["width"], "height": self._scroll_to_top_and_measure()}
            )
            self._scroll_to_top_and_measure()
            self.page.wait_for_timeout(300)
        if of is None:
            self.page.screenshot(path=path)
        else:
            of.screenshot(path=path)
        if whole and before is not None:
            self.page.set_viewport_size(before)
        return path

    def _scroll_to_top_and_measure(self) -> int:
        height: int = self.page.evaluate(
            """() => {
                document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0;
                const last = [...document.querySelectorAll('.jp-Notebook .jp-Cell')].at(-1);
                return Math.ceil(last.getBoundingClientRect().bottom + 60);
            }"""
        )
        return max(400, min(height, 16000))

    def close(self) -> None:
        """Close the page and end its kernel."""
        self.context.close()
        self.server.shut_down_kernels()
