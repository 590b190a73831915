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
        "Start", "SMs", "Memory", "Bandwidth", "L2", "Copy", "Decode", "JPEG", "OFA"
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


COMPUTE = "Compute slices inside the GPU instance, which drivers number in more than one way"


def shown_under(text: str, board: str = "A100-SXM4-40GB") -> list[tuple[str, list[str], str]]:
    rows = [row for row in table_of(text, board)["rows"] if "under" in row]
    assert all(cell["title"] in ("", COMPUTE) for row in rows for cell in row["cells"])
    return [(row["label"], values(row["cells"]), row["shared"]) for row in rows]


def test_the_compute_instances_of_a_divided_instance_stand_under_it_with_what_they_share() -> None:
    shown = table_of("3g.20gb@0[2c+1c] 2g.10gb@4")
    assert [row.get("under") for row in shown["rows"]] == [None, "3g.20gb@0", "3g.20gb@0", None]
    assert shown["rows"][1]["colour"] == shown["rows"][0]["colour"]
    assert values(shown["total"]["cells"])[1] == "70"
    assert shown_under("3g.20gb@0[2c+1c] 2g.10gb@4") == [
        ("2c.3g.20gb", ["c 0-1", "28"], "shared by 2: memory, bandwidth, L2, engines"),
        ("1c.3g.20gb", ["c 2", "14"], "shared by 2: memory, bandwidth, L2, engines"),
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("3g.20gb@0", []),
        (
            "3g.20gb@0[1c@1]",
            [
                ("1c.3g.20gb", ["c 1", "14"], "memory, bandwidth, L2, engines to itself"),
                ("idle", ["c 0, 2", ""], "in no compute instance: nothing can run there"),
            ],
        ),
        ("3g.20gb@0[]", [("idle", ["c 0-2", ""], "in no compute instance: nothing can run there")]),
    ],
)
def test_compute_slices_without_a_compute_instance_are_idle(
    text: str, rows: list[tuple[str, list[str], str]]
) -> None:
    assert shown_under(text) == rows


def test_a_compute_instance_whose_sms_nobody_knows_says_so() -> None:
    assert shown_under("2g.48gb@0[1c+1c]", "RTX-PRO-6000-BLACKWELL-SERVER")[0][1] == ["c 0", "unknown"]


@pytest.mark.parametrize(
    ("board", "text", "row", "total"),
    [
        (
            "B200-180GB",
            "3g.90gb@0",
            ["0 : 4", "unknown", "unknown", "≈ 3426", "63", "6", "unknown", "unknown", "0"],
            ["4 of 8", "unknown of unknown", "unknown of unknown", "≈ 3426 of 6853", "63 of 126", "6 of 16",
             "unknown of unknown", "unknown of unknown", "0 of 1"],
        ),
        (
            "H100-PCIE-80GB",
            "7g.80gb@0",
            ["0 : 8", "unknown", "unknown", "≈ 1780", "50", "8", "7", "7", "1"],
            ["8 of 8", "unknown of unknown", "unknown of unknown", "≈ 1780 of 1780", "50 of 50", "8 of 8",
             "7 of 7", "7 of 7", "1 of 1"],
        ),
        (
            "RTX-PRO-5000-BLACKWELL",
            "1g.24gb+me.all@0 1g.24gb-me@1",
            ["0 : 1", "unknown", "unknown", "≈ 598", "48", "1", "3", "3", "1", "1"],
            ["2 of 2", "unknown of unknown", "unknown of unknown", "≈ 1196 of 1196", "96 of 96", "2 of 4",
             "3 of 3", "3 of 3", "1 of 1", "1 of 1"],
        ),
    ],
)  # fmt: skip
def test_boards_of_which_much_is_unknown(board: str, text: str, row: list[str], total: list[str]) -> None:
    shown = table_of(text, board)
    assert values(shown["rows"][0]["cells"]) == row
    assert [f"{cell['value']} of {cell['of']}" for cell in shown["total"]["cells"]] == total


@pytest.mark.parametrize("confidence", ["verified", "derived", "low", "recalled", "modelled", "unknown"])
def test_every_confidence_has_words(confidence: str) -> None:
    assert TRUST[confidence]
