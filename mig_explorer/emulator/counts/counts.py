"""What a launch was counted to do: for each line, and in total."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.counts.metrics import Metrics
    from mig_explorer.emulator.counts.pattern import WarpPattern
    from mig_explorer.emulator.simt.lines import Line
    from mig_explorer.emulator.simt.observer import LaunchView


@dataclass(frozen=True)
class CountedLine:
    """A line of source, what was counted there, and a warp of each kind of access as an example."""

    line: Line
    metrics: Metrics
    patterns: tuple[WarpPattern, ...] = ()

    @property
    def source(self) -> str:
        """The text of the line, empty where it can't be read."""
        return self.line.source


@dataclass(frozen=True, repr=False)
class Counts:
    """What all threads of a launch did, counted while it was emulated.

    Parameters
    ----------
    launch
        The kernel's name, the grid and the block.
    file
        Where the kernel's source stands.
    lines
        Every line at which something was counted, the kernel's file first.
    total
        All of them together.
    """

    launch: LaunchView
    file: str
    lines: tuple[CountedLine, ...]
    total: Metrics

    @property
    def by_line(self) -> dict[Line, Metrics]:
        """The metrics of each line of the kernel's file. Lines of other files are in `lines` only."""
        return {each.line: each.metrics for each in self.lines if each.line.file == self.file}

    @property
    def table(self) -> Any:
        """A pandas DataFrame: a row for each line and one for the total, a column for each metric."""
        import pandas as pd  # noqa: PLC0415 - importing this package must not load pandas

        rows = [
            {
                "line": int(each.line),
                "function": each.line.function,
                "source": each.source,
                **_figures(each.metrics),
            }
            for each in self.lines
        ]
        rows.append({"line": "total", "function": "", "source": "", **_figures(self.total)})
        return pd.DataFrame(rows).set_index("line")

    @property
    def text(self) -> str:
        """The lines with what was counted there, without the columns that are 0 throughout."""
        from tabulate import tabulate  # noqa: PLC0415 - nothing else here needs it

        shown = {title: cell for title, (names, cell) in _COLUMNS.items() if _any(self.total, names)}
        rows = [
            [int(each.line), *(cell(each.metrics) for cell in shown.values()), each.source]
            for each in self.lines
        ]
        rows.append(["total", *(cell(self.total) for cell in shown.values()), ""])
        heading = f"{self.launch.kernel}: {_launch(self.launch)}. Counted while emulated."
        if not shown:
            return f"{heading}\nNothing that is counted here was done."
        align = ["right", *("right" for _ in shown), "left"]
        return (
            f"{heading}\n{tabulate(rows, ['line', *shown, 'source'], colalign=align, disable_numparse=True)}"
        )

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Counts of {self.launch.kernel}: {_launch(self.launch)}, {len(self.lines)} lines>"


def _launch(launch: LaunchView) -> str:
    blocks, threads = prod(launch.grid), prod(launch.block)
    return f"{blocks:,} block{'s' * (blocks != 1)} of {threads:,} thread{'s' * (threads != 1)}"


def _figures(metrics: Metrics) -> dict[str, Any]:
    efficiency = {
        "load_efficiency": metrics.load_efficiency,
        "store_efficiency": metrics.store_efficiency,
    }
    return metrics.as_dict() | {
        name: float("nan") if figure is None else figure for name, figure in efficiency.items()
    }


def _any(metrics: Metrics, names: tuple[str, ...]) -> bool:
    return any(getattr(metrics, name) for name in names)


def _number(*names: str) -> tuple[tuple[str, ...], Callable[[Metrics], str]]:
    def cell(metrics: Metrics) -> str:
        figure = sum(getattr(metrics, name) for name in names)
        return f"{figure:,}" if figure else ""

    return names, cell


def _share(part: str, whole: str) -> tuple[tuple[str, ...], Callable[[Metrics], str]]:
    def cell(metrics: Metrics) -> str:
        total = getattr(metrics, whole)
        return f"{100 * getattr(metrics, part) / total:.3g}%" if total else ""

    return (whole,), cell


_COLUMNS: dict[str, tuple[tuple[str, ...], Callable[[Metrics], str]]] = {
    "bytes read": _number("load_bytes"),
    "sectors read": _number("load_sectors"),
    "loads coalesced": _share("load_ideal_sectors", "load_sectors"),
    "bytes written": _number("store_bytes"),
    "sectors written": _number("store_sectors"),
    "stores coalesced": _share("store_ideal_sectors", "store_sectors"),
    "shared requests": _number("shared_load_requests", "shared_store_requests"),
    "bank conflicts": _number("bank_conflicts"),
    "atomics": _number("global_atomics", "shared_atomics"),
    "most on one element": _number("atomic_most_on_element"),
    "FLOPs fp16": _number("flops_fp16"),
    "FLOPs fp32": _number("flops_fp32"),
    "FLOPs fp64": _number("flops_fp64"),
    "special": _number("special_fp16", "special_fp32", "special_fp64"),
    "branches": _number("branches"),
    "diverged": _number("divergent_branches"),
    "barriers": _number("barriers"),
}
