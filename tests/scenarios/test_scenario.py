from dataclasses import replace

import pandas as pd
import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.scenarios.controls import Choice, Number
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.scenario import Outcome, Scenario
from mig_explorer.scenarios.verdict import ClaimVerdict


def made_up(right="two", keys=("b", "a")):
    def study(gpu, jobs):
        figure = Figure("jobs", jobs, "jobs", "counted", gpu)
        return Outcome(
            ClaimVerdict("Two is enough.", "yes", f"{jobs} on {gpu}.", [figure], limits=["Made up."]),
            right,
            "Because.",
            {key: pd.DataFrame() for key in keys},
            {},
        )

    controls = (Choice("gpu", "GPU", ("A30", "GB10"), "A30"), Number("jobs", "Jobs", 1, 4, 2))
    return Scenario("seats", 9, "Seats", "Two is enough.", "How many?", ("one", "two"), controls, study)


def test_what_is_not_turned_stands_as_at_first():
    assert made_up().defaults == {"gpu": "A30", "jobs": 2}
    assert made_up()().settings == {"gpu": "A30", "jobs": 2}
    assert made_up()(jobs=4).settings == {"gpu": "A30", "jobs": 4}
    assert made_up()(gpu="GB10").verdict.headline == "2 on GB10."


def test_an_outcome_says_what_was_asked_and_answered():
    found = made_up()(jobs=3)
    assert found.scenario == "seats"
    assert repr(found) == "<seats(gpu='A30', jobs=3): yes. 3 on A30.>"
    assert repr(made_up()) == "<Scenario 9, seats: Two is enough.>"


def test_an_outcome_keeps_the_order_and_cannot_be_changed():
    found = made_up()()
    assert list(found.tables) == ["b", "a"]
    for held in (found.tables, found.charts, found.results, found.texts, found.settings):
        with pytest.raises(TypeError):
            held["new"] = 1


def test_a_setting_that_is_not_there_is_refused_by_name():
    with pytest.raises(InvalidExperiment) as refused:
        made_up()(job=3)
    assert str(refused.value) == "seats has no setting 'job'. Nearest: jobs."


def test_a_value_out_of_range_is_refused_before_anything_is_worked_out():
    with pytest.raises(InvalidExperiment) as refused:
        made_up()(jobs=5)
    assert str(refused.value) == "jobs is a whole number from 1 to 4, not 5. For example 2."


def test_a_study_must_name_one_of_the_predictions():
    with pytest.raises(InvalidExperiment) as refused:
        made_up(right="three")()
    assert str(refused.value) == "seats: the right prediction 'three' is none of its choices: one, two."


def test_the_checked_value_is_what_a_study_gets():
    seen = {}

    def study(**settings):
        seen.update(settings)
        return made_up().study(**settings)

    replace(made_up(), study=study)(jobs=1, gpu="GB10")
    assert seen == {"gpu": "GB10", "jobs": 1}
