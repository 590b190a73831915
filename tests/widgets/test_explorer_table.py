from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from mig_explorer.charts.palette import COLOURS, assign
from mig_explorer.gpus import Fact, gpu
from mig_explorer.layouts import Layout, parse_layout
from mig_explorer.widgets.explorer_table import TRUST, table

A100 = gpu("A100-SXM4-40GB")


def table_of(text: str, board: str = "A100-SXM4-40GB") -> dict:  # type: ignore[type-arg]
    layout = parse_layout(gpu(board), text)
    return table(layout, assign(each.name for each in layout.instances))


def values(cells: list[dict[str, str]]) -> list[str]:
    return [cell["value"] for cell in cells]


def test_each_instance_has_a_row_in_its_colour_and_all_have_a_total() -> None:
    shown = table_of("3g.20gb@0 2g.10gb@4")
    assert [column["text"] for column in shown["head"]] == [
        "Start : size", "SMs", "Memory", "Bandwidth", "L2", "Copy", "Decode", "JPEG", "OFA"
    ]  # fmt: skip
    assert [(row["label"], row["colour"]) for row in shown["rows"]] == [
        ("3g.20gb", COLOURS[0]),
        ("2g.10gb", COLOURS[1]),
    ]
    assert values(shown["rows"][0]["cells"]) == ["0 : 4", "42", "19.50", "682", "20", "3", "2", "0", "0"]
    assert values(shown["rows"][1]["cells"]) == ["4 : 2", "28", "9.62", "347", "10", "2", "1", "0", "0"]
    assert values(shown["total"]["cells"]) == ["6", "70", "29.12", "1030", "30", "5", "3", "0", "0"]
    assert [cell["of"] for cell in shown["total"]["cells"]] == [
        "8",
        "98",
        "39.25",
        "1378",
        "40",
        "7",
        "5",
        "1",
        "1",
    ]
    assert shown["total"]["title"] == "Out of what 7g.40gb holds: the most that MIG deals out"


def test_a_published_figure_and_a_modelled_one_are_told_apart() -> None:
    shown = table_of("2g.10gb@0 1g.10gb@2")
    assert [row["cells"][3]["value"] for row in shown["rows"]] == ["347", "≈ 346"]
    assert shown["total"]["cells"][3] == {"value": "≈ 693", "of": "1378"}
    assert shown["rows"][1]["cells"][3]["title"] == (
        "modelled: 0.89 x 1555 GB/s x 0.25 of the memory slices (data sheet figure: verified)"
    )
    assert [badge["text"] for badge in shown["badges"]] == [
        "bandwidth measured, published", "bandwidth ≈ modelled", "L2 derived"
    ]  # fmt: skip


def test_an_empty_board_has_no_row_no_total_and_no_badge() -> None:
    shown = table(Layout(A100), {})
    assert (shown["rows"], shown["total"], shown["badges"]) == ([], None, [])


def test_what_nobody_knows_is_unknown_in_the_row_and_in_the_total() -> None:
    nobody = Fact(None, "MiB", "nobody says", "unknown")
    profile = A100.profile("3g.20gb")
    blank = replace(
        profile, facts=MappingProxyType({**profile.facts, "decoders": Fact(None, "engines", "?", "unknown")})
    )
    board = replace(
        A100,
        facts=MappingProxyType({**A100.facts, "l2_mib": nobody}),
        profiles=MappingProxyType({**A100.profiles, "3g.20gb": blank}),
    )
    shown = table(Layout(board).place("3g.20gb", start=0), {"3g.20gb@0": 0})
    columns = [column["text"] for column in shown["head"]]
    row = dict(zip(columns, shown["rows"][0]["cells"], strict=True))
    total = dict(zip(columns, shown["total"]["cells"], strict=True))
    assert row["L2"] == {"value": "unknown", "title": "unknown: nobody says"}
    assert row["Decode"]["value"] == "unknown"
    assert total["L2"] == {"value": "unknown", "of": "unknown"}
    assert total["Decode"] == {"value": "unknown", "of": "5"}


@pytest.mark.parametrize("confidence", ["verified", "derived", "low", "recalled", "modelled", "unknown"])
def test_every_confidence_has_words(confidence: str) -> None:
    assert TRUST[confidence]
