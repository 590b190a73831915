"""A kernel as the engine runs it: segments of instructions, each ending where lanes part or meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mig_explorer.emulator.simt.lines import Line


READS = 1
"""Ticks of an instruction that reads memory, which another lane may write."""

SWAPS = 64
"""Ticks of an atomic exchange: locks are made of those."""

SPINS = 512
"""Ticks of a segment in a loop that carries nothing from one round to the next: only memory can end it."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """Something that each lane does by itself.

    Parameters
    ----------
    targets
        The registers that it writes: none, one, or one for each of several results.
    operands
        The registers that it reads.
    act
        Takes the turn and the operands' values, returns the result.
    line
        Where it stands.
    ticks
        How much it may be part of waiting for other lanes: 0, or `READS` or `SWAPS`.
    """

    targets: tuple[str, ...]
    operands: tuple[str, ...]
    act: Callable[..., Any]
    line: Line
    ticks: int = 0


@dataclass(frozen=True, slots=True)
class Jump:
    """All lanes go on elsewhere."""

    to: Any


@dataclass(frozen=True, slots=True)
class Fork:
    """Lanes go one way or the other."""

    condition: str
    yes: Any
    no: Any
    line: Line


@dataclass(frozen=True, slots=True)
class Meet:
    """Lanes wait for others of their block or warp.

    Parameters
    ----------
    kind
        ``"syncthreads"``, ``"syncthreads_count"``, …, ``"syncwarp"``, ``"shfl"``, ``"vote"``, ``"match_any"``
        or ``"match_all"``.
    operands
        Registers: the mask first for those of a warp.
    target
        The register for the result, if there is one.
    then
        Where they go on.
    line
        Where it stands.
    mode
        Of a shuffle ``"idx"``, ``"up"``, ``"down"`` or ``"xor"``; of a vote ``"all"``, ``"any"``, ``"eq"`` or
        ``"ballot"``.
    with_predicate
        Whether the result is Numba's pair: the value or ballot, and a truth value.
    """

    kind: str
    operands: tuple[str, ...]
    target: str | None
    then: Any
    line: Line
    mode: str = ""
    with_predicate: bool = False

    @property
    def of_block(self) -> bool:
        """Whether the whole block meets."""
        return self.kind.startswith("syncthreads")


@dataclass(frozen=True, slots=True)
class Exit:
    """Lanes are done; `line` is that of the ``return``, or the last one that they carried out."""

    line: Line


@dataclass(frozen=True, slots=True)
class Raise:
    """Lanes raise an exception."""

    text: str
    line: Line


End = Jump | Fork | Meet | Exit | Raise


@dataclass(frozen=True, slots=True)
class Segment:
    """Instructions that lanes carry out together, and how it goes on.

    Parameters
    ----------
    instructions, end
        What is done, and then.
    line
        Where it begins.
    keeps
        The registers written here that are read in other segments or by the end.
    ticks
        The most of its instructions, or `SPINS`.
    """

    instructions: tuple[Instruction, ...]
    end: End
    line: Line
    keeps: tuple[str, ...] = ()
    ticks: int = 0


@dataclass(frozen=True, eq=False)
class Program:
    """A kernel for given types of its arguments.

    Parameters
    ----------
    name
        The kernel's name.
    parameters
        The registers that hold the arguments, in order.
    segments
        The first is where lanes begin. A lane further on in the list is further on in the source too, but for
        loops, so lanes that parted meet again if those furthest behind go first.
    constants
        Registers that hold the same from the beginning.
    kept
        How many registers live longer than a segment.
    shared_bytes, local_bytes
        Of the arrays that each block, and each thread, declares.
    """

    name: str
    parameters: tuple[str, ...]
    segments: tuple[Segment, ...]
    constants: Mapping[str, Any]
    kept: int
    shared_bytes: int = 0
    local_bytes: int = 0


def successors(end: End) -> tuple[Any, ...]:
    """Return where lanes may go on.

    Examples
    --------
    >>> successors(Jump("loop")), successors(Exit(7))
    (('loop',), ())
    """
    if isinstance(end, Jump):
        return (end.to,)
    if isinstance(end, Fork):
        return (end.no, end.yes)
    return (end.then,) if isinstance(end, Meet) else ()


def redirected(end: End, numbers: Mapping[Any, int]) -> End:
    """Return an end with labels replaced by the segments' numbers."""
    if isinstance(end, Jump):
        return Jump(numbers[end.to])
    if isinstance(end, Fork):
        return replace(end, yes=numbers[end.yes], no=numbers[end.no])
    return replace(end, then=numbers[end.then]) if isinstance(end, Meet) else end


def read_by_end(end: End) -> tuple[str, ...]:
    """Return the registers that an end reads."""
    if isinstance(end, Fork):
        return (end.condition,)
    return end.operands if isinstance(end, Meet) else ()


def live_at_start(segments: Sequence[Segment]) -> list[set[str]]:
    """Return the registers whose values each segment, or what follows it, needs."""
    needs: list[set[str]] = []
    writes: list[set[str]] = []
    for segment in segments:
        read: set[str] = set()
        written: set[str] = set()
        for each in segment.instructions:
            read |= set(each.operands) - written
            written |= set(each.targets)
        needs.append(read | (set(read_by_end(segment.end)) - written))
        writes.append(written)
    live = [set(each) for each in needs]
    changed = True
    while changed:
        changed = False
        for number in reversed(range(len(segments))):
            after = live_after(segments[number].end, live)
            now = needs[number] | (after - writes[number])
            if now != live[number]:
                live[number], changed = now, True
    return live


def live_after(end: End, live: Sequence[set[str]]) -> set[str]:
    """Return the registers that are needed once the lanes have got past an end."""
    after = set().union(*(live[number] for number in successors(end)))
    return after - {end.target} if isinstance(end, Meet) and end.target else after
