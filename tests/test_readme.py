"""The README's example runs as it stands there, and its figures are those of the model."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import mig_explorer as mig
from mig_explorer.cli import main
from mig_explorer.experiments.words import duration
from mig_explorer.layouts import preset_layouts

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_runs_and_says_what_it_promises(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)
    said = capsys.readouterr().out
    assert said.startswith("3g.20gb cannot start at memory slice 2. Its starts are 0 and 4.")
    assert "With seven tenants MIG serves 2.0 times the requests" in said
    assert "Verdict: " in said
    assert "<title>" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("start_of_row", "work"),
    [
        ("small matrix products", mig.workloads.matmul(size=256, repeats=200)),
        ("STREAM triad", mig.workloads.triad(elements=2**26)),
    ],
)
def test_the_figures_in_the_table_are_those_of_the_model(tmp_path, start_of_row, work):
    gpu = mig.gpu("A100-SXM4-40GB")
    slices = mig.Mig(preset_layouts(gpu)["7 × 1g"])
    experiment = mig.Experiment(gpu, tenants=mig.tenants(work, 7), modes=[mig.Monolithic(), slices])
    result = experiment.run(tmp_path / "run.jsonl")
    totals = result.table.query("tenant == 'all'")
    figures = [
        f"{throughput:.0f} requests/s, p99 {duration(p99)}"
        for throughput, p99 in totals[["throughput_per_s", "latency_p99_s"]].to_numpy(float)
    ]
    (row,) = re.findall(rf"^\| {start_of_row}.*$", README, re.MULTILINE)
    assert [cell.strip() for cell in row.split("|")[2:4]] == figures
    headline = row.split("|")[4].strip()
    assert headline in result.verdict.headline
    if "2.5" in headline:
        assert "one enough to keep it busy, MIG would serve 1.6 times" in result.verdict.detail
        assert "would be 1.6, were one block enough" in README


EXIT_CODES = {"gpus": 0, "layouts": 0, "explain": 1, "sequence": 1, "export": 0}


def test_the_commands_are_those_that_there_are_and_answer_as_it_says():
    (block,) = re.findall(r"```\n(mig-explorer gpus .*?)```", README, re.DOTALL)
    lines = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    assert [line[0] for line in lines] == list(main.commands)[:-1]
    for line in lines:
        if line[0] in EXIT_CODES:
            said = CliRunner().invoke(main, line)
            assert said.exit_code == EXIT_CODES[line[0]], line
            assert said.output
