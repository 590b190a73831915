"""How many layouts a board allows, against the counts known for it."""

from __future__ import annotations

import pytest

from mig_explorer.errors import UnknownProfile
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, layouts

CLASSIC = ["1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"]
A30_PLAIN = ["1g.6gb", "2g.12gb", "4g.24gb"]

COUNTS = [
    ("A100-SXM4-40GB", CLASSIC, 297, 37, 19),
    ("A100-SXM4-40GB", [*CLASSIC, "1g.10gb"], 722, 77, 78),
    ("A100-SXM4-40GB", None, 2318, 127, 239),
    ("A100-SXM4-80GB", None, 2318, 127, 239),
    ("A30", A30_PLAIN, 25, 9, 5),
    ("A30", None, 75, 19, 17),
]


@pytest.mark.parametrize(("board", "profiles", "placed", "multisets", "maximal"), COUNTS)
def test_counts(board, profiles, placed, multisets, maximal):
    every = layouts(gpu(board), profiles, maximal=False)
    names = {tuple(sorted(instance.profile.name for instance in layout.instances)) for layout in every}
    assert (len(every), len(set(every)), len(names)) == (placed, placed, multisets)
    assert len(layouts(gpu(board), profiles)) == maximal


def test_nineteen_without_four_and_three_is_the_older_figure_of_eighteen():
    pairs = [str(layout) for layout in layouts(gpu("A100-SXM4-40GB"), CLASSIC)]
    assert len([text for text in pairs if text != "4g.20gb@0 3g.20gb@4"]) == 18


def test_a_maximal_layout_takes_nothing_more_and_every_other_takes_something():
    board = gpu("A100-SXM4-40GB")
    maximal = set(layouts(board, CLASSIC))
    for layout in layouts(board, CLASSIC, maximal=False):
        more = any(layout.remaining()[name] for name in CLASSIC)
        assert more == (layout not in maximal)


def test_a_board_without_mig_has_no_layout():
    assert layouts(gpu("GB10")) == ()
    assert str(Layout(gpu("GB10"))) == "empty"


def test_an_unknown_profile_is_refused():
    with pytest.raises(UnknownProfile, match=r"^A30 has no profile '3g.20gb'"):
        layouts(gpu("A30"), ["3g.20gb"])
