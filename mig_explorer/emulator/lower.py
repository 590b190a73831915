"""First step: what is CUDA in a kernel becomes plain names, constants and markers.

Thread and block indices become variables, global constants their values, ``cuda.atomic.add`` an addition
(threads are run one after another), ``cuda.syncthreads()`` a `Barrier`, and shared and local arrays are
taken out as `Storage`. Whatever the emulator does not know is refused here.
"""

# ruff: noqa: N802 - ast.NodeTransformer calls visit_ and the name of the node

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from mig_explorer.emulator import vocabulary
from mig_explorer.emulator.expressions import Expressions, at
from mig_explorer.emulator.meaning import cuda_path, meaning
from mig_explorer.emulator.names import Names, assigned_names, read_names
from mig_explorer.emulator.storage import Storage, declared, is_declaration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.emulator.source import KernelSource


class Barrier(ast.Pass):
    """Where every thread of the block has to arrive before any goes on."""


@dataclass(frozen=True)
class LoweredKernel:
    """A kernel without CUDA in it, still written for one thread.

    Parameters
    ----------
    source
        Where it comes from.
    names
        The names the rewriting gives.
    parameters
        Parameter names; one that the kernel assigns to is renamed, and copied to a variable at the start.
    body
        Its statements, `Barrier` among them.
    shared, local
        The arrays it declares.
    """

    source: KernelSource
    names: Names
    parameters: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    shared: tuple[Storage, ...]
    local: tuple[Storage, ...]

    @property
    def variables(self) -> frozenset[str]:
        """The names that the body assigns."""
        return frozenset().union(*(assigned_names(each) for each in self.body))


def lower(source: KernelSource) -> LoweredKernel:
    """Replace what is CUDA in a kernel, and refuse what is not known.

    Raises
    ------
    UnsupportedKernel
        For a construct that the emulator does not rewrite.

    Examples
    --------
    >>> from mig_explorer.emulator.source import read
    >>> from numba import cuda
    >>> def ones(values):
    ...     i = cuda.grid(1)
    ...     values[i] = 1.0
    >>> [ast.unparse(each) for each in lower(read(ones)).body]
    ['i = block_x * block_dim_x + thread_x', 'values[i] = 1.0']
    """
    mentioned = set(source.parameters).union(*(read_names(each) for each in source.body))
    assigned = set().union(*(assigned_names(each) for each in source.body))
    names = Names.avoiding(mentioned)
    lowering = _Lowering(source, names, assigned | set(source.parameters))
    body = lowering.statements(source.body)
    parameters = [names.argument(each, mentioned) if each in assigned else each for each in source.parameters]
    copies: list[ast.stmt] = [
        at(source.body[0], ast.Assign([ast.Name(old, ast.Store())], ast.Name(new, ast.Load())))
        for old, new in zip(source.parameters, parameters, strict=True)
        if old != new
    ]
    return LoweredKernel(
        source,
        names,
        tuple(parameters),
        (*copies, *body),
        tuple(each for each in lowering.storage if each.kind == "shared"),
        tuple(each for each in lowering.storage if each.kind == "local"),
    )


class _Lowering(Expressions):
    def __init__(self, source: KernelSource, names: Names, variables: set[str]) -> None:
        super().__init__(source, names, variables)
        self.storage: list[Storage] = []

    def statements(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Lower a block of statements; declarations of arrays fall out of it."""
        lowered: list[ast.stmt] = []
        for each in statements:
            if not isinstance(each, vocabulary.STATEMENTS):
                self.unknown(each)
            for name in sorted(assigned_names(each) & vocabulary.RESERVED):
                reason = f"the emulator needs the name {name} for itself; rename the variable."
                raise self.source.refusal(each, reason)
            result = self.visit(each)
            lowered += result if isinstance(result, list) else [] if result is None else [result]
        return lowered

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        if is_declaration(node.value, self.scope):
            self.storage += declared(node, self.source, self.scope, self.storage)
            return None
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        if node.orelse:
            raise self.source.refusal(node, "the emulator does not know else after a loop in a kernel.")
        if not isinstance(node.target, ast.Name):
            raise self.source.refusal(node, "the target of a for loop must be one variable.")
        is_range = isinstance(node.iter, ast.Call) and meaning(node.iter.func, self.scope) is range
        if not is_range:
            raise self.source.refusal(
                node, f"a for loop must run over range(...), not {ast.unparse(node.iter)}."
            )
        loop = ast.For(node.target, self.visit(node.iter), self.statements(node.body), [])
        return at(node, loop)

    def visit_While(self, node: ast.While) -> ast.AST:
        if node.orelse:
            raise self.source.refusal(node, "the emulator does not know else after a loop in a kernel.")
        return at(node, ast.While(self.visit(node.test), self.statements(node.body), []))

    def visit_If(self, node: ast.If) -> ast.AST:
        body, otherwise = self.statements(node.body), self.statements(node.orelse)
        return at(node, ast.If(self.visit(node.test), body, otherwise))

    def visit_Return(self, node: ast.Return) -> ast.AST:
        is_none = isinstance(node.value, ast.Constant) and node.value.value is None
        if node.value is not None and not is_none:
            raise self.source.refusal(
                node, f"a kernel returns nothing, but this returns {ast.unparse(node.value)}."
            )
        return at(node, ast.Return(None))

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        call = node.value
        if isinstance(call, ast.Constant):
            return None
        path = cuda_path(call.func, self.scope) if isinstance(call, ast.Call) else None
        if path == "syncthreads":
            return at(node, Barrier())
        if path == "atomic.add":
            return self._atomic_add(cast("ast.Call", call))
        return self.generic_visit(node)

    def _atomic_add(self, call: ast.Call) -> ast.AST:
        if len(call.args) != 3 or call.keywords:
            raise self.source.refusal(call, "cuda.atomic.add takes an array, an index and a value.")
        array, index, value = (self.visit(each) for each in call.args)
        return at(call, ast.AugAssign(ast.Subscript(array, index, ast.Store()), ast.Add(), value))
