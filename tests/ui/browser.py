"""Where the browser for the browser tests is, and how it is started.

`CHROME` in the environment wins; then Chrome or Chromium on the search path, in their usual
places on macOS, and last the Chromium that ``playwright install chromium`` puts in its cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Error, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Playwright

NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome")
MACOS_PATHS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
# The resolver rule closes the network below the page: names do not resolve, whoever asks.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class NoBrowser(RuntimeError):
    """No Chrome or Chromium on this machine."""


def candidates(playwright: Playwright | None = None) -> Iterator[Path]:
    """Yield every browser found on this machine, the one to prefer first."""
    chosen = os.environ.get("CHROME")
    if chosen:
        yield Path(chosen)
        return
    for name in NAMES:
        found = shutil.which(name)
        if found:
            yield Path(found)
    yield from (path for path in MACOS_PATHS if path.exists())
    if playwright is not None:
        own = Path(playwright.chromium.executable_path)
        if own.exists():
            yield own


def starts(browser: Path, timeout: float = 60.0) -> bool:
    """Say whether the browser really renders a page here, and not only exists (a stub, missing libraries)."""
    command = [str(browser), "--headless", *ARGUMENTS, "--dump-dom", "data:text/html,<p>it starts</p>"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0 and "it starts" in run.stdout


def working_browser() -> Path | None:
    """Return the first browser that renders a page, or None."""
    with sync_playwright() as playwright:
        found = list(candidates(playwright))
    return next((path for path in found if path.exists() and starts(path)), None)


def launch(playwright: Playwright) -> Browser:
    """Start the first browser that starts, headless, with a fresh profile and this machine for a network.

    Raises
    ------
    NoBrowser
        With what was tried and what to do about it.
    """
    tried = []
    for path in candidates(playwright):
        try:
            return playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        except Error as error:
            tried.append(f"{path}: {error.message.splitlines()[0]}")
    found = (
        "; ".join(tried)
        or f"no {', '.join(NAMES)} on PATH, none in macOS's applications, none from Playwright"
    )
    raise NoBrowser(
        f"The browser tests need a Chrome or Chromium that starts ({found}). Run `make test`, which installs "
        "one, or install Chromium and set CHROME to its path."
    )
