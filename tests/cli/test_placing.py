"""``explain``, ``sequence`` and ``export`` as a user calls them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mig_explorer.cli import main
from mig_explorer.formats import formats, write_layout
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout

A100 = "A100-SXM4-40GB"


def run(*arguments, **options):
    return CliRunner().invoke(main, list(arguments), **options)


def test_a_placement_that_works_is_a_yes():
    said = run("explain", A100, "3g.20gb", "--layout", "3g.20gb@0")
    assert (said.exit_code, said.output) == (
        0,
        (
            "3g.20gb starts at memory slice 4 and takes 4 (where the driver would put it, by our model).\n"
            "Then stands: 3g.20gb@0 3g.20gb@4\n"
        ),
    )


def test_a_refusal_is_a_no_with_its_reason_on_standard_output():
    said = run("explain", A100, "3g.20gb", "--start", "2")
    assert (said.exit_code, said.stdout, said.stderr) == (
        1,
        "3g.20gb cannot start at memory slice 2. Its starts are 0 and 4. Place it at 0 or 4 instead.\n",
        "",
    )


def test_a_refusal_as_json_has_its_rule_and_what_each_way_out_leads_to():
    said = run("explain", A100, "3g.20gb", "--start", "4", "--layout", "2g.10gb@4", "--json")
    found = json.loads(said.output)
    assert said.exit_code == 1
    assert (found["ok"], found["rule"]) == (False, "overlap")
    assert found["alternatives"] == [{"layout": "3g.20gb@0 2g.10gb@4"}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["explain", A100, "3g.20g"],
            ("Invalid value for PROFILE: A100-SXM4-40GB has no profile '3g.20g'. Nearest: 3g.20gb, 4g.20gb."),
        ),
        (
            ["explain", A100, "3g.20gb", "--layout", "3g.20gb@0 7g.40gb@0"],
            (
                "Invalid value for --layout: 7g.40gb cannot start at memory slice 0. It needs slices 0 to "
                "7, and "
                "slices 0 to "
                "3 belong to 3g.20gb. Remove 3g.20gb@0, then it can start at 0. What still fits: 1g.5gb, "
                "1g.10gb, "
                "2g.10gb "
                "and 3g.20gb."
            ),
        ),
        (
            ["sequence", A100, "19,,9"],
            (
                "Invalid value for PROFILES: A list of profiles is 1 to 64 ids or names, like "
                "'19,19,14,9' or '9:4,1g.5gb'."
            ),
        ),
        (
            ["export", A100, "3g.20gb", "mig-party"],
            (f"Invalid value for FORMAT: there is no format 'mig-party'; there are {', '.join(formats())}."),
        ),
        (
            ["export", A100, "no-such-file.yaml", "pods", "--from", "mig-parted"],
            (
                "Invalid value for LAYOUT: no-such-file.yaml cannot be read ([Errno 2] No such file or "
                "directory: "
                "'no-such-file.yaml')."
            ),
        ),
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(arguments, words):
    said = run(*arguments)
    assert said.exit_code == 2
    assert said.output.endswith(f"Error: {words}\n")


def test_a_sequence_that_stops_is_a_no_and_gives_an_order_that_works():
    said = run("sequence", A100, "19,19,14,9")
    assert said.exit_code == 1
    assert "This order works: 9,14,19,19.\nThen stands: 2g.10gb@0 1g.5gb@4 1g.5gb@6\n" in said.output
    assert said.output.rstrip().endswith("It repeats every published run that we know.")


def test_a_sequence_that_works_is_a_yes_and_its_json_has_starts_and_ids():
    said = run("sequence", A100, "9,19,14,19", "--json")
    assert said.exit_code == 0
    steps = json.loads(said.output)["steps"]
    assert [(each["start"], each["instance_id"]) for each in steps] == [(4, 2), (0, 7), (2, 4), (1, 8)]


def test_the_orders_that_fail_are_listed_when_asked_for():
    said = run("sequence", A100, "9,19,14,19", "--orders")
    assert said.exit_code == 0
    lines = said.output.splitlines()
    assert lines[-10] == "9 orders fail:"
    assert "1g.5gb,1g.5gb,2g.10gb,3g.20gb" in lines[-9:]


def test_every_format_can_be_exported_and_is_what_the_package_writes():
    layout = parse_layout(gpu(A100), "3g.20gb@0 3g.20gb@4")
    for name in formats():
        said = run("export", A100, str(layout), name, "--json")
        assert said.exit_code == 0, name
        made = json.loads(said.output)
        assert [each["text"] for each in made["documents"]] == [
            each.text for each in write_layout(layout, name).documents
        ]
        assert all(
            each["text"] in run("export", A100, str(layout), name).output for each in made["documents"]
        )


def test_files_are_written_to_a_folder_and_never_over_others(tmp_path):
    folder = tmp_path / "deploy"
    said = run("export", A100, "3g.20gb@4", "nvidia-smi", "--output", str(folder))
    assert said.exit_code == 0
    written = {path.name: path.read_text() for path in folder.iterdir()}
    assert {f"Wrote {folder / name}" for name in written} <= set(said.output.splitlines())
    first = next(iter(written))
    (folder / first).write_text("mine")
    again = run("export", A100, "7g.40gb", "nvidia-smi", "--output", str(folder))
    assert again.exit_code == 2
    assert "exists already in" in again.output
    assert (folder / first).read_text() == "mine"


def test_a_layout_is_read_from_a_file_of_another_tool(tmp_path):
    layout = parse_layout(gpu(A100), "3g.20gb@4 1g.5gb@0")
    script = tmp_path / "create.sh"
    script.write_text(write_layout(layout, "nvidia-smi").documents[0].text)
    said = run("export", A100, str(script), "mig-parted", "--from", "nvidia-smi", "--json")
    assert said.exit_code == 0
    assert json.loads(said.output)["layout"] == str(layout)
    by_pipe = run("export", A100, "-", "mig-parted", "--from", "nvidia-smi", input=script.read_text())
    assert by_pipe.exit_code == 0


def test_a_file_that_cannot_be_read_in_its_format_is_a_no(tmp_path):
    (tmp_path / "layout.yaml").write_text("version: v7\n")
    said = run("export", A100, str(tmp_path / "layout.yaml"), "nvidia-smi", "--from", "mig-parted")
    assert said.exit_code == 1
    assert said.stdout == ""
    assert said.stderr.startswith("Error: ")
    as_json = run(
        "export", A100, str(tmp_path / "layout.yaml"), "nvidia-smi", "--from", "mig-parted", "--json"
    )
    assert json.loads(as_json.output)["error"]["kind"] == "UnreadableDocument"


def test_a_layout_that_a_format_cannot_carry_is_a_no_with_the_reason():
    said = run("export", "GB10", "", "nvidia-smi")
    assert said.exit_code == 1
    assert "GB10 has no MIG" in said.output


def test_help_of_every_command_shows_an_example_or_says_what_it_does():
    for name in main.commands:
        said = run(name, "--help")
        assert said.exit_code == 0
        assert "--json" in said.output
        assert len(said.output.splitlines()) > 8


def test_commands_are_listed_from_looking_to_changing():
    assert list(main.commands) == [
        "gpus", "layouts", "explain", "sequence", "export", "doctor", "plan", "apply", "report", "lab",
    ]  # fmt: skip
