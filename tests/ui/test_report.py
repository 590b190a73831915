"""A report in a browser: its policy holds, nothing is asked for, it fits its page, axe-core is content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from mig_explorer import reports
from tests.widgets.made_up_scenario import MADE_UP, hostile_experiment

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outcome = MADE_UP()
    object.__setattr__(outcome, "results", {"two tenants": hostile_experiment().modelled()})
    return reports.write(outcome, tmp_path_factory.mktemp("report") / "report.html")


@pytest.mark.parametrize(
    ("scheme", "medium", "width"),
    [("dark", "screen", 600), ("light", "print", 794)],
)
def test_it_reads_well_everywhere(
    browser: Browser,
    report: Path,
    scheme: Literal["light", "dark"],
    medium: Literal["screen", "print"],
    width: int,
) -> None:
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.emulate_media(media=medium, color_scheme=scheme)
    page.goto(report.as_uri())
    assert said == [report.as_uri()], "it asked for something, or the policy refused something of its own"
    found = Axe().run(page).response
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(17, 20, 24)" if scheme == "dark" else "rgb(255, 255, 255)")
    line = page.locator("svg line, svg path").first
    assert line.evaluate("node => getComputedStyle(node).fill") != ""
    page.context.close()
