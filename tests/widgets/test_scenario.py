"""The widget of a scenario: what it tells its page, and when."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from mig_explorer import reports
from mig_explorer.errors import DoesNotFit, InvalidExperiment
from mig_explorer.scenarios import Outcome, Scenario, every
from mig_explorer.widgets.scenario import ScenarioWidget
from tests.widgets.made_up_scenario import MADE_UP, TEXT


@pytest.fixture
def widget() -> ScenarioWidget:
    return ScenarioWidget(MADE_UP)


def say(widget: ScenarioWidget, **message: Any) -> dict[str, Any]:
    """Send what a page would send, and return what it is then shown."""
    widget._hear(message)
    shown: dict[str, Any] = widget.shown
    return shown


def test_nothing_is_worked_out_before_somebody_wants_to_see(widget: ScenarioWidget) -> None:
    def refuse(**_: object) -> Outcome:
        raise AssertionError("it was worked out")

    hidden = ScenarioWidget(
        Scenario("hidden", 9, "Hidden", "Claim.", "What?", ("a", "b"), MADE_UP.controls, refuse)
    )
    assert say(hidden, kind="change", serial=1, change={"users": 3})["problem"] == ""
    assert hidden.shown["found"] is None
    assert hidden.settings["users"] == 3
    assert "10 users" not in json.dumps(widget.shown)
    assert "10 users" not in repr(widget)
    assert "10 users" not in widget._repr_mimebundle_()[0]["image/svg+xml"]  # type: ignore[index]


def test_a_prediction_reveals_and_hiding_forgets(widget: ScenarioWidget) -> None:
    shown = say(widget, kind="predict", serial=1, choice="half")
    assert (shown["prediction"], shown["revealed"]) == ("half", True)
    assert shown["found"]["right_choice"] == "twice"
    assert widget.outcome is not None
    shown = say(widget, kind="hide", serial=2)
    assert (shown["prediction"], shown["revealed"], shown["found"]) == (None, False, None)
    assert "10 users" not in repr(widget)
    assert say(widget, kind="reveal", serial=3)["found"]["answer"] == "yes"
    assert widget.prediction is None


def test_what_was_predicted_must_be_a_choice(widget: ScenarioWidget) -> None:
    with pytest.raises(InvalidExperiment) as refused:
        widget.predict("twise")
    assert str(refused.value) == "made_up has no prediction 'twise'. Nearest: twice."
    assert widget.shown["revealed"] is False
    shown = say(widget, kind="predict", serial=1, choice=["twice"])
    assert shown["problem"].startswith("made_up has no prediction ['twice'].")
    assert shown["revealed"] is False


def test_the_last_good_outcome_stays_and_the_problem_is_said(widget: ScenarioWidget) -> None:
    widget.reveal()
    good = widget.outcome
    shown = say(widget, kind="change", serial=4, change={"users": 11})
    assert shown["problem"] == "11 users do not fit: there is room for 9. Take fewer."
    assert shown["serial"] == 4
    assert shown["settings"]["users"] == 5
    assert shown["found"]["figures"][0]["amount"] == "10 users (7.5 to 12.5)"
    assert widget.outcome is good
    with pytest.raises(DoesNotFit) as refused:
        widget.change(users=11)
    assert str(refused.value) == widget.problem
    widget.change(users=2)
    assert widget.shown["problem"] == ""
    assert widget.shown["found"]["answer"] == "no"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"users": 99}, "users is a whole number from 1 to 12, not 99. For example 5."),
        ({"users": True}, "users is a whole number from 1 to 12, not True. For example 5."),
        ({"board": "A3"}, "board is A100-SXM4-40GB or A30, not 'A3'. Nearest: A30."),
        ({"user": 3}, "made_up has no setting 'user'. Nearest: users."),
        ([1], "The page sent something that is no change of settings: [1]."),
        (None, "The page sent something that is no change of settings: None."),
    ],
)
@pytest.mark.parametrize("revealed", [True, False])
def test_what_cannot_be_set_is_refused_in_words(
    widget: ScenarioWidget, change: object, problem: str, revealed: bool
) -> None:
    if revealed:
        widget.reveal()
    before = dict(widget.settings)
    assert say(widget, kind="change", serial=1, change=change)["problem"] == problem
    assert widget.settings == before


def test_a_scenario_that_breaks_says_so_and_does_not_break_the_page() -> None:
    def broken(**_: object) -> Outcome:
        raise ZeroDivisionError("division by zero")

    widget = ScenarioWidget(Scenario("broken", 9, "Broken", "Claim.", "What?", ("a",), (), broken))
    shown = say(widget, kind="reveal", serial=1)
    assert shown["problem"] == "The scenario broke: ZeroDivisionError: division by zero"
    assert shown["found"] is None
    with pytest.raises(ZeroDivisionError):
        widget.change()


@pytest.mark.parametrize(
    "message", ["", 7, None, {}, {"kind": "other"}, {"kind": ["change"]}, {"serial": True}]
)
def test_strange_messages_change_nothing(widget: ScenarioWidget, message: object) -> None:
    before = widget.shown
    widget._hear(message)
    assert widget.shown == before
    widget.set_state({"shown": {}})
    assert widget.shown == before


def test_the_page_is_told_all_as_json_and_texts_as_they_are(widget: ScenarioWidget) -> None:
    widget.reveal()
    found = json.loads(json.dumps(widget.shown, allow_nan=False))["found"]
    assert found["sign"] == "✓"
    assert found["headline"].endswith("[U+202E]gnp.exe.")
    assert found["texts"] == [{"name": "pods.yaml", "text": TEXT}]
    assert found["figures"][1] == {
        "what": "power of one slice", "amount": "unknown", "kind": "", "source": "nobody published it",
    }  # fmt: skip
    assert [each["heading"] for each in found["sections"]] == [
        "Why", "What this does not show", "What would change the answer", "Sources",
    ]  # fmt: skip
    (table,) = found["tables"]
    assert table["rows"][0] == ["user 0", "1,000"]
    assert table["columns"][1] == {"name": "Latency p99", "unit": "µs", "number": True}
    assert table["notes"] == ["counted"]
    (chart,) = found["charts"]
    assert chart["spec"]["mark"]["color"] == "var(--cool)"


def test_without_a_kernel_there_are_a_picture_and_words(widget: ScenarioWidget) -> None:
    bundle = widget._repr_mimebundle_()
    assert bundle is not None
    assert bundle[0]["text/plain"].splitlines() == [
        "8. Made up",
        "Users: 5",
        "GPU: A30",
        "Load: 1.0 requests/s",
        "Claim: Twice as many is more.",
        "Predict: How many times as many?",
        "- half",
        "- twice",
    ]
    widget.predict("twice")
    bundle = widget._repr_mimebundle_()
    assert bundle is not None
    picture = ET.fromstring(bundle[0]["image/svg+xml"])
    said = " ".join(each.text or "" for each in picture.iter("{http://www.w3.org/2000/svg}text"))
    assert "✓ Yes" in said
    assert "users times two: 10 users (7.5 to 12.5); counted, A30, seed 7" in said
    assert "What this does not show: It is made up." in said
    assert "Verdict: yes." in bundle[0]["text/plain"]


def test_a_report_goes_to_the_page_as_bytes(widget: ScenarioWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[object, object]] = []
    monkeypatch.setattr(widget, "send", lambda content, buffers=None: sent.append((content, buffers)))
    drawn = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    monkeypatch.setattr("mig_explorer.charts.vega.svgs", lambda specs: [drawn] * len(specs))
    say(widget, kind="report")
    assert sent == []
    widget.reveal()
    say(widget, kind="report")
    ((content, buffers),) = sent
    assert content == {"kind": "report", "name": "made_up.html"}
    assert isinstance(buffers, list)
    assert buffers[0].startswith(b"<!DOCTYPE html>")

    def fail(_: object) -> bytes:
        raise RuntimeError("vl-convert could not make the chart: no")

    monkeypatch.setattr("mig_explorer.reports.html", fail)
    say(widget, kind="report")
    words = "vl-convert could not make the chart: no"
    assert sent[-1][0] == {"kind": "report", "name": "made_up.html", "problem": words}


@pytest.mark.parametrize("make", every().values(), ids=every())
def test_every_scenario_of_this_package_can_be_shown_and_reported(
    make: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    monkeypatch.setattr("mig_explorer.charts.vega.svgs", lambda specs: [drawn] * len(specs))
    widget = ScenarioWidget(make)
    widget.reveal()
    json.dumps(widget.shown, allow_nan=False)
    assert widget.shown["problem"] == ""
    assert widget.shown["found"]["figures"]
    assert widget.outcome is not None
    assert f"{make.number}. {make.title}" in reports.html(widget.outcome).decode()
