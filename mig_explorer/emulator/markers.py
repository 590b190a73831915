"""Statements of Python's grammar that mean more here than their class says."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Barrier(ast.Pass):
    """Where every thread of the block has to arrive before any goes on."""

    def __init__(self, what: str = "syncthreads") -> None:
        super().__init__()
        self.what = what


class BlockAssign(ast.Assign):
    """An assignment that the block makes once, for all its threads."""


class IndexAssign(ast.Assign):
    """A thread's own place in a `BlockLoop`, or whether it has one: cheap to compute again."""


class BlockLoop(ast.For):
    """A loop whose rounds the threads of a block may make together, one round after another.

    For a grid-stride loop, `own` is the variable for a thread's place in it and the axis along which no two
    blocks come to the same place, and `is_place` says that its own variable is a place, never below 0.
    """

    own: tuple[str, str] | None = None
    is_place: bool = False


class Within(ast.If):
    """A test that the first threads of a block pass along some axes, and the others do not.

    `rooms` has for each such axis, by the name of the thread's index, how many places there are for threads.
    """

    rooms: tuple[tuple[str, ast.expr], ...] = ()


class _Plain(ast.NodeTransformer):
    def visit_Barrier(self, node: Barrier) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node)

    def visit_BlockAssign(self, node: BlockAssign) -> ast.stmt:
        return ast.copy_location(ast.Assign(node.targets, node.value), node)

    def visit_IndexAssign(self, node: IndexAssign) -> ast.stmt:
        return ast.copy_location(ast.Assign(node.targets, node.value), node)

    def visit_Within(self, node: Within) -> ast.stmt:
        self.generic_visit(node)
        return ast.copy_location(ast.If(node.test, node.body, []), node)

    def visit_BlockLoop(self, node: BlockLoop) -> ast.stmt:
        self.generic_visit(node)
        return ast.copy_location(ast.For(node.target, node.iter, node.body, []), node)


def written(statements: Iterable[ast.stmt]) -> list[str]:
    """Return the lines of statements, without what a marker means.

    Examples
    --------
    >>> written([Barrier(), *ast.parse("x = 1").body])
    ['pass', 'x = 1']
    """
    plain = [_Plain().visit(copy.deepcopy(each)) if _is_marked(each) else each for each in statements]
    return ast.unparse(ast.fix_missing_locations(ast.Module(plain, []))).splitlines()


def _is_marked(statement: ast.stmt) -> bool:
    markers = (Barrier, BlockAssign, IndexAssign, Within, BlockLoop)
    return any(isinstance(each, markers) for each in ast.walk(statement))
