"""Every refusal against a checker written from what nvidia-smi prints, and the words of typical ones."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mig_explorer.errors import ImpossiblePlacement, UnknownProfile
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, Refusal, layouts, parse_layout
from mig_explorer.layouts.rules import MEDIA_ENGINES
from tests.layouts import count_pairs
from tests.layouts.count_pairs import (
    EVERY_START,
    LEFT_TO_THE_DRIVER,
    asked_starts,
    check_answers,
    check_rules,
    reachable,
    rules_of,
    state_of,
)
from tests.layouts.printed_rules import PrintedRules

RULES = ("not-a-start", "overlap", "instance-limit", "engine-limit", "no-room")

A100 = gpu("A100-SXM4-40GB")
RTX_PRO = gpu("RTX-PRO-6000-BLACKWELL-SERVER")
WITH_MIG = [board.name for board in gpus() if board.has_mig]
ASKED = [(board, profile) for board in EVERY_START for profile in gpu(board).profiles]


@pytest.mark.parametrize("board", WITH_MIG)
def test_the_reachable_states_are_those_of_the_printed_rules(board):
    ours = {state_of(layout.instances) for layout in layouts(gpu(board), maximal=False)}
    assert ours | {frozenset()} == rules_of(board).states


@pytest.mark.parametrize(("board", "profile"), ASKED)
def test_every_answer_agrees_with_the_printed_rules_and_every_way_out_works(board, profile):
    starts = [*asked_starts(board), None]
    counted = check_answers(board, profile, starts)
    assert counted["pairs"] == len(reachable(board)) * len(starts)
    assert counted["pairs"] == counted["fits"] + counted["refusals"]
    assert counted["refusals"] == sum(counted[rule] for rule in RULES)
    assert min(counted["fits"], counted["overlap"], counted["not-a-start"], counted["ways out"]) > 0


@pytest.mark.parametrize("board", [name for name in WITH_MIG if name not in EVERY_START])
def test_on_every_other_board_the_same_rule_is_broken_as_by_the_printed_rules(board):
    counted = check_rules(board)
    starts = gpu(board).memory_slices + 2
    assert counted["pairs"] == len(reachable(board)) * len(gpu(board).profiles) * starts
    assert min(counted[each] for each in ("fits", "overlap", "not-a-start", "instance-limit")) > 0


@pytest.mark.parametrize("board", LEFT_TO_THE_DRIVER)
def test_where_the_driver_was_to_choose_every_way_out_works(board):
    for profile in gpu(board).profiles:
        counted = check_answers(board, profile, [None])
        assert counted["pairs"] == len(reachable(board))
        assert counted["ways out"] > 0


def test_the_boards_whose_ways_out_are_taken_have_every_set_of_engines_of_the_catalogue():
    def engines(name):
        board = gpu(name)
        of_profiles = [
            [profile.engines(kind) for kind in MEDIA_ENGINES] for profile in board.profiles.values()
        ]
        return str((board.memory_slices, [board.value(kind) for kind in MEDIA_ENGINES], of_profiles))

    assert {engines(name) for name in WITH_MIG} == {
        engines(name) for name in (*EVERY_START, *LEFT_TO_THE_DRIVER)
    }


def test_wrong_rules_would_be_noticed(monkeypatch):
    right = rules_of("A30")
    row = right.rows["2g.12gb"]
    for wrong in (replace(row, starts=(0,)), replace(row, size=1), replace(row, most=1)):
        changed = PrintedRules(right.rows | {"2g.12gb": wrong})
        monkeypatch.setattr(count_pairs, "rules_of", lambda _, changed=changed: changed)
        for check in (
            lambda: check_rules("A30"),
            lambda: check_answers("A30", "2g.12gb", [0, 1, 2]),
        ):
            # An instance where the wrong rules know no place for one is noticed as well.
            with pytest.raises((AssertionError, KeyError)):
                check()


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
        "2g.12gb+me cannot start at memory slice 2. It needs the board's only JPEG engine, which 1g.6gb+me@0 "
        "holds. Remove 1g.6gb+me@0, then it can start at 2. What still fits: 1g.6gb and 2g.12gb."
    )
    assert answer.rule == "engine-limit"


def test_media_engines_of_several_instances_are_added_up_on_an_rtx_pro_6000():
    answer = parse_layout(RTX_PRO, "2g.48gb@0 1g.24gb@6").explain("1g.24gb+me.all", 9)
    assert isinstance(answer, Refusal)
    assert answer.rule == "engine-limit"
    assert answer.detail == (
        "It needs all 4 of the board's video decoders, and 2g.48gb@0 and 1g.24gb@6 hold 3."
    )


def test_what_is_in_the_way_is_moved_where_it_finds_another_place():
    answer = parse_layout(A100, "1g.5gb@0 2g.10gb@2 1g.5gb@4").explain("3g.20gb")
    assert isinstance(answer, Refusal)
    assert answer.way_out == "Move 1g.5gb@4 to 1, then it can start at 4."
    assert str(answer.alternatives[0].apply(parse_layout(A100, "1g.5gb@0 2g.10gb@2 1g.5gb@4"))) == (
        "1g.5gb@0 1g.5gb@1 2g.10gb@2 3g.20gb@4"
    )


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
