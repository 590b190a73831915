"""The notebooks of the scenarios in the browser: they run to their verdict, and their dashboard stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mig_explorer import scenarios
from mig_explorer.scenarios.verdict import ANSWERS

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
SCENARIOS = {each.name: f"{10 + each.number}_{each.name}.ipynb" for each in scenarios.every().values()}


def test_each_scenario_has_its_notebook_and_few_cells() -> None:
    found = {path.name: path for path in NOTEBOOKS.glob("1?_*.ipynb")}
    assert sorted(found) == sorted(SCENARIOS.values())
    counts = {
        name: len(json.loads(path.read_text(encoding="utf-8"))["cells"]) for name, path in found.items()
    }
    assert {name: count for name, count in counts.items() if count >= 25} == {}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_runs_to_its_verdict(notebook: OpenNotebook, name: str) -> None:
    page = notebook(NOTEBOOKS / SCENARIOS[name])
    page.run_all(150)
    dashboard = page.page.locator(".mig-dashboard")
    dashboard.wait_for()
    cells = json.loads((NOTEBOOKS / SCENARIOS[name]).read_text(encoding="utf-8"))["cells"]
    outputs = [output for index in range(len(cells)) for output in page.outputs(index)]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    last = page.output(len(cells) - 1).inner_text()
    assert any(f"Verdict: {answer}." in last for answer in ANSWERS)
    page.screenshot(f"scenario-{name}", whole=True)
