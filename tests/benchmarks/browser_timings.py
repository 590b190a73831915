"""What a person waits for: a click until the board is repainted, Run All until the first chart."""

from __future__ import annotations

import shutil
import statistics
from typing import TYPE_CHECKING

from tests.benchmarks.served import lab_and_browser, start_notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.ui.lab_server import LabServer
    from tests.ui.notebook_page import NotebookPage

CLICKS = 50
RUNS = 3
GOAL_FIRST_CHART_SECONDS = 5.0
EXPLORER_CELL = 3

# From the moment the browser's input event carries, through the kernel, to the frame that shows the change.
WATCH_CLICKS = """() => {
    window.migWaits = [];
    const board = document.querySelector('.mig-explorer');
    let clicked = null;
    const note = event => { if (event.target.closest('[role=gridcell]')) clicked = event.timeStamp; };
    board.addEventListener('click', note, { capture: true });
    let blocks = board.querySelectorAll('.mig-block').length;
    new MutationObserver(() => {
        const now = board.querySelectorAll('.mig-block').length;
        if (now === blocks || clicked === null) return;
        blocks = now;
        const since = clicked;
        clicked = null;
        requestAnimationFrame(() => setTimeout(() => window.migWaits.push(performance.now() - since)));
    }).observe(board, { childList: true, subtree: true });
}"""

WATCH_RUN_ALL = """seen => {
    const began = performance.now();
    window.migSeen = {};
    const look = () => {
        for (const [name, selector] of Object.entries(seen))
            if (!(name in window.migSeen) && document.querySelector(selector))
                window.migSeen[name] = (performance.now() - began) / 1000;
        if (Object.keys(window.migSeen).length < Object.keys(seen).length) requestAnimationFrame(look);
    };
    look();
    void window.jupyterapp.commands.execute('notebook:run-all-cells');
}"""
MOMENTS = {
    "layout board": ".mig-explorer .mig-block, .mig-explorer [role=gridcell]",
    "race lanes": ".mig-race .mig-race-canvas",
    "first chart": ".mig-race-plot canvas, .mig-race-plot svg",
}


def click_waits(page: NotebookPage) -> list[float]:
    """Place and remove by click in turn; return the milliseconds of each."""
    for index in range(1, EXPLORER_CELL + 1, 2):
        page.run_cell(index)
    first = page.output(EXPLORER_CELL).get_by_role("gridcell").first
    first.wait_for()
    page.page.evaluate(WATCH_CLICKS)
    for count in range(1, CLICKS + 1):
        first.click()
        page.page.wait_for_function("count => window.migWaits.length === count", arg=count)
    waits: list[float] = page.page.evaluate("() => window.migWaits")
    return sorted(waits)


def run_all_moments(server: LabServer, browser: Browser) -> dict[str, float]:
    """Run the whole notebook; return the seconds until each thing was first on the page."""
    with start_notebook(server, browser) as page:
        page.page.evaluate(WATCH_RUN_ALL, MOMENTS)
        page.page.wait_for_function(
            "count => Object.keys(window.migSeen).length === count", arg=len(MOMENTS), timeout=120_000
        )
        seen: dict[str, float] = page.page.evaluate("() => window.migSeen")
        page.wait_idle()
    return seen


def main() -> None:
    with lab_and_browser() as (server, browser):
        with start_notebook(server, browser) as page:
            waits = click_waits(page)
        print(
            f"click to repaint: median of {CLICKS} {statistics.median(waits):.0f} ms, "
            f"95th percentile {waits[int(0.95 * CLICKS)]:.0f} ms"
        )
        shutil.rmtree(server.folder / "cache", ignore_errors=True)
        cold = run_all_moments(server, browser)
        warm = [run_all_moments(server, browser) for _ in range(RUNS)]
    for name in MOMENTS:
        goal = f"   goal {GOAL_FIRST_CHART_SECONDS:.0f} s" if name == "first chart" else ""
        first, again = cold[name], statistics.median(run[name] for run in warm)
        print(
            f"Run All to {name:<13} {first:5.1f} s with empty caches, "
            f"then median of {RUNS} {again:.1f} s{goal}"
        )


if __name__ == "__main__":
    main()
