"""Texts, tables, pictures and colours that reports are made of."""

from __future__ import annotations

import pandas as pd
import pytest

from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout
from mig_explorer.reports.colours import following
from mig_explorer.reports.element import element, readable, to_html
from mig_explorer.reports.picture import board_picture, picture
from mig_explorer.reports.tables import table_of

NAN = float("nan")
EVIL = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 viewBox="0 0 9 9">
<style>* { fill: url(https://example.org/x) }</style><script>alert(1)</script>
<a xlink:href="javascript:alert(1)"><path d="M0,0"/></a><image href="https://example.org/x"/>
<foreignObject><p>hi</p></foreignObject><use href="#a"/>
<defs><clipPath id="a"><rect width="9" onclick="x()" style="fill:red"/></clipPath></defs>
<g clip-path="url(#a)" fill="url(https://example.org/x)"><text>a<tspan>b</tspan>c</text></g></svg>"""


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain", "plain"), ("two\nlines", "two\nlines"), ("\x1b[1m", "[U+001B][1m"), ("\ud800", "[U+D800]"),
     ("\u2067x", "[U+2067]x"), ("µ × – é", "µ × – é")],
)  # fmt: skip
def test_what_cannot_be_seen_is_named(text: str, shown: str) -> None:
    assert readable(text) == shown
    assert to_html(element("p", None, text)).encode() == f"<p>{shown}</p>".encode()


def test_only_shapes_and_words_of_a_picture_are_let_in() -> None:
    shown = to_html(picture(EVIL, '"A" < b', "p"))
    assert shown.startswith('<svg viewBox="0 0 9 9" role="img" aria-label="&quot;A&quot; < b">')
    assert '<g clip-path="url(#p-a)"><text>a<tspan>b</tspan>c</text></g>' in shown
    assert '<clipPath id="p-a"><rect width="9"></rect></clipPath>' in shown
    for word in ("script", "style", "href", "example.org", "onclick", "foreignObject", "image", "use"):
        assert word not in shown


def test_a_board_has_the_colours_of_the_page_but_for_what_is_written_on_instances() -> None:
    shown = board_picture(Layout(gpu("A30")).place("2g.12gb").place("1g.6gb"), "b")
    texts = {each.text: each.get("fill") for each in shown.iter("text")}
    assert texts["A30"] == "var(--ink)"
    assert texts["Compute"] == "var(--ink)"
    assert texts["2g.12gb"] == "#ffffff"
    assert {"#1c2330", "#ffffff"} >= {texts["1g.6gb"]}


def test_times_are_shown_in_one_unit_and_ends_of_bands_together() -> None:
    frame = pd.DataFrame(
        {
            "mode": ["MPS", "MIG", "none"],
            "latency_p99_s": [0.0123, 0.5, NAN],
            "latency_p99_low_s": [0.01, 0.4, NAN],
            "latency_p99_high_s": [0.02, 0.6, NAN],
            "requests": [1234567, 3, 0],
            "load": [0.5, float("inf"), 1.0],
            "right": [True, False, None],
        }
    )
    shown = table_of(frame)
    assert [(each.name, each.unit, each.is_number) for each in shown.columns] == [
        ("Mode", "", False),
        ("Latency p99", "ms", True),
        ("Latency p99, band", "ms", True),
        ("Requests", "", True),
        ("Load", "", True),
        ("Right", "", False),
    ]
    assert shown.rows == (
        ("MPS", "12.3", "10 to 20", "1,234,567", "0.5", "yes"),
        ("MIG", "500", "400 to 600", "3", "without end", "no"),
        ("none", "unknown", "unknown", "0", "1", "unknown"),
    )


def test_what_is_the_same_in_all_rows_is_said_once() -> None:
    frame = pd.DataFrame(
        {"who": list("abc"), "job": ["Tiled matmul, 256 × 256"] * 3, "x": [NAN] * 3, "y": [""] * 3}
    )
    shown = table_of(frame)
    assert [each.name for each in shown.columns] == ["Who"]
    assert shown.alike == ("Job: Tiled matmul, 256 × 256", "X: unknown")


def test_an_index_with_a_name_is_a_column_and_columns_may_be_called_the_same() -> None:
    frame = pd.DataFrame([[1, 2]], columns=["Users", "Users"]).rename_axis("node")
    shown = table_of(frame)
    assert [each.name for each in shown.columns] == ["Node", "Users", "Users"]
    assert shown.rows[0][0] == "0"


def test_a_table_of_nothing_is_a_table() -> None:
    assert table_of(pd.DataFrame({"mode": []})).rows == ()


def test_a_printed_chart_takes_the_colours_of_the_page() -> None:
    spec = {
        "config": {"axis": {"labelColor": "#566171"}, "background": "#ffffff"},
        "mark": {"type": "line", "color": "#0072b2"},
        "encoding": {"color": {"type": "quantitative", "scale": {"range": ["#eceff3", "#0072b2"]}}},
    }
    shown = following(spec)
    assert shown["config"]["axis"]["labelColor"] == "var(--ink2)"
    assert shown["config"]["background"] == "transparent"
    assert shown["config"]["title"]["color"] == "var(--ink)"
    assert shown["mark"]["color"] == "var(--cool)"
    assert shown["encoding"] == spec["encoding"]


def test_bars_with_white_words_on_them_keep_their_colour() -> None:
    shown = following(
        {"layer": [{"mark": {"color": "#0072b2"}}, {"mark": {"type": "text", "color": "white"}}]}
    )
    assert shown["layer"][0]["mark"]["color"] == "#0072b2"


def test_an_ink_that_was_chosen_for_a_colour_stays_with_it() -> None:
    rows = [{"colour": "#f3dc8a", "ink": "#1c2330"}, {"colour": "#1b7f4b"}]
    shown = following({"datasets": {"cells": rows}})
    assert shown["datasets"]["cells"] == [rows[0], {"colour": "var(--good)"}]


def test_numbers_that_json_has_not_are_null() -> None:
    rows = [{"x": float("nan"), "y": float("inf")}]
    assert following({"datasets": {"a": rows}})["datasets"] == {"a": [{"x": None, "y": None}]}
