import math

import pytest

from mig_explorer.charts import drawing as parts
from mig_explorer.charts import frontier as chart
from mig_explorer.charts.theme import PRINTED
from tests.charts.made_up import layouts, texts

SWEEP = layouts(
    ("7 × 1g.5gb", 20.0, 0.345, True),
    ("4g.20gb + 3g.20gb", 14.0, 0.28, True),
    ("7g.40gb", 11.0, 0.61, False),
    ("2g.10gb", math.nan, math.nan, False),
)


def test_layouts_and_those_that_none_beats():
    found = chart.figures(SWEEP, PRINTED)
    assert [row["title"] for row in found.data["best"]] == ["4g.20gb + 3g.20gb", "7 × 1g.5gb"]
    assert [row["title"] for row in found.data["layouts"]] == ["7g.40gb"]
    assert found.data["layouts"][0] == {"throughput": 11.0, "latency": pytest.approx(610), "title": "7g.40gb"}
    assert found.axes == "p99 latency, ms (logarithmic), by requests/s of all seven tenants"
    assert found.title == (
        "Of 3 layouts that can serve this 7 × 1g.5gb serves most, 4g.20gb + 3g.20gb has the lowest p99 "
        "(280 ms)."
    )


def test_the_chosen_layout_is_marked_and_judged():
    found = chart.figures(SWEEP, PRINTED, ("7g.40gb", "#0072b2"))
    assert [row["title"] for row in found.data["chosen"]] == ["7g.40gb"]
    assert found.title.endswith("(280 ms). 7g.40gb is beaten on both.")
    alike = layouts(("1g.10gb + 6 × 1g.5gb", 20.0, 0.3, True), ("7 × 1g.5gb", 19.999, 0.30001, False))
    assert chart.figures(alike, PRINTED, ("7 × 1g.5gb", "")).title == (
        "None of 2 layouts serves more, or sooner, than 1g.10gb + 6 × 1g.5gb."
    )


def test_other_modes_are_drawn_where_they_keep_up():
    others = [
        {"mode": "MPS", "colour": "#b84a00", "throughput_per_s": 18.0, "latency_p99_s": 0.4},
        {"mode": "Monolithic", "colour": "#566171", "throughput_per_s": 11.0, "latency_p99_s": math.nan},
    ]
    found = chart.figures(SWEEP, PRINTED, others=others)
    assert [row["title"] for row in found.data["modes"]] == ["MPS"]
    assert found.data["scale"][1]["throughput"] == pytest.approx(21.6)


def test_labels_lie_on_no_point_and_all_titles_are_said_once():
    found = chart.figures(SWEEP, PRINTED, ("7 × 1g.5gb", "#0072b2"))
    said = [row["title"] for side in ("right", "left") for row in found.data[side]]
    assert sorted(said) == ["4g.20gb + 3g.20gb", "7 × 1g.5gb"]
    assert [row["colour"] for row in found.data["left"] if row["title"] == "7 × 1g.5gb"] == ["#0072b2"]


def test_no_layout_that_keeps_up_is_said():
    assert (
        chart.figures(layouts(("7g.40gb", math.nan, math.nan, False)), PRINTED).title == "No layout keeps up."
    )
    assert chart.figures(layouts(), PRINTED).title == "No layout keeps up."


def test_the_picture_holds_the_names():
    words = texts(chart.frontier_chart(SWEEP)._repr_mimebundle_()["image/svg+xml"])
    assert {"7 × 1g.5gb", "4g.20gb + 3g.20gb", "500"} <= words
    assert isinstance(chart.frontier_chart(SWEEP), parts.StillChart)
