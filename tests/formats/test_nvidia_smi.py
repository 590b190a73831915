from __future__ import annotations

import re

import pytest

from mig_explorer.formats.nvidia_smi import Commands, commands
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, layouts, parse_layout, preset_layouts

ALWAYS = (
    "For GPU 0 of a Linux machine (nvidia-smi -L lists them), as root, with no instance on it yet.",
    "Undo ends every instance on that GPU; stop the programs on them first.",
)
UNDO = "sudo nvidia-smi mig -i 0 -dci\nsudo nvidia-smi mig -i 0 -dgi\nsudo nvidia-smi -i 0 -mig 0"


def on_switching(name: str) -> str:
    return (
        f"Switching MIG mode on {name} resets the GPU: nothing may be using it, monitoring included. "
        "The mode survives a reboot, the instances do not."
    )


def test_the_commands_name_profile_ids_and_starts_in_full() -> None:
    layout = parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0 2g.10gb@4")
    assert commands(layout) == Commands(
        create="sudo nvidia-smi -i 0 -mig 1\nsudo nvidia-smi mig -i 0 -cgi 9:0,14:4 -C",
        undo=UNDO,
        notes=(*ALWAYS, on_switching("A100-SXM4-40GB")),
    )


def test_a_profile_that_needs_a_newer_driver_says_which_once() -> None:
    layout = parse_layout(gpu("A100-SXM4-40GB"), "1g.10gb@0 1g.10gb@2 1g.5gb+me@4")
    made = commands(layout)
    assert made.create == "sudo nvidia-smi -i 0 -mig 1\nsudo nvidia-smi mig -i 0 -cgi 15:0,15:2,20:4 -C"
    assert made.notes == (
        *ALWAYS,
        on_switching("A100-SXM4-40GB"),
        "1g.10gb needs driver R525 or later.",
        "1g.5gb+me needs driver R470 or later.",
    )


@pytest.mark.parametrize(
    ("name", "cgi"),
    [
        ("A100-SXM4-40GB", "19:0,19:1,19:2,19:3,19:4,19:5,19:6"),
        ("A100-SXM4-80GB", "19:0,19:1,19:2,19:3,19:4,19:5,19:6"),
        ("A30", "14:0,14:1,14:2,14:3"),
    ],
)
def test_as_many_as_fit_of_the_smallest_profile(name: str, cgi: str) -> None:
    made = commands(next(iter(preset_layouts(gpu(name)).values())))
    assert made.create == f"sudo nvidia-smi -i 0 -mig 1\nsudo nvidia-smi mig -i 0 -cgi {cgi} -C"
    assert made.undo == UNDO


def test_an_empty_layout_has_nothing_to_create() -> None:
    assert commands(Layout(gpu("A30"))) == Commands(
        "", "", ("There is nothing to create yet: place an instance first.",)
    )


def test_a_board_without_mig_has_no_commands() -> None:
    assert commands(Layout(gpu("GB10"))) == Commands(
        "", "", ("GB10 has no MIG, so nvidia-smi has nothing to create on it.",)
    )


@pytest.mark.parametrize("name", ["A100-SXM4-40GB", "A30"])
def test_the_creation_line_of_every_layout_reads_back_as_that_layout(name: str) -> None:
    board = gpu(name)
    named = {profile.profile_id: profile.name for profile in board.profiles.values()}
    for layout in layouts(board, maximal=False):
        mode, create = commands(layout).create.splitlines()
        assert mode == "sudo nvidia-smi -i 0 -mig 1"
        form = re.fullmatch(r"sudo nvidia-smi mig -i 0 -cgi ((?:\d+:\d+,?)+) -C", create)
        assert form is not None
        pairs = [part.split(":") for part in form[1].split(",")]
        text = " ".join(f"{named[int(profile)]}@{start}" for profile, start in pairs)
        assert parse_layout(board, text) == layout
