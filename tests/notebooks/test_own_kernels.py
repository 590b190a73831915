"""The notebook on one's own kernels asks before it shows, and its prose says what the code gives."""

from __future__ import annotations

from pathlib import Path

import nbformat

import mig_explorer as mig
from mig_explorer.emulator.compiler.build_report import emulation_report

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "01_your_own_kernels.ipynb"
CELLS = nbformat.read(NOTEBOOK, as_version=4).cells
SLICES = CELLS[-3:]


def test_every_prediction_comes_before_what_answers_it_and_is_followed_by_a_reveal():
    asked = [n for n, cell in enumerate(CELLS) if "**Predict:**" in cell.source]
    assert len(asked) == 6
    for number in asked:
        assert CELLS[number + 1].cell_type == "code"
        told = next(cell for cell in CELLS[number + 1 :] if cell.cell_type == "markdown")
        assert told.source.startswith("**Reveal.**")


def test_the_waves_in_the_prose_are_those_of_the_table():
    work = mig.workloads.transpose_padded(size=480)
    counted = mig.emulate(work.kernel, count=True)[work.launch.grid, work.launch.block]
    (table,) = emulation_report(counted(*work.inputs(seed=7)), ["A100-SXM4-40GB"]).slices
    rows = {row.name: row for row in table.rows}
    small, half = rows["1g.5gb"], rows["3g.20gb"]
    question, answer = SLICES[0].source, " ".join(SLICES[2].source.split())
    assert f"takes {table.blocks} blocks instead of 1,024" in question
    assert (half.waves, small.waves, small.last_wave_blocks) == (1, 3, 1)
    assert table.blocks == 2 * (small.blocks_at_once or 0) + 1
    assert f"`1g.5gb` holds {small.blocks_at_once}" in answer
    assert f"{small.last_wave_idle_sms} of the {small.sms} SMs have nothing to do" in answer
    assert "size=480" in SLICES[1].source
