"""Every refusal against a checker written from what nvidia-smi prints, and the words of typical ones."""

from __future__ import annotations

import re

import pytest

from mig_explorer.errors import ImpossiblePlacement, UnknownProfile
from mig_explorer.gpus import Placement, gpu
from mig_explorer.layouts import Layout, Refusal, layouts, parse_layout

A100 = gpu("A100-SXM4-40GB")

# `nvidia-smi mig -lgipp` on an A100-40GB, and the A30's placements in the same form.
PRINTED = {
    "A100-SXM4-40GB": """
GPU  0 Profile ID 19 Placements: {0,1,2,3,4,5,6}:1
GPU  0 Profile ID 20 Placements: {0,1,2,3,4,5,6}:1
GPU  0 Profile ID 15 Placements: {0,2,4,6}:2
GPU  0 Profile ID 14 Placements: {0,2,4}:2
GPU  0 Profile ID  9 Placements: {0,4}:4
GPU  0 Profile ID  5 Placement : {0}:4
GPU  0 Profile ID  0 Placement : {0}:8
""",
    "A30": """
GPU  0 Profile ID 14 Placements: {0,1,2,3}:1
GPU  0 Profile ID 21 Placements: {0,1,2,3}:1
GPU  0 Profile ID  5 Placements: {0,2}:2
GPU  0 Profile ID  6 Placements: {0,2}:2
GPU  0 Profile ID  0 Placement : {0}:4
""",
}
HOLDS_THE_ONLY_JPEG_ENGINE = {
    "A100-SXM4-40GB": {"1g.5gb+me", "7g.40gb"},
    "A30": {"1g.6gb+me", "2g.12gb+me", "4g.24gb"},
}


def printed_placements(board_name):
    by_id = {profile.profile_id: name for name, profile in gpu(board_name).profiles.items()}
    found = {}
    for match in re.finditer(r"Profile ID\s+(\d+) Placements? ?: \{([\d,]+)\}:(\d+)", PRINTED[board_name]):
        starts = {int(start) for start in match[2].split(",")}
        found[by_id[int(match[1])]] = (starts, int(match[3]))
    return found


def fits_by_the_printed_tables(board_name, layout, profile_name, start):
    starts, size = printed_placements(board_name)[profile_name]
    taken = set()
    for instance in layout.instances:
        taken |= set(range(instance.start, instance.start + instance.size))
    media = HOLDS_THE_ONLY_JPEG_ENGINE[board_name]
    media_taken = any(instance.profile.name in media for instance in layout.instances)
    return (
        start in starts
        and not taken & set(range(start, start + size))
        and not (profile_name in media and media_taken)
    )


@pytest.mark.parametrize("board_name", ["A100-SXM4-40GB", "A30"])
def test_the_placements_are_those_that_nvidia_smi_prints(board_name):
    ours = {
        name: (set(profile.starts), profile.memory_slices)
        for name, profile in gpu(board_name).profiles.items()
    }
    assert ours == printed_placements(board_name)


@pytest.mark.parametrize("board_name", ["A100-SXM4-40GB", "A30"])
def test_every_answer_agrees_with_the_printed_tables_and_every_way_out_works(board_name):
    board = gpu(board_name)
    asked = refused = 0
    for layout in (Layout(board), *layouts(board, maximal=False)):
        for name in board.profiles:
            for start in range(board.memory_slices):
                asked += 1
                answer = layout.explain(name, start)
                if fits_by_the_printed_tables(board_name, layout, name, start):
                    assert answer == Placement(start, board.profile(name).memory_slices)
                    continue
                refused += 1
                assert isinstance(answer, Refusal), (str(layout), name, start)
                assert answer.rule in ("not-a-start", "overlap", "instance-limit", "engine-limit")
                assert answer.alternatives, (str(layout), name, start)
                for alternative in answer.alternatives:
                    after = alternative.apply(layout)
                    assert f"{name}@{alternative.start}" in str(after).split()
    assert asked == (1 + len(layouts(board, maximal=False))) * len(board.profiles) * board.memory_slices
    assert refused > asked // 2


WORDS = [
    (
        "3g.20gb@0",
        ("3g.20gb", 2),
        "not-a-start",
        "3g.20gb cannot start at memory slice 2. Its starts are 0 and 4. Place it at 4 instead.",
    ),
    (
        "3g.20gb@0 2g.10gb@4",
        ("3g.20gb", 2),
        "not-a-start",
        ("3g.20gb cannot start at memory slice 2. Its starts are 0 and 4, and slices 0 to 3 "
         "belong to 3g.20gb and "
        "slices 4 and 5 belong to 2g.10gb. Remove 2g.10gb@4, then it can start at 4. What still "
        "fits: 1g.5gb and "
        "1g.10gb."),
    ),
    (
        "3g.20gb@0 2g.10gb@4",
        ("3g.20gb", 4),
        "overlap",
        ("3g.20gb cannot start at memory slice 4. It needs slices 4 to 7, and slices 4 and 5 "
         "belong to 2g.10gb. "
        "Remove 2g.10gb@4, then it can start at 4. What still fits: 1g.5gb and 1g.10gb."),
    ),
    (
        "empty",
        ("1g.5gb", 7),
        "not-a-start",
        ("1g.5gb cannot start at memory slice 7. Its starts are 0 to 6, and memory slice 7 has no "
         "compute slice of "
        "its own. Place it at 6 or 5 instead."),
    ),
    (
        "empty",
        ("7g.40gb", 99),
        "not-a-start",
        ("7g.40gb cannot start at memory slice 99. Its only start is 0, and the board's memory "
         "slices are 0 to 7. "
        "Place it at 0 instead."),
    ),
    (
        "1g.5gb+me@0",
        ("1g.5gb+me", 3),
        "instance-limit",
        ("1g.5gb+me cannot start at memory slice 3. A100-SXM4-40GB takes 1 of it at most, and "
         "there is 1g.5gb+me@0. "
        "Remove 1g.5gb+me@0, then it can start at 3. What still fits: 1g.5gb."),
    ),
    (
        "3g.20gb@0 3g.20gb@4",
        ("3g.20gb", None),
        "no-room",
        ("3g.20gb cannot be placed. Its starts are 0 and 4, and slices 0 to 3 belong to 3g.20gb "
         "and slices 4 to 7 "
        "belong to 3g.20gb. Remove 3g.20gb@0, then it can start at 0."),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("stands", "asked", "rule", "words"), WORDS)
def test_a_refusal_says_what_which_rule_and_the_way_out(stands, asked, rule, words):
    answer = parse_layout(A100, stands).explain(*asked)
    assert isinstance(answer, Refusal)
    assert (answer.rule, str(answer)) == (rule, words)
    with pytest.raises(ImpossiblePlacement, match=re.escape(words)) as caught:
        parse_layout(A100, stands).place(*asked)
    assert caught.value.refusal == answer


def test_media_engines_that_are_taken_refuse_a_second_holder_on_an_a30():
    answer = parse_layout(gpu("A30"), "1g.6gb+me@0").explain("2g.12gb+me", 2)
    assert isinstance(answer, Refusal)
    assert str(answer) == (
        "2g.12gb+me cannot start at memory slice 2. It needs 1 of the board's 1 JPEG engines, and "
        "1g.6gb+me@0 holds "
        "1. Remove 1g.6gb+me@0, then it can start at 2. What still fits: 1g.6gb and 2g.12gb."
    )
    assert answer.rule == "engine-limit"


def test_a_board_without_mig_refuses_and_says_what_it_can_do():
    answer = Layout(gpu("GB10")).explain("1g.5gb")
    assert isinstance(answer, Refusal)
    assert str(answer) == (
        "1g.5gb cannot be placed. GB10 has no MIG. Share it by time slicing, MPS or green "
        "contexts, or choose a board "
        "with MIG."
    )
    assert (answer.rule, answer.alternatives) == ("no-mig", ())


def test_an_unknown_profile_gets_the_nearest_names():
    with pytest.raises(UnknownProfile) as caught:
        Layout(A100).explain("3g.20g", 0)
    assert str(caught.value) == "A100-SXM4-40GB has no profile '3g.20g'. Nearest: 3g.20gb, 4g.20gb."
    with pytest.raises(UnknownProfile, match=r"^A100-SXM4-40GB has no profile \['x'\]\. Known: 1g\.5gb, "):
        Layout(A100).explain(["x"], 0)  # type: ignore[arg-type]


@pytest.mark.parametrize("start", [True, 1.0, "0", float("nan"), [0]])
def test_a_start_that_is_no_whole_number_is_refused(start):
    with pytest.raises(TypeError) as caught:
        Layout(A100).explain("1g.5gb", start)
    assert str(caught.value) == f"A start is a memory slice, a whole number; got {start!r}."
