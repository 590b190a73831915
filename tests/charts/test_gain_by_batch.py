import pandas as pd

from mig_explorer.charts.gain_by_batch import figures, gain_by_batch
from tests.charts.made_up import texts

ROWS = pd.DataFrame(
    {
        "model": ["bert", "bert", "mini", "mini"],
        "batch": [64, 1, 1, 64],
        "gain_times": [0.9, 7.0, 7.2, 1.7],
    }
)


def test_a_line_for_each_model_in_order_of_the_batches():
    found = figures(ROWS, 7, "Published.")
    lines = [(row["mode"], row["batch"], row["value"]) for row in found.data["lines"]]
    assert sorted(lines) == [("bert", 1, 7.0), ("bert", 64, 0.9), ("mini", 1, 7.2), ("mini", 64, 1.7)]
    assert [batch for _, batch, _ in lines] == [1, 1, 64, 64]
    assert found.title == "Seven slices do up to 7.2 times the work with a batch of 1, 1.7 times with 64."


def test_the_names_stand_at_the_ends_and_not_on_each_other():
    ends = {row["mode"]: row for row in figures(ROWS, 7, "Published.").data["ends"]}
    assert {name: row["batch"] for name, row in ends.items()} == {"bert": 64, "mini": 64}
    assert ends["mini"]["height"] - ends["bert"]["height"] > 0.5


def test_it_is_drawn():
    words = texts(gain_by_batch(ROWS, 7, "Published.")._repr_mimebundle_()["image/svg+xml"])
    assert {"bert", "mini", "1", "64", "Published."} <= words
