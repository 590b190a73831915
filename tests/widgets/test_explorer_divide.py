from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, parse_layout
from mig_explorer.widgets.explorer_divide import division_part, division_words, divisions

if TYPE_CHECKING:
    from mig_explorer.gpus import Profile
    from mig_explorer.layouts import GpuInstance

PROFILES = {
    f"{board.name} {profile.name}": profile for board in gpus() for profile in board.profiles.values()
}


def instance(text: str, board: str = "A100-SXM4-40GB") -> GpuInstance:
    return parse_layout(gpu(board), text).instances[0]


def labels(profile: str, board: str = "A100-SXM4-40GB") -> list[str]:
    return [each.label for each in divisions(gpu(board).profile(profile))]


def possible_sizes(profile: Profile) -> set[tuple[int, ...]]:
    """Try every set of disjoint compute instances that leaves no compute slice idle; return their sizes."""
    names = {each.compute_slices: each for each in reversed(profile.compute_profiles) if each.profile_id != 7}
    found: set[tuple[int, ...]] = set()

    def fill(first: int, sizes: tuple[int, ...]) -> None:
        if first == profile.compute_slices:
            counts = all(sizes.count(size) <= names[size].max_instances for size in sizes)
            found.update({tuple(sorted(sizes, reverse=True))} if counts else set())
            return
        for size, each in names.items():
            if first in each.starts and first + size <= profile.compute_slices:
                fill(first + size, (*sizes, size))

    fill(0, ())
    return found


@pytest.mark.parametrize("name", PROFILES)
def test_every_division_that_leaves_nothing_idle_is_offered_and_no_other(name: str) -> None:
    profile = PROFILES[name]
    offered = [each.sizes for each in divisions(profile)]
    possible = possible_sizes(profile)
    assert sorted(offered) == (sorted(possible) if len(possible) > 1 else [])


@pytest.mark.parametrize("board", [each.name for each in gpus() if each.has_mig])
def test_what_is_offered_works_when_taken_and_is_then_marked(board: str) -> None:
    for profile in gpu(board).profiles.values():
        layout = Layout(gpu(board)).place(profile.name, start=profile.starts[0])
        for taken in divisions(profile):
            made = layout.divide(profile.starts[0], taken.into).instances[0]
            assert sorted((each.size for each in made.compute_instances), reverse=True) == list(taken.sizes)
            shown = division_part(made)
            assert [each["label"] for each in shown["divisions"] if each["on"]] == [taken.label]
            assert shown["idle"] == []


def test_the_divisions_of_a_board_come_few_pieces_first() -> None:
    assert labels("3g.20gb") == ["whole", "2c + 1c", "1c + 1c + 1c"]
    assert labels("2g.10gb") == ["whole", "1c + 1c"]
    assert labels("1g.10gb") == []
    assert labels("7g.40gb") == [
        "whole", "4c + 3c", "4c + 2c + 1c", "3c + 3c + 1c", "3c + 2c + 2c", "4c + 1c + 1c + 1c",
        "3c + 2c + 1c + 1c", "2c + 2c + 2c + 1c", "3c + 4 × 1c", "2c + 2c + 1c + 1c + 1c", "2c + 5 × 1c",
        "7 × 1c",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "pieces", "idle", "sharing", "shares"),
    [
        ("3g.20gb@4", [], [], "", ""),
        (
            "3g.20gb@4[2c+1c]",
            [("2c.3g.20gb", "2c", 0, 2), ("1c.3g.20gb", "1c", 2, 1)],
            [],
            "shared by 2",
            "2c.3g.20gb and 1c.3g.20gb share its memory, bandwidth, L2 cache and engines.",
        ),
        (
            "3g.20gb@4[1c@1]",
            [("1c.3g.20gb", "1c", 1, 1)],
            [0, 2],
            "",
            "Only 1c.3g.20gb is on it.",
        ),
        ("3g.20gb@4[]", [], [0, 1, 2], "idle", "No compute instance is on it."),
    ],
)
def test_what_the_page_draws(
    text: str, pieces: list[tuple[object, ...]], idle: list[int], sharing: str, shares: str
) -> None:
    part = division_part(instance(text))
    assert [tuple(each.values()) for each in part["pieces"]] == pieces
    assert (part["idle"], part["sharing"], part["shares"]) == (idle, sharing, shares)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3g.20gb@4", ("3g.20gb@4 is whole: one compute instance has all of it.", "")),
        (
            "3g.20gb@4[1c+1c+1c]",
            (
                "3g.20gb@4 is divided into 3 × 1c.3g.20gb.",
                (
                    "Each has SMs of its own; memory, bandwidth, L2 cache and engines are shared, and one "
                    "can slow the others down."
                ),
            ),
        ),
        (
            "3g.20gb@4[2c]",
            (
                "3g.20gb@4 holds one compute instance, 2c.3g.20gb.",
                "Its other compute slices are idle.",
            ),
        ),
        (
            "3g.20gb@4[]",
            (
                "3g.20gb@4 has no compute instance.",
                "CUDA programs see no device there until it has one.",
            ),
        ),
    ],
)
def test_a_division_is_said_in_words(text: str, said: tuple[str, str]) -> None:
    assert division_words(instance(text)) == said


def test_a_compute_instance_of_the_second_revision_is_drawn_and_marks_no_division() -> None:
    part = division_part(instance("2g.10gb@0[1c.me+1c.me]"))
    assert [each["short"] for each in part["pieces"]] == ["1c.me", "1c.me"]
    assert [each["on"] for each in part["divisions"]] == [False, False]
