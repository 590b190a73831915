from __future__ import annotations

from pathlib import Path

import pytest

from mig_explorer.formats import Export, Where, formats, read_layout, write_layout
from mig_explorer.formats.nvidia_smi import Commands, commands, write
from mig_explorer.formats.nvidia_smi_script import compute_list
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, layouts, parse_layout, preset_layouts
from tests.formats.divisions import divisions
from tests.formats.fake_smi import FakeMachine

A100 = gpu("A100-SXM4-40GB")
ALWAYS = (
    "For GPU 0 of a Linux machine (nvidia-smi -L lists them), as root, with no instance on it yet.",
    "Undo ends every instance on that GPU; stop the programs on them first.",
)
UNDO = "sudo nvidia-smi mig -i 0 -dci\nsudo nvidia-smi mig -i 0 -dgi\nsudo nvidia-smi -i 0 -mig 0"
A100_DRIVER = "MIG on A100-SXM4-40GB needs driver 450.80.02 or later."
LOOKED_UP = (
    "The id of a GPU instance is known only once it is made, so the lines look it up in what nvidia-smi mig "
    "-lgi lists, by profile and start."
)


def on_switching(name: str) -> str:
    return (
        f"Switching MIG mode on {name} resets the GPU: nothing may be using it, monitoring included. "
        "The mode survives a reboot, the instances do not."
    )


def test_the_commands_name_profile_ids_and_starts_in_full() -> None:
    layout = parse_layout(A100, "3g.20gb@0 2g.10gb@4")
    assert commands(layout) == Commands(
        create="sudo nvidia-smi -i 0 -mig 1\nsudo nvidia-smi mig -i 0 -cgi 9:0,14:4 -C",
        undo=UNDO,
        notes=(*ALWAYS, on_switching("A100-SXM4-40GB"), A100_DRIVER),
    )


def test_profiles_by_name_and_another_gpu_of_the_machine() -> None:
    layout = parse_layout(A100, "3g.20gb@0 1g.5gb+me@4")
    made = commands(layout, 3, by_name=True)
    assert made.create == (
        "sudo nvidia-smi -i 3 -mig 1\nsudo nvidia-smi mig -i 3 -cgi 3g.20gb:0,1g.5gb+me:4 -C"
    )
    assert made.undo == UNDO.replace("-i 0", "-i 3")
    assert made.notes[0] == ALWAYS[0].replace("GPU 0", "GPU 3")


def test_a_profile_that_needs_a_newer_driver_says_which_once() -> None:
    layout = parse_layout(A100, "1g.10gb@0 1g.10gb@2 1g.5gb+me@4")
    made = commands(layout)
    assert made.create == "sudo nvidia-smi -i 0 -mig 1\nsudo nvidia-smi mig -i 0 -cgi 15:0,15:2,20:4 -C"
    assert made.notes == (
        *ALWAYS,
        on_switching("A100-SXM4-40GB"),
        A100_DRIVER,
        "1g.10gb needs driver R525 or later.",
        "1g.5gb+me needs driver R470 or later.",
    )


def test_both_halves_of_an_a100_at_once_need_a_newer_driver() -> None:
    note = "4g.20gb beside 3g.20gb needs driver R510 or later."
    assert commands(parse_layout(A100, "4g.20gb@0 3g.20gb@4")).notes[-1] == note
    assert note not in commands(parse_layout(A100, "3g.20gb@0 3g.20gb@4")).notes
    hopper = commands(parse_layout(gpu("H100-SXM5-80GB"), "4g.40gb@0 3g.40gb@4"))
    assert not any("R510" in each for each in hopper.notes)


def test_a_board_that_needs_no_reset_says_so() -> None:
    assert commands(parse_layout(gpu("H100-SXM5-80GB"), "7g.80gb")).notes == (
        *ALWAYS,
        (
            "Switching MIG mode on H100-SXM5-80GB needs no reset; neither the mode nor the instances "
            "survive a reboot."
        ),
        "MIG on H100-SXM5-80GB needs driver 525.85.12 or later.",
    )


def test_profiles_whose_ids_are_unknown_are_named() -> None:
    made = commands(parse_layout(gpu("RTX-PRO-5000-BLACKWELL"), "1g.24gb+gfx@0"))
    assert made.create.endswith("-cgi 1g.24gb+gfx:0 -C")
    assert made.notes[-2:] == (
        "The ids of the profiles of RTX-PRO-5000-BLACKWELL are unknown here, so they are named.",
        "Not verified: halves are assumed as the unit of placement.",
    )


def test_a_divided_instance_is_made_bare_looked_up_and_then_divided() -> None:
    layout = parse_layout(A100, "4g.20gb@0[2c@0+1c@2+1c@3] 1g.5gb@6 2g.10gb@4")
    made = commands(layout)
    assert made.create == (
        "sudo nvidia-smi -i 0 -mig 1\n"
        "sudo nvidia-smi mig -i 0 -cgi 14:4,19:6 -C\n"
        "sudo nvidia-smi mig -i 0 -cgi 5:0\n"
        "gi_at() {\n"
        "  sudo nvidia-smi mig -i 0 -lgi | tr '|' ' ' |\n"
        '    awk -v profile="$1" -v start="$2" \'$2 == "MIG" && ($3 == profile || $(NF - 2) == profile) {\n'
        '      if (index($NF, start ":") == 1) print $(NF - 1)\n'
        "    }'\n"
        "}\n"
        "gi=$(gi_at 5 0)\n"
        'sudo nvidia-smi mig -i 0 -gi "${gi:?no GPU instance 5 at 0}" -cci 1,0,0'
    )
    assert made.notes == (*ALWAYS, on_switching("A100-SXM4-40GB"), A100_DRIVER, LOOKED_UP)


def test_starts_of_compute_instances_are_given_only_where_they_are_not_the_lowest_free_ones() -> None:
    made = commands(parse_layout(A100, "3g.20gb@0[1c@1] 3g.20gb@4[]"))
    assert made.create.endswith(" -cci 0:1")
    assert made.notes[-3:] == (
        LOOKED_UP,
        (
            "Starts of compute instances are given, which older versions of nvidia-smi do not take; those "
            "that list -lcipp should."
        ),
        "Nothing can run on 3g.20gb@4 before a compute instance is made there.",
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
    nothing = ("There is nothing to create yet: place an instance first.",)
    assert commands(Layout(gpu("A30"))) == Commands("", "", nothing)
    assert write(Layout(gpu("A30")), Where()) == Export((), nothing)


@pytest.mark.parametrize("name", [each.name for each in gpus() if not each.has_mig])
def test_a_board_without_mig_has_no_commands(name: str) -> None:
    nothing = (f"{name} has no MIG, so nvidia-smi has nothing to create on it.",)
    assert commands(Layout(gpu(name))) == Commands("", "", nothing)
    assert write(Layout(gpu(name)), Where()) == Export((), nothing)


def test_the_scripts_stop_at_the_first_error_and_say_what_they_make() -> None:
    create, undo = write_layout(parse_layout(gpu("A30"), "2g.12gb@2"), "nvidia-smi").documents
    assert (create.filename, create.language) == ("mig-create.sh", "bash")
    assert create.text == (
        "#!/bin/sh\n# Makes 2g.12gb@2 on GPU 0, an A30.\nset -eu\nsudo nvidia-smi -i 0 -mig 1\n"
        "sudo nvidia-smi mig -i 0 -cgi 5:2 -C\n"
    )
    assert (undo.filename, undo.language) == ("mig-undo.sh", "bash")
    assert undo.text == f"#!/bin/sh\n# Takes away 2g.12gb@2 on GPU 0, an A30.\nset -eu\n{UNDO}\n"


@pytest.mark.parametrize("name", ["A100-SXM4-40GB", "A30", "RTX-PRO-5000-BLACKWELL"])
@pytest.mark.parametrize("by_name", [False, True], ids=["ids", "names"])
def test_the_script_of_every_layout_reads_back_as_that_layout(name: str, by_name: bool) -> None:
    board = gpu(name)
    assert formats()["nvidia-smi"].carries_starts
    for layout in layouts(board, maximal=False):
        create = write(layout, Where(gpu_index=2), by_name=by_name).documents[0]
        assert read_layout(board, "nvidia-smi", create.text) == layout


DIVIDED = (
    "4g.20gb@0[2c@0+1c@2+1c@3] 1g.5gb@6 2g.10gb@4[1c@0+1c@1]",
    "7g.40gb@0[3c@0+2c@4]",
    "7g.40gb@0[1c@0+1c@1+1c@2+1c@3+1c@4+1c@5+1c@6]",
    "3g.20gb@0[1c@1] 3g.20gb@4[]",
    "3g.20gb@0[] 3g.20gb@4",
    "2g.10gb@0[1c@1] 2g.10gb@2[1c@0] 1g.5gb+me@4",
)


@pytest.mark.parametrize("text", DIVIDED)
@pytest.mark.parametrize("by_name", [False, True], ids=["ids", "names"])
def test_the_script_of_a_divided_layout_reads_back_as_that_layout(text: str, by_name: bool) -> None:
    layout = parse_layout(A100, text)
    assert (
        read_layout(A100, "nvidia-smi", write(layout, Where(), by_name=by_name).documents[0].text) == layout
    )


@pytest.mark.parametrize("backwards", [False, True], ids=["numbered from the left", "from the right"])
@pytest.mark.parametrize("by_name", [False, True], ids=["ids", "names"])
@pytest.mark.parametrize("text", [*DIVIDED, "4g.20gb@0 2g.10gb@4 1g.5gb@6"])
def test_a_shell_makes_just_that_whatever_ids_the_board_gives(
    tmp_path: Path, text: str, by_name: bool, backwards: bool
) -> None:
    layout = parse_layout(A100, text)
    machine = FakeMachine(tmp_path, A100, index=12, backwards=backwards)
    create, undo = write(layout, Where(gpu_index=12), by_name=by_name).documents
    done = machine.run(create.text)
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.standing() == {
        each.name: "full" if each.filled else ",".join(compute_list(each, by_name=by_name))
        for each in layout.instances
    }
    assert machine.run(undo.text).returncode == 0
    assert machine.standing() == {}
    assert machine.calls()[-1] == "-i 12 -mig 0"


def test_a_shell_makes_a_profile_whose_id_is_unknown(tmp_path: Path) -> None:
    board = gpu("RTX-PRO-5000-BLACKWELL")
    machine = FakeMachine(tmp_path, board)
    done = machine.run(write(parse_layout(board, "2g.48gb+gfx@0"), Where()).documents[0].text)
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.standing() == {"2g.48gb+gfx@0": "full"}


def test_nothing_is_divided_if_the_gpu_instance_is_not_found(tmp_path: Path) -> None:
    layout = parse_layout(A100, "3g.20gb@4[1c@0]")
    machine = FakeMachine(tmp_path, A100)
    script = write(layout, Where()).documents[0].text.replace("gi_at 9 4", "gi_at 9 0")
    done = machine.run(script)
    assert done.returncode != 0
    assert "no GPU instance 9 at 4" in done.stderr
    assert not any("-cci" in call for call in machine.calls())


def test_a_script_that_cannot_create_stops_there(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, A100)
    script = write(parse_layout(A100, "3g.20gb@4 2g.10gb@0[1c@0]"), Where()).documents[0].text
    done = machine.run(script.replace("-cgi 9:4", "-cgi 9:3"))
    assert done.returncode == 2
    assert machine.standing() == {}
    assert machine.calls() == ["-i 0 -mig 1", "mig -i 0 -cgi 9:3 -C"]


@pytest.mark.parametrize(
    ("board", "count"),
    [("A100-SXM4-40GB", 3375), ("H100-SXM5-80GB", 3375), ("A30", 40), ("RTX-PRO-6000-BLACKWELL-SERVER", 82)],
)
def test_the_script_of_every_division_of_every_profile_reads_back(board: str, count: int) -> None:
    seen = 0
    for profile in gpu(board).profiles.values():
        for layout in divisions(Layout(gpu(board)).place(profile.name, 0)):
            text = write(layout, Where(), by_name=seen % 2 == 1).documents[0].text
            assert read_layout(gpu(board), "nvidia-smi", text) == layout
            seen += 1
    assert seen == count
