from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from mig_explorer.emulator.compiler.report import Report, ReportLine
from mig_explorer.emulator.counts.metrics import NAMES
from mig_explorer.widgets.kernel_report import LABELS, MEASURES, content_of, kernel_report

LINES = [
    ReportLine(5, "def kernel(a):", {}),
    ReportLine(6, "    a[i] = b[8 * i]", {"load_sectors": 32, "load_ideal_sectors": 4, "store_sectors": 4}),
    ReportLine(7, "    a[i] += 1", {"flops_fp32": 32, "flops_fp64": 0}, ("out of bounds",)),
]
ELSEWHERE = [ReportLine(2, "    return x * x", {"flops_fp64": 64}, (), "square")]


def shown():
    return content_of(Report("kernel", LINES, ELSEWHERE).as_dict())


def test_a_measure_adds_metrics_up_and_is_left_out_where_nothing_was_counted():
    assert {each["name"]: each["figures"] for each in shown()["measures"]} == {
        "global memory: sectors of 32 bytes": [0, 36, 0, 0],
        "global memory: sectors more than needed": [0, 32, 0, 0],
        "FLOPs": [0, 0, 32, 64],
    }


def test_lines_keep_their_findings_and_name_what_was_counted():
    lines = shown()["lines"]
    assert [line["details"] for line in lines] == [
        [],
        [["sectors read", 32], ["would do if side by side", 4], ["sectors written", 4]],
        [["FLOPs, fp32", 32]],
        [["FLOPs, fp64", 64]],
    ]
    assert [line["findings"] for line in lines] == [[], [], ["out of bounds"], []]
    assert [line["place"] for line in lines] == ["", "", "", "square"]


def test_every_metric_has_words_and_every_measure_has_metrics():
    assert tuple(LABELS) == NAMES
    assert {name for pair in MEASURES.values() for names in pair for name in names} <= set(NAMES)


def test_it_shows_a_report_or_what_has_one():
    report = Report("kernel", LINES, ELSEWHERE)
    widget = kernel_report(report)
    assert widget.content == shown()
    assert kernel_report(SimpleNamespace(report=report)).content == shown()
    assert repr(widget) == str(report)
    assert json.loads(json.dumps(widget.content)) == widget.content


@pytest.mark.parametrize("part", ["accesses", "resources", "slices"])
def test_parts_that_are_not_known_are_empty(part):
    assert shown()[part] == []
