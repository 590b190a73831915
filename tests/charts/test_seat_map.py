import pandas as pd
import pytest

from mig_explorer.charts import seat_map as chart
from mig_explorer.charts.theme import PRINTED


def seats(*rows):
    frame = pd.DataFrame(rows, columns=["board", "seat", "share", "state"])
    frame.attrs["provenance"] = "Counted."
    return frame


def test_a_seat_is_as_long_as_its_share_and_filled_if_taken():
    found = chart.figures(
        seats(("a", "3g.20gb", 0.5, "taken"), ("a", "2g.10gb", 0.25, "free"), ("b", "7g.40gb", 1.0, "lost")),
        "Two.",
        PRINTED,
    )
    first, second, third = found.data["seats"]
    assert first["to"] - first["from"] == pytest.approx(0.5, abs=0.01)
    assert second["from"] >= first["to"]
    assert (first["fill"], second["fill"]) == (PRINTED.others[0], PRINTED.background)
    assert (first["word"], third["word"], third["number"]) == ("3g", "lost", 1)
    assert found.axes.endswith("filled: taken, outlined: free; grey: lost")


def test_of_many_boards_the_first_are_drawn_and_that_is_said():
    found = chart.figures(seats(*((f"{n}", "7g.40gb", 1.0, "taken") for n in range(40))), "", PRINTED)
    assert len(found.data["seats"]) == chart.MOST_BOARDS
    assert found.axes.endswith(f"the first {chart.MOST_BOARDS} of 40 boards")


def test_it_is_a_picture_with_a_row_for_each_board():
    shown = chart.seat_map(seats(("DGX 1, GPU 1", "1g.5gb", 0.125, "taken")), "One.")
    svg = shown._repr_mimebundle_()["image/svg+xml"]
    for words in ("One.", "DGX 1, GPU 1", "1g"):
        assert f">{words}<" in svg
