"""``mig-explorer gpus`` and ``layouts``: what they print, as text and as JSON, and their exit codes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mig_explorer.cli import main
from mig_explorer.gpus import gpu, gpus


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_every_board_is_listed_and_what_is_not_verified_is_marked():
    said = run("gpus")
    assert said.exit_code == 0
    lines = said.output.splitlines()
    assert [line.split()[0] for line in lines[2 : 2 + len(gpus())]] == [each.name for each in gpus()]
    row = next(line.split() for line in lines if line.startswith("A30 "))
    assert row == ["A30", "4", "+", "4", "4", "56", "24", "933*"]
    assert next(line for line in lines if line.startswith("GH200-144GB")).split()[-2:] == ["unknown", "4900*"]
    assert lines[-1] == "* not verified at its source; 'mig-explorer gpus NAME' says how sure it is."


def test_one_board_is_described_with_its_sources():
    said = run("gpus", "dgx spark")
    assert said.exit_code == 0
    assert said.output.startswith("GB10 (NVIDIA GB10)\n")
    assert "\n[1] " in said.output
    assert "ofa                            unknown" in said.output


def test_unknown_values_are_null_in_json_and_unknown_in_text():
    described = json.loads(run("gpus", "H100-PCIE-80GB", "--json").output)
    assert described["ok"] is True
    profile = described["gpu"]["profiles"][0]
    assert profile["facts"]["sms"]["value"] is None
    assert profile["facts"]["sms"]["confidence"] == "unknown"
    text = run("gpus", "H100-PCIE-80GB").output
    assert next(line for line in text.splitlines() if line.startswith("7g.80gb")).split()[5] == "unknown"


def test_every_board_can_be_described_both_ways():
    for board in gpus():
        assert run("gpus", board.name).exit_code == 0
        said = run("gpus", board.name, "--json")
        assert said.exit_code == 0
        assert json.loads(said.output)["gpu"]["name"] == board.name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "A100-SXM4-40G",
            (
                "No GPU 'A100-SXM4-40G' in the catalogue. Nearest: A100-SXM4-40GB, A100-SXM4-80GB, "
                "H100-SXM5-80GB."
            ),
        ),
        (
            "A100",
            (
                "'A100' could be A100-PCIE-40GB, A100-PCIE-80GB, A100-SXM4-40GB or A100-SXM4-80GB. Name "
                "one of "
                "them."
            ),
        ),
    ],
)
def test_an_unknown_or_ambiguous_board_is_a_usage_error(name, words):
    said = run("gpus", name)
    assert said.exit_code == 2
    assert said.output.endswith(f"Error: Invalid value for '[GPU]': {words}\n")


def test_layouts_are_listed_and_counted():
    said = run("layouts", "A30", "--profile", "1g.6gb", "--profile", "2g.12gb", "--profile", "4g.24gb")
    assert said.exit_code == 0
    assert said.output.splitlines()[-1] == (
        "5 maximal layouts: nothing of these profiles can be added to them."
    )
    assert "4g.24gb@0" in said.output.splitlines()
    assert run("layouts", "A100-SXM4-40GB", "--all", "--count").output == "2318 layouts.\n"


def test_layouts_as_json_have_their_count():
    found = json.loads(run("layouts", "A30", "--json").output)
    assert found["count"] == len(found["layouts"]) == 17
    assert found["profiles"] == list(gpu("A30").profiles)


def test_a_profile_that_the_board_lacks_is_a_usage_error():
    said = run("layouts", "A30", "--profile", "3g.20gb")
    assert said.exit_code == 2
    assert said.output.endswith(
        "Error: Invalid value for --profile: A30 has no profile '3g.20gb'. Nearest: 4g.24gb, 2g.12gb.\n"
    )


def test_a_board_without_mig_has_no_layouts():
    assert run("layouts", "GB10").output.splitlines()[-1].startswith("0 maximal layouts")
