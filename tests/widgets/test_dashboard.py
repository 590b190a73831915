"""The dashboard: tabs that are made when they are opened, and what one hands to the next."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Experiment
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout
from mig_explorer.widgets import dashboard as module
from mig_explorer.widgets import dashboard_race
from mig_explorer.widgets.dashboard import Dashboard, dashboard
from tests.widgets.made_up_scenario import MADE_UP


class Raced:
    """A race that costs no time."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.closed = False
        self.model_id = "raced"

    def close(self) -> None:
        self.closed = True

    def _repr_mimebundle_(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"image/svg+xml": "<svg/>"}, {}


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    monkeypatch.setattr(module, "race", Raced)
    return Dashboard({"made_up": MADE_UP}, "made_up")


def test_a_tab_is_made_when_it_is_opened_and_stays(shown: Dashboard) -> None:
    assert list(shown.panels) == ["made_up"]
    first = shown.panels["made_up"]
    shown._hear({"kind": "open", "tab": "whatif"})
    assert list(shown.panels) == ["made_up", "whatif"]
    assert shown.shown["chosen"] == "whatif"
    shown._hear({"kind": "open", "tab": "made_up"})
    assert shown.scenario("made_up") is first
    shown._hear({"kind": "open", "tab": "race"})
    assert list(shown.panels) == ["made_up", "whatif"]
    assert shown.race is None


def test_the_page_has_references_to_the_widgets_and_not_the_widgets(shown: Dashboard) -> None:
    state = json.loads(json.dumps(shown.get_state(["panels"])))
    assert state == {"panels": {"made_up": f"IPY_MODEL_{shown.scenario('made_up').model_id}"}}


def test_the_plan_names_every_tab(shown: Dashboard) -> None:
    assert [each["title"] for each in shown.plan["tools"]] == ["Explorer", "Race", "What if"]
    assert shown.plan["scenarios"] == [{"key": "made_up", "title": "Made up", "number": 8}]
    assert shown.plan["race"] == dashboard_race.about()


def test_a_layout_goes_from_the_explorer_to_the_whatif(shown: Dashboard) -> None:
    shown._hear({"kind": "layout-to-whatif"})
    words = (
        "The explorer's A100-SXM4-40GB holds nothing yet. Place a GPU instance first, then hand the layout "
        "over."
    )
    assert shown.shown["problem"] == words
    assert shown.shown["chosen"] == "made_up"
    shown.explorer.layout = shown.explorer.layout.place("4g.20gb").place("3g.20gb")
    shown._hear({"kind": "layout-to-whatif"})
    assert shown.shown["problem"] == ""
    assert shown.shown["chosen"] == "whatif"
    assert str(shown.whatif.settings.layout) == "4g.20gb@0 3g.20gb@4"


def test_a_board_without_mig_goes_over_too(shown: Dashboard) -> None:
    shown.explorer.layout = Layout(gpu("GB10"))
    shown.layout_to_whatif()
    assert shown.whatif.settings.gpu.name == "GB10"


def test_races_follow_one_another_and_the_earlier_is_closed(shown: Dashboard) -> None:
    shown._hear({"kind": "race"})
    first: Any = shown.race
    assert [mode.title for mode in first.experiment.modes] == ["Monolithic", "MIG 7 × 1g.5gb"]
    assert shown.shown["chosen"] == "race"
    shown.whatif.change(tenants=3)
    shown._hear({"kind": "race-whatif"})
    second: Any = shown.race
    assert first.closed
    assert not second.closed
    assert len(second.experiment.tenants) == 3


def test_what_cannot_be_raced_is_said_and_the_race_before_stays(shown: Dashboard) -> None:
    shown._hear({"kind": "race"})
    before = shown.race
    shown.whatif.change(modes=[])
    shown._hear({"kind": "race-whatif"})
    with pytest.raises(InvalidExperiment) as refused:
        _ = shown.whatif.experiment
    assert shown.shown["problem"] == " ".join(str(refused.value).split())
    assert shown.race is before


def test_what_breaks_is_said_too(shown: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(module, "race", broken)
    shown._hear({"kind": "race"})
    assert shown.shown["problem"] == "That did not work: OSError: no room"


@pytest.mark.parametrize("message", ["", None, [], {}, {"kind": 7}, {"kind": ["open"]}])
def test_strange_messages_change_nothing(shown: Dashboard, message: object) -> None:
    shown._hear(message)
    assert (shown.shown["chosen"], shown.shown["problem"]) == ("made_up", "")
    shown.set_state({"panels": {}})
    assert list(shown.panels) == ["made_up"]


def test_there_is_no_other_tab(shown: Dashboard) -> None:
    shown._hear({"kind": "open", "tab": "explore"})
    assert shown.shown["problem"] == "The dashboard has no tab 'explore'. Nearest: explorer."
    with pytest.raises(InvalidExperiment) as refused:
        shown.scenario("explorer")
    assert str(refused.value) == "The dashboard has no tab 'explorer'. Known: made_up."


def test_it_opens_with_a_scenario_by_name_or_with_one_of_ones_own() -> None:
    assert dashboard("utilisation").chosen == "utilisation"
    own = dashboard(MADE_UP)
    assert own.chosen == "made_up"
    assert own.plan["scenarios"][-1]["key"] == "made_up"
    with pytest.raises(InvalidExperiment) as refused:
        dashboard("againt_spark")
    assert str(refused.value) == "there is no scenario 'againt_spark'. Nearest: against_spark."
    with pytest.raises(TypeError) as wrong:
        dashboard(7)  # type: ignore[arg-type]
    words = (
        "dashboard takes the name of a scenario, such as mig.dashboard('utilisation'), or a Scenario, not 7."
    )
    assert str(wrong.value) == words


def test_without_a_kernel_the_open_tab_is_still_seen(shown: Dashboard) -> None:
    bundle = shown._repr_mimebundle_()
    assert bundle is not None
    assert bundle[0]["image/svg+xml"].startswith("<svg")
    assert bundle[0]["text/plain"].splitlines()[:2] == [
        "<Dashboard, on made_up; tabs: explorer, race, whatif, made_up>",
        "8. Made up",
    ]
