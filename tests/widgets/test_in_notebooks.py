from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from mig_explorer.emulator.compiler.report import Report, ReportLine
from mig_explorer.widgets.in_notebooks import show_as_widgets

ROOT = Path(__file__).resolve().parents[2]
VIEW = "application/vnd.jupyter.widget-view+json"
REPORT = Report("twice", [ReportLine(6, "    values[i] *= 2", {"flops_fp32": 4})])


@pytest.fixture
def shell():
    shell = InteractiveShell()
    show_as_widgets(shell)
    return shell


def test_a_report_is_shown_as_its_widget_with_all_of_its_text(shell):
    data, _ = shell.display_formatter.format(REPORT)
    assert data["text/plain"] == str(REPORT)
    assert VIEW in data


def test_other_values_are_shown_as_ever(shell):
    data, _ = shell.display_formatter.format(REPORT.lines)
    assert list(data) == ["text/plain"]


def test_outside_ipython_nothing_is_done():
    show_as_widgets(None)


def in_a_process(program: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return run.stdout.strip()


def test_importing_the_package_in_a_notebook_is_enough_and_loads_no_widget():
    said = in_a_process(
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "import sys, mig_explorer\n"
        "print(sorted({'numba', 'anywidget', 'pandas'} & set(sys.modules)))\n"
        "from mig_explorer.emulator.compiler.report import Report, ReportLine\n"
        "data, _ = shell.display_formatter.format(Report('k', [ReportLine(1, 'def k():', {})]))\n"
        f"print({VIEW!r} in data)"
    )
    assert said.splitlines() == ["[]", "True"]


def test_importing_the_package_elsewhere_does_not_load_ipython():
    assert in_a_process("import sys, mig_explorer; print('IPython' in sys.modules)") == "False"
