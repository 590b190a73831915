"""What checked mode finds: one fault, said plainly, with its lines, its threads and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.emulator.simt.lines import Line

WORST_FIRST = (
    "out-of-bounds",
    "negative-index",
    "divergent-barrier",
    "lost-update",
    "race-shared",
    "race-global",
    "shfl-mask",
    "uninitialised-shared",
    "uninitialised-local",
    "endless-loop",
)
"""Every kind of finding."""

MOST_SHOWN = 10


class Thread(NamedTuple):
    """A thread: its ``blockIdx`` and its ``threadIdx``.

    Examples
    --------
    >>> str(Thread(block=(1, 0, 0), thread=(31, 0, 0)))
    'thread (31, 0, 0) of block (1, 0, 0)'
    """

    block: tuple[int, int, int]
    thread: tuple[int, int, int]

    def __str__(self) -> str:
        return f"thread {tuple(self.thread)} of block {tuple(self.block)}"


class Place(NamedTuple):
    """A line of the kernel with what is done there (``"written by"``) and a thread that does it."""

    line: Line
    does: str
    thread: Thread | None


@dataclass(frozen=True)
class Finding:
    """One fault of a kernel; many threads may have part in it.

    Parameters
    ----------
    kind
        One of `WORST_FIRST`.
    what
        What is wrong, in one sentence.
    places
        The lines that have part in it, each with a thread as an example.
    thread_count
        How many threads did it.
    advice
        What to do about it.
    array, element
        The array and the element of the example; None and () where there is none.

    Examples
    --------
    >>> from mig_explorer.emulator.simt.lines import Line
    >>> thread = Thread((2, 0, 0), (0, 0, 0))
    >>> print(
    ...     Finding(
    ...         "out-of-bounds",
    ...         "out[512] is written, but out has 512 elements",
    ...         (Place(Line(7, "saxpy.py", "saxpy"), "written by", thread),),
    ...         256,
    ...         "Let only threads inside do this.",
    ...     )
    ... )
    Out of bounds: out[512] is written, but out has 512 elements.
      line 7: written by thread (0, 0, 0) of block (2, 0, 0)
      256 threads do this.
      What to do: Let only threads inside do this.
    """

    kind: str
    what: str
    places: tuple[Place, ...]
    thread_count: int
    advice: str
    array: str | None = None
    element: tuple[int, ...] = ()

    @property
    def line(self) -> Line:
        """The line it is about."""
        return self.places[0].line

    @property
    def other_line(self) -> Line | None:
        """The other thread's line, where two threads have part in it."""
        return self.places[1].line if len(self.places) > 1 else None

    @property
    def source_line(self) -> str:
        """The text of the line it is about."""
        return self.line.source

    @property
    def threads(self) -> tuple[Thread, ...]:
        """A thread for each of the lines."""
        return tuple(each.thread for each in self.places if each.thread is not None)

    def __str__(self) -> str:
        lines = [f"{_TITLES[self.kind]}: {self.what}."]
        lines += [_place(each, self.line) for each in self.places]
        if self.thread_count > 1:
            lines.append(f"  {self.thread_count:,} threads do this.")
        lines.append(f"  What to do: {self.advice}")
        return "\n".join(lines)


_TITLES = {
    "out-of-bounds": "Out of bounds",
    "negative-index": "Negative index",
    "divergent-barrier": "Divergent barrier",
    "lost-update": "Lost update",
    "race-shared": "Race in shared memory",
    "race-global": "Race in global memory",
    "shfl-mask": "Wrong mask",
    "uninitialised-shared": "Shared memory never written",
    "uninitialised-local": "Local memory never written",
    "endless-loop": "Endless loop",
}


def _place(place: Place, home: Line) -> str:
    where = f"line {int(place.line)}"
    if place.line.file != home.file:
        where += f" of {place.line.file}"
    source = place.line.source
    code = f"  {source}" if source else ""
    who = f" {place.thread}" if place.thread is not None else ""
    return f"  {where}:{code}{'  ← ' if code else ' '}{place.does}{who}"


def report(kernel: str, findings: Sequence[Finding]) -> str:
    """Return the text of all findings of a launch, the worst first.

    Parameters
    ----------
    kernel
        The kernel's name.
    findings
        At least one.

    Examples
    --------
    >>> print(report("saxpy", [Finding("shfl-mask", "the mask is 0", (), 1, "Name the lanes.")]))
    saxpy: 1 fault found.
    <BLANKLINE>
    1. Wrong mask: the mask is 0.
      What to do: Name the lanes.
    """
    count = len(findings)
    parts = [f"{kernel}: {count} fault{'s' if count != 1 else ''} found."]
    parts += [f"{number}. {each}" for number, each in enumerate(findings[:MOST_SHOWN], 1)]
    if count > MOST_SHOWN:
        parts.append(f"And {count - MOST_SHOWN} more, in the error's .findings.")
    return "\n\n".join(parts)
