"""Barriers: where they stand, the votes that some of them take, and loops that wait without one."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.emulator.markers import Barrier, BlockAssign
from mig_explorer.emulator.names import assigned_names, read_names
from mig_explorer.emulator.storage import Storage
from mig_explorer.emulator.vocabulary import BARRIERS, VOTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mig_explorer.emulator.unit import Unit


@dataclass(frozen=True)
class Vote:
    """What ``cuda.syncthreads_count`` and its like become: threads add up, a barrier, the block reads."""

    statements: tuple[ast.stmt, ...]
    storage: Storage
    result: ast.expr


def vote(path: str, predicate: ast.expr, unit: Unit) -> Vote:
    """Return the statements for a vote of the threads of a block.

    Examples
    --------
    >>> from mig_explorer.emulator.names import Names
    >>> from mig_explorer.emulator.unit import Unit
    >>> found = vote("syncthreads_or", ast.Name("x", ast.Load()), Unit(Names(""), set()))
    >>> ast.unparse(found.statements[0]), ast.unparse(found.result)
    ('votes_0[0] += 1 if np.int32(x) != 0 else 0', 'np.int32(vote_0 > 0)')
    """
    box, counted = unit.fresh("votes"), unit.fresh("vote")
    wanted = "==" if path == "syncthreads_and" else "!="
    add = f"{box}[0] += 1 if np.int32({ast.unparse(predicate)}) {wanted} 0 else 0"
    read = BlockAssign([ast.Name(counted, ast.Store())], _expression(f"np.int32({box}[0])"))
    again = BlockAssign([_stored(f"{box}[0]")], ast.Constant(0))
    result = {
        "syncthreads_count": counted,
        "syncthreads_and": f"np.int32({counted} == 0)",
        "syncthreads_or": f"np.int32({counted} > 0)",
    }[path]
    statements = (ast.parse(add).body[0], Barrier(path), read, again)
    return Vote(statements, Storage(box, "votes", (1,), np.dtype(np.int32)), _expression(result))


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _stored(text: str) -> ast.expr:
    statement = ast.parse(f"{text} = 0").body[0]
    assert isinstance(statement, ast.Assign)  # noqa: S101 - that is what was written
    return statement.targets[0]


def is_alone(call: ast.Call, whole: ast.expr) -> bool:
    """Say whether a call may be made before the rest of its expression without changing what that gives.

    It must be made for certain, and what else is computed must read no array and call nothing.

    Examples
    --------
    >>> whole = _expression("f(a[i]) + n")
    >>> is_alone(whole.left, whole)
    True
    >>> whole = _expression("a[i] + f(n)")
    >>> is_alone(whole.right, whole)
    False
    """
    conditional = (ast.BoolOp, ast.IfExp)
    for each in _outside(call, whole):
        chained = isinstance(each, ast.Compare) and len(each.ops) > 1
        if isinstance(each, (*conditional, ast.Subscript)) or chained:
            return False
        if isinstance(each, ast.Call) and not any(one is call for one in ast.walk(each)):
            return False
    return True


def _outside(call: ast.Call, whole: ast.AST) -> Iterator[ast.AST]:
    if whole is call:
        return
    yield whole
    for child in ast.iter_child_nodes(whole):
        yield from _outside(call, child)


def held_up(loop: ast.While, path: Callable[[ast.Call], str]) -> ast.AST | None:
    """Return what a loop waits for, if nothing that the loop does itself can end it.

    Such a loop reads memory until another thread writes to it, and has no barrier that lets others go on.

    Parameters
    ----------
    loop
        The loop, not lowered yet.
    path
        Says which part of `numba.cuda` a call is of, or "".

    Examples
    --------
    >>> loop = ast.parse("while flag[0] == 0: pass").body[0]
    >>> ast.unparse(held_up(loop, lambda call: ""))
    'flag[0] == 0'
    """
    called = [(each, path(each)) for each in ast.walk(loop) if isinstance(each, ast.Call)]
    if any(name in BARRIERS | VOTES for _, name in called):
        return None
    changed = set().union(*(assigned_names(each) for each in loop.body))
    tests = [loop.test] if not isinstance(loop.test, ast.Constant) else []
    tests += [each.test for each in _ifs(loop.body) if _leaves(each)]
    if not tests:
        return None
    for each in ast.walk(loop):
        if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store):
            changed |= read_names(each.value)
        if isinstance(each, ast.Call) and not isinstance(each.func, ast.Attribute) and not path(each):
            changed |= set().union(*(read_names(one) for one in each.args))
    for call, name in called:
        if name.startswith("atomic.") and call.args and not _within(call, tests):
            changed |= read_names(call.args[0])
    waits = [each for each in tests if _reads_memory(each) and not read_names(each) & changed]
    return waits[0] if waits and len(waits) == len(tests) else None


def _ifs(body: list[ast.stmt]) -> Iterator[ast.If]:
    for each in body:
        if isinstance(each, ast.If):
            yield each
            yield from _ifs([*each.body, *each.orelse])


def _leaves(statement: ast.If) -> bool:
    return any(isinstance(each, (ast.Break, ast.Return)) for each in ast.walk(statement))


def _reads_memory(test: ast.expr) -> bool:
    return any(isinstance(each, (ast.Subscript, ast.Call)) for each in ast.walk(test))


def _within(node: ast.AST, tests: list[ast.expr]) -> bool:
    return any(each is node for test in tests for each in ast.walk(test))
