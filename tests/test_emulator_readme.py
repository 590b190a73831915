"""The tables in the emulator's README are what the programs give."""

from __future__ import annotations

import re
import runpy

import numpy as np
import pytest

from mig_explorer.workloads import factories
from tests.benchmarks.emulator_tables import README, TABLES, standing

AGAIN = "python -m tests.benchmarks.emulator_tables --write puts the tables of today there"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_what_the_program_gives(name):
    assert standing(name) == TABLES[name](), AGAIN


def test_every_fault_is_found_and_no_count_differs():
    *_, everything = re.findall(r"^\| all \| (\d+) \| (\d+) \| (\d+) \|$", standing("faults"), re.MULTILINE)
    assert everything[0] == everything[1]
    assert everything[2] == "0"
    rows = standing("counts").splitlines()[2:]
    assert {row.split("|")[-2].strip() for row in rows} == {"0"}


def test_nothing_of_the_curated_kernels_is_unknown():
    rows = re.findall(r"^\| (\w+) \|", standing("resources"), re.MULTILINE)[1:]
    assert rows == sorted(factories())
    assert "unknown" not in standing("resources")


def test_the_example_runs(capsys, tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "example.py"  # a kernel is read from its file
    file.write_text(example, encoding="utf-8")
    names = runpy.run_path(str(file))
    assert np.all(names["out"] == 4)
    assert capsys.readouterr().out.startswith("saxpy: 4 blocks of 256 threads. Counted while emulated.")
