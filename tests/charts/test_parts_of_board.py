import math

import pandas as pd

from mig_explorer.charts.parts_of_board import figures, parts_of_board
from tests.charts.made_up import SAID, texts

RESOURCES = {"sms": "SMs with work", "memory": "memory"}


def row(mode, title, sms, memory, *, out=0.0):
    return {
        "mode": mode,
        "title": title,
        "sms_used_percent": sms,
        "sms_out_of_reach_percent": out,
        "memory_used_percent": memory,
        "memory_out_of_reach_percent": out,
    }


ROWS = pd.DataFrame([row("mps", "MPS", 60.0, 0.4), row("mig", "MIG 7 × 1g.5gb", 80.0, 50.0, out=12.5)])


def test_a_bar_is_as_long_as_what_is_used_and_none_lies_on_another():
    found = figures(ROWS, RESOURCES, "MIG uses more.", SAID)
    bars = [
        (bar["mode"], bar["place"], bar["value"], round(bar["end"] - bar["value"], 6))
        for bar in found.data["used"]
    ]
    assert bars == [
        ("MPS", 0, 0.0, 0.6),
        ("MPS", 0, 1.42, 0.004),
        ("MIG 7 × 1g.5gb", 1, 0.0, 0.8),
        ("MIG 7 × 1g.5gb", 1, 1.42, 0.5),
    ]
    assert [bar["words"] for bar in found.data["used"]] == ["60 %", "< 1 %", "80 %", "50 %"]


def test_what_is_out_of_reach_lies_at_the_far_end():
    found = figures(ROWS, RESOURCES, "MIG uses more.", SAID)
    assert [(bar["mode"], bar["value"], bar["end"]) for bar in found.data["out"]] == [
        ("MIG 7 × 1g.5gb", 0.875, 1.0),
        ("MIG 7 × 1g.5gb", 1.42 + 0.875, 2.42),
    ]
    assert found.axes == "share of the board in use; dark grey: out of every tenant's reach"
    assert figures(ROWS[:1], RESOURCES, "MPS.", SAID).axes == "share of the board in use"


def test_what_is_not_known_leaves_a_gap():
    unknown = ROWS.assign(memory_used_percent=math.nan)
    found = figures(unknown, RESOURCES, "MIG uses more.", SAID)
    assert {bar["value"] for bar in found.data["used"]} == {0.0}
    assert {bar["value"] for bar in found.data["whole"]} == {0.0}


def test_it_is_drawn():
    shown = parts_of_board(ROWS, RESOURCES, "MIG uses more.", SAID)
    words = texts(shown._repr_mimebundle_()["image/svg+xml"])
    assert {"MPS", "MIG 7 × 1g.5gb", "SMs with work", "memory", "60 %", "< 1 %", "MIG uses more."} <= words
