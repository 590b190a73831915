"""The Makefile finds a Python, and where there is none that will do, says what would."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parents[1] / "Makefile"


@pytest.fixture
def make(tmp_path):
    """Run make in an empty folder, with only the Pythons that the test puts on the path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "make", "rm"):
        found = shutil.which(name)
        assert found, f"the tests need {name}"
        (programs / name).symlink_to(found)

    def run(target: str, **pythons: str) -> subprocess.CompletedProcess[str]:
        for name, text in pythons.items():
            program = programs / name.replace("_", ".")
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        command = ["make", "--file", str(MAKEFILE), target]
        environment = {"PATH": str(programs)}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run


OLD = 'case "$*" in *version_info*) exit 1;; esac'
BARE = 'case "$*" in *ensurepip*) exit 1;; esac'
BROKEN = "exit 127"  # what a version manager's stand-in says for a Python that is not chosen


def test_without_a_python_it_says_which_it_needs(make):
    run = make(".venv/bin/python", python3=BROKEN)
    assert run.returncode == 2
    assert run.stderr.startswith(
        "mig_explorer needs Python 3.11 or newer, and found no Python.\n"
        "Install one, or name it: make .venv/bin/python PYTHON=/path/to/python3\n"
    )


def test_with_only_an_old_python_it_names_that(make):
    run = make(".venv/bin/python", python3=OLD)
    assert run.returncode == 2
    assert run.stderr.startswith(
        "mig_explorer needs Python 3.11 or newer; found only older ones: python3.\n"
        "Install a newer Python, or name one: make .venv/bin/python PYTHON=/path/to/python3\n"
    )


def test_a_python_without_ensurepip_is_named_with_the_package_that_is_missing(make):
    run = make(".venv/bin/python", python3_11=BARE, python3=OLD)
    assert run.returncode == 2
    assert run.stderr.startswith(
        "python3.11 cannot make virtual environments: it has no ensurepip.\n"
        "On Debian and Ubuntu: sudo apt-get install python3-venv\n"
    )


def test_it_passes_over_pythons_that_will_not_do(make, tmp_path):
    good = f'exec "{sys.executable}" "$@"'
    run = make(".venv/bin/python", python3_13=BROKEN, python3_12=BARE, python3_11=OLD, python3=good)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Making .venv with python3 (Python 3.")
    assert (tmp_path / ".venv" / "bin" / "pip").exists()


def test_a_new_user_needs_two_commands():
    text = MAKEFILE.read_text(encoding="utf-8")
    assert ".PHONY: lab test\n" in text
