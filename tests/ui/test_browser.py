"""Finding a browser: what happens where there is none, or only one that does not start."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.ui import browser, install_browser


def stub(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_browser_in_the_environment_is_the_only_candidate(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROME", str(tmp_path / "mine"))
    assert list(browser.candidates()) == [tmp_path / "mine"]


def test_browsers_on_the_path_are_candidates_in_order_of_preference(monkeypatch, tmp_path):
    monkeypatch.delenv("CHROME", raising=False)
    monkeypatch.setattr(browser, "MACOS_PATHS", ())
    for name in ("chromium", "google-chrome"):
        stub(tmp_path / name, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(browser.candidates()) == [tmp_path / "google-chrome", tmp_path / "chromium"]


def test_a_program_that_renders_nothing_is_no_browser(tmp_path):
    assert not browser.starts(stub(tmp_path / "chromium", "echo Please install the snap."))
    assert not browser.starts(tmp_path / "missing")


def test_where_no_browser_starts_the_tests_fail_and_say_what_was_tried(monkeypatch, tmp_path):
    broken = stub(tmp_path / "chromium", "exit 3")
    monkeypatch.setenv("CHROME", str(broken))
    with sync_playwright() as playwright, pytest.raises(browser.NoBrowser) as failure:
        browser.launch(playwright)
    said = str(failure.value)
    assert said.startswith(f"The browser tests need a Chrome or Chromium that starts ({broken}: ")
    assert said.endswith(
        "Run `make test`, which installs one, or install Chromium and set CHROME to its path."
    )


@pytest.fixture
def commands(monkeypatch):
    """Note the commands that would install a browser, and let each fail."""
    noted: list[str] = []

    def note(command: list[str], _seconds: int) -> bool:
        noted.append(" ".join(command[1:] if command[0].endswith("python") else command))
        return "update" in command

    monkeypatch.setattr(install_browser, "run", note)
    monkeypatch.setattr(install_browser, "driver_starts", lambda: True)
    monkeypatch.setattr(install_browser, "working_browser", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "executable", "python")
    return noted


def test_without_a_browser_playwright_is_tried_then_the_package_manager(monkeypatch, commands, capsys):
    monkeypatch.setattr(install_browser, "package_manager", lambda: "apt-get")
    install_browser.main()
    assert commands == [
        "-m playwright install chromium",
        "apt-get update",
        "apt-get install --yes --no-install-recommends chromium",
    ]
    assert capsys.readouterr().out == (
        "The browser tests need Chrome or Chromium; none was found that starts. Installing one:\n"
        "No browser could be installed, so the browser tests will fail. "
        "Install Chrome or Chromium, or set CHROME to the path of one.\n"
    )


def test_who_is_not_root_installs_with_sudo_that_never_waits_for_a_password(monkeypatch, commands):
    monkeypatch.setattr(install_browser, "package_manager", lambda: "dnf")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    install_browser.main()
    assert commands[1:] == ["sudo --non-interactive dnf install --assumeyes chromium"]


def test_a_driver_that_does_not_start_is_said_after_its_library_was_tried(monkeypatch, commands, capsys):
    monkeypatch.setattr(install_browser, "package_manager", lambda: "apt-get")
    monkeypatch.setattr(install_browser, "driver_starts", lambda: False)
    install_browser.main()
    assert commands == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends libatomic1",
    ]
    assert capsys.readouterr().out == (
        "Playwright's driver does not start; it may lack a library. Installing it:\n"
        "That did not help, so the browser tests will fail. Try: python -m playwright --version\n"
    )


def test_with_a_browser_and_no_fonts_only_fonts_are_installed(monkeypatch, commands, capsys):
    monkeypatch.setattr(install_browser, "working_browser", lambda: Path("/usr/bin/chromium"))
    monkeypatch.setattr(install_browser, "package_manager", lambda: "apt-get")
    monkeypatch.setattr(install_browser, "has_fonts", lambda: False)
    install_browser.main()
    assert commands == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends fonts-dejavu-core",
    ]
    assert capsys.readouterr().out.endswith("The browser tests use /usr/bin/chromium\n")
