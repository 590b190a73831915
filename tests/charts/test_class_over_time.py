from mig_explorer.charts import class_over_time as chart
from mig_explorer.charts.theme import PRINTED
from mig_explorer.fleet import Fleet, NodeLost, arriving, dgx_spark, seat

FLEET = Fleet([dgx_spark("a", 4), dgx_spark("b", 4)])


def table(**lost):
    return seat(FLEET, arriving(8, 60.0), **lost).over_time


def test_the_lines_are_steps_that_end_where_the_plot_does():
    found = chart.figures({"two Sparks": table()}, 600.0, None, "Counted.", PRINTED)
    assert found.title == "Seated at the fullest: 8 of 8 on two Sparks."
    lines = found.data["0-lines"]
    for column in ("arrived", "seated", "waiting"):
        mine = [row for row in lines if row["mode"] == column]
        assert [row["x"] for row in mine] == sorted(row["x"] for row in mine)
        assert mine[-1]["x"] == 10.0
        assert mine[-1]["value"] == (0 if column == "waiting" else 8)
    assert [row["mode"] for row in found.data["0-ends"]] == ["waiting 0", "arrived 8", "seated 8"]
    assert found.data["0-lost"] == []


def test_a_loss_is_marked_and_said():
    found = chart.figures({"x": table(lost=[NodeLost("a", 300.0)])}, 600.0, 300.0, "Counted.", PRINTED)
    assert found.title == "Seated at the fullest: 8 of 8 on x; after the loss 4."
    assert found.data["0-lost"] == [{"x": 5.0, "name": "a node is lost", "value": 8}]


def test_it_is_a_picture_with_a_panel_for_each_fleet():
    shown = chart.class_over_time({"one": table(), "two": table()}, until_s=600.0, provenance="Counted.")
    svg = shown._repr_mimebundle_()["image/svg+xml"]
    for words in ("one", "two", "seated 8", "Counted."):
        assert f">{words}<" in svg
