"""Where all threads store the same value by construction: ``found[0] = True`` does no harm."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from mig_explorer.emulator.checks.naming import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FunctionType

OF_THE_BLOCK = ("blockIdx", "blockDim", "gridDim")
PURE = ("abs", "min", "max", "int", "float", "bool", "round", "math", "float32", "float64", "int32", "int64")


def same_value_lines(kernel: FunctionType, device_functions: Iterable[FunctionType]) -> set[tuple[str, int]]:
    """Return the lines (file and number) of stores whose value does not depend on the thread.

    The value is made of literals, constants from outside, what is the same for the whole block, and names
    assigned once from such. In a kernel its parameters count too, and what arrays hold at such an index,
    but not those of the array that is stored to: that is an update.

    Parameters
    ----------
    kernel
        The kernel.
    device_functions
        What it calls; their parameters may differ from thread to thread.
    """
    found: set[tuple[str, int]] = set()
    for function in (kernel, *device_functions):
        uniform = _Uniform(function, parameters=function is kernel)
        found |= {(function.__code__.co_filename, line) for line in uniform.stores()}
    return found


class _Uniform:
    def __init__(self, function: FunctionType, *, parameters: bool) -> None:
        self.tree = parsed(function)
        code = function.__code__
        self.arguments = set(code.co_varnames[: code.co_argcount])
        self.local = set(code.co_varnames)
        self.assigned = Counter(
            node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name) and _is_target(node)
        )
        self.names = {each for each in self.arguments if parameters and not self.assigned[each]}
        self.origins: dict[str, ast.expr] = {}
        self._grow()

    def stores(self) -> Iterator[int]:
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Assign) or not self._holds(node.value):
                continue
            read = self._read(node.value)
            if all(
                isinstance(each, ast.Subscript) and not read & self._read(each.value) for each in node.targets
            ):
                yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)

    def _grow(self) -> None:
        assignments = [
            (node.targets[0].id, node.value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
        ]
        for _ in assignments:
            more = {
                name for name, value in assignments if self.assigned[name] == 1 and self._holds(value)
            } - self.names
            if not more:
                return
            self.names |= more
            self.origins |= {name: value for name, value in assignments if name in more}

    def _read(self, node: ast.expr) -> set[str]:
        """Return the names that an expression is made of, with what those were made of."""
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        return names.union(*(self._read(self.origins[name]) for name in names & self.origins.keys()))

    def _holds(self, node: ast.expr) -> bool:
        """Say whether an expression is the same for all threads of a block."""
        match node:
            case ast.Constant():
                holds = True
            case ast.Name(name):
                holds = name in self.names or name not in self.local
            case ast.Attribute(ast.Attribute(attr=name)):
                holds = name in OF_THE_BLOCK
            case ast.Attribute(ast.Name(name)):  # out.size
                holds = name in self.names
            case ast.Call(function, arguments):
                path = ast.unparse(function).split(".")
                pure = path[0] in PURE or path[-1] in PURE
                holds = path[-2:] == ["shared", "array"] or (pure and all(map(self._holds, arguments)))
            case ast.Tuple() | ast.BinOp() | ast.UnaryOp() | ast.Subscript() | ast.Compare():
                parts = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
                holds = all(map(self._holds, parts))
            case _:
                holds = False
        return holds


def _is_target(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
