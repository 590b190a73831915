"""Make sure there is a browser for the browser tests: ``python -m tests.ui.install_browser``.

Playwright's driver must start, and a Chrome or Chromium must render a page here, with letters. For what is
missing it tries ``playwright install chromium``, then the system's package manager, and says what it does.
If all fails it says so and ends quietly: the browser tests then fail, each with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.ui.browser import working_browser

PLAYWRIGHT_SECONDS = 300
PACKAGES_SECONDS = 900
# What Playwright's driver, a Node.js, is linked to and a small container lacks.
DRIVER = {"apt-get": "libatomic1", "dnf": "libatomic", "pacman": "gcc-libs"}
FONTS = {"apt-get": "fonts-dejavu-core", "dnf": "dejavu-sans-fonts", "pacman": "ttf-dejavu"}
INSTALL = {
    "apt-get": (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends"]),
    "dnf": (["dnf", "install", "--assumeyes"],),
    "pacman": (["pacman", "--sync", "--refresh", "--noconfirm", "--needed"],),
    "brew": (["brew", "install", "--cask"],),
}


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(command: list[str], seconds: int) -> bool:
    """Run a command with its output shown; False if it fails, is not there or takes too long."""
    say(f"  $ {' '.join(command)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=environment, timeout=seconds, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        say(f"  given up after {seconds} s")
    except OSError as error:
        say(f"  {error}")
    return False


def as_root(command: list[str]) -> list[str]:
    if os.geteuid() == 0:
        return command
    # Where nobody can type a password, sudo must not wait for one.
    return ["sudo", *([] if sys.stdin.isatty() else ["--non-interactive"]), *command]


def package_manager() -> str | None:
    return next((name for name in INSTALL if shutil.which(name)), None)


def install_packages(manager: str, packages: list[str]) -> bool:
    *before, install = INSTALL[manager]
    commands = [*before, [*install, *packages]]
    if manager != "brew":
        commands = [as_root(command) for command in commands]
    return all(run(command, PACKAGES_SECONDS) for command in commands)


def has_fonts() -> bool:
    """Say whether text would be letters: a bare container has no font, and Chromium then draws boxes."""
    if sys.platform == "darwin":
        return True
    places = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts"]
    return any(font for place in places for font in place.rglob("*.[to]tf"))


def driver_starts() -> bool:
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main() -> None:
    manager = package_manager()
    if not driver_starts():
        say("Playwright's driver does not start; it may lack a library. Installing it:")
        if manager not in DRIVER or not install_packages(manager, [DRIVER[manager]]) or not driver_starts():
            say("That did not help, so the browser tests will fail. Try: python -m playwright --version")
            return
    browser = working_browser()
    if browser is None:
        say("The browser tests need Chrome or Chromium; none was found that starts. Installing one:")
        run([sys.executable, "-m", "playwright", "install", "chromium"], PLAYWRIGHT_SECONDS)
        browser = working_browser()
    if browser is None and manager is not None:
        name = "google-chrome" if manager == "brew" else "chromium"
        install_packages(manager, [name])
        browser = working_browser()
    if browser is not None and not has_fonts() and manager in FONTS:
        say("There are no fonts, so the browser would draw boxes for letters. Installing some:")
        install_packages(manager, [FONTS[manager]])
    if browser is None:
        say(
            "No browser could be installed, so the browser tests will fail. "
            "Install Chrome or Chromium, or set CHROME to the path of one."
        )
    else:
        say(f"The browser tests use {browser}")


if __name__ == "__main__":
    main()
