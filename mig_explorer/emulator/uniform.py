"""Second step: which variables differ between the threads of a block, and which must not.

A barrier may stand inside a loop or an ``if`` only if every thread of the block takes the same way, so the
headers of such statements, and what they are computed from, are worked out once for the block.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.emulator.markers import Barrier, BlockAssign, BlockLoop, Within
from mig_explorer.emulator.names import assigned_names, read_names
from mig_explorer.emulator.unit import calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mig_explorer.emulator.lower import LoweredKernel

Control = ast.For | ast.While | ast.If
CONTROL = (ast.For, ast.While, ast.If)
EXITS = (ast.Break, ast.Continue)


@dataclass(frozen=True)
class Uniformity:
    """What is worked out once for a block rather than for each thread.

    Parameters
    ----------
    variables
        Variables that hold one value for the whole block.
    statements
        Statements that the block executes as one, by `id`: those that have a barrier in them, those
        that assign such a variable, and the ``break`` and ``continue`` of their loops.
    """

    variables: frozenset[str]
    statements: frozenset[int]


def contains_barrier(node: ast.AST) -> bool:
    """Say whether there is a barrier in a statement."""
    return any(isinstance(each, Barrier) for each in ast.walk(node))


def header(statement: Control) -> ast.expr:
    """Return the expression that decides which way a loop or an ``if`` goes."""
    return statement.iter if isinstance(statement, ast.For) else statement.test


def uniformity(kernel: LoweredKernel) -> Uniformity:
    """Work out what a block does as one.

    Raises
    ------
    UnsupportedKernel
        If threads of a block could meet different barriers.

    Examples
    --------
    >>> from mig_explorer.emulator.lower import lower
    >>> from mig_explorer.emulator.source import read
    >>> from numba import cuda
    >>> def tree(values):
    ...     width = 128
    ...     while width > 0:
    ...         if cuda.threadIdx.x < width:
    ...             values[cuda.threadIdx.x] += values[cuda.threadIdx.x + width]
    ...         cuda.syncthreads()
    ...         width //= 2
    >>> sorted(uniformity(lower(read(tree))).variables)
    ['width']
    """
    variables: set[str] = set()
    while True:
        statements = set(_executed_by_block(kernel.body, variables, in_block_loop=False))
        needed = _needed(kernel, statements)
        if needed <= variables:
            break
        variables |= needed
    varying = Varying(kernel)
    _refuse_divergence(kernel, varying)
    _refuse_disagreement(kernel, varying, statements)
    return Uniformity(frozenset(variables), frozenset(statements))


def _executed_by_block(
    body: Sequence[ast.stmt], variables: set[str], *, in_block_loop: bool
) -> Iterator[int]:
    for each in body:
        if isinstance(each, CONTROL):
            as_one = isinstance(each, (BlockLoop, Within)) or contains_barrier(each)
            as_one = as_one or bool(assigned_names(each) & variables)
            if as_one or (in_block_loop and isinstance(each, ast.If) and _exits(each)):
                yield id(each)
                inner = in_block_loop if isinstance(each, ast.If) else True
                yield from _executed_by_block(each.body, variables, in_block_loop=inner)
                yield from _executed_by_block(each.orelse, variables, in_block_loop=inner)
        elif (
            isinstance(each, BlockAssign)
            or assigned_names(each) & variables
            or (in_block_loop and isinstance(each, EXITS))
        ):
            yield id(each)


def _exits(statement: ast.stmt) -> bool:
    """Say whether a ``break`` or ``continue`` in a statement leaves the loop around it."""
    if isinstance(statement, ast.If):
        return any(_exits(each) for each in [*statement.body, *statement.orelse])
    return isinstance(statement, EXITS)


def _needed(kernel: LoweredKernel, statements: set[int]) -> set[str]:
    """Return the variables that the block's own statements read or assign."""
    needed: set[str] = set()
    for each in _all_statements(kernel.body):
        if id(each) not in statements:
            continue
        if isinstance(each, Within):
            needed |= set().union(*(read_names(room) for _, room in each.rooms))
        elif isinstance(each, CONTROL):
            needed |= read_names(header(each))
            if isinstance(each, ast.For):
                needed |= read_names(each.target)
        else:
            needed |= read_names(each)
    return needed & kernel.variables


def _all_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for each in body:
        yield each
        if isinstance(each, CONTROL):
            yield from _all_statements([*each.body, *each.orelse])


def _refuse_disagreement(kernel: LoweredKernel, varying: Varying, statements: set[int]) -> None:
    """Refuse what the block would do as one and its threads would not.

    No kernel is known that comes to this; it is here so that none is run wrongly.
    """
    for each in _all_statements(kernel.body):
        if id(each) not in statements or isinstance(each, (Within, BlockAssign, *EXITS)):
            continue
        reason = varying.reason(header(each) if isinstance(each, CONTROL) else each)
        if reason:
            text = ast.unparse(each).partition("\n")[0].rstrip(":")
            raise kernel.source.not_native(
                each, f"`{text}` depends {reason}, and decides about a whole block."
            )


def _refuse_divergence(kernel: LoweredKernel, varying: Varying) -> None:
    """Refuse a barrier that threads could miss.

    It is enough to look at what has a barrier in it: what another statement decides reaches a barrier
    through variables, and they differ between threads as soon as that decision does.
    """
    for each in _all_statements(kernel.body):
        barrier = next((one for one in ast.walk(each) if isinstance(one, Barrier)), None)
        if barrier is None or not isinstance(each, CONTROL):
            continue
        decision: Control | None = each
        reason = varying.reason(header(each))
        if reason is None and not isinstance(each, ast.If):
            decision = varying.early_exit(each.body)
            reason = varying.reason(header(decision)) if decision else None
        if reason is None and isinstance(each, ast.For):
            decision, reason = each, varying.reason(each.target)
        if decision and reason:
            text = ast.unparse(decision).partition("\n")[0].rstrip(":")
            raise kernel.source.not_native(
                barrier,
                f"cuda.{barrier.what}() is divergent: it depends on `{text}` (line {decision.lineno}), which "
                f"depends {reason}. Every thread of a block must reach the same barriers.",
            )


class Varying:
    """The variables that may differ from thread to thread of a block, and the lines that make them so.

    A value read from an array at an index that is the same for all threads is the same for all: the threads
    that would see another one race with the thread that writes it.
    """

    def __init__(self, kernel: LoweredKernel) -> None:
        names = kernel.names
        self.threads = frozenset(names.indices("threadIdx"))
        self.impure = kernel.unit.impure
        self.since: dict[str, int] = {each.name: 0 for each in kernel.stored("local")}
        before = -1
        while len(self.since) != before:
            before = len(self.since)
            self._follow(kernel.body, controlled=False)

    def reason(self, expression: ast.AST) -> str | None:
        """Say why an expression differs between threads, or None if it does not."""
        if calls(expression, self.impure.__contains__):
            return "on what an atomic or a function that writes gives each thread"
        read = read_names(expression)
        if read & self.threads:
            return "on the thread's index"
        for name in sorted(read & set(self.since)):
            line = self.since[name]
            return f"on the thread through {name} (line {line})" if line else f"on the local array {name}"
        return None

    def _follow(self, body: Iterable[ast.stmt], *, controlled: bool, within: bool = False) -> None:
        """Mark what threads assign differently, or only some of them do.

        Under a test of bounds the block goes through its own loops as a whole; all else is done by some
        threads.
        """
        for each in body:
            if isinstance(each, (Within, BlockLoop)):
                narrower = within or isinstance(each, Within)
                self._follow(each.body, controlled=controlled, within=narrower)
            elif isinstance(each, CONTROL):
                inner = controlled or within or self.reason(header(each)) is not None
                if not isinstance(each, ast.If):
                    inner = inner or self.early_exit(each.body) is not None
                if isinstance(each, ast.For) and inner:
                    self._mark(each.target, each.lineno)
                self._follow([*each.body, *each.orelse], controlled=inner)
            elif not isinstance(each, BlockAssign) and (
                controlled or within or self.reason(each) is not None
            ):
                self._mark(each, each.lineno)

    def _mark(self, node: ast.AST, line: int) -> None:
        for name in assigned_names(node):
            self.since.setdefault(name, line)

    def early_exit(self, body: Iterable[ast.stmt]) -> ast.If | None:
        """Return the ``if`` by which some threads only leave a loop or skip the rest of a round."""
        for each in body:
            if isinstance(each, ast.If):
                if self.reason(each.test) is not None and _exits(each):
                    return each
                inner = self.early_exit([*each.body, *each.orelse])
                if inner:
                    return inner
        return None
