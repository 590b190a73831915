import math

import pandas as pd
import pytest

from mig_explorer.charts.ratios import drawing, figures, ratios
from mig_explorer.charts.theme import PRINTED
from tests.charts.made_up import SAID, texts

ROWS = pd.DataFrame(
    [
        {"mode": "monolithic", "title": "Monolithic", "value": 1.0, "low": 1.0, "high": 1.0},
        {"mode": "time-slicing", "title": "Time slicing", "value": math.inf, "low": 2.0, "high": math.inf},
        {"mode": "mps", "title": "MPS", "value": 3.5, "low": 1.8, "high": 3.6},
        {"mode": "mig", "title": "MIG 7 × 1g.5gb", "value": 0.2, "low": math.nan, "high": math.nan},
    ]
)


def found(rows=ROWS):
    return figures(rows, "MPS does more.", "work over one after another", SAID)


def test_each_ratio_is_a_dot_with_its_band_and_its_words():
    dots = {row["mode"]: row for row in found().data["dots"]}
    assert (dots["MPS"]["value"], dots["MPS"]["low"], dots["MPS"]["high"]) == (3.5, 1.8, 3.6)
    assert [row["words"] for row in dots.values()] == ["1.00 times", "3.5 times", "0.20 times"]
    assert [row["place"] for row in dots.values()] == [0, 1, 2]


def test_without_a_band_there_is_no_bar_and_without_a_value_no_row():
    dots = {row["mode"]: row for row in found().data["dots"]}
    assert dots["MIG 7 × 1g.5gb"]["low"] == dots["MIG 7 × 1g.5gb"]["high"] == 0.2
    assert "Time slicing" not in dots


def test_a_mode_keeps_its_colour_when_another_is_left_out():
    finite = ROWS.assign(value=[1.0, 2.0, 3.5, 0.2])
    of_all = {row["mode"]: row["colour"] for row in found(finite).data["dots"]}
    assert {row["mode"]: row["colour"] for row in found().data["dots"]}.items() <= of_all.items()


def test_the_scale_holds_all_and_one_and_is_marked_in_twos():
    scale = drawing(found(), PRINTED).to_dict()["layer"][0]["encoding"]["x"]
    low, high = scale["scale"]["domain"]
    assert low < 0.2
    assert high > 3.6
    assert scale["axis"]["values"] == [1 / 8, 1 / 4, 1 / 2, 1, 2, 4]
    assert scale["scale"]["type"] == "log"


@pytest.mark.parametrize("rows", [ROWS, ROWS.drop(columns="mode"), ROWS[:1]])
def test_it_is_drawn(rows):
    shown = ratios(rows, "MPS does more.", "work over one after another", SAID)
    words = texts(shown._repr_mimebundle_()["image/svg+xml"])
    assert {"Monolithic", "1.00 times", SAID} <= words
    assert shown.to_dict()["config"]["background"] == PRINTED.background
