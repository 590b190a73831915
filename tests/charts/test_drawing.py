import json

import altair as alt
import pandas as pd

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import PRINTED
from tests.charts.made_up import LOOKS, texts

ROWS = [{"x": 1, "value": 2.0, "mode": "MPS", "colour": "#b84a00", "dash": [5, 3]}]
FIGURES = parts.Figures(
    "A finding. " * 12, "value by x", "Modelled.", {"lines": ROWS, "scale": [{"x": 0, "value": 0.0}]}
)


def panel():
    x, y = parts.across("x"), parts.upward("value")
    lines = parts.rows_of("lines").mark_line().encode(x=x, y=y, color=parts.colour(), strokeDash=parts.dash())
    return alt.LayerChart(layer=[parts.unseen(x, y), lines, parts.end_labels("lines", x, y, 80)])


def test_a_drawing_has_no_rows_and_a_still_picture_has_them_by_name():
    drawn = panel().to_dict()
    assert [layer["data"] for layer in drawn["layer"]] == [
        {"name": "scale"},
        {"name": "lines"},
        {"name": "lines"},
    ]
    assert "datasets" not in drawn
    spec = parts.still([panel()], FIGURES, PRINTED).to_dict()
    assert spec["datasets"] == FIGURES.data
    assert spec["concat"][0]["width"] == parts.WIDTH


def test_long_words_are_set_in_lines_that_fit_the_picture():
    title = parts.still([panel()], FIGURES, PRINTED).to_dict()["title"]
    assert len(title["text"]) == 2
    assert max(map(len, title["text"])) <= parts.LONGEST_TITLE
    assert title["subtitle"] == ["value by x", "Modelled."]


def test_a_still_picture_is_svg_and_says_itself_in_words():
    shown = parts.still(
        [panel()], parts.Figures("A finding.", "value by x", "Modelled.", FIGURES.data), PRINTED
    )
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == "<Chart: A finding. value by x. Modelled.>"
    assert {"A finding.", "value by x", "MPS"} <= texts(bundle["image/svg+xml"])
    assert "http" not in bundle["image/svg+xml"].replace("http://www.w3.org/", "")


def test_several_panels_have_a_heading_each():
    spec = parts.still([panel(), panel()], FIGURES, PRINTED, captions=["One", "Two"]).to_dict()
    assert [each["title"]["text"] for each in spec["concat"]] == ["One", "Two"]


def test_every_mode_has_a_look_of_its_own_and_the_monolithic_one_is_quiet():
    assert LOOKS["monolithic"].colour == PRINTED.monolithic
    assert len({look.colour for look in LOOKS.values()}) == len(LOOKS)
    assert LOOKS["mps"].row() == {"mode": "MPS", "colour": "#b84a00", "dash": [5, 3]}


def test_rows_of_a_table_can_be_sent_to_a_page():
    frame = pd.DataFrame({"mode": ["mps"], "latency_p99_s": [0.5]})
    assert json.loads(json.dumps(parts.records(frame))) == [{"mode": "mps", "latency_p99_s": 0.5}]
