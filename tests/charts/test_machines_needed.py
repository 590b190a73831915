import math

import pandas as pd
import pytest

from mig_explorer.charts import machines_needed as chart
from mig_explorer.charts.theme import PRINTED

LEVEL = chart.Level("a slice", 0.2, 0.1, 0.3)


def frame(**changed):
    rows = {"machines": [8, 1], "latency_p99_s": [0.1, 0.8], "latency_p99_low_s": [0.08, 0.6]}
    found = pd.DataFrame(rows | {"latency_p99_high_s": [0.2, 1.0]} | changed)
    found.attrs |= {"provenance": "Modelled.", "name": "Sparks"}
    return found


def test_the_line_the_level_and_their_names():
    found = chart.figures(frame(), LEVEL, ("Four do.", "p99 by Sparks"), 2, PRINTED)
    assert [(row["x"], row["value"]) for row in found.data["lines"]] == [(1, 800.0), (8, 100.0)]
    assert [(row["low"], row["high"]) for row in found.data["level"]] == [(100.0, 300.0)] * 2
    assert {row["mode"]: row["value"] for row in found.data["names"]} == {
        "a slice": pytest.approx(200.0),
        "Sparks": pytest.approx(100.0),
    }
    assert found.data["chosen"] == [{"x": 2}]
    assert found.axes == "p99 by Sparks, ms; both logarithmic; shaded: model’s bands"


def test_names_of_lines_that_end_together_are_moved_apart():
    near = frame(latency_p99_s=[0.2, 0.8], latency_p99_low_s=[0.15, 0.6])
    rows = chart.figures(near, LEVEL, ("", ""), None, PRINTED).data["names"]
    first, second = sorted(row["value"] for row in rows)
    assert math.log(second / first) > 0.1


def test_what_lies_outside_is_not_marked_and_what_is_unknown_not_drawn():
    rows = frame(latency_p99_s=[0.1, math.nan])
    found = chart.figures(rows, LEVEL, ("", ""), 100, PRINTED)
    assert found.data["chosen"] == []
    assert len(found.data["lines"]) == 1


def test_it_is_a_picture():
    svg = chart.machines_needed(frame(), LEVEL, ("Four do.", "p99"))._repr_mimebundle_()["image/svg+xml"]
    for words in ("Four do.", "a slice", "Sparks", "Modelled."):
        assert f">{words}<" in svg
