"""``mig-explorer report``: where it writes, what it refuses, and what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from mig_explorer.cli import main
from mig_explorer.experiments.trace import TraceWriter
from tests.widgets.recorded_race import recorded_events

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the time of drawing charts."""
    drawn = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    monkeypatch.setattr("mig_explorer.charts.vega.svgs", lambda specs: [drawn] * len(specs))


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    with TraceWriter(path) as writer:
        for event in recorded_events(tenants=2):
            writer.write({name: value for name, value in event.items() if name != "n"})
    return path


def test_a_trace_becomes_a_file_beside_it_which_is_not_overwritten_unasked(trace: Path) -> None:
    said = run(trace)
    written = trace.with_suffix(".html")
    assert said.exit_code == 0
    kilobytes = f"{written.stat().st_size / 1000:,.0f}"
    assert said.output.startswith(f"Wrote {written} ({kilobytes} kB).\nWith two tenants ")
    before = written.read_bytes()
    again = run(trace)
    assert again.exit_code == 2
    assert "run.html exists already; --replace replaces it." in " ".join(again.output.split())
    other = trace.with_name("other.html")
    found = run(trace, "-o", other, "--json")
    assert json.loads(found.output)["report"] == str(other)
    assert other.read_bytes() == before


def test_the_trace_itself_is_never_written_over(trace: Path) -> None:
    before = trace.read_bytes()
    said = run(trace, "-o", trace, "--replace")
    assert said.exit_code == 1
    expected = f"Error: {trace} is the trace of the run. Give the report another name, such as run.html.\n"
    assert said.output == expected
    assert trace.read_bytes() == before


def test_what_is_no_trace_is_said(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("hello\n")
    said = run(other)
    assert said.exit_code == 1
    reason = f"Line 1 of {other} has no checksum: it is not a trace, or the line was changed."
    assert said.output == f"Error: {reason}\n"
    assert not (tmp_path / "notes.html").exists()
