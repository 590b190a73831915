"""Grid-stride loops, and whether it matters which thread comes to which place."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.emulator.liveness import flow
from mig_explorer.emulator.names import read_names
from mig_explorer.emulator.unit import calls

if TYPE_CHECKING:
    from mig_explorer.emulator.lower import LoweredKernel
    from mig_explorer.emulator.steady import Steady


@dataclass(frozen=True)
class Stride:
    """A grid-stride loop.

    Parameters
    ----------
    variable, start, stop, step, body
        Its variable, where it starts and stops, by how much it steps, and what it does.
    axis
        The index of the thread along the axis that it goes.
    after
        Variables that may be read after it.
    """

    variable: str
    start: ast.expr
    stop: ast.expr
    step: ast.expr
    axis: str
    body: list[ast.stmt]
    after: frozenset[str]


def places_may_go_to_any_thread(
    kernel: LoweredKernel, steady: Steady, loop: ast.stmt, stride: Stride, here: str
) -> bool:
    """Say whether a loop does the same, whichever threads come to its places, as long as it is in order.

    It does if a thread keeps nothing from round to round, does not look at which one it is, and if nothing
    that the loop writes is used outside of it, nor the other way round: else a thread that comes to an
    element twice must do so in its own order.

    Parameters
    ----------
    kernel, steady
        The kernel, and what in it stays the same.
    loop, stride
        The loop, as it stands in the kernel, and read.
    here
        The variable for a place in its body.
    """
    through = flow(stride.body)
    kept = through.assigned & (through.exposed | stride.after)
    of_block = through.exposed & {each.name for each in kernel.storage}
    returns = any(isinstance(each, ast.Return) for one in stride.body for each in ast.walk(one))
    if kept or of_block or returns:
        return False
    identity = {stride.axis, stride.axis.replace("thread", "block")}
    for name in through.exposed - {here}:
        changing = name in kernel.variables and name not in steady.definitions
        if changing or steady.sources(name) & identity:
            return False
    inside, outside = _Memory(kernel.unit.impure), _Memory(kernel.unit.impure)
    for each in stride.body:
        inside.look(each)
    for each in kernel.body:
        outside.look(each, besides=loop)
    return not outside.written and not (inside.written and outside.read)


class _Memory:
    """The arrays that statements read and write."""

    def __init__(self, impure: frozenset[str]) -> None:
        self.impure = impure
        self.read: set[str] = set()
        self.written: set[str] = set()

    def look(self, node: ast.AST, besides: ast.AST | None = None) -> None:
        """Add what a piece of source does, but for a part of it."""
        if node is besides:
            return
        if isinstance(node, ast.Subscript) and not isinstance(node.value, ast.Attribute):
            (self.written if isinstance(node.ctx, ast.Store) else self.read).update(read_names(node.value))
        if isinstance(node, ast.Call):
            named = set().union(*(read_names(each) for each in node.args))
            if calls(node, self.impure.__contains__):
                self.written |= named
            elif calls(node, lambda name: "device" in name):
                self.read |= named
        for each in ast.iter_child_nodes(node):
            self.look(each, besides)
