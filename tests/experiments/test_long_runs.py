"""Runs too long for a line each: their requests are columns beside the trace."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from mig_explorer.errors import InvalidExperiment, TraceCorrupted
from mig_explorer.experiments import Experiment, Result, read_trace, tenants
from mig_explorer.experiments.long_runs import USUAL_MOST_LINES, columns_folder
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic
from mig_explorer.model.arrivals import Poisson
from mig_explorer.model.simulation.columns import Columns, ColumnsWriter
from mig_explorer.workloads import triad

if TYPE_CHECKING:
    from pathlib import Path

A100 = gpu("A100-SXM4-40GB")
HALVES = Mig(parse_layout(A100, "3g.20gb@0 3g.20gb@4"))
LONG = Experiment(
    A100, tenants(triad(elements=2**20), 2, arrivals=Poisson(100.0)), [Monolithic(), HALVES], seconds=60.0
)

pytestmark = pytest.mark.usefixtures("instant_kernels")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "run.jsonl"
    LONG.run(written)
    return written


def test_a_long_run_has_columns_and_no_line_for_a_request(path: Path) -> None:
    events = read_trace(path).events
    assert [event["kind"] for event in events[:5]] == ["experiment", "mode", "mode", "requests", "requests"]
    assert "request" not in {event["kind"] for event in events}
    columns = [event for event in events if event["kind"] == "requests"]
    assert [event["file"] for event in columns] == ["run.requests/monolithic", f"run.requests/{HALVES.slug}"]
    assert sum(event["rows"] for event in columns) > USUAL_MOST_LINES
    for event in columns:
        finished = np.load(path.with_name("run.requests") / event["mode"] / "finished.npy")
        assert finished.shape == (event["rows"],)
    assert path.stat().st_size < 20_000


def test_figures_do_not_depend_on_how_the_requests_are_kept(path: Path) -> None:
    kept, modelled = Result.read(path), LONG.modelled()
    figures = [
        column for column in kept.table if column not in ("kernels", "results_checked", "results_correct")
    ]
    pd.testing.assert_frame_equal(kept.table[figures], modelled.table[figures])
    pd.testing.assert_frame_equal(kept.requests, modelled.requests)
    pd.testing.assert_frame_equal(kept.over_time(7), modelled.over_time(7))
    assert kept.table["requests"].iloc[2] == len(kept.requests[kept.requests["mode"] == "monolithic"])


def test_the_same_seed_writes_the_same_bytes(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again" / "run.jsonl"
    LONG.run(again)
    assert again.read_bytes() == path.read_bytes()
    for one in path.with_name("run.requests").rglob("*.npy"):
        other = again.with_name("run.requests") / one.relative_to(path.with_name("run.requests"))
        assert other.read_bytes() == one.read_bytes()


def test_a_changed_byte_in_a_column_is_noticed(path: Path) -> None:
    column = columns_folder(path, "monolithic") / "finished.npy"
    changed = bytearray(column.read_bytes())
    changed[-1] ^= 1
    column.write_bytes(bytes(changed))
    with pytest.raises(TraceCorrupted) as caught:
        Result.read(path)
    assert str(caught.value) == f"{column} is not what was written: its checksum differs."


def test_columns_of_another_run_are_noticed(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    Experiment(LONG.gpu, LONG.tenants, LONG.modes, seconds=61.0).run(other)
    folder = columns_folder(path, "monolithic")
    shutil.rmtree(folder)
    shutil.copytree(columns_folder(other, "monolithic"), folder)
    with pytest.raises(TraceCorrupted, match=r"holds other requests than .*run\.jsonl says"):
        Result.read(path)


def test_missing_columns_are_said_to_be_missing(path: Path) -> None:
    folder = columns_folder(path, "monolithic")
    shutil.rmtree(folder)
    with pytest.raises(TraceCorrupted) as caught:
        Result.read(path)
    assert str(caught.value) == (
        f"The requests of monolithic are missing: {folder} belongs to {path} and is not there. Move the two "
        f"together."
    )


def test_events_without_their_files_are_refused(path: Path) -> None:
    with pytest.raises(TraceCorrupted) as caught:
        Result.from_events(read_trace(path).events)
    assert str(caught.value) == (
        "The requests of monolithic are not in these events, but in files beside the trace. Read the trace: "
        "Result.read(path)."
    )


def test_a_run_killed_between_two_modes_keeps_the_first(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4]))
    shutil.rmtree(columns_folder(path, HALVES.slug))
    found = Result.read(path)
    assert set(found.table["requests"].dropna()) == set()
    assert set(found.table[found.table["tenant"] != "all"]["status"]) == {
        "unknown: the run ended before this kernel did"
    }
    assert found.recording.whole == {"monolithic"}
    assert found.verdict.headline == "No verdict: the run ended early."


def test_a_disk_that_is_full_ends_the_run_and_leaves_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = ColumnsWriter.append

    def full(writer: ColumnsWriter, block: Any) -> None:
        append(writer, block)
        raise OSError(28, "No space left on device")

    path = tmp_path / "run.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr(ColumnsWriter, "append", full)
        with pytest.raises(OSError, match="No space left"):
            LONG.run(path)
    found = Result.read(path)
    assert [event["kind"] for event in found.trace.events] == ["experiment", "mode", "mode"]
    assert found.verdict.headline == "No verdict: the run ended early."
    assert found.table["throughput_per_s"].isna().all()
    assert Columns(columns_folder(path, "monolithic")).rows > 10_000


def test_a_folder_that_holds_columns_is_not_touched(path: Path) -> None:
    path.unlink()
    before = {each: each.read_bytes() for each in path.with_name("run.requests").rglob("*.*")}
    with pytest.raises(InvalidExperiment) as caught:
        LONG.run(path)
    assert str(caught.value) == (
        f"{columns_folder(path, 'monolithic')} holds the requests of another run already, and they are never "
        f"overwritten. Give another path for the trace, or remove the folder."
    )
    assert before == {each: each.read_bytes() for each in path.with_name("run.requests").rglob("*.*")}


def test_a_trace_of_format_1_is_still_read() -> None:
    """As the first version wrote it: fewer words on slices and tenants, and nothing about sharing."""
    old: dict[str, Any] = {
        "experiment": {"seconds": 4.0, "seed": 7, "gpu": "A100-SXM4-40GB", "modes": ["monolithic"]}
        | {
            "tenants": [_old_tenant("ann"), _old_tenant("bob")],
            "versions": {"trace": 1, "model": "roofline 1"},
        }
        | {"board": {"sms": 108, "bandwidth_gbs": 1384.6}}
        | {"provenance": {"time": "modelled", "kernels": "emulated"}},
        "mode": {"mode": "monolithic", "title": "Monolithic", "subtitle": "one", "slices": [_old_slice()]},
    }
    events: list[dict[str, Any]] = [{"kind": kind, **fields} for kind, fields in old.items()]
    for turn in range(4):
        who = "ann" if turn % 2 == 0 else "bob"
        times = {"arrived": max(0.0, turn - 1.0), "started": float(turn), "finished": turn + 1.0}
        events.append({"kind": "request", "mode": "monolithic", "tenant": who, "slice": "whole GPU", **times})
    for who in ("ann", "bob"):
        place = {"mode": "monolithic", "tenant": who, "slice": "whole GPU"}
        events.append({"kind": "kernel-checked", **place, "correct": True, "parameters": {"size": 8}})
    events.append({"kind": "finished", "ok": True, "failures": []})
    result = Result.from_events(json.loads(json.dumps([{"n": n, **each} for n, each in enumerate(events)])))
    table: Any = result.table.set_index("tenant")
    assert table["status"].tolist() == ["ok"] * 3
    assert table.loc["all", "throughput_per_s"] == 1.0
    assert table.loc["ann", "sm_active"] == pytest.approx(2 * 1.0 / 4.0)
    assert table["isolation"].tolist() == [pytest.approx(1.99), 2.0, 2.0]
    assert table["jain"].iloc[2] == 1.0
    assert table[["band_low_s", "energy_j_per_request", "load"]].isna().to_numpy().all()
    assert result.by_tenants["throughput_per_s"].tolist() == [1.0, 1.0]
    assert result.over_time(2)["sm_use"].tolist() == [1.0, 1.0]


def _old_tenant(name: str) -> dict[str, Any]:
    return {"name": name, "workload": "w", "title": "W", "parameters": {}, "bytes": 10} | {
        "think_seconds": 0.0,
        "alone_seconds": 1.0,
    }


def _old_slice() -> dict[str, Any]:
    each = dict.fromkeys(("ann", "bob"), 1.0)
    place: dict[str, Any] = {"name": "whole GPU", "profile": None, "compute": [], "memory": [], "sms": 108}
    figures = ("step_seconds", "saturated_seconds", "sm_active", "sm_occupancy", "occupancy")
    return place | {"bandwidth_gbs": 1384.6, "tenants": ["ann", "bob"]} | dict.fromkeys(figures, each)
