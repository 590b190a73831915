"""How many layouts each board of the catalogue allows, against the counts known for its kind."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import pytest

from mig_explorer.gpus import Gpu, gpus
from mig_explorer.layouts import Layout, layouts

Sizes = tuple[str, ...]


class Counts(NamedTuple):
    """Counts of the layouts of a board with one set of profiles; the empty layout is in none of them."""

    placed: int
    multisets: int
    maximal: int
    maximal_multisets: int
    inclusion_maximal_multisets: int


EIGHT_SLICES = {
    "classic": Counts(297, 37, 19, 14, 12),
    "plain": Counts(722, 77, 78, 38, 28),
    "all": Counts(2318, 127, 239, 64, 44),
}
FOUR_QUARTERS = {"plain": Counts(25, 9, 5, 4, 4)}
EXPECTED = {
    "A30": FOUR_QUARTERS | {"all": Counts(75, 19, 17, 8, 8)},
    "RTX-PRO-6000-BLACKWELL-SERVER": FOUR_QUARTERS | {"all": Counts(716, 114, 302, 64, 64)},
    "RTX-PRO-6000-BLACKWELL-WORKSTATION": FOUR_QUARTERS | {"all": Counts(716, 114, 302, 64, 64)},
    "RTX-PRO-5000-BLACKWELL": {"all": Counts(29, 17, 19, 12, 12)},
}
WITH_MIG = [board for board in gpus() if board.has_mig]
EIGHT = [board for board in WITH_MIG if board.memory_slices == 8]
CASES = [(board, kind) for board in WITH_MIG for kind in EXPECTED.get(board.name, EIGHT_SLICES)]


def used(board: Gpu, kind: str) -> list[str]:
    plain = [name for name, profile in board.profiles.items() if not profile.family]
    # Classic is what the first A100 had: no profile of one compute slice with double memory.
    double = [name for name in plain if name.startswith("1g") and name != plain[0]]
    return {
        "all": list(board.profiles),
        "plain": plain,
        "classic": [name for name in plain if name not in double],
    }[kind]


def sizes(layout: Layout) -> Sizes:
    return tuple(sorted(instance.profile.name for instance in layout.instances))


def inclusion_maximal(multisets: set[Sizes]) -> set[Sizes]:
    """Return the multisets that are part of no other; every other has a larger one with one more profile."""
    inside = set()
    for each in multisets:
        for gone in set(each):
            smaller = list(each)
            smaller.remove(gone)
            inside.add(tuple(smaller))
    return multisets - inside


@pytest.mark.parametrize(("board", "kind"), CASES, ids=lambda each: getattr(each, "name", each))
def test_counts(board: Gpu, kind: str) -> None:
    names = used(board, kind)
    every, maximal = layouts(board, names, maximal=False), layouts(board, names)
    assert len(set(every)) == len(every)
    multisets = {sizes(layout) for layout in every}
    assert EXPECTED.get(board.name, EIGHT_SLICES)[kind] == Counts(
        placed=len(every),
        multisets=len(multisets),
        maximal=len(maximal),
        maximal_multisets=len({sizes(layout) for layout in maximal}),
        inclusion_maximal_multisets=len(inclusion_maximal(multisets)),
    )


def test_every_board_with_mig_is_counted_and_fifteen_have_eight_memory_slices() -> None:
    assert (len(WITH_MIG), len(EIGHT)) == (19, 15)
    assert {board.name for board in WITH_MIG if board not in EIGHT} == set(EXPECTED)


def test_every_part_of_a_layout_is_a_layout() -> None:
    """So that `inclusion_maximal` may look one profile further only."""
    for board in WITH_MIG:
        multisets = {sizes(layout) for layout in layouts(board, maximal=False)} | {()}
        for each in multisets - {()}:
            for gone in set(each):
                assert tuple(sorted((Counter(each) - Counter([gone])).elements())) in multisets


@pytest.mark.parametrize(
    "board", [each for each in WITH_MIG if each.memory_slices == 8], ids=lambda each: each.name
)
def test_boards_with_eight_slices_have_the_same_layouts_under_other_names(board: Gpu) -> None:
    first = next(each for each in WITH_MIG if each.name == "A100-SXM4-40GB")
    renamed = dict(zip(board.profiles, first.profiles, strict=True))
    ours = {
        tuple((renamed[each.profile.name], each.start) for each in layout.instances)
        for layout in layouts(board, maximal=False)
    }
    assert ours == {
        tuple((each.profile.name, each.start) for each in layout.instances)
        for layout in layouts(first, maximal=False)
    }
