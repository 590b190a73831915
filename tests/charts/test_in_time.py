import numpy as np
import pytest

from mig_explorer.charts.in_time import figures, in_time
from tests.charts.made_up import LOOKS, SAID, TITLES, texts

WAITS = {
    "monolithic": np.array([0.01, 0.05, 0.09, 0.20]),
    "time-slicing": np.empty(0),
    "mps": np.array([0.08, 0.02, 0.03, 0.01]),
    "mig": np.full(4, 0.05),
}


def test_a_line_climbs_to_the_share_in_time_by_each_deadline():
    found = figures(WAITS, TITLES, 0.05, SAID)
    line = {round(row["time"], 6): row["value"] for row in found.data["lines"] if row["mode"] == "Monolithic"}
    assert (line[0.0], line[50.0], line[150.0]) == (0.0, 50.0, 75.0)
    assert list(line.values()) == sorted(line.values())
    assert (
        found.title
        == "In time by a deadline of 50.0 ms: from 50.0 % on Monolithic to 100.0 % on MIG 7 × 1g.5gb."
    )


def test_a_mode_without_an_answer_is_left_out_and_the_others_keep_their_colours():
    found = figures(WAITS, TITLES, 0.05, SAID)
    assert {row["mode"] for row in found.data["ends"]} == {"Monolithic", "MPS", "MIG 7 × 1g.5gb"}
    assert {row["mode"]: row["colour"] for row in found.data["ends"]} == {
        LOOKS[slug].label: LOOKS[slug].colour for slug in ("monolithic", "mps", "mig")
    }


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        ({}, "nobody was answered."),
        ({"mig": np.full(2, 0.01)}, "100.0 % on MIG 7 × 1g.5gb."),
        ({"mps": np.full(2, 0.01), "mig": np.full(2, 0.02)}, "100.0 % on MPS and all others."),
    ],
)
def test_the_title_says_what_comes_of_it(waits, said):
    titles = {slug: TITLES[slug] for slug in waits}
    assert figures(waits, titles, 0.05, SAID).title == f"In time by a deadline of 50.0 ms: {said}"


def test_it_is_drawn():
    shown = in_time(WAITS, TITLES, 0.05, SAID)
    words = texts(shown._repr_mimebundle_()["image/svg+xml"])
    assert {"deadline 50.0 ms", "Monolithic", "MPS", "100"} <= words
