"""The report of a kernel in JupyterLab: what it shows, keys, both themes, axe-core's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.ui.test_accessibility import violations

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.ui.conftest import OpenNotebook
    from tests.ui.notebook_page import NotebookPage

SHOW = """from mig_explorer.emulator.counts import counted
from mig_explorer.widgets.kernel_report import kernel_report
from mig_explorer.workloads import {name}
work = {name}(size=64)
emulation = counted(work.kernel)[work.launch.grid, work.launch.block](*work.inputs(seed=7))
shown = kernel_report(emulation)
shown"""
FINDING = """from mig_explorer.emulator.compiler.build_report import report_of
class Said(str):
    line = work.kernel.py_func.__code__.co_firstlineno + 5
kernel_report(report_of(work.kernel, findings=[Said("a < b & c: 'no such element'")]))"""
TILED = SHOW.format(name="transpose_tiled")
NAIVE = SHOW.format(name="transpose_naive")


def opened(notebook: OpenNotebook, *cells: str, theme: str) -> tuple[NotebookPage, list[Locator]]:
    page = notebook(list(cells), theme=theme)
    page.run_all()
    reports = [page.output(cell).locator(".mig-report") for cell in range(len(cells))]
    for report in reports:
        report.wait_for()
    return page, reports


def test_a_transpose_waits_at_one_bank(notebook: OpenNotebook) -> None:
    page, [report] = opened(notebook, TILED, theme="light")
    expect(report.get_by_role("heading", name="transpose_tiled_kernel")).to_be_visible()
    measure = report.get_by_role("combobox", name="colour by")
    assert measure.locator("option").all_inner_texts() == page.python(
        "[each['name'] for each in shown.content['measures']]"
    )
    measure.select_option("shared memory: bank conflicts")
    chosen = report.locator("tr.chosen")
    expect(chosen).to_contain_text("transposed[row + down, column] = tile[x, y + down]")
    expect(chosen).to_contain_text("3,968")
    details = report.get_by_role("group", name="The chosen line")
    expect(details).to_contain_text("of these for bank conflicts3,968")
    pictures = details.get_by_role("img")
    assert [picture.get_attribute("aria-label") for picture in pictures.all()] == [
        "tile: 32 lanes of a warp read shared memory; the busiest bank gives 32 words, one a turn.",
        "transposed: 32 lanes of a warp write 128 bytes of 4 sectors (100 % of 128 bytes).",
    ]
    assert pictures.first.locator("rect.again").count() == 31
    page.screenshot("report-light", report, whole=True)
    assert violations(page, ".mig-report") == []

    report.evaluate("root => { root.style.width = '420px'; }")
    page.screenshot("report-narrow", report, whole=True)
    assert violations(page, ".mig-report") == []
    report.evaluate("root => { root.style.width = ''; }")

    lines = report.locator("button.mig-report-line")
    lines.first.focus()
    page.page.keyboard.press("ArrowDown")
    expect(lines.nth(1)).to_be_focused()
    page.page.keyboard.press("Enter")
    expect(lines.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(lines.last).to_have_attribute("aria-pressed", "false")
    expect(details).to_contain_text(f"Line {lines.nth(1).inner_text()}")
    page.page.keyboard.press("ArrowUp")
    page.page.keyboard.press("ArrowUp")
    expect(lines.first).to_be_focused()

    table = report.get_by_role("group", name="Waves on A100-SXM4-40GB")
    rows = [row.split("\t") for row in table.get_by_role("row").all_inner_texts()]
    expected = page.python(
        "[[row['name'], row['sms'], row['waves']] for row in shown.content['slices'][0]['slices']]"
    )
    assert [[name, int(sms), int(waves)] for name, sms, _, waves, *_ in rows[1:]] == expected
    unknown = "{**row, 'sms': None, 'blocks_at_once': None, 'waves': None, 'last_wave_share': None}"
    page.python(
        "None",
        after="import copy\nchanged = copy.deepcopy(shown.content)\n"
        f"changed['slices'][0]['slices'] = [{unknown} for row in changed['slices'][0]['slices'][:1]]\n"
        "shown.content = changed",
    )
    expect(table.get_by_role("row")).to_have_count(2)
    assert table.get_by_role("row").nth(1).inner_text().split("\t")[1:6] == ["unknown"] * 3 + ["4", "unknown"]


def test_scattered_writes_and_findings_in_the_dark(notebook: OpenNotebook) -> None:
    page, [report, with_finding] = opened(notebook, NAIVE, FINDING, theme="dark")
    measure = report.get_by_role("combobox", name="colour by")
    measure.select_option("global memory: sectors more than needed")
    scattered = report.get_by_role("img", name="transposed: 32 lanes")
    expect(scattered).to_have_attribute(
        "aria-label", "transposed: 32 lanes of a warp write 128 bytes of 32 sectors (12.5 % of 1,024 bytes)."
    )
    assert (scattered.locator("rect.target").count(), scattered.locator("line").count()) == (32, 32)
    page.screenshot("report-scattered-dark", report, whole=True)

    expect(with_finding.locator(".mig-badge.mig-report-bad")).to_have_text("1 finding")
    expect(with_finding.locator("tr .mig-report-finding")).to_have_text("! a < b & c: 'no such element'")
    details = with_finding.get_by_role("group", name="The chosen line")
    expect(details.locator(".mig-report-finding")).to_have_text("a < b & c: 'no such element'")
    page.screenshot("report-finding-dark", with_finding)
    assert violations(page, ".mig-report") == []
