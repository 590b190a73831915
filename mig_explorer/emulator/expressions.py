"""The expressions of a kernel, with what is CUDA in them replaced by plain names and constants."""

# ruff: noqa: D102 - a visit_ method does what the class does, for one kind of node

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

from mig_explorer.emulator import vocabulary
from mig_explorer.emulator.meaning import (
    UNKNOWN,
    constant_expression,
    cuda_path,
    meaning,
    scalar_type,
    type_expression,
)
from mig_explorer.emulator.names import AXES, INDICES, Names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.emulator.source import KernelSource

Node = TypeVar("Node", bound=ast.AST)


class Expressions(ast.NodeTransformer):
    """Rewrites expressions: indices become variables, global constants their values.

    Parameters
    ----------
    source
        The kernel.
    names
        What the indices are called.
    variables
        The kernel's own variables and parameters; every other name is a global one.
    """

    def __init__(self, source: KernelSource, names: Names, variables: set[str]) -> None:
        self.source = source
        self.names = names
        self.variables = variables
        self.scope: Mapping[str, Any] = {
            name: value for name, value in source.scope.items() if name not in variables
        }

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and not isinstance(node, vocabulary.EXPRESSIONS):
            self.unknown(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, vocabulary.REFUSED_OPERATORS):
                self.unknown(child, at=node)
        return super().generic_visit(node)

    def unknown(self, node: ast.AST, at: ast.AST | None = None) -> NoReturn:
        """Refuse a construct, at the line of another one if it has none itself."""
        reason = f"the emulator does not know {vocabulary.in_words(node)} in a kernel."
        raise self.source.refusal(at or node, reason)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, (bool, int, float)):
            raise self.source.refusal(node, f"a kernel works on numbers; {node.value!r} is none.")
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return node if node.id in self.variables else self._global(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        path = cuda_path(node, self.scope)
        if path is not None:
            return self._index(node, path)
        if meaning(node, self.scope) is not UNKNOWN:
            return self._global(node)
        if node.attr not in vocabulary.ARRAY_ATTRIBUTES:
            raise self.source.refusal(node, f"the emulator does not know {ast.unparse(node)}.")
        return self.generic_visit(node)

    def _index(self, node: ast.expr, path: str) -> ast.AST:
        kind, _, axis = path.partition(".")
        if kind not in INDICES or axis not in tuple(AXES):
            raise self.source.refusal(
                node, f"the emulator does not know cuda.{path}; it knows {vocabulary.CUDA}."
            )
        return at(node, ast.Name(self.names.index(kind, axis), ast.Load()))

    def _global(self, node: ast.expr) -> ast.AST:
        text, value = ast.unparse(node), meaning(node, self.scope)
        if value is UNKNOWN:
            raise self.source.refusal(node, f"the name {text} means nothing here.")
        path = cuda_path(node, self.scope)
        if path is not None:
            return self._index(node, path)
        constant = constant_expression(value)
        if constant is not None:
            return at(node, constant)
        if isinstance(value, np.ndarray):
            raise self.source.refusal(
                node, f"{text} is a global array; pass it to the kernel as an argument."
            )
        raise self.source.refusal(node, f"{text} is no number, so the emulator can't use it as one.")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        path = cuda_path(node.func, self.scope)
        if path in {"grid", "gridsize"}:
            return self._grid(node, path)
        if path is not None:
            raise self.source.refusal(node, self._why_not(path))
        if node.keywords:
            raise self.source.refusal(
                node, f"the emulator does not know keyword arguments: {ast.unparse(node)}."
            )
        function = self._function(node.func)
        return at(node, ast.Call(function, [self.visit(each) for each in node.args], []))

    def _why_not(self, path: str) -> str:
        if path == "atomic.add":
            return "the emulator knows cuda.atomic.add as a statement only, not the value it returns."
        if path in {"shared.array", "local.array"}:
            return f"cuda.{path}(...) must be assigned to a name of its own."
        if path == "syncthreads":
            return "cuda.syncthreads() is a statement; it has no value."
        return f"the emulator does not know cuda.{path}; it knows {vocabulary.CUDA}."

    def _grid(self, node: ast.Call, path: str) -> ast.AST:
        dimensions = node.args[0] if len(node.args) == 1 and not node.keywords else None
        count = meaning(dimensions, self.scope) if dimensions is not None else UNKNOWN
        if isinstance(dimensions, ast.Constant):
            count = dimensions.value
        if count not in (1, 2, 3):
            raise self.source.refusal(
                node, f"cuda.{path} takes the number of dimensions, 1, 2 or 3, as a constant."
            )
        form = "{blockIdx} * {blockDim} + {threadIdx}" if path == "grid" else "{gridDim} * {blockDim}"
        axes = [
            form.format(**{kind: self.names.index(kind, axis) for kind in INDICES}) for axis in AXES[:count]
        ]
        text = axes[0] if count == 1 else f"({', '.join(axes)})"
        return at(node, ast.parse(text, mode="eval").body)

    def _function(self, node: ast.expr) -> ast.expr:
        text, value = ast.unparse(node), meaning(node, self.scope)
        dtype = scalar_type(value)
        if dtype is not None:
            return type_expression(dtype)
        name = getattr(value, "__name__", None)
        if name in vocabulary.BUILTINS and value is getattr(builtins, name):
            return ast.Name(name, ast.Load())
        if getattr(value, "__module__", None) == "math":
            return ast.Attribute(ast.Name("math", ast.Load()), str(name), ast.Load())
        raise self.source.refusal(
            node,
            f"the emulator can't call {text}; a kernel may call number types, the math module and "
            f"{', '.join(sorted(vocabulary.BUILTINS))}.",
        )


def at(where: ast.AST, node: Node) -> Node:
    """Return a node with the line of the one it stands for."""
    return ast.fix_missing_locations(ast.copy_location(node, where))
