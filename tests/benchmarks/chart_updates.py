"""How often the live charts of a race are drawn anew: 7 series of 300 points, played in JupyterLab.

At normal speed a race of 300 points and 12 seconds asks for 25 updates a second; at four times the speed
it asks for one a frame, and what is then drawn is the most this machine can.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from tests.benchmarks.served import VIEWPORT, lab_and_browser
from tests.ui.notebook_page import NotebookPage

ROOT = Path(__file__).resolve().parents[2]
SERIES = 7
SPEEDS = {"normal speed": 7.0, "four times the speed": 2.5}
CELL = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from mig_explorer.widgets.race import Race
from tests.widgets.recorded_race import RecordedExperiment, recorded_events
modes = ["monolithic", *(f"way {{number}}" for number in range(2, {SERIES + 1}))]
race = Race(RecordedExperiment(recorded_events(modes=modes)), "unused")
race
"""

# Frames are counted beside the updates: without a graphics card the browser may not give sixty a second.
WATCH = """seconds => new Promise(resolve => {
    const plots = [...document.querySelectorAll('.mig-race-plot')];
    const updates = () => plots.map(plot => Number(plot.dataset.updates));
    const before = updates(), began = performance.now();
    let frames = 0;
    const frame = now => {
        frames += 1;
        if (now - began < 1000 * seconds) { requestAnimationFrame(frame); return; }
        const passed = (performance.now() - began) / 1000;
        resolve({
            charts: updates().map((count, index) => (count - before[index]) / passed),
            frames: frames / passed,
            rows: plots.map(plot => plot.vegaView.data('progress').length),
            heap: (performance.memory?.usedJSHeapSize ?? NaN) / 1e6,
        });
    };
    requestAnimationFrame(frame);
})"""


def main() -> None:
    with lab_and_browser() as (server, browser):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(notebook, server.notebooks / "charts.ipynb")
        page = NotebookPage(browser, server, "charts.ipynb", "light", VIEWPORT)
        try:
            page.run_all()
            page.page.locator(".mig-race-plot svg").nth(1).wait_for()
            for speed, seconds in SPEEDS.items():
                page.page.get_by_role("slider", name="Modelled time").press("Home")
                page.page.get_by_role("button", name=speed, exact=True).click()
                page.page.get_by_role("button", name="Play", exact=True).click()
                report(speed, page.page.evaluate(WATCH, seconds))
        finally:
            page.close()


def report(speed: str, seen: dict[str, Any]) -> None:
    throughput, latency = seen["charts"]
    print(
        f"{SERIES} series of 300 points, {SERIES} lanes, {speed}: "
        f"the two charts {throughput:.0f} and {latency:.0f} updates/s of {seen['frames']:.0f} frames/s; "
        f"{seen['rows'][0]} rows, JS heap {seen['heap']:.0f} MB"
    )


if __name__ == "__main__":
    main()
