"""What the headers of loops say: where a loop starts, where it stops, by how much it steps."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeVar

from mig_explorer.emulator.names import assigned_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Node = TypeVar("Node", bound=ast.AST)
FEW_ROUNDS = 64
"""LLVM unrolls or vectorises a loop of so few rounds by itself."""
LEAVES = (ast.Break, ast.Continue)
Header = tuple[str, ast.expr, ast.expr, ast.expr, list[ast.stmt]]
"""The variable of a loop, its start, stop and step, and its body."""


def placed(where: ast.stmt, node: Node) -> Node:
    """Return a new node, given the line of the statement it stands for.

    Examples
    --------
    >>> placed(ast.parse("a = 1").body[0], ast.Pass()).lineno
    1
    """
    return ast.fix_missing_locations(ast.copy_location(node, where))


def exits(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    r"""Go through what leaves a loop, or skips the rest of a round, from its body.

    Examples
    --------
    >>> loop = ast.parse("while a:\n    if b: break").body[0]
    >>> [type(each).__name__ for each in exits(loop.body)]
    ['Break']
    """
    for each in body:
        if isinstance(each, LEAVES):
            yield each
        elif isinstance(each, ast.If):
            yield from exits([*each.body, *each.orelse])


def _without_continue(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Write ``if test: continue`` as an ``if`` around what follows."""
    for place, each in enumerate(body):
        skips = isinstance(each, ast.If) and len(each.body) == 1 and isinstance(each.body[0], ast.Continue)
        if isinstance(each, ast.If) and skips and not each.orelse:
            rest = _without_continue(body[place + 1 :]) or [placed(each, ast.Pass())]
            return [*body[:place], placed(each, ast.If(ast.UnaryOp(ast.Not(), each.test), rest, []))]
    return list(body)


def for_header(loop: ast.For) -> Header | None:
    """Read a ``for`` over a range with three arguments; None for any other.

    Examples
    --------
    >>> variable, start, stop, step, body = for_header(ast.parse("for i in range(a, b, c): pass").body[0])
    >>> variable, ast.unparse(start), ast.unparse(stop), ast.unparse(step)
    ('i', 'a', 'b', 'c')
    """
    if (
        not isinstance(loop.iter, ast.Call)
        or len(loop.iter.args) != 3
        or not isinstance(loop.target, ast.Name)
    ):
        return None
    start, stop, step = loop.iter.args
    return loop.target.id, start, stop, step, _without_continue(loop.body)


def while_header(loop: ast.While, before: Sequence[ast.stmt]) -> Header | None:
    r"""Read ``while i < stop: ...; i += step`` as the ``for`` that it is; None if it is none.

    Examples
    --------
    >>> before, loop = ast.parse("i = a\nwhile i < b:\n    f(i)\n    i += c").body
    >>> variable, start, stop, step, body = while_header(loop, [before])
    >>> variable, ast.unparse(start), ast.unparse(stop), ast.unparse(step)
    ('i', 'a', 'b', 'c')
    """
    test, last = loop.test, loop.body[-1]
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    small, large = test.left, test.comparators[0]
    if isinstance(test.ops[0], ast.Gt):
        small, large = large, small
    elif not isinstance(test.ops[0], ast.Lt):
        return None
    step = _step(last, small.id) if isinstance(small, ast.Name) else None
    start = _last_value(small.id, before) if isinstance(small, ast.Name) else None
    if step is None or start is None or not isinstance(small, ast.Name):
        return None
    return small.id, start, large, step, list(loop.body[:-1])


def _step(last: ast.stmt, variable: str) -> ast.expr | None:
    if isinstance(last, ast.AugAssign) and isinstance(last.op, ast.Add):
        return last.value if isinstance(last.target, ast.Name) and last.target.id == variable else None
    if not isinstance(last, ast.Assign) or not isinstance(last.value, ast.BinOp):
        return None
    target, value = last.targets[0], last.value
    same = isinstance(target, ast.Name) and isinstance(value.left, ast.Name)
    adds = isinstance(value.op, ast.Add) and same
    return value.right if adds and ast.unparse(target) == ast.unparse(value.left) == variable else None


def _last_value(variable: str, before: Sequence[ast.stmt]) -> ast.expr | None:
    for each in reversed(before):
        if variable not in assigned_names(each):
            continue
        if not isinstance(each, ast.Assign):
            return None
        target, value = each.targets[0], each.value
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = zip(target.elts, value.elts, strict=False)
            return next((two for one, two in pairs if ast.unparse(one) == variable), None)
        return value if isinstance(target, ast.Name) else None
    return None


def is_short(header: ast.Call) -> bool:
    """Say whether a ``range`` is known to be of few rounds.

    Examples
    --------
    >>> [is_short(ast.parse(text, mode="eval").body) for text in ("range(16)", "range(n)", "range(1000)")]
    [True, False, False]
    """
    values = [each.value for each in header.args if isinstance(each, ast.Constant)]
    numbers = [each for each in values if isinstance(each, int)]
    return len(numbers) == len(header.args) and len(range(*numbers)) <= FEW_ROUNDS
