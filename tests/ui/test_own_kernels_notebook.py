"""The notebook on one's own kernels in the browser: its findings and its reports are on the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ui.test_accessibility import violations
from tests.ui.test_start_notebook import spills

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "01_your_own_kernels.ipynb"


def test_it_finds_the_planted_faults_and_shows_two_reports(notebook: OpenNotebook) -> None:
    page = notebook(NOTEBOOK, theme="light")
    # One by one: running all of them may be called done at the first cell that raises.
    for index, cell in enumerate(json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            page.run_cell(index, 120, expect_errors=True)
    headings = [error.partition("\n")[0].partition(": ")[2] for error in page.errors()]
    assert headings == [
        "KernelFault: saxpy_without_guard: 3 faults found.",
        "KernelFault: count_positive: 1 fault found.",
        "KernelFault: reverse_first_half: 1 fault found.",
    ]
    assert page.python("(count.item(), out[0].item())") == [5000, 5]
    reports = page.page.locator(".mig-report")
    reports.nth(1).wait_for()
    assert [name.strip() for name in reports.locator("h1").all_inner_texts()] == [
        "transpose_naive_kernel",
        "transpose_padded_kernel",
    ]
    for theme in ("light", "dark"):
        page.set_theme(theme)
        page.screenshot(f"own-kernels-{theme}-whole", whole=True)
        for index, report in enumerate(reports.all()):
            report.scroll_into_view_if_needed()
            page.screenshot(f"own-kernels-{theme}-report-{index}", report, whole=True)
            if theme == "light":
                assert spills(report) == []
    assert violations(page, ".mig-report") == []
