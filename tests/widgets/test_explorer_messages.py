from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout
from mig_explorer.widgets.explorer import explore
from mig_explorer.widgets.explorer_messages import OPERATIONS, Gesture, Malformed, read_message

KNOWN = "place, remove, take, divide, preset, board, format, machine, clear, undo"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    *gpu("A100-SXM4-40GB").profiles, *("7 × 1g", "A30", "GB10", "H100", ""),
    *("1c", "1c+2c", "1c@0+1c@2", "3c", "1c.me", "2c+2c", "slurm", "mig-parted", "slurmm"),
]  # fmt: skip
VALUE = st.sampled_from(NAMES) | st.integers(-2, 12) | ANY_JSON
NEARLY_A_GESTURE = st.fixed_dictionaries(
    {"op": st.sampled_from([*OPERATIONS, "nonsense"]) | ANY_JSON},
    optional=dict.fromkeys(("profile", "start", "choice", "title", "name", "into", "other"), VALUE),
)


@pytest.mark.parametrize(
    ("content", "gesture"),
    [
        ({"op": "place", "profile": "3g.20gb", "start": 4}, Gesture("place", profile="3g.20gb", start=4)),
        ({"op": "remove", "start": 0}, Gesture("remove", start=0)),
        (
            {"op": "take", "profile": "a", "start": 1, "choice": 1},
            Gesture("take", profile="a", start=1, choice=1),
        ),
        ({"op": "preset", "title": "7 × 1g"}, Gesture("preset", title="7 × 1g")),
        ({"op": "board", "name": "A30"}, Gesture("board", name="A30")),
        ({"op": "divide", "start": 4, "into": "2c+1c"}, Gesture("divide", start=4, into="2c+1c")),
        ({"op": "divide", "start": 0, "into": ""}, Gesture("divide", start=0, into="")),
        ({"op": "format", "name": "slurm"}, Gesture("format", name="slurm")),
        ({"op": "machine"}, Gesture("machine")),
        ({"op": "clear"}, Gesture("clear")),
        ({"op": "undo"}, Gesture("undo")),
    ],
)
def test_each_gesture_is_read(content: dict[str, Any], gesture: Gesture) -> None:
    assert read_message(content) == gesture


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "A message must be an object with the field op, not nothing."),
        ([], "A message must be an object with the field op, not a list."),
        ("undo", "A message must be an object with the field op, not a text."),
        (True, "A message must be an object with the field op, not true or false."),
        ({}, f"The operation must be one of {KNOWN}, not nothing."),
        ({"op": 3}, f"The operation must be one of {KNOWN}, not a whole number."),
        ({"op": ["undo"]}, f"The operation must be one of {KNOWN}, not a list."),
        ({"op": "delete"}, f"The operation must be one of {KNOWN}, not 'delete'."),
        ({"op": "x" * 1000}, f"The operation must be one of {KNOWN}, not a text."),
        ({"op": "undo", "steps": 3}, "undo takes no fields, and the message has other fields."),
        ({"op": "remove"}, "remove takes start, and start is missing."),
        ({"op": "place", "start": 1}, "place takes profile and start, and profile is missing."),
        (
            {"op": "place", "profile": "1g.5gb", "start": 1, "gpu": 0},
            "place takes profile and start, and the message has other fields.",
        ),
        (
            {"op": "remove", "start": "3"},
            "In remove, start must be a whole number from 0 to 999, not a text.",
        ),
        (
            {"op": "remove", "start": True},
            "In remove, start must be a whole number from 0 to 999, not true or false.",
        ),
        (
            {"op": "remove", "start": 1.0},
            "In remove, start must be a whole number from 0 to 999, not a fractional number.",
        ),
        (
            {"op": "remove", "start": float("nan")},
            "In remove, start must be a whole number from 0 to 999, not a fractional number.",
        ),
        (
            {"op": "remove", "start": None},
            "In remove, start must be a whole number from 0 to 999, not nothing.",
        ),
        (
            {"op": "remove", "start": -1},
            "In remove, start must be a whole number from 0 to 999, not a number outside that.",
        ),
        (
            {"op": "remove", "start": 10**5000},
            "In remove, start must be a whole number from 0 to 999, not a number outside that.",
        ),
        ({"op": "divide", "start": 0}, "divide takes start and into, and into is missing."),
        ({"op": "divide", "into": "1c"}, "divide takes start and into, and start is missing."),
        (
            {"op": "divide", "start": 0, "into": ["1c", "2c"]},
            "In divide, into must be a text of at most 100 characters, not a list.",
        ),
        (
            {"op": "divide", "start": 0, "into": "1c+" * 34},
            "In divide, into must be a text of at most 100 characters, not a longer one.",
        ),
        (
            {"op": "divide", "start": -1, "into": "1c"},
            "In divide, start must be a whole number from 0 to 999, not a number outside that.",
        ),
        (
            {"op": "divide", "start": 0, "into": "1c", "gpu": 0},
            "divide takes start and into, and the message has other fields.",
        ),
        ({"op": "format"}, "format takes name, and name is missing."),
        ({"op": "machine", "apply": True}, "machine takes no fields, and the message has other fields."),
        (
            {"op": "board", "name": 7},
            "In board, name must be a text of at most 100 characters, not a whole number.",
        ),
        (
            {"op": "board", "name": "A" * 101},
            "In board, name must be a text of at most 100 characters, not a longer one.",
        ),
        (
            {"op": "preset", "title": {}},
            "In preset, title must be a text of at most 100 characters, not an object.",
        ),
        (
            {"op": "preset", "title": b"x"},
            "In preset, title must be a text of at most 100 characters, not something else.",
        ),
    ],
)
def test_what_is_not_a_gesture_is_refused_with_a_reason(content: object, reason: str) -> None:
    assert read_message(content) == Malformed(reason)


@given(ANY_JSON | NEARLY_A_GESTURE)
def test_no_message_raises(content: object) -> None:
    assert isinstance(read_message(content), Gesture | Malformed)


@given(st.lists(ANY_JSON | NEARLY_A_GESTURE, min_size=1, max_size=6))
def test_whatever_the_page_sends_the_layout_stands_and_something_is_said(contents: list[object]) -> None:
    explorer = explore(Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=0))
    for content in contents:
        before, said = explorer.state["serial"], explorer.state["status"]["headline"]
        explorer._handle_custom_msg(content, [])
        turned = read_message(content) == Gesture("format", name=explorer.export["name"])
        assert explorer.state["serial"] == before + (not turned)
        assert explorer.state["status"]["headline"]
        assert not turned or explorer.state["status"]["headline"] == said
    assert parse_layout(explorer.layout.gpu, str(explorer.layout)) == explorer.layout
