"""The picture of one emulated launch: source with counts and findings, a warp's accesses, its slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import anywidget
import traitlets

from mig_explorer.widgets.assets import css, esm

if TYPE_CHECKING:
    from collections.abc import Mapping


class Described(Protocol):
    """What is shown: the report of an emulation, or whatever gives the same."""

    def as_dict(self) -> dict[str, Any]:
        """Return its parts as JSON values."""


class Reported(Protocol):
    """What has a report."""

    @property
    def report(self) -> Described:
        """The report."""


# What the lines can be coloured by: the metrics that are added, and those that are taken away.
MEASURES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "global memory: sectors of 32 bytes": (("load_sectors", "store_sectors"), ()),
    "global memory: bytes that threads ask for": (("load_bytes", "store_bytes"), ()),
    "global memory: sectors more than needed": (
        ("load_sectors", "store_sectors"),
        ("load_ideal_sectors", "store_ideal_sectors"),
    ),
    "shared memory: turns": (("shared_turns",), ()),
    "shared memory: bank conflicts": (("bank_conflicts",), ()),
    "atomics": (("global_atomics", "shared_atomics"), ()),
    "atomics: turns": (("atomic_turns",), ()),
    "FLOPs": (("flops_fp16", "flops_fp32", "flops_fp64"), ()),
    "divisions, roots, exponentials": (("special_fp16", "special_fp32", "special_fp64"), ()),
    "branches of warps": (("branches",), ()),
    "branches that split a warp": (("divergent_branches",), ()),
    "barriers of blocks": (("barriers",), ()),
    "meetings of warps": (("warp_syncs",), ()),
}

LABELS = {
    "load_bytes": "global memory, bytes read",
    "load_requests": "in requests of warps",
    "load_sectors": "sectors read",
    "load_ideal_sectors": "would do if side by side",
    "store_bytes": "global memory, bytes written",
    "store_requests": "in requests of warps",
    "store_sectors": "sectors written",
    "store_ideal_sectors": "would do if side by side",
    "shared_load_bytes": "shared memory, bytes read",
    "shared_load_requests": "in requests of warps",
    "shared_store_bytes": "shared memory, bytes written",
    "shared_store_requests": "in requests of warps",
    "shared_turns": "turns of shared memory",
    "bank_conflicts": "of these for bank conflicts",
    "global_atomics": "atomics on global memory",
    "shared_atomics": "atomics on shared memory",
    "atomic_requests": "in requests of warps",
    "atomic_turns": "turns of atomics",
    "atomic_most_in_warp": "most on one element in a request",
    "atomic_most_on_element": "most on one element in all",
    "flops_fp16": "FLOPs, fp16",
    "flops_fp32": "FLOPs, fp32",
    "flops_fp64": "FLOPs, fp64",
    "special_fp16": "divisions, roots …, fp16",
    "special_fp32": "divisions, roots …, fp32",
    "special_fp64": "divisions, roots …, fp64",
    "branches": "branches that a warp came to",
    "divergent_branches": "of these split the warp",
    "barriers": "barriers of blocks",
    "warp_syncs": "meetings of warps",
}
"""Each metric in words, in the order in which they are shown."""


class KernelReport(anywidget.AnyWidget):
    """Shows one emulated launch: which lines cost what, and why.

    Parameters
    ----------
    report
        The report of an emulation.
    """

    _esm: ClassVar[str] = esm("kernel_report.js")
    _css: ClassVar[str] = css("theme.css", "kernel_report.css")

    content = traitlets.Dict().tag(sync=True)

    def __init__(self, report: Described, **traits: Any) -> None:
        super().__init__(content=content_of(report.as_dict()), **traits)
        self.report = report

    def __repr__(self) -> str:
        return str(self.report)


def kernel_report(shown: Reported | Described) -> KernelReport:
    """Show an emulated launch: its source with counts and findings, its accesses, its slices.

    Parameters
    ----------
    shown
        What a counted launch gave back, or a report.

    Returns
    -------
    KernelReport
        A widget: the last line of a cell shows it.

    Examples
    --------
    >>> from mig_explorer.emulator.compiler.report import Report, ReportLine
    >>> widget = kernel_report(Report("twice", [ReportLine(6, "values[i] *= 2", {"flops_fp32": 4})]))
    >>> [measure["name"] for measure in widget.content["measures"]]
    ['FLOPs']
    """
    report: Described = getattr(shown, "report", shown)  # type: ignore[arg-type]
    return KernelReport(report)


def content_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a report.

    Parameters
    ----------
    report
        As `Report.as_dict` gives it.

    Examples
    --------
    >>> shown = content_of(
    ...     {"kernel": "k", "lines": [{"line": 3, "counts": {"barriers": 2}}], "elsewhere": []}
    ... )
    >>> shown["measures"][0]["figures"], shown["lines"][0]["details"]
    ([2], [['barriers of blocks', 2]])
    """
    parts = [
        *({**line, "place": ""} for line in report["lines"]),
        *({**line, "place": line.get("function", "")} for line in report["elsewhere"]),
    ]
    lines = [
        {
            "line": each["line"],
            "place": each["place"],
            "source": each.get("source", ""),
            "findings": each.get("findings", []),
            "details": [
                [words, each["counts"][name]] for name, words in LABELS.items() if each["counts"].get(name)
            ],
        }
        for each in parts
    ]
    measures = []
    for name, (added, subtracted) in MEASURES.items():
        figures = [_sum(each["counts"], added) - _sum(each["counts"], subtracted) for each in parts]
        if any(figures):
            measures.append({"name": name, "figures": figures})
    return {
        "kernel": report["kernel"],
        "lines": lines,
        "measures": measures,
        "accesses": report.get("accesses", []),
        "resources": report.get("resources", []),
        "slices": report.get("slices", []),
    }


def _sum(counts: Mapping[str, int], names: tuple[str, ...]) -> int:
    return sum(counts.get(name, 0) for name in names)
