from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numba import float32

from mig_explorer.emulator.compiler import build_report
from mig_explorer.emulator.compiler.build_report import emulation_report, report_of
from mig_explorer.emulator.compiler.resources import KernelResources, Provenance
from mig_explorer.emulator.compiler.slices import on_slices
from mig_explorer.emulator.counts import counted
from mig_explorer.emulator.counts.counts import CountedLine, Counts
from mig_explorer.emulator.counts.emulation import Emulation
from mig_explorer.emulator.counts.metrics import Metrics
from mig_explorer.emulator.counts.pattern import WarpPattern
from mig_explorer.emulator.simt.lines import Line
from mig_explorer.emulator.simt.observer import LaunchView
from mig_explorer.gpus import gpu
from tests.emulator.compiler import kernels

COMPILED = Provenance("compiled", "nvJitLink", {"numba-cuda": "0.30.4"}, "2026-11-23")
FIRST = kernels.squares.py_func.__code__.co_firstlineno
FILE = kernels.squares.py_func.__code__.co_filename
HELPER = kernels.square.py_func.__code__.co_firstlineno + 2
STORE = FIRST + 4
PATTERN = WarpPattern("global", "store", "out", 4, (0, 0, 0), 0, (0, 1), (0, 4))


@dataclass(frozen=True)
class Found:
    line: int
    said: str

    def __str__(self) -> str:
        return self.said


def numbered(offset: int) -> str:
    return str(FIRST + offset)


def test_counts_and_findings_stand_below_their_lines() -> None:
    report = report_of(
        kernels.squares,
        counts={STORE: {"load_bytes": 4096, "store_bytes": 4096, "bank_conflicts": 0}},
        findings=[Found(STORE, "Out of bounds: out[8].\n  256 threads do this.")],
        accesses=[(STORE, PATTERN)],
        slices=[on_slices(gpu("GB10"), blocks=4, threads=1024, registers=80)],
    )
    assert str(report) == "\n".join(
        [
            "squares, emulated: 1 finding",
            "registers unknown: not compiled here, and not recorded",
            "",
            f"{numbered(0)} | @cuda.jit",
            f"{numbered(1)} | def squares(values, out):",
            f"{numbered(2)} |     i = cuda.grid(1)",
            f"{numbered(3)} |     if i < values.size:",
            f"{numbered(4)} |         out[i] = square(values[i]) * SCALE",
            "   |         ! Out of bounds: out[8].",
            "   |           256 threads do this.",
            "   |         + load bytes 4,096, store bytes 4,096",
            "",
            "Memory that one warp wants at once (# wanted, . moved along; 4 B each):",
            (
                f"line {STORE}, store of out: 2 lanes want 8 B of global memory and move 1 sector (32 B), "
                "25 % wanted"
            ),
            "    sector 0  ##......  lanes 0-1",
            "",
            "4 blocks on GB10 (compute capability 12.1), modelled as if all took equally long",
            "does not run: one block has too many of an SM's registers",
        ]
    )


def test_a_device_functions_lines_stand_apart() -> None:
    line = Line(HELPER, FILE, "square")
    report = report_of(kernels.squares, counts={line: {"flops_fp32": 8}}, findings=[Found(line, "no")])
    assert str(report).split("\n\n")[2] == "\n".join(
        [
            "in square:",
            f"{HELPER} |     return x * x",
            "   |     ! no",
            "   |     + flops fp32 8",
        ]
    )


def test_the_same_number_in_another_file_is_another_line() -> None:
    line = Line(STORE, "elsewhere.py", "other")
    report = report_of(kernels.squares, counts={line: {"load_bytes": 8}})
    assert [each.counts for each in report.lines if each.counts] == []
    assert [(each.number, each.function, dict(each.counts)) for each in report.elsewhere] == [
        (STORE, "other", {"load_bytes": 8})
    ]


def test_what_it_compiles_to_and_from_where_is_at_the_head() -> None:
    made = [KernelResources("squares", each, 12, 0, 0, 0, 0, 0, COMPILED) for each in ((8, 0), (12, 1))]
    assert str(report_of(kernels.squares, resources=made)).splitlines()[:4] == [
        "squares, emulated",
        "12 registers, 0 B shared memory, 0 B local memory, no spills, for compute capability 8.0",
        "12 registers, 0 B shared memory, 0 B local memory, no spills, for compute capability 12.1",
        "compiled on 2026-11-23: nvJitLink (numba-cuda 0.30.4)",
    ]


def test_the_data_are_json_and_hold_every_line() -> None:
    made = KernelResources("squares", (12, 1), 12, 0, 0, 0, 0, 0, COMPILED)
    report = report_of(
        kernels.squares,
        counts={STORE: {"load_bytes": 8}, Line(HELPER, FILE, "square"): {"flops_fp32": 8}},
        findings=[Found(STORE, "no")],
        accesses=[(Line(STORE, FILE, "squares"), PATTERN)],
        resources=[made],
        slices=[on_slices(gpu("GB10"), blocks=4, threads=256, registers=12)],
    )
    data = json.loads(json.dumps(report.as_dict()))
    assert [line["line"] for line in data["lines"]] == list(range(FIRST, FIRST + 5))
    assert data["lines"][4] == {
        "line": STORE,
        "source": "        out[i] = square(values[i]) * SCALE",
        "counts": {"load_bytes": 8},
        "findings": ["no"],
    }
    assert data["elsewhere"] == [
        {
            "line": HELPER,
            "source": "    return x * x",
            "counts": {"flops_fp32": 8},
            "findings": [],
            "function": "square",
        }
    ]
    assert [each["sectors"] for each in data["accesses"]] == [[{"sector": 0, "lanes": [0, 1]}]]
    assert [each["registers"] for each in data["resources"]] == [12]
    assert [each["board"] for each in data["slices"]] == ["GB10"]
    assert (data["kernel"], data["provenance"]) == ("squares", "emulated")


def emulation() -> Emulation:
    line = CountedLine(Line(STORE, FILE, "squares"), Metrics(load_bytes=32), (PATTERN,))
    launch = LaunchView("squares", (1000, 1, 1), (16, 16, 1))
    counts = Counts(launch, FILE, (line,), Metrics(load_bytes=32))
    return Emulation(counts, kernels.squares, (float32[::1], float32[::1]), dynamic_shared=20_000)


def test_a_counted_launch_is_put_on_boards(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiles(kernel: Any, arguments: Any, capability: tuple[int, int]) -> KernelResources:
        assert (kernel, arguments) == (kernels.squares, (float32[::1], float32[::1]))
        return KernelResources("squares", capability, 40, 1000, 0, 0, 0, 1, COMPILED)

    monkeypatch.setattr(build_report, "kernel_resources", compiles)
    report = emulation_report(emulation(), boards=[gpu("A30"), "A100-SXM4-40GB", "GB10"])
    assert [each.compute_capability for each in report.resources] == [(8, 0), (12, 1)]
    assert [(table.board, table.blocks, table.occupancy.blocks) for table in report.slices] == [
        ("A30", 1000, 6),
        ("A100-SXM4-40GB", 1000, 6),
        ("GB10", 1000, 4),
    ]
    assert [(line, request) for line, request in report.accesses] == [(STORE, PATTERN)]
    assert "+ load bytes 32" in str(report)


def test_a_counted_launch_of_a_kernel_of_which_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_report, "kernel_resources", lambda *_: None)
    report = emulation_report(emulation(), findings=[Found(STORE, "no")])
    assert report.resources == []
    assert [table.occupancy.unknown for table in report.slices] == [("registers", "shared memory")] * 2
    assert [table.occupancy.blocks for table in report.slices] == [7, 4]
    assert str(report.slices[0]).splitlines()[1] == (
        "at most 7 blocks of 8 warps an SM: 56 of 64 warps (88 %), limited by shared memory; "
        "unknown: registers, shared memory"
    )
    assert report.findings == 1


def test_a_launch_that_was_really_counted_has_a_report() -> None:
    values, out = np.ones(64, np.float32), np.zeros(64, np.float32)
    report = emulation_report(counted(kernels.squares)[2, 32](values, out), boards=["T4"])
    assert report.lines[4].counts["load_bytes"] == 256
    assert [(table.board, table.rows[0].last_wave_idle_sms) for table in report.slices] == [("T4", 38)]
    assert f"line {STORE}, store of out: 32 lanes want 128 B of global memory" in str(report)
    assert json.loads(json.dumps(report.as_dict()))["lines"][4]["counts"]["store_bytes"] == 256


def test_a_finding_need_only_have_a_line() -> None:
    found = SimpleNamespace(line=STORE)
    assert report_of(kernels.squares, findings=[found]).lines[4].findings == (str(found),)
