import copy
import math

import pytest

from mig_explorer.errors import InvalidExperiment, TraceCorrupted
from mig_explorer.widgets.race_events import SLICE_FIELDS, RaceEvents
from tests.widgets.recorded_race import recorded_events

EVENTS = recorded_events(tenants=2, seconds=0.01)
REQUEST = next(n for n, event in enumerate(EVENTS) if event["kind"] == "request")
MODE = 1
KINDS = (
    "Event 3 of the race is of kind 'lap'. Kinds are: experiment, mode, request, kernel-started, "
    "kernel-checked, kernel-failed, finished."
)


def refusal_of(number: int, **changes: object) -> str:
    events = RaceEvents()
    for event in EVENTS[:number]:
        events.add(event)
    changed = copy.deepcopy(EVENTS[number]) | changes
    with pytest.raises(TraceCorrupted) as caught:
        events.add({name: value for name, value in changed.items() if value is not KeyError})
    assert len(events.all) == number
    return str(caught.value)


def test_the_events_of_an_experiment_are_taken():
    events = RaceEvents()
    for event in EVENTS:
        events.add(event)
    assert list(events.modes) == ["monolithic", "mig-7-1g-5gb"]
    assert sum(map(len, events.requests.values())) == sum(event["kind"] == "request" for event in EVENTS)


@pytest.mark.parametrize(
    ("number", "changes", "words"),
    [
        (0, {"kind": "mode"}, "Event 0 of the race (mode) has no 'mode'."),
        (
            0,
            {"seconds": math.nan},
            "Event 0 of the race (experiment) has seconds=nan, and a race takes some time.",
        ),
        (0, {"seed": True}, "Event 0 of the race (experiment) has seed=True, which is a bool."),
        (0, {"tenants": [{"name": 3}]}, "Event 0 of the race (experiment) has a tenant without a name."),
        (0, {"tenants": []}, "Event 0 of the race (experiment) has no tenants or no sharing modes."),
        (MODE, {"slices": KeyError}, "Event 1 of the race (mode) has no 'slices'."),
        (MODE, {"slices": []}, "Event 1 of the race (mode) gives the mode 'monolithic' no slices."),
        (
            MODE,
            {"slices": [{"name": "whole GPU"}]},
            "Event 1 of the race (mode) has a slice without one of " + ", ".join(SLICE_FIELDS) + ".",
        ),
        (
            MODE,
            {"mode": "mps"},
            "Event 1 of the race (mode) is of the mode 'mps', which the experiment does not name.",
        ),
        (REQUEST, {"finished": KeyError}, "Event 3 of the race (request) has no 'finished'."),
        (REQUEST, {"finished": "soon"}, "Event 3 of the race (request) has finished='soon', which is a str."),
        (
            REQUEST,
            {"arrived": 0.0, "started": 2.0, "finished": 1.0},
            "Event 3 of the race (request) runs backwards: arrived 0.0, started 2.0, finished 1.0 s.",
        ),
        (
            REQUEST,
            {"arrived": 0.0, "started": 0.0, "finished": math.inf},
            "Event 3 of the race (request) runs backwards: arrived 0.0, started 0.0, finished inf s.",
        ),
        (REQUEST, {"tenant": "nobody"}, "Event 3 of the race (request) is of 'nobody', who is not a tenant."),
        (
            REQUEST,
            {"slice": "9g"},
            "Event 3 of the race (request) is on '9g', which is no slice of monolithic.",
        ),
        (
            REQUEST,
            {"mode": "mps"},
            "Event 3 of the race (request) is of the mode 'mps', which has not begun.",
        ),
        (
            REQUEST,
            {"kind": "lap"},
            KINDS,
        ),
    ],
)
def test_an_event_that_cannot_follow_is_refused_in_words(number: int, changes: dict[str, object], words: str):
    assert refusal_of(number, **changes) == words


def test_what_is_not_an_event_is_refused():
    with pytest.raises(TraceCorrupted, match=r"^Event 0 of the race is a list, not a dict\.$"):
        RaceEvents().add([])


def test_a_race_has_one_experiment_and_begins_with_it():
    order = "is out of order: a race begins with one experiment, and has no other."
    events = RaceEvents()
    with pytest.raises(TraceCorrupted, match=rf"^Event 0 of the race \(mode\) {order}$"):
        events.add(EVENTS[1])
    events.add(EVENTS[0])
    with pytest.raises(TraceCorrupted, match=rf"^Event 1 of the race \(experiment\) {order}$"):
        events.add(EVENTS[0])


UNDRAWN = {
    "requests": (
        "A race draws every request, and this run has so many that they are kept as columns. Give the "
        "experiment fewer seconds or fewer requests; or run it without the race, and see .table and "
        ".over_time."
    ),
    "layout-changed": (
        "A race does not draw a layout that changes in the middle of a run. Leave changes out; or run the "
        "experiment without the race, and see .table and .over_time."
    ),
}


@pytest.mark.parametrize("kind", UNDRAWN)
def test_a_run_that_cannot_be_drawn_is_refused_with_a_way_out(kind: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        RaceEvents().add({"kind": kind, "mode": "mig"})
    assert str(caught.value) == UNDRAWN[kind]
