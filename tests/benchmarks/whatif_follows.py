"""How soon the charts of the what-if follow its sliders, from the input event to the painted frame."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import nbformat

from tests.benchmarks.served import VIEWPORT, lab_and_browser
from tests.ui.notebook_page import NotebookPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.ui.lab_server import LabServer

MOVES = 24
GOAL_MS = 100
CELL = "from mig_explorer.widgets.whatif import whatif\nwhatif()"
SLIDERS = {"Tenants": "ArrowLeft", "Load": "ArrowLeft", "Batch": "ArrowRight"}

# A chart has followed when it shows what answers the event, drawn anew or as it was, and a frame has passed.
WATCH = """() => {
    window.migWaits = [];
    const plots = [...document.querySelectorAll('.mig-whatif-plot')];
    let moved = null, waiting = new Set(), seen = {};
    document.querySelector('.mig-whatif').addEventListener('input', event => {
        moved = event.timeStamp; seen = {}; waiting = new Set(plots);
    }, { capture: true });
    const observer = new MutationObserver(changes => {
        for (const { target } of changes) {
            if (moved === null || !waiting.delete(target)) continue;
            const since = moved, last = waiting.size === 0, found = seen;
            requestAnimationFrame(() => setTimeout(() => {
                found[target.dataset.chart] = performance.now() - since;
                if (last) { window.migWaits.push(found); moved = null; }
            }));
        }
    });
    for (const plot of plots) observer.observe(plot, { attributes: true, attributeFilter: ['data-serial'] });
}"""


def follow(page: NotebookPage, slider: str, key: str) -> list[dict[str, float]]:
    """Move a slider step by step to and fro; return the milliseconds until each chart was painted."""
    page.page.evaluate("() => { window.migWaits = []; }")
    handle = page.page.get_by_role("slider", name=slider)
    handle.focus()
    other = {"ArrowLeft": "ArrowRight", "ArrowRight": "ArrowLeft"}[key]
    for count in range(1, MOVES + 1):
        page.page.keyboard.press(key if (count - 1) // 3 % 2 == 0 else other)
        page.page.wait_for_function("count => window.migWaits.length === count", arg=count)
    waits: list[dict[str, float]] = page.page.evaluate("() => window.migWaits")
    return waits


def report(slider: str, waits: list[dict[str, float]]) -> None:
    charts = sorted(waits[0])
    medians = {chart: statistics.median(wait[chart] for wait in waits) for chart in charts}
    but_last = sorted(max(ms for chart, ms in wait.items() if chart != "frontier") for wait in waits)
    every = sorted(max(wait.values()) for wait in waits)
    each = ", ".join(f"{chart} {ms:.0f}" for chart, ms in medians.items())
    print(
        f"what-if, {slider.lower()}: all charts but the frontier in {statistics.median(but_last):.0f} ms "
        f"(95th percentile {but_last[int(0.95 * len(waits))]:.0f}), all five in "
        f"{statistics.median(every):.0f} ms ({every[int(0.95 * len(waits))]:.0f}); medians: {each}"
        f"   goal {GOAL_MS} ms"
    )


def opened(server: LabServer, browser: Browser) -> NotebookPage:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, server.notebooks / "whatif.ipynb")
    page = NotebookPage(browser, server, "whatif.ipynb", "light", VIEWPORT)
    page.run_all()
    page.page.locator(".mig-whatif-plot svg.marks").nth(4).wait_for(state="attached")
    return page


def main() -> None:
    with lab_and_browser() as (server, browser):
        page = opened(server, browser)
        try:
            page.page.evaluate(WATCH)
            for slider, key in SLIDERS.items():
                report(slider, follow(page, slider, key))
        finally:
            page.close()


if __name__ == "__main__":
    main()
