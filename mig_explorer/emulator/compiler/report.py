"""A picture of one emulated launch: its source with counts and findings, its accesses, its slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.compiler.accesses import as_data, draw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mig_explorer.emulator.compiler.accesses import Request
    from mig_explorer.emulator.compiler.resources import KernelResources
    from mig_explorer.emulator.compiler.slices import SliceTable

Figures = Mapping[str, int]
"""What was counted at a line, by name."""


@dataclass(frozen=True)
class ReportLine:
    """A line of source with what is known of it.

    Parameters
    ----------
    number
        In its file.
    source
        Its text.
    counts
        What was counted there.
    findings
        What checked mode says of it.
    function
        For a line of another function than the kernel: that function's name.
    """

    number: int
    source: str
    counts: Figures
    findings: tuple[str, ...] = ()
    function: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "line": self.number,
            "source": self.source,
            "counts": {name: int(figure) for name, figure in self.counts.items()},
            "findings": list(self.findings),
            **({"function": self.function} if self.function else {}),
        }

    def notes(self) -> list[str]:
        """Return what stands below the line: findings after ``!``, counts after ``+``."""
        found = [row for text in self.findings for row in f"! {text}".splitlines()]
        said = ", ".join(
            f"{name.replace('_', ' ')} {figure:,}" for name, figure in self.counts.items() if figure
        )
        return [*found, f"+ {said}"] if said else found


@dataclass(frozen=True)
class Report:
    """One emulated launch, as text (`str`) and as data for a widget (`as_dict`).

    Parameters
    ----------
    kernel
        Its name.
    lines
        Of its source, all of them.
    elsewhere
        Lines of device functions at which something was counted or found.
    accesses
        Requests of one warp to memory, each with its line.
    resources
        What it compiles to, for each compute capability that was asked for and is known.
    slices
        Its waves on boards.

    Examples
    --------
    >>> lines = (
    ...     ReportLine(5, "def twice(values):", {}),
    ...     ReportLine(6, "    values[cuda.grid(1)] *= 2", {"load_bytes": 4096}, ("no such element",)),
    ... )
    >>> print(Report("twice", lines))
    twice, emulated: 1 finding
    registers unknown: not compiled here, and not recorded
    <BLANKLINE>
    5 | def twice(values):
    6 |     values[cuda.grid(1)] *= 2
      |     ! no such element
      |     + load bytes 4,096
    """

    kernel: str
    lines: Sequence[ReportLine]
    elsewhere: Sequence[ReportLine] = ()
    accesses: Sequence[tuple[int, Request]] = ()
    resources: Sequence[KernelResources] = ()
    slices: Sequence[SliceTable] = ()

    @property
    def findings(self) -> int:
        """How many findings there are."""
        return sum(len(line.findings) for line in (*self.lines, *self.elsewhere))

    def __str__(self) -> str:
        parts = ["\n".join(self._head()), "\n".join(_annotated(self.lines))]
        for function in dict.fromkeys(line.function for line in self.elsewhere):
            of_it = [line for line in self.elsewhere if line.function == function]
            parts.append("\n".join([f"in {function or 'another function'}:", *_annotated(of_it)]))
        if self.accesses:
            drawn = "\n".join(draw(request, line) for line, request in self.accesses)
            parts.append(f"Memory that one warp wants at once (# wanted, . moved along; 4 B each):\n{drawn}")
        parts += [str(table) for table in self.slices]
        return "\n\n".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values, None where unknown.

        Examples
        --------
        >>> report = Report("k", [ReportLine(1, "def k(a):", {})])
        >>> report.as_dict()["lines"]
        [{'line': 1, 'source': 'def k(a):', 'counts': {}, 'findings': []}]
        """
        return {
            "kernel": self.kernel,
            "provenance": "emulated",
            "lines": [line.as_dict() for line in self.lines],
            "elsewhere": [line.as_dict() for line in self.elsewhere],
            "accesses": [as_data(request, line) for line, request in self.accesses],
            "resources": [each.as_dict() for each in self.resources],
            "slices": [table.as_dict() for table in self.slices],
        }

    def _head(self) -> list[str]:
        count = self.findings
        head = f"{self.kernel}, emulated"
        if count:
            head += f": {count} finding{'' if count == 1 else 's'}"
        if not self.resources:
            return [head, "registers unknown: not compiled here, and not recorded"]
        sources = dict.fromkeys(str(each.provenance) for each in self.resources)
        return [head, *(str(each) for each in self.resources), *sources]


def _annotated(lines: Iterable[ReportLine]) -> list[str]:
    """Return lines of source, each with its notes below."""
    shown = list(lines)
    width = max(len(str(line.number)) for line in shown)
    rows = []
    for line in shown:
        rows.append(f"{line.number:>{width}} | {line.source}".rstrip())
        margin = " " * (len(line.source) - len(line.source.lstrip()))
        rows += [f"{'':>{width}} | {margin}{note}" for note in line.notes()]
    return rows
