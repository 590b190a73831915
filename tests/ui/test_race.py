"""The race in a real browser: it plays, obeys its buttons, and comes to its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.ui.conftest import OpenNotebook
    from tests.ui.notebook_page import NotebookPage

SET_UP = (
    "import mig_explorer as mig\n"
    "from mig_explorer.layouts import preset_layouts\n"
    "gpu = mig.gpu('A100-SXM4-40GB')\n"
    "work = mig.workloads.matmul(size=256, repeats=200)\n"
    "modes = [mig.Monolithic(), mig.Mig(preset_layouts(gpu)['7 × 1g'])]\n"
    "experiment = mig.Experiment(gpu, tenants=mig.tenants(work, 7), modes=modes)"
)
CELLS = [SET_UP, "race = mig.race(experiment)\nrace"]
KILL_A_WORKER = (
    "import threading, psutil\n"
    "race = mig.race(experiment)\n"
    "def kill_one():\n"
    "    while True:\n"
    "        for child in psutil.Process().children(recursive=True):\n"
    "            if any('worker' in part for part in child.cmdline()):\n"
    "                child.kill()\n"
    "                return\n"
    "threading.Thread(target=kill_one, daemon=True).start()\n"
    "race"
)


class Racecourse:
    """The widget in the page."""

    def __init__(self, page: NotebookPage, cell: int = 1) -> None:
        self.page = page
        self.root = page.output(cell).locator(".mig-race")
        self.scrub = self.root.get_by_role("slider", name="Modelled time")
        self.root.locator(".mig-race-plot svg").nth(1).wait_for()

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def pause(self) -> None:
        if self.button("Pause").count():
            self.button("Pause").click()
        self.button("Play").wait_for()

    def state(self) -> dict[str, Any]:
        """Read the playback's moment, the rows in the charts, and whether their views are the first ones."""
        found: dict[str, Any] = self.root.evaluate(
            """root => {
                const plots = [...root.querySelectorAll('.mig-race-plot')];
                const views = root.firstViews ??= plots.map(plot => plot.vegaView);
                return {
                    moment: root.querySelector('.mig-race-scrub').valueAsNumber,
                    seconds: Number(root.querySelector('.mig-race-scrub').dataset.seconds),
                    rows: plots.map(plot => plot.vegaView.data('progress').length),
                    ends: plots.map(plot => plot.vegaView.data('ends').length),
                    sameViews: plots.every((plot, index) => plot.vegaView === views[index]),
                    embeds: plots.map(plot => Number(plot.dataset.embeds)),
                    lit: [...root.querySelectorAll('.mig-race-lane')].map(lane =>
                        [...lane.querySelectorAll('.mig-race-who rect')].filter(r => r.style.fill).length),
                    rates: [...root.querySelectorAll('.mig-race-numbers b:first-child')]
                        .map(number => number.textContent),
                };
            }"""
        )
        return found

    def settled(self) -> dict[str, Any]:
        """Read the state once the charts have drawn what they were asked for."""
        self.page.page.wait_for_timeout(300)
        return self.state()


def rows_known(page: NotebookPage, moments: int) -> list[int]:
    """Count the figures that are known in the first moments of each chart."""
    counts: list[int] = page.python(
        f"[sum(value is not None for values in race.plan['samples'][field] for value in values[:{moments}])"
        " for field in ('throughput', 'p99')]"
    )
    return counts


def opened(
    notebook: OpenNotebook, theme: str = "light", viewport: tuple[int, int] = (1280, 900)
) -> Racecourse:
    page = notebook(CELLS, theme=theme, viewport=viewport)
    page.run_all()
    return Racecourse(page)


@pytest.mark.parametrize(
    ("theme", "viewport"),
    [("light", (1920, 1080)), ("dark", (900, 900))],
)
def test_a_race_plays_to_its_verdict(notebook: OpenNotebook, theme: str, viewport: tuple[int, int]) -> None:
    race = opened(notebook, theme, viewport)
    race.button("normal speed").wait_for()
    race.page.page.wait_for_timeout(4000)
    race.page.screenshot(f"race-{theme}-{viewport[0]}-running", whole=True)
    race.button("four times the speed").click()
    race.button("Replay").nth(1).wait_for()
    race.page.python_until("race.finished")
    verdict = race.root.locator(".mig-race-words")
    assert race.page.python("race.result.verdict.headline") in verdict.inner_text()
    assert "Modelled time; kernels emulated at size 256; seed 7. Shown" in verdict.inner_text()
    badges = race.root.locator(".mig-badge").all_inner_texts()
    assert badges[1:] == [
        "kernels: emulated at size 256, 14 of 14 results correct",
        "seed 7",
        "A100-SXM4-40GB",
    ]
    assert badges[0].startswith("time: modelled, shown ")
    state = race.settled()
    assert state["ends"] == [2, 2]
    assert state["sameViews"]
    assert state["embeds"] == [1, 1]
    table = race.page.python(
        "[f\"{rate:.0f}\" for rate in race.result.table.query(\"tenant == 'all'\")['throughput_per_s']]"
    )
    assert state["rates"] == table
    race.page.screenshot(f"race-{theme}-{viewport[0]}-verdict", whole=True)


def test_pause_step_scrub_and_speed_and_the_charts_follow_without_being_rebuilt(
    notebook: OpenNotebook,
) -> None:
    race = opened(notebook)
    race.page.page.wait_for_timeout(1500)
    race.pause()
    paused = race.settled()
    assert paused["moment"] > 0
    assert all(paused["rows"])
    assert race.settled() == paused
    assert paused["lit"][0] == 15

    race.button("Step to the end of the next request").click()
    stepped = race.settled()
    ends = race.page.python("sorted(t for mode in race.plan['modes'] for t in mode['requests']['finished'])")
    assert stepped["seconds"] == next(end for end in ends if end > paused["seconds"])
    assert race.button("Play").is_visible()

    race.scrub.focus()
    race.page.page.keyboard.press("End")
    end = race.settled()
    assert end["moment"] == 400
    assert end["rows"] == rows_known(race.page, 300)
    assert race.button("Replay").count() >= 1
    race.page.page.keyboard.press("Home")
    start = race.settled()
    assert (start["moment"], start["rows"], start["ends"], start["lit"]) == (0, [0, 0], [0, 0], [15, 14])
    for _ in range(40):
        race.page.page.keyboard.press("ArrowRight")
    tenth = race.settled()
    assert tenth["moment"] == 40
    assert tenth["rows"] == rows_known(race.page, 30)
    assert tenth["sameViews"]
    assert tenth["embeds"] == [1, 1]

    race.button("half the speed").press("Enter")
    assert race.button("half the speed").get_attribute("aria-pressed") == "true"
    assert race.button("normal speed").get_attribute("aria-pressed") == "false"
    assert "shown" in race.root.locator(".mig-badge").first.inner_text()
    assert race.page.page.locator(".jp-Notebook .jp-Cell").count() == len(CELLS)


def test_half_the_speed_is_said_in_the_badge_and_halves_the_pace(notebook: OpenNotebook) -> None:
    race = opened(notebook)
    race.pause()
    words = race.root.locator(".mig-badge").first

    def slower() -> float:
        return float(words.inner_text().split("shown ")[1].split(" times slower")[0].replace(",", ""))

    normal = slower()
    race.button("half the speed").click()
    assert slower() == 2 * normal
    race.button("twice the speed").click()
    assert slower() == normal / 2


def test_a_new_theme_recolours_the_same_charts(notebook: OpenNotebook) -> None:
    race = opened(notebook)
    race.page.page.wait_for_timeout(1500)
    race.pause()

    def label_colour() -> str:
        colour: str = race.root.locator(".mig-race-plot svg .role-axis-label text").first.evaluate(
            "node => getComputedStyle(node).fill"
        )
        return colour

    before, light = race.settled(), label_colour()
    race.page.set_theme("dark")
    after = race.settled()
    assert after == before
    assert light == "rgb(86, 97, 113)"
    assert label_colour() == "rgb(152, 163, 179)"


def test_a_kernel_that_fails_is_named_and_the_others_go_on(notebook: OpenNotebook) -> None:
    page = notebook([SET_UP, KILL_A_WORKER], theme="dark")
    page.run_all()
    race = Racecourse(page)
    page.python_until("race.finished")
    lost = page.python("[(f['tenant'], f['slice']) for f in race.error.failures]")
    assert len(lost) == 1
    alert = race.root.get_by_role("alert").inner_text()
    assert alert.startswith(f"{lost[0][0]} on {lost[0][1]} failed (")
    assert alert.endswith("The other slices were finished, and their rows are kept.")
    assert page.python("(race.result.table.status == 'ok').sum().item()") == 14
    assert page.python("1 + 1") == 2
    page.screenshot("race-failed-dark", whole=True)


def test_two_views_of_one_race_play_apart_and_the_library_is_sent_once(notebook: OpenNotebook) -> None:
    page = notebook([*CELLS, "race"])
    page.run_all()
    first, second = Racecourse(page, 1), Racecourse(page, 2)
    first.pause()
    moment = first.settled()["moment"]
    page.page.wait_for_timeout(1000)
    assert first.settled()["moment"] == moment
    assert second.settled()["moment"] > moment
    page.python_until("race.library == {}")


def test_a_race_waits_for_play_where_motion_is_not_wanted(notebook: OpenNotebook) -> None:
    page = notebook(CELLS)
    page.page.emulate_media(reduced_motion="reduce")
    page.run_all()
    race = Racecourse(page)
    race.button("Play").wait_for()
    assert race.settled()["seconds"] == 0
    race.button("Play").press("Enter")
    race.button("Pause").wait_for()
    page.page.wait_for_timeout(500)
    assert race.settled()["seconds"] > 0
