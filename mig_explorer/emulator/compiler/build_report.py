"""Making the report of a launch from what counted and checked mode say of it."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from mig_explorer.emulator.compiler.recorded import kernel_resources
from mig_explorer.emulator.compiler.report import Report, ReportLine
from mig_explorer.emulator.compiler.slices import SliceTable, kernel_on_slices, on_slices
from mig_explorer.emulator.source import python_function
from mig_explorer.gpus import gpu

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mig_explorer.emulator.compiler.accesses import Request
    from mig_explorer.emulator.compiler.report import Figures
    from mig_explorer.emulator.compiler.resources import KernelResources
    from mig_explorer.emulator.counts.emulation import Emulation
    from mig_explorer.gpus import Gpu

BOARDS = ("A100-SXM4-40GB", "GB10")
"""Those that a report shows if no others are named: one with MIG, one without."""

LineCounts = Mapping[int, Mapping[str, int]]
"""By line of the kernel's file, then by what was counted: ``{12: {"load_bytes": 4096}}``."""

NOTHING: LineCounts = MappingProxyType({})


class FindingAtLine(Protocol):
    """What a report needs of a finding of checked mode: its line, and its text as `str` gives it."""

    @property
    def line(self) -> int:
        """Line of the file."""


def report_of(  # noqa: PLR0913 - a report has these parts
    kernel: Any,
    *,
    counts: LineCounts = NOTHING,
    findings: Sequence[FindingAtLine] = (),
    accesses: Sequence[tuple[int, Request]] = (),
    resources: Sequence[KernelResources] = (),
    slices: Sequence[SliceTable] = (),
) -> Report:
    """Return the report of a launch of a kernel, with the kernel's source.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.
    counts
        By line. A line that knows its file and function may be one of a device function.
    findings
        Of checked mode.
    accesses, resources, slices
        As of `Report`.

    Examples
    --------
    >>> from mig_explorer.emulator.compiler import build_report as this
    >>> report_of(this.report_of).lines[0].source
    'def report_of(  # noqa: PLR0913 - a report has these parts'
    """
    return _report(kernel, list(counts.items()), findings, accesses, resources, slices)


def emulation_report(
    emulation: Emulation,
    boards: Iterable[Gpu | str] = BOARDS,
    findings: Sequence[FindingAtLine] = (),
) -> Report:
    """Return the report of a counted launch, with its waves on some boards.

    Parameters
    ----------
    emulation
        What counted mode gave back.
    boards
        Of the catalogue, or their names.
    findings
        Of checked mode, if that ran too.
    """
    shown = [gpu(board) if isinstance(board, str) else board for board in boards]
    capabilities = dict.fromkeys(board.compute_capability for board in shown)
    known = {
        each: kernel_resources(emulation.kernel, emulation.argument_types, each) for each in capabilities
    }
    counted = emulation.counts.lines
    return _report(
        emulation.kernel,
        [(line.line, line.metrics.as_dict()) for line in counted],
        findings,
        [(line.line, pattern) for line in counted for pattern in line.patterns],
        [each for each in known.values() if each is not None],
        [_slices(board, known[board.compute_capability], emulation) for board in shown],
    )


def _slices(board: Gpu, resources: KernelResources | None, emulation: Emulation) -> SliceTable:
    launch = emulation.counts.launch
    blocks, threads = prod(launch.grid), prod(launch.block)
    dynamic = emulation.dynamic_shared
    if resources is not None:
        return kernel_on_slices(board, resources, blocks=blocks, threads=threads, dynamic_shared=dynamic)
    return on_slices(
        board,
        blocks=blocks,
        threads=threads,
        registers=None,
        static_shared=None,
        dynamic_shared=dynamic,
    )


def _report(  # noqa: PLR0913, PLR0917 - a report has these parts
    kernel: Any,
    counts: Sequence[tuple[int, Figures]],
    findings: Sequence[FindingAtLine],
    accesses: Sequence[tuple[int, Request]],
    resources: Sequence[KernelResources],
    slices: Sequence[SliceTable],
) -> Report:
    function = python_function(kernel)
    file = function.__code__.co_filename
    source, first = inspect.getsourcelines(function)
    last = first + len(source) - 1

    def inside(line: int) -> bool:
        return getattr(line, "file", "") in {"", file} and first <= line <= last

    figures = {int(line): each for line, each in counts if inside(line)}
    said: dict[int, tuple[str, ...]] = {}
    outside: dict[tuple[str, int], ReportLine] = {}
    for line, each in counts:
        if not inside(line):
            outside[_place(line, file)] = _elsewhere(line, file, each)
    for found in findings:
        if inside(found.line):
            said[int(found.line)] = (*said.get(int(found.line), ()), str(found))
        else:
            place = _place(found.line, file)
            known = outside.get(place) or _elsewhere(found.line, file, {})
            outside[place] = replace(known, findings=(*known.findings, str(found)))
    lines = [
        ReportLine(number, text.rstrip(), figures.get(number, {}), said.get(number, ()))
        for number, text in enumerate(source, first)
    ]
    others = [outside[place] for place in sorted(outside)]
    return Report(function.__name__, lines, others, accesses, resources, slices)


def _place(line: int, file: str) -> tuple[str, int]:
    return getattr(line, "file", "") or file, int(line)


def _elsewhere(line: int, file: str, counts: Figures) -> ReportLine:
    text = linecache.getline(*_place(line, file)).rstrip()
    return ReportLine(int(line), text, counts, function=getattr(line, "function", ""))
