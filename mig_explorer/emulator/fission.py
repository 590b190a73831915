"""Third step: a kernel split at its barriers into regions.

Within a region the threads of a block are independent of one another, so each region becomes a loop over
the threads, and the barrier is the end of that loop. This is loop fission as in MCUDA: J. A. Stratton,
S. S. Stone and W. W. Hwu, MCUDA: An Efficient Implementation of CUDA Kernels for Multi-core CPUs, LCPC 2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.emulator.markers import Barrier
from mig_explorer.emulator.uniform import CONTROL, Control, Uniformity

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True)
class Region:
    """Statements that each thread runs on its own, between two barriers."""

    statements: tuple[ast.stmt, ...]


@dataclass(frozen=True)
class BlockStatement:
    """A statement that the block executes once."""

    statement: ast.stmt


@dataclass(frozen=True)
class BlockControl:
    """A loop or an ``if`` that the block goes through as one."""

    statement: Control
    body: tuple[Part, ...]
    orelse: tuple[Part, ...]


Part = Region | BlockStatement | BlockControl


def split(body: Sequence[ast.stmt], uniform: Uniformity) -> tuple[Part, ...]:
    """Split statements at their barriers and at what the block does as one.

    Examples
    --------
    >>> import ast
    >>> statements = [*ast.parse("a[i] = 1").body, Barrier(), *ast.parse("b[i] = a[i + 1]").body]
    >>> [ast.unparse(part.statements[0]) for part in split(statements, Uniformity(frozenset(), frozenset()))]
    ['a[i] = 1', 'b[i] = a[i + 1]']
    """
    parts: list[Part] = []
    pending: list[ast.stmt] = []

    def close() -> None:
        if pending:
            parts.append(Region(tuple(pending)))
            pending.clear()

    for each in body:
        if isinstance(each, Barrier):
            close()
        elif id(each) not in uniform.statements:
            pending.append(each)
        else:
            close()
            if isinstance(each, CONTROL):
                parts.append(BlockControl(each, split(each.body, uniform), split(each.orelse, uniform)))
            else:
                parts.append(BlockStatement(each))
    close()
    return tuple(parts)


def regions(parts: Iterable[Part]) -> Iterator[Region]:
    """Go through the regions in the order of the source."""
    for part in parts:
        if isinstance(part, Region):
            yield part
        elif isinstance(part, BlockControl):
            yield from regions([*part.body, *part.orelse])
