from __future__ import annotations

import pytest

from mig_explorer.errors import InvalidLayout, UnknownProfile
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout
from mig_explorer.widgets.explorer_gestures import after, welcome
from mig_explorer.widgets.explorer_messages import Gesture
from mig_explorer.widgets.explorer_state import Status

A100 = gpu("A100-SXM4-40GB")


def said(status: Status) -> str:
    return " ".join(filter(None, (status.headline, status.detail, status.way_out)))


@pytest.mark.parametrize(
    ("before", "gesture", "made", "words"),
    [
        (
            "3g.20gb@0",
            Gesture("divide", start=2, into="1c+1c+1c"),
            "3g.20gb@0[1c@0+1c@1+1c@2]",
            (
                "3g.20gb@0 is divided into 3 × 1c.3g.20gb. Each has SMs of its own; memory, bandwidth, L2 "
                "cache and engines are shared, and one can slow the others down."
            ),
        ),
        (
            "3g.20gb@0[2c+1c]",
            Gesture("divide", start=0, into="3c"),
            "3g.20gb@0",
            "3g.20gb@0 is whole: one compute instance has all of it.",
        ),
        (
            "3g.20gb@0",
            Gesture("divide", start=0, into=""),
            "3g.20gb@0[]",
            "3g.20gb@0 has no compute instance. CUDA programs see no device there until it has one.",
        ),
        ("3g.20gb@0[2c+1c]", Gesture("remove", start=1), "empty", "3g.20gb@0 removed."),
        (
            "2g.10gb@0",
            Gesture("take", profile="4g.20gb", start=0, choice=0),
            "4g.20gb@0 2g.10gb@4",
            (
                "2g.10gb@0 moved to 4, 4g.20gb placed at memory slice 0. On a GPU a move is a removal and a "
                "new creation: programs on it end."
            ),
        ),
    ],
)
def test_a_gesture_makes_a_layout_and_says_what_was_done(
    before: str, gesture: Gesture, made: str, words: str
) -> None:
    layout, status = after(parse_layout(A100, before), gesture)
    assert (str(layout), status.kind, said(status)) == (made, "good", words)


def test_after_a_division_the_others_are_still_offered() -> None:
    _, status = after(parse_layout(A100, "3g.20gb@4"), Gesture("divide", start=6, into="2c+1c"))
    assert status.divides == 4


@pytest.mark.parametrize(
    ("gesture", "words"),
    [
        (
            Gesture("divide", start=0, into="2c+2c"),
            (
                "2c cannot be placed in 3g.20gb beside 2c@0. 3g.20gb has 3 compute slices and takes 1 of it "
                "at most, starting at 0. What still fits: 1c, 1c.me."
            ),
        ),
        (
            Gesture("divide", start=0, into="1c-2c"),
            "3g.20gb has no compute profile '1c-2c'. Known: 1c.3g.20gb, 1c.3g.20gb+me, 2c.3g.20gb, 3g.20gb.",
        ),
        (
            Gesture("divide", start=6, into="1c"),
            "No GPU instance holds memory slice 6 of A100-SXM4-40GB. Held are: 3g.20gb@0.",
        ),
    ],
)
def test_what_cannot_be_divided_is_refused_in_the_layouts_words(gesture: Gesture, words: str) -> None:
    with pytest.raises(InvalidLayout) as error:
        after(parse_layout(A100, "3g.20gb@0"), gesture)
    assert str(error.value) == words


def test_a_profile_that_is_not_there_is_the_callers_to_say() -> None:
    with pytest.raises(UnknownProfile):
        after(Layout(A100), Gesture("place", profile="9g", start=0))


def test_a_board_is_welcomed_with_what_to_do() -> None:
    assert said(welcome(Layout(A100))) == (
        "Pick a profile, then a place on the board. With the keyboard: arrow keys move, Enter places, Delete "
        "removes, D divides."
    )
    assert said(welcome(Layout(gpu("GB10")))) == "GB10 has no MIG."
