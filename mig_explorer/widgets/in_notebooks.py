"""Which values a notebook shows as a widget, so that the rooms that make them need not know of widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from mig_explorer.emulator.compiler.report import Report

REPORT = ("mig_explorer.emulator.compiler.report", "Report")


def show_as_widgets(shell: InteractiveShell | None) -> None:
    """Let IPython show the report of an emulation as its widget.

    The type is told by its name, so neither it nor the widget is imported before one is shown.

    Parameters
    ----------
    shell
        As ``IPython.get_ipython()`` gives it; None outside IPython, where nothing is to be done.

    Examples
    --------
    >>> show_as_widgets(None)
    """
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.mimebundle_formatter.for_type_by_name(*REPORT, report_bundle)


def report_bundle(report: Report) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a page shows of a report, and the whole of its text for where there are no widgets.

    Examples
    --------
    >>> from mig_explorer.emulator.compiler.report import Report, ReportLine
    >>> data, _ = report_bundle(Report("twice", [ReportLine(6, "values[i] *= 2", {"flops_fp32": 4})]))
    >>> sorted(data)
    ['application/vnd.jupyter.widget-view+json', 'text/plain']
    """
    from mig_explorer.widgets.kernel_report import KernelReport  # noqa: PLC0415 - few sessions need it

    shown = KernelReport(report)._repr_mimebundle_() or ({}, {})
    data, metadata = shown if isinstance(shown, tuple) else (shown, {})
    return {**data, "text/plain": str(report)}, metadata
