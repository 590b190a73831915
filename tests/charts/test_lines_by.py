import math

import pandas as pd
import pytest

from mig_explorer.charts.lines_by import Marks, Words, lines_by
from tests.charts.made_up import texts

WORDS = Words("Ann is ahead.", "Requests/s by models")


def frame(**ways: list[float]) -> pd.DataFrame:
    rows = [
        {"way": way, "models": number + 1, "rate": value}
        for way, values in ways.items()
        for number, value in enumerate(values)
    ]
    made = pd.DataFrame(rows)
    made.attrs |= {"provenance": "Made up.", "slugs": {"one": "monolithic"}}
    return made


def drawn(chart, name):
    return chart.to_dict()["datasets"][name]


def test_every_way_has_a_line_and_its_name_at_the_end():
    chart = lines_by(frame(one=[1.0, 2.0], two=[3.0, 4.0]), ("models", "rate"), WORDS)
    assert [(row["mode"], row["x"], row["value"]) for row in drawn(chart, "lines")] == [
        ("one", 1, 1),
        ("one", 2, 2),
        ("two", 1, 3),
        ("two", 2, 4),
    ]
    assert {row["mode"]: row["x"] for row in drawn(chart, "ends")} == {"one": 2, "two": 2}
    colours = {row["mode"]: row["colour"] for row in drawn(chart, "lines")}
    assert colours == {"one": "#566171", "two": "#0072b2"}


def test_a_line_leaves_the_plot_where_it_crosses_the_top():
    chart = lines_by(frame(one=[1.0, 3.0, 9.0]), ("models", "rate"), WORDS, Marks(top=2.0))
    *_, last = drawn(chart, "lines")
    assert (last["x"], last["value"], last["whole"]) == (1.5, 2.0, False)
    assert [row["mode"] for row in drawn(chart, "ends")] == ["one ↑"]


def test_what_is_not_known_is_not_drawn():
    chart = lines_by(frame(one=[1.0, math.nan, 3.0]), ("models", "rate"), WORDS)
    assert [row["x"] for row in drawn(chart, "lines")] == [1, 3]


@pytest.mark.parametrize(("chosen", "places"), [(2, [2]), (7, [])])
def test_marks_are_drawn_inside_the_plot(chosen, places):
    marks = Marks(level=2.5, level_name="asked for", chosen=chosen)
    chart = lines_by(frame(one=[1.0, 2.0]), ("models", "rate"), WORDS, marks)
    assert [row["x"] for row in drawn(chart, "chosen")] == places
    assert drawn(chart, "level") == [{"x": 1, "value": 2.5, "name": "asked for"}]
    # The line is farther from it at the left, so its name stands there.
    assert (drawn(chart, "level left"), drawn(chart, "level right")) == (drawn(chart, "level"), [])
    assert drawn(chart, "scale")[1]["value"] >= 2.5


def test_the_picture_says_what_it_shows():
    chart = lines_by(frame(one=[1.0, 2.0]), ("models", "rate"), WORDS, Marks(logarithmic=True))
    said = texts(chart._repr_mimebundle_()["image/svg+xml"])
    assert {"Ann is ahead.", "Requests/s by models", "Made up.", "one"} <= set(said)
