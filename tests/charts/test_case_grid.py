import pandas as pd

from mig_explorer.charts.case_grid import EITHER, NEITHER, case_grid
from mig_explorer.charts.palette import contrast
from tests.charts.made_up import texts

WINNERS = ("A", "B", "either", "neither")


def chart():
    cases = [("1", "chat", "B", "1 : 1"), ("7", "chat", "A", "1 : 7")]
    cases += [("1", "all", "either", "1 : 3"), ("7", "all", "neither", "– : –")]
    frame = pd.DataFrame(cases, columns=["users", "job", "winner", "cell"])
    frame.attrs |= {"provenance": "Made up.", "winners": WINNERS}
    return case_grid(frame, ("users", "job"), "It is even.", "Users by job")


def test_every_case_has_its_cell_and_its_colour():
    rows = chart().to_dict()["datasets"]["cells"]
    assert [(row["x"], row["y"], row["cell"], row["colour"]) for row in rows] == [
        ("1", "chat", "1 : 1", "#b84a00"),
        ("7", "chat", "1 : 7", "#0072b2"),
        ("1", "all", "1 : 3", EITHER),
        ("7", "all", "– : –", NEITHER),
    ]
    assert all(contrast(row["colour"], row["ink"]) >= 4.5 for row in rows)


def test_the_picture_has_words_for_every_colour():
    said = texts(chart()._repr_mimebundle_()["image/svg+xml"])
    assert {"It is even.", "Made up.", "chat", "1 : 7", *WINNERS} <= set(said)
