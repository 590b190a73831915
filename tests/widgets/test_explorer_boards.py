from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from mig_explorer.gpus import Fact, gpu, gpus
from mig_explorer.widgets.explorer_boards import FAMILIES, board_part, shown_profiles

EVERY_BOARD = [each.name for each in gpus()]
UNKNOWN = Fact(None, "", "nobody says", "unknown")


def facts_of(board: str) -> list[str]:
    return [fact["text"] for fact in board_part(gpu(board))["facts"]]


def test_every_board_can_be_chosen_once_those_with_mig_by_architecture_and_the_others_last() -> None:
    choices = board_part(gpu("A30"))["choices"]
    names = [name for choice in choices for name in choice["boards"]]
    assert sorted(names) == sorted(EVERY_BOARD)
    assert [choice["group"] for choice in choices] == [
        "Ampere, with MIG",
        "Hopper, with MIG",
        "Blackwell, with MIG",
        "Without MIG, to compare",
    ]
    assert choices[-1]["boards"] == [each.name for each in gpus() if not each.has_mig]
    for choice in choices[:-1]:
        architectures = {str(gpu(name).value("architecture")).split()[0] for name in choice["boards"]}
        assert choice["group"] == f"{architectures.pop()}, with MIG"
        assert not architectures


def test_a_board_that_only_this_machine_has_can_be_chosen_too() -> None:
    own = replace(gpu("A30"), name="NVIDIA X1")
    first, *others = board_part(own)["choices"]
    assert first == {"group": "In this machine, not in the catalogue", "boards": ["NVIDIA X1"]}
    assert others == board_part(gpu("A30"))["choices"]


@pytest.mark.parametrize(
    ("board", "facts"),
    [
        ("A100-SXM4-40GB", ["108 SMs, 98 with MIG", "40 GiB", "1555 GB/s (data sheet)"]),
        ("A30", ["56 SMs, all with MIG", "24 GiB", "933 GB/s (data sheet, recalled)"]),
        ("GB10", ["48 SMs", "128 GiB", "273 GB/s (data sheet)"]),
        (
            "H100-PCIE-80GB",
            ["114 SMs, unknown with MIG", "79.65 GiB", "2000 GB/s (data sheet, recalled)"],
        ),
        ("GH200-144GB", ["132 SMs, all with MIG", "memory unknown", "4900 GB/s (data sheet, recalled)"]),
    ],
)
def test_a_board_says_its_size_and_how_sure_that_is(board: str, facts: list[str]) -> None:
    assert facts_of(board) == facts


def test_what_nobody_knows_of_a_board_is_unknown() -> None:
    board = gpu("A30")
    blank = replace(board, facts=MappingProxyType({**board.facts, "memory_bandwidth_gbs": UNKNOWN}))
    fact = board_part(blank)["facts"][2]
    assert fact["text"] == "bandwidth unknown"
    assert fact["title"] == "nobody says. What a STREAM copy reaches of it is unknown."


def test_where_bandwidth_comes_from_is_said() -> None:
    assert board_part(gpu("A100-SXM4-40GB"))["facts"][2]["title"].startswith(
        "third-party specification page. A STREAM copy reaches 1385 GB/s of it (measured, published: "
    )


@pytest.mark.parametrize(
    ("board", "compute", "memory"),
    [
        ("A100-SXM4-40GB", "14 SMs each", "5 GiB each"),
        ("A30", "14 SMs each", "6 GiB each"),
        ("H100-SXM5-80GB", "7 slices", "9.96 GiB each"),  # 16 SMs, but 26 for a 1g of two memory slices
        ("RTX-PRO-6000-BLACKWELL-SERVER", "4 slices", "7.97 GiB each"),  # 46 SMs alone, 94 for two
        ("H100-PCIE-80GB", "7 slices", "9.96 GiB each"),
        ("GH200-144GB", "7 slices", "8 slices"),
    ],
)
def test_a_row_says_how_much_each_slice_has_only_if_that_is_known_and_even(
    board: str, compute: str, memory: str
) -> None:
    part = board_part(gpu(board))
    assert (part["compute_note"], part["memory_note"]) == (compute, memory)


def test_many_families_are_grouped_by_size_and_explained() -> None:
    board = gpu("RTX-PRO-6000-BLACKWELL-SERVER")
    shown = shown_profiles(board)
    assert [(each.name, size) for each, size in shown] == [
        ("1g.24gb", "1g.24gb"),
        ("1g.24gb+me", "1g.24gb"),
        ("1g.24gb-me", "1g.24gb"),
        ("1g.24gb+me.all", "1g.24gb"),
        ("1g.24gb+gfx", "1g.24gb"),
        ("2g.48gb", "2g.48gb"),
        ("2g.48gb-me", "2g.48gb"),
        ("2g.48gb+me.all", "2g.48gb"),
        ("2g.48gb+gfx", "2g.48gb"),
        ("4g.96gb", "4g.96gb"),
        ("4g.96gb+gfx", "4g.96gb"),
    ]
    assert board_part(board)["legend"] == (
        "+me: more media engines · -me: none · +me.all: all of them · +gfx: graphics too"
    )


def test_few_families_need_no_groups() -> None:
    board = gpu("A100-SXM4-40GB")
    assert shown_profiles(board) == tuple((each, "") for each in board.profiles.values())
    assert board_part(board)["legend"] == ""


@pytest.mark.parametrize("board", EVERY_BOARD)
def test_every_profile_is_shown_and_every_family_has_words(board: str) -> None:
    shown = [each.name for each, _ in shown_profiles(gpu(board))]
    assert sorted(shown) == sorted(gpu(board).profiles)
    assert {each.family for each in gpu(board).profiles.values()} <= set(FAMILIES)
