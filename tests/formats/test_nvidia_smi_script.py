from __future__ import annotations

import pytest

from mig_explorer.errors import UnreadableDocument
from mig_explorer.formats.nvidia_smi_script import MOST_CREATED, read_script
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, create_sequence, parse_layout

A100 = gpu("A100-SXM4-40GB")
MIG = "sudo nvidia-smi mig -i 0"


@pytest.mark.parametrize(
    ("script", "layout"),
    [
        ("", "empty"),
        ("# only a word\n\nset -eu", "empty"),
        ("nvidia-smi mig -cgi 9:4 -C", "3g.20gb@4"),
        ('nvidia-smi mig -cgi "MIG 3g.20gb:4" -C', "3g.20gb@4"),
        ("nvidia-smi mig -i 0 -C -cgi 19,14,5", "1g.5gb@6 2g.10gb@4 4g.20gb@0"),
        ("nvidia-smi mig -cgi 9:4", "3g.20gb@4[]"),
        (f'{MIG} -cgi 9:4\ngi=$(gi_at 9 4)\n{MIG} -gi "$gi" -cci 0,2c.3g.20gb:0', None),
        (f'{MIG} -cgi 9:4\ngi=$(gi_at 3g.20gb 4)\n{MIG} -gi "$gi" -cci 1c,0', "3g.20gb@4[1c@0+1c@1]"),
        (f"{MIG} -cgi 9:4\ngi=$(gi_at 9 4)\n{MIG} -gi ${{gi}} -cci", "3g.20gb@4"),
        (
            f"{MIG} -cgi 9:4\ngi=$(gi_at 9 4)\n{MIG} -gi $gi -cci 0\n{MIG} -gi $gi -cci 0",
            "3g.20gb@4[1c@0+1c@1]",
        ),
        (f"{MIG} -cgi 9 -C\n{MIG} -dci", "3g.20gb@4[]"),
        (f"{MIG} -cgi 9 -C\n{MIG} -dci\n{MIG} -dgi\n{MIG} -cgi 0 -C", "7g.40gb@0"),
    ],
)
def test_what_the_language_allows(script: str, layout: str | None) -> None:
    if layout is None:
        with pytest.raises(UnreadableDocument) as caught:
            read_script(A100, script)
        assert str(caught.value) == "Line 3: 2c.3g.20gb:0 has no room in 3g.20gb@4 beside 1c@0."
    else:
        assert read_script(A100, script) == parse_layout(A100, layout)


def test_an_empty_board_of_any_kind_reads_an_empty_script() -> None:
    assert read_script(gpu("GB10"), "# nothing") == Layout(gpu("GB10"))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("rm -rf /", "Line 1: rm -rf / is no nvidia-smi command."),
        ("\n\nnvidia-smi mig -cgi 'x", "Line 3: a quotation mark is not closed."),
        ("nvidia-smi mig -cgi 9 -x", "Line 1: -x is not expected here."),
        ("nvidia-smi mig -cgi 9 -cgi 9", "Line 1: -cgi is not expected here."),
        ("nvidia-smi mig -cgi 9; rm x", "Line 1: rm is not expected here."),
        (
            "nvidia-smi mig -lgi",
            "Line 1: -lgi is not expected here.",
        ),
        (
            "nvidia-smi mig -cci 0",
            "Line 1: nvidia-smi mig -cci 0 is none of -mig, -cgi, -cci with -gi, -dci and -dgi.",
        ),
        (
            "nvidia-smi mig -i 0 -cgi 9\nnvidia-smi mig -i 1 -cgi 9",
            "Line 2: it is for GPU 1, and the lines before for GPU 0.",
        ),
        (
            "nvidia-smi mig -cgi 9,,9",
            "Line 1: A list of profiles is 1 to 64 ids or names, like '19,19,14,9' or '9:4,1g.5gb'.",
        ),
        (
            "nvidia-smi mig -cgi 77",
            "Line 1: nvidia-smi would stop at 77: Invalid Argument. A100-SXM4-40GB has no profile '77'.",
        ),
        (
            "nvidia-smi mig -cgi 9:4\nnvidia-smi mig -gi 2 -cci 0",
            (
                "Line 2: -gi 2 names a GPU instance by an id that only the machine knows. Look it up "
                "first, with gi=$(gi_at <profile> <start>)."
            ),
        ),
        (
            "nvidia-smi mig -gi $gi -cci 0",
            "Line 1: no GPU instance was looked up before, with gi=$(gi_at <profile> <start>).",
        ),
        ("gi=$(gi_at 9 4)", "Line 1: no GPU instance of profile 9 starts at memory slice 4."),
        (
            "nvidia-smi mig -cgi 9:4\ngi=$(gi_at 14 4)",
            "Line 2: no GPU instance of profile 14 starts at memory slice 4.",
        ),
        (
            "nvidia-smi mig -cgi 9:4\ngi=$(gi_at 9 4)\nnvidia-smi mig -gi $gi -cci 3",
            (
                "Line 3: 3g.20gb has no compute profile '3'. Known: 1c.3g.20gb, 1c.3g.20gb+me, 2c.3g.20gb, "
                "3g.20gb."
            ),
        ),
        (
            "nvidia-smi mig -cgi 9:4\ngi=$(gi_at 9 4)\nnvidia-smi mig -gi $gi -cci 0:3",
            "Line 3: 1c.3g.20gb cannot start at 3. Its starts are 0, 1, 2.",
        ),
        (
            "nvidia-smi mig -cgi 9 -C\nnvidia-smi mig -dgi",
            "Line 2: -dgi fails while compute instances stand. Destroy them first, with -dci.",
        ),
        (
            "nvidia-smi mig -cgi " + ",".join(["9"] * (MOST_CREATED + 1)),
            f"Line 1: a script creates {MOST_CREATED} instances at most.",
        ),
        ("#" * 65_537, "A script is a text of at most 65536 characters."),
    ],
)
def test_what_is_refused_and_on_which_line(script: str, message: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_script(A100, script)
    assert str(caught.value) == message


def test_what_the_driver_would_refuse_is_said_in_the_words_of_the_sequence() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_script(A100, "nvidia-smi mig -cgi 19,19,14,9")
    words = str(create_sequence(A100, "19,19,14,9").error)
    assert words.startswith("9: Insufficient Resources. 3g.20gb cannot be placed.")
    assert str(caught.value) == f"Line 1: nvidia-smi would stop at {words}"


def test_creating_and_clearing_without_end_is_refused() -> None:
    round_trip = "nvidia-smi mig -cgi 0\nnvidia-smi mig -dgi\n"
    assert read_script(A100, round_trip * MOST_CREATED) == Layout(A100)
    with pytest.raises(UnreadableDocument) as caught:
        read_script(A100, round_trip * (MOST_CREATED + 1))
    assert (
        str(caught.value)
        == f"Line {2 * MOST_CREATED + 1}: a script creates {MOST_CREATED} instances at most."
    )
