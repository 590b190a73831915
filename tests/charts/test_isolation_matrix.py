import pandas as pd
import pytest

from mig_explorer.charts.isolation_matrix import figures, isolation_matrix
from mig_explorer.charts.theme import ON_PAGE, PRINTED
from mig_explorer.charts.vega import svg
from mig_explorer.errors import InvalidExperiment
from tests.charts.made_up import texts

ANSWERS = pd.DataFrame(
    {"MPS": ["shared", "partly", "unknown"], "MIG": ["isolated", "isolated", "shared"]},
    index=["memory bandwidth", "memory capacity", "PCIe link"],
)
ANSWERS.attrs["provenance"] = "published: made up"


def test_the_title_counts_what_is_isolated_and_shared():
    found = figures(ANSWERS, ["MIG", "MPS"], PRINTED)
    assert found.title == "MIG isolates two of three things and shares one; MPS isolates none and shares one."
    assert found.provenance == "Published: made up"


def test_every_cell_says_its_answer_in_words():
    said = texts(svg(isolation_matrix(ANSWERS).to_dict()))
    assert said >= {"MPS", "MIG", "PCIe link", "● isolated", "◐ partly", "○ shared", "? unknown"}


def test_equal_answers_have_one_colour_and_different_ones_do_not():
    for theme in (PRINTED, ON_PAGE):
        cells = figures(ANSWERS, ["MIG"], theme).data["cells"]
        colours = {(row["answer"], row["colour"]) for row in cells}
        assert (
            len(colours) == len({answer for answer, _ in colours}) == len({colour for _, colour in colours})
        )


def test_the_columns_spoken_of_are_framed():
    assert figures(ANSWERS, ["MPS"], PRINTED).data["marked"] == [{"way": "MPS"}]
    assert isolation_matrix(ANSWERS).to_dict()["datasets"]["marked"] == [{"way": "MIG"}]


def test_an_unknown_column_is_refused():
    with pytest.raises(InvalidExperiment) as caught:
        isolation_matrix(ANSWERS, ["MIGG"])
    assert str(caught.value) == "The table has no column 'MIGG'. Nearest: MIG."
