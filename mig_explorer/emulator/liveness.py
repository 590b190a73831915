"""Fourth step: which variables a thread has to find again after a barrier.

A variable that is assigned before it is read in every region stays a plain variable of the loop over the
threads. One that a region may read before it assigns it is kept for each thread in an array. An index
computed once, from nothing that changes, is computed again in each region instead, which costs less.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.emulator.fission import Part, Region, regions
from mig_explorer.emulator.markers import BlockLoop, IndexAssign, Within
from mig_explorer.emulator.names import assigned_names, read_names
from mig_explorer.emulator.uniform import CONTROL, Uniformity, header

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mig_explorer.emulator.lower import LoweredKernel

PLAIN_CALLS = {"int", "float", "bool", "abs", "len", "min", "max"}


@dataclass(frozen=True)
class Flow:
    """How variables go through a stretch of statements.

    Parameters
    ----------
    exposed
        Variables that may be read before they are assigned in it.
    certain
        Variables that are assigned on every way to its end.
    assigned
        Variables that it assigns on some way.
    """

    exposed: frozenset[str]
    certain: frozenset[str]
    assigned: frozenset[str]


@dataclass(frozen=True)
class Liveness:
    """What becomes of the variables of the threads.

    Parameters
    ----------
    kept
        Variables that are stored for each thread between regions, in alphabetical order.
    recomputed
        Statements that are repeated in each region that needs them, in order.
    """

    kept: tuple[str, ...]
    recomputed: tuple[ast.Assign, ...]


def flow(statements: Sequence[ast.stmt]) -> Flow:
    r"""Follow the variables through statements.

    Examples
    --------
    >>> found = flow(ast.parse("if n > 0: x = a\ny = x").body)
    >>> sorted(found.exposed), sorted(found.certain)
    (['a', 'n', 'x'], ['y'])
    """
    exposed: set[str] = set()
    certain = _scan(statements, frozenset(), exposed)
    assigned = frozenset().union(*(assigned_names(each) for each in statements))
    return Flow(frozenset(exposed), assigned if certain is None else certain, assigned)


def _scan(statements: Iterable[ast.stmt], before: frozenset[str], exposed: set[str]) -> frozenset[str] | None:
    """Return what is assigned for certain afterwards, or None if the end is never reached."""
    certain = before
    for each in statements:
        if isinstance(each, (ast.Break, ast.Continue, ast.Return)):
            return None
        if isinstance(each, CONTROL):
            exposed |= read_names(header(each)) - certain
            if isinstance(each, ast.If):
                ways = [_scan(each.body, certain, exposed), _scan(each.orelse, certain, exposed)]
                reached = [way for way in ways if way is not None]
                if not reached:
                    return None
                certain = frozenset.intersection(*reached)
            else:
                target = assigned_names(each.target) if isinstance(each, ast.For) else set()
                _scan(each.body, certain | target, exposed)
        else:
            stored = assigned_names(each)
            read = read_names(each) if isinstance(each, ast.AugAssign) else _read_only(each)
            exposed |= read - certain
            certain |= stored
    return certain


def _read_only(statement: ast.stmt) -> set[str]:
    return {
        each.id
        for each in ast.walk(statement)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }


def liveness(kernel: LoweredKernel, parts: Sequence[Part], uniform: Uniformity) -> Liveness:
    """Decide what becomes of each variable of the threads.

    Raises
    ------
    UnsupportedKernel
        If a variable that decides about a barrier may be read before it is assigned.

    Examples
    --------
    >>> from mig_explorer.emulator.fission import split
    >>> from mig_explorer.emulator.lower import lower
    >>> from mig_explorer.emulator.source import read
    >>> from mig_explorer.emulator.uniform import uniformity
    >>> from numba import cuda
    >>> def shift(values):
    ...     i = cuda.grid(1)
    ...     value = values[i]
    ...     cuda.syncthreads()
    ...     values[i + 1] = value
    >>> kernel = lower(read(shift))
    >>> uniform = uniformity(kernel)
    >>> found = liveness(kernel, split(kernel.body, uniform), uniform)
    >>> found.kept, [ast.unparse(each) for each in found.recomputed]
    (('value',), ['i = block_x * block_dim_x + thread_x'])
    """
    _refuse_undecided(kernel, uniform)
    recomputed = _recomputed(kernel, uniform)
    of_threads = kernel.variables - uniform.variables
    for each in recomputed:
        of_threads -= assigned_names(each)
    exposed: set[str] = set()
    for region in regions(parts):
        exposed |= flow(without(region, recomputed)).exposed
    return Liveness(tuple(sorted(exposed & of_threads)), recomputed)


def _refuse_undecided(kernel: LoweredKernel, uniform: Uniformity) -> None:
    for name in sorted(flow(kernel.body).exposed & uniform.variables):
        where = next(each for each in kernel.body if name in read_names(each))
        reason = f"{name} decides about cuda.syncthreads() and may be read before it is assigned."
        raise kernel.source.not_native(where, reason)


def without(region: Region, recomputed: Iterable[ast.Assign]) -> list[ast.stmt]:
    """Return the statements of a region that are not repeated in every region anyway."""
    left_out = {id(each) for each in recomputed}
    return [each for each in region.statements if id(each) not in left_out]


def _recomputed(kernel: LoweredKernel, uniform: Uniformity) -> tuple[ast.Assign, ...]:
    """Return the top-level assignments that give a thread the same value wherever they are repeated."""
    counts: dict[str, int] = {}
    for statement in kernel.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                counts[node.id] = counts.get(node.id, 0) + 1
    changing = set(kernel.variables)
    found: list[ast.Assign] = []

    def look(statements: Sequence[ast.stmt], kind: type[ast.Assign]) -> None:
        for statement in statements:
            if isinstance(statement, BlockLoop) and isinstance(statement.target, ast.Name):
                once = {statement.target.id} if counts[statement.target.id] == 1 else set()
                outside = set(changing)
                changing.difference_update(once)
                look(statement.body, IndexAssign)
                changing.clear()
                changing.update(outside)
            elif isinstance(statement, Within):
                look(statement.body, IndexAssign)
            targets = assigned_names(statement)
            if not isinstance(statement, kind) or not all(counts[name] == 1 for name in targets):
                continue
            if not read_names(statement.value) & changing and _cheap_and_pure(statement):
                changing.difference_update(targets)
                if not targets & uniform.variables:
                    found.append(statement)

    look(kernel.body, ast.Assign)
    return tuple(found)


def _cheap_and_pure(statement: ast.Assign) -> bool:
    for each in ast.walk(statement):
        if isinstance(each, ast.Subscript) and not isinstance(each.value, ast.Attribute):
            view = isinstance(each.slice, ast.Slice) and isinstance(each.value, ast.Name)
            if not view:
                return False
        called = ast.unparse(each.func) if isinstance(each, ast.Call) else "int"
        if not called.startswith("np.") and called not in PLAIN_CALLS:
            return False
    return True
