"""The notebook on the model's accuracy in the browser: its charts and its misses are on the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "model_accuracy.ipynb"


def test_it_shows_predicted_against_published_misses_included(notebook: OpenNotebook) -> None:
    page = notebook(NOTEBOOK)
    page.run_all(120)
    charts = page.page.locator(".jp-RenderedSVG")
    charts.nth(1).wait_for()
    assert [chart.evaluate("each => each.scrollWidth - each.clientWidth") for chart in charts.all()] == [0, 0]
    assert page.page.locator("table.dataframe").count() == 2
    assert page.page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    last = page.output(len(cells) - 1).inner_text()
    assert "published: 114 ms" in last
    page.screenshot("model-accuracy", whole=True)
