"""Sequences of creations against published runs of ``nvidia-smi mig -cgi``, and what is wrong with a list."""

from __future__ import annotations

import re

import pytest

from mig_explorer.errors import UnreadableDocument
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, create_sequence, parse_layout

A100 = gpu("A100-SXM4-40GB")

# Published runs: board, list, whether the board numbers its instances the mirrored way, the ids printed (a
# text is the error that stopped it), and start:size by id where a listing was printed.
# Sources: the MIG User Guide (first four), a cloud provider's blog on A100-80GB (14,14,14,20), and notes that
# administrators have published of their own boards.
RUNS = [
    ("A100-SXM4-40GB", "19,14,5", False, [13, 5, 1], {13: "6:1", 5: "4:2", 1: "0:4"}),
    ("A100-SXM4-40GB", "19,19,14,9", False, [13, 11, 3, "Insufficient Resources"], {}),
    ("A100-SXM4-40GB", "9,19,14,19", False, [2, 7, 4, 8], {}),
    ("A100-SXM4-40GB", "9,9", False, [2, 1], {1: "0:4", 2: "4:4"}),
    ("A100-SXM4-40GB", "9,9", True, [1, 2], {1: "4:4", 2: "0:4"}),
    ("A100-SXM4-40GB", "9,9,19", False, [2, 1, "Insufficient Resources"], {}),
    ("A100-SXM4-80GB", "14,14,14,20", False, [5, 3, 4, 13], {}),
    ("A100-SXM4-80GB", "9,14,19", False, [2, 3, 9], {2: "4:4", 3: "0:2", 9: "2:1"}),
    ("A100-SXM4-80GB", "19,19", False, [13, 11], {}),
    ("A100-PCIE-80GB", "19,19,19,19,19,19,19", True, [9, 7, 8, 11, 12, 13, 14], {}),
    ("H100-NVL-94GB", "19,19,19,19,19,19,19", False, [13, 11, 12, 7, 8, 9, 10], {}),
    ("H100-SXM5-80GB", "15", False, [5], {}),
]


@pytest.mark.parametrize(("board", "asked", "mirrored", "printed", "listed"), RUNS)
def test_a_published_run_is_replayed(board, asked, mirrored, printed, listed):
    run = create_sequence(gpu(board), asked, mirrored=mirrored)
    ids = [step.instance_id for step in run.steps]
    assert [*ids, *([run.error.text] if run.error else [])] == printed
    placements = {step.instance_id: f"{step.instance.start}:{step.instance.size}" for step in run.steps}
    assert {number: placements[number] for number in listed} == listed
    assert set(run.layout.instances) == {step.instance for step in run.steps}


def test_what_was_created_before_the_error_stays_and_the_advice_works():
    run = create_sequence(A100, "19,19,14,9")
    assert str(run.layout) == "2g.10gb@0 1g.5gb@4 1g.5gb@6"
    assert run.error is not None
    assert (run.error.code, run.error.text, run.error.asked) == (23, "Insufficient Resources", "9")
    assert run.advice == "This order works: 9,14,19,19."
    assert create_sequence(A100, run.advice.removeprefix("This order works: ").rstrip(".")).error is None


def test_the_transcript_reads_as_nvidia_smi_prints_it():
    assert create_sequence(A100, "9, 1g.5gb:0 ,9").transcript == (
        "Successfully created GPU instance ID  2 on GPU  0 using profile MIG 3g.20gb (ID  9)\n"
        "Successfully created compute instance ID  0 on GPU  0 GPU instance ID  2 "
        "using profile MIG 3g.20gb (ID  2)\n"
        "Successfully created GPU instance ID  7 on GPU  0 using profile MIG 1g.5gb (ID 19)\n"
        "Successfully created compute instance ID  0 on GPU  0 GPU instance ID  7 "
        "using profile MIG 1g.5gb (ID  0)\n"
        "Unable to create a GPU instance on GPU  0 using profile 9: Insufficient Resources\n"
        "Failed to create GPU instances: Insufficient Resources"
    )


def test_ids_are_unknown_where_no_run_was_published():
    run = create_sequence(gpu("A30"), "14")
    assert run.steps[0].instance_id is None
    assert run.transcript.startswith(
        "Successfully created GPU instance ID  ? on GPU  0 using profile MIG 1g.6gb "
    )


def test_it_says_that_the_starts_are_a_model():
    assert create_sequence(A100, "9").note == (
        "Which start the driver takes is not documented. The starts here follow our model of it: the start "
        "that "
        "leaves the most choices open, and of equals the lowest; a profile with doubled memory first goes "
        "where its "
        "larger sibling could. It repeats every published run that we know."
    )


def test_names_ids_and_starts_may_be_mixed_and_given_as_a_list():
    by_text = create_sequence(A100, "MIG 3g.20gb:4,14:0,1g.5gb")
    assert by_text.layout == create_sequence(A100, ["3g.20gb:4", "14:0", 19]).layout
    assert str(by_text.layout) == "2g.10gb@0 1g.5gb@2 3g.20gb@4"


def test_it_goes_on_from_what_stands():
    run = create_sequence(A100, "9,9", layout=parse_layout(A100, "3g.20gb@4"))
    assert [step.instance.start for step in run.steps] == [0]
    assert str(run.layout) == "3g.20gb@0 3g.20gb@4"
    assert run.advice == "No order of these profiles works beside what stands: together they do not fit."


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ("77", 2, "77: Invalid Argument. A100-SXM4-40GB has no profile '77'."),
        ("5g.20gb", 2, "5g.20gb: Invalid Argument. A100-SXM4-40GB has no profile '5g.20gb'."),
        (
            "14:1",
            2,
            (
                "14:1: Invalid Argument. 2g.10gb cannot start at memory slice 1. Its starts are 0, 2 and 4. "
                "Place it at 0 or 2 instead."
            ),
        ),
        (
            "19:7",
            2,
            (
                "19:7: Invalid Argument. 1g.5gb cannot start at memory slice 7. Its starts are 0 to 6, and "
                "memory "
                "slice 7 has no compute slice of its own. Place it at 6 or 5 instead."
            ),
        ),
        ("19:x", 2, "19:x: Invalid Argument. 'x' is no memory slice."),
        (
            "14:0,14:0",
            23,
            (
                "14:0: Insufficient Resources. 2g.10gb cannot start at memory slice 0. It needs slices 0 and "
                "1, and slices 0 and 1 belong to 2g.10gb. Place it at 2 or 4 instead."
            ),
        ),
        (
            "20,20",
            23,
            (
                "20: Insufficient Resources. 1g.5gb+me cannot be placed. A100-SXM4-40GB takes 1 of it at "
                "most, "
                "and there is 1g.5gb+me@6. Remove 1g.5gb+me@6, then it can start at 0. What still fits: "
                "1g.5gb."
            ),
        ),
    ],
)
def test_what_the_driver_refuses_has_its_code_and_our_reason(asked, code, words):
    error = create_sequence(A100, asked).error
    assert error is not None
    assert (error.code, str(error)) == (code, words)


def test_the_advice_on_an_unknown_profile_lists_the_profiles():
    assert create_sequence(A100, "77").advice == (
        "The profiles of A100-SXM4-40GB: 19 (1g.5gb), 20 (1g.5gb+me), 15 (1g.10gb), 14 (2g.10gb), 9 "
        "(3g.20gb), "
        "5 (4g.20gb), 0 (7g.40gb)."
    )


def test_a_board_without_mig_creates_nothing():
    run = create_sequence(gpu("GB10"), "19")
    assert str(run.error) == "19: Invalid Argument. GB10 has no MIG."
    assert run.layout == Layout(gpu("GB10"))


@pytest.mark.parametrize(
    "asked", ["", "  ", ",", "19,,9", "19," * 3000 + "9", ["19"] * 65, None, 3, [None, ""]]
)
def test_what_is_no_list_of_profiles_is_refused(asked):
    with pytest.raises(UnreadableDocument) as caught:
        create_sequence(A100, asked)
    assert str(caught.value) == (
        "A list of profiles is 1 to 64 ids or names, like '19,19,14,9' or '9:4,1g.5gb'."
    )


def test_a_layout_of_another_board_is_refused():
    words = "The layout is of A30, and the list is for A100-SXM4-40GB."
    with pytest.raises(UnreadableDocument, match=f"^{re.escape(words)}$"):
        create_sequence(A100, "19", layout=Layout(gpu("A30")))
