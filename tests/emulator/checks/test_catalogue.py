"""Every wrong kernel is found out, in its line; no right one is accused."""

from __future__ import annotations

import pytest

from tests.emulator.checks.catalogue import table
from tests.emulator.checks.right_kernels import CATALOGUE as RIGHT
from tests.emulator.checks.wrong_kernels import CATALOGUE as WRONG


def texts(findings):
    return "\n\n".join(map(str, findings))


@pytest.mark.parametrize("name", WRONG.kernels)
def test_a_wrong_kernel_is_found_out(name):
    planted = WRONG.kernels[name]
    findings = planted.findings()
    assert planted.is_found(findings), texts(findings) or "nothing was found"


@pytest.mark.parametrize("name", RIGHT.kernels)
def test_a_right_kernel_is_not_accused(name):
    findings = RIGHT.kernels[name].findings()
    assert not findings, texts(findings)


def test_there_are_enough_of_both():
    assert len(WRONG.kernels) >= 60
    assert len(RIGHT.kernels) >= 60


def test_every_wrong_kernel_says_where_it_is_wrong():
    assert [name for name, each in WRONG.kernels.items() if not each.lines()] == []
    assert [name for name, each in RIGHT.kernels.items() if each.lines()] == []


def test_the_table_has_a_row_for_each_kind():
    *rows, last = table().splitlines()
    assert rows[0].split() == ["kind", "wrong", "kernels", "found", "false", "alarms"]
    wrong = str(len(WRONG.kernels))
    assert rows[-1].split() == ["all", wrong, wrong, "0"]
    assert last == f"false alarms are of {len(RIGHT.kernels)} right kernels"
