"""Whether the blocks of a kernel may run at the same time on two cores and give what they give in turn.

It is proven from the source, or not done: every array that the kernel writes must be written and read by each
block at places of its own. A place is a block's own if an index of it is the block's number times its width,
plus the thread's, along an axis of the grid.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.emulator.markers import BlockLoop
from mig_explorer.emulator.names import AXES
from mig_explorer.emulator.steady import Steady

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mig_explorer.emulator.geometry import Geometry
    from mig_explorer.emulator.lower import LoweredKernel


@dataclass(frozen=True)
class Independence:
    """What is known about the blocks of a kernel.

    Parameters
    ----------
    axes
        Axes of the grid along which blocks are independent; the grid must be 1 along all others.
    written
        The parameters that are written.
    reason
        Why nothing is known, or "".
    """

    axes: frozenset[str]
    written: frozenset[str]
    reason: str = ""

    def holds(self, shape: Geometry) -> bool:
        """Say whether the blocks of a grid are independent."""
        needed = {axis for axis, size in zip(AXES, shape.grid, strict=True) if size > 1}
        return not self.reason and needed <= self.axes


def independence(kernel: LoweredKernel) -> Independence:
    """Find out along which axes of the grid the blocks of a kernel are independent.

    Examples
    --------
    >>> from mig_explorer.emulator.lower import lower
    >>> from mig_explorer.emulator.source import read
    >>> from numba import cuda
    >>> def double(a):
    ...     i = cuda.grid(1)
    ...     a[i] = 2 * a[i]
    >>> sorted(independence(lower(read(double))).axes)
    ['x']
    >>> def shift(a):
    ...     i = cuda.grid(1)
    ...     a[i] = a[i + 1]
    >>> independence(lower(read(shift))).reason
    'blocks are not seen to keep to places of their own in a[i + 1], a[i]'
    """
    unit = kernel.unit
    if unit.fenced:
        return _none("there is a memory fence")
    if unit.impure:
        return _none("there are atomics, or device functions that write")
    own = {each.name for each in kernel.storage}
    places: dict[str, list[ast.Subscript]] = {}
    written: set[str] = set()
    for node in _subscripts(kernel):
        stored = isinstance(node.ctx, ast.Store)
        if not isinstance(node.value, ast.Name):
            if stored:
                return _none(f"{ast.unparse(node)} is written")
            continue
        name = node.value.id
        places.setdefault(name, []).append(node)
        if stored and name not in own:
            written.add(name)
    for name in sorted(written):
        if name not in kernel.parameters:
            return _none(f"{name} may stand for another array")
        if name in _escaping(kernel):
            return _none(f"{name} is written and has another name")
    own_places = _OwnPlaces(kernel)
    axes = frozenset(AXES)
    for name in sorted(written):
        found = own_places.axes(places[name])
        if not found:
            where = ", ".join(sorted({ast.unparse(each) for each in places[name]}))
            return _none(f"blocks are not seen to keep to places of their own in {where}")
        axes &= found
    return Independence(axes, frozenset(written))


def _none(reason: str) -> Independence:
    return Independence(frozenset(), frozenset(), reason)


def _subscripts(kernel: LoweredKernel) -> Iterator[ast.Subscript]:
    """Go through what is indexed; an augmented assignment reads where it writes."""
    for node in (each for statement in kernel.body for each in ast.walk(statement)):
        if isinstance(node, ast.Subscript):
            yield node


def _escaping(kernel: LoweredKernel) -> set[str]:
    """Return the names that are used as a whole: assigned to others or handed to functions."""
    indexed = {id(each.value) for each in _subscripts(kernel)}
    nodes = [each for statement in kernel.body for each in ast.walk(statement)]
    indexed |= {id(each.value) for each in nodes if isinstance(each, ast.Attribute)}
    return {each.id for each in nodes if isinstance(each, ast.Name) and id(each) not in indexed}


class _OwnPlaces:
    """Knows which indices tell the blocks of a grid apart."""

    def __init__(self, kernel: LoweredKernel) -> None:
        self.names = kernel.names
        self.steady = Steady(kernel)
        nodes = [each for statement in kernel.body for each in ast.walk(statement)]
        stored = [each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        loops = {each.own for each in nodes if isinstance(each, BlockLoop) and each.own}
        self.in_loops = {each for each in loops if stored.count(each[0]) == 1}

    def axes(self, places: list[ast.Subscript]) -> frozenset[str]:
        """Return the axes of the grid along which no two blocks share one of some places of an array.

        For that, one index must be the same at all of them, and a block's own.
        """
        indices = [_indices(each) for each in places]
        found: set[str] = set()
        for column in zip(*indices, strict=False):
            if len({ast.unparse(each) for each in column}) == 1:
                found.update(axis for axis in AXES if self._is_own(column[0], axis))
        return frozenset(found) if len({len(each) for each in indices}) == 1 else frozenset()

    def _is_own(self, index: ast.expr, axis: str) -> bool:
        block, width, thread = (
            self.names.index(kind, axis) for kind in ("blockIdx", "blockDim", "threadIdx")
        )
        start = {f"{block} * {width}", f"{width} * {block}"}
        own = {block} | {f"{each} + {thread}" for each in start} | {f"{thread} + {each}" for each in start}
        if isinstance(index, ast.Name) and (index.id, thread) in self.in_loops:
            return True
        return ast.unparse(self.steady.followed(index)) in own


def _indices(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
