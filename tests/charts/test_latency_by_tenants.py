import math
from itertools import pairwise

import pandas as pd
import pytest

from mig_explorer.charts import drawing as parts
from mig_explorer.charts import latency_by_tenants as chart
from mig_explorer.charts.theme import PRINTED
from tests.charts.made_up import LOOKS, SAID, sweep, texts

NOS = sweep(monolithic=[0.088 * n for n in range(1, 8)], mig=[0.345] * 7)


def test_every_mode_has_a_point_for_each_number_of_tenants():
    found = chart.figures(NOS, LOOKS, SAID)
    points = {(row["mode"], row["tenants"]): row["value"] for row in found.data["lines"]}
    assert points["Monolithic", 7] == pytest.approx(616)
    assert points["MIG 7 × 1g.5gb", 1] == pytest.approx(345)
    assert len(points) == 14
    assert found.axes == "p99 latency, ms, by number of tenants"
    assert (
        found.title
        == "p99 latency with seven tenants: from 345 ms on MIG 7 × 1g.5gb to 616 ms on Monolithic."
    )
    assert found.data["scale"][1] == {"tenants": 7, "value": 800.0}


def test_the_chosen_number_of_tenants_is_marked_and_spoken_of():
    found = chart.figures(NOS, LOOKS, SAID, chosen=2)
    assert found.data["chosen"] == [{"tenants": 2}]
    assert (
        found.title == "p99 latency with two tenants: from 176 ms on Monolithic to 345 ms on MIG 7 × 1g.5gb."
    )


def test_the_band_is_drawn_where_it_is_known():
    frame = NOS.assign(
        latency_p99_low_s=NOS["latency_p99_s"] * 0.9, latency_p99_high_s=NOS["latency_p99_s"] * 1.2
    )
    found = chart.figures(frame, LOOKS, SAID)
    band = {(row["mode"], row["tenants"]): (row["low"], row["high"]) for row in found.data["band"]}
    assert band["MIG 7 × 1g.5gb", 3] == pytest.approx((310.5, 414.0))
    assert found.axes.endswith("; shaded: the model's band")
    bars = chart.figures(frame, LOOKS, SAID, chosen=3)
    assert bars.data["band"] == []
    assert [(row["mode"], row["high"]) for row in bars.data["reach"]] == [
        ("Monolithic", pytest.approx(1.2 * 264)),
        ("MIG 7 × 1g.5gb", pytest.approx(414)),
    ]
    assert bars.data["reach"][0]["tenants"] < 3 < bars.data["reach"][1]["tenants"]


def test_a_mode_far_above_the_calmest_leaves_the_plot_at_its_top():
    found = chart.figures(sweep(mps=[0.01] * 4, monolithic=[0.01, 0.02, 0.04, 0.4]), LOOKS, SAID)
    top = found.data["scale"][1]["value"]
    assert top == 60.0
    lines = [row for row in found.data["lines"] if row["mode"] == "Monolithic"]
    assert [row["whole"] for row in lines] == [True, True, True, False]
    assert lines[-1]["value"] == top
    assert 3 < lines[-1]["tenants"] < 4
    assert {row["mode"] for row in found.data["ends"]} == {"MPS", "Monolithic ↑"}
    assert found.axes == "p99 latency, ms, by number of tenants; ↑: off the plot"


def test_at_the_chosen_number_of_tenants_it_stays_in_sight():
    frame = sweep(mps=[0.01] * 4, monolithic=[0.01, 0.02, 0.04, 0.12])
    assert chart.figures(frame, LOOKS, SAID).data["scale"][1]["value"] == 60.0
    assert chart.figures(frame, LOOKS, SAID, chosen=4).data["scale"][1]["value"] == 150.0


def test_a_mode_that_cannot_keep_up_leaves_the_plot_too():
    frame = sweep(mps=[0.01] * 3, monolithic=[0.012, math.nan, math.nan])
    frame["load"] = [0.1, 0.2, 0.3, 0.6, 1.2, 1.8]
    found = chart.figures(frame, LOOKS, SAID)
    assert [row["tenants"] for row in found.data["lines"] if row["mode"] == "Monolithic"] == [1, 2.0]
    assert "Monolithic ↑" in {row["mode"] for row in found.data["ends"]}
    assert found.title == "p99 latency with three tenants: 10.0 ms on MPS."


def test_where_nothing_is_known_it_says_so():
    nothing = pd.DataFrame(columns=["mode", "tenants", "latency_p99_s"])
    assert chart.figures(nothing, LOOKS, SAID).title == "p99 latency with one tenant: no mode keeps up."


def test_labels_at_the_ends_lie_apart():
    found = chart.figures(sweep(mps=[1.0, 2.0], monolithic=[1.0, 2.001], mig=[1.0, 1.999]), LOOKS, SAID)
    heights = sorted(row["height"] for row in found.data["ends"])
    assert min(b - a for a, b in pairwise(heights)) > 0.1


def test_the_picture_has_the_names_at_the_ends_of_the_lines():
    found = chart.figures(NOS, LOOKS, SAID)
    picture = parts.still([chart.drawing(PRINTED, labels=200)], found, PRINTED)
    assert {"Monolithic", "MIG 7 × 1g.5gb", "800", "7"} <= texts(picture._repr_mimebundle_()["image/svg+xml"])
