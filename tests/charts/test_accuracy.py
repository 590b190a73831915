from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from mig_explorer.charts.accuracy import (
    accuracy_table,
    errors_by_source,
    largest_misses,
    model_accuracy,
    predicted_against_published,
)
from mig_explorer.model import MODEL_VERSION
from mig_explorer.model.score import TWO_ANCHORS, rows, summaries


def values(chart):
    return [row for found in chart.to_dict()["datasets"].values() for row in found]


def test_every_prediction_is_drawn_misses_included() -> None:
    drawn = [row for row in values(errors_by_source()) if "label" in row]
    assert len(drawn) == len(rows())
    beyond = [row for row in drawn if row["beyond"] == "beyond the edge"]
    assert len(beyond) == sum(abs(row.error) > 0.6 for row in rows())
    assert {abs(row["error"]) for row in beyond} == {60}


def test_the_scatter_says_which_figures_lie_outside_their_bands() -> None:
    drawn = [row for row in values(predicted_against_published()) if "label" in row]
    expected = [row for row in rows() if row.what == TWO_ANCHORS]
    assert len(drawn) == len(expected)
    assert sum(row["band"] == "outside" for row in drawn) == sum(not row.inside for row in expected)


@pytest.mark.parametrize("chart", [predicted_against_published, errors_by_source])
def test_charts_show_themselves_without_a_network(chart) -> None:
    bundle = chart()._repr_mimebundle_()
    assert ET.fromstring(bundle["image/svg+xml"]).tag.endswith("svg")
    assert bundle["text/plain"] == f"<AccuracyChart: {chart().title.text}>"
    assert f"Model {MODEL_VERSION}" in chart().to_dict()["title"]["subtitle"][0]


def test_the_table_holds_every_source() -> None:
    table = accuracy_table()
    assert len(table) == len(summaries())
    assert table["median %"].tolist() == [round(100 * each.median, 1) for each in summaries()]


def test_all_of_it_is_at_hand_in_one_value() -> None:
    found = model_accuracy()
    assert found.scatter.title.text == predicted_against_published().title.text
    assert found.errors.title.text == errors_by_source().title.text
    assert found.table.equals(accuracy_table())
    assert found.misses.equals(largest_misses())


def test_the_largest_misses_come_first() -> None:
    misses = largest_misses(8)
    assert abs(misses["off %"].iloc[0]) == pytest.approx(
        100 * max(abs(row.error) for row in rows()), rel=1e-4
    )
    assert misses["off %"].abs().is_monotonic_decreasing
