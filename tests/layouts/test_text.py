"""A layout as one line of text and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import ImpossiblePlacement, InvalidLayout, MigExplorerError
from mig_explorer.gpus import gpu
from mig_explorer.layouts import layouts, parse_layout

A100 = gpu("A100-SXM4-40GB")


def test_every_layout_comes_back_from_its_text():
    for layout in layouts(A100, maximal=False):
        assert parse_layout(A100, str(layout)) == layout


def test_without_starts_the_driver_model_places_in_the_order_written():
    assert str(parse_layout(A100, "3g.20gb 2g.10gb 1g.5gb")) == "2g.10gb@0 1g.5gb@2 3g.20gb@4"


BAD = [
    ("3g.20gb@", InvalidLayout, "'3g.20gb@' is not a placement; write profile@start, like '3g.20gb@4'."),
    ("3g.20gb@x", InvalidLayout, "'3g.20gb@x' is not a placement; write profile@start, like '3g.20gb@4'."),
    (
        "x" * 5000,
        InvalidLayout,
        "A layout is a line of text of at most 4096 characters, like '3g.20gb@4 1g.5gb@0'.",
    ),
    (
        None,
        InvalidLayout,
        "A layout is a line of text of at most 4096 characters, like '3g.20gb@4 1g.5gb@0'.",
    ),
    (
        "7g.40gb@0 1g.5gb@3",
        ImpossiblePlacement,
        (
            "1g.5gb cannot start at memory slice 3. It needs slice 3, and slices 0 to 7 belong to "
            "7g.40gb. Remove "
            "7g.40gb@0, then it can start at 3."
        ),
    ),
]


@pytest.mark.parametrize(("text", "error", "message"), BAD)
def test_bad_text(text, error, message):
    with pytest.raises(error) as caught:
        parse_layout(A100, text)
    assert str(caught.value) == message


@given(st.text(alphabet="1234567g.b5@0 ,+me\n", max_size=40))
def test_any_text_is_a_layout_or_a_clear_error(text):
    try:
        layout = parse_layout(A100, text)
    except MigExplorerError:
        return
    assert parse_layout(A100, str(layout)) == layout
