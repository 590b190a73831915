"""The expressions of a kernel, with what is CUDA in them replaced by plain names, constants and calls."""

# ruff: noqa: D102 - a visit_ method does what the class does, for one kind of node

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

from mig_explorer.emulator import vocabulary
from mig_explorer.emulator.libdevice import counterpart
from mig_explorer.emulator.meaning import (
    UNKNOWN,
    constant_expression,
    cuda_path,
    meaning,
    scalar_type,
    type_expression,
)
from mig_explorer.emulator.names import AXES, INDICES
from mig_explorer.emulator.source import function_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.emulator.source import KernelSource
    from mig_explorer.emulator.unit import Unit

Node = TypeVar("Node", bound=ast.AST)
CALLABLE = (
    "number types, device functions, the math module, some functions of NumPy, and "
    f"{', '.join(sorted(vocabulary.BUILTINS))}"
)


class Expressions(ast.NodeTransformer):
    """Rewrites expressions: indices become variables, global constants their values.

    Parameters
    ----------
    source
        The kernel or device function.
    unit
        What its module shares.
    variables
        Its own variables and parameters; every other name is a global one.
    """

    def __init__(self, source: KernelSource, unit: Unit, variables: set[str]) -> None:
        self.source = source
        self.unit = unit
        self.names = unit.names
        self.variables = variables
        self.scope: Mapping[str, Any] = {
            name: value for name, value in source.scope.items() if name not in variables
        }

    # To be given by what rewrites statements

    def hoisted(self, node: ast.Call, path: str) -> ast.expr:
        """Return the result of a barrier that has one; the barrier goes before the statement."""
        raise NotImplementedError

    def device_call(self, node: ast.Call, function: Any) -> ast.expr:
        """Return the call of a device function."""
        raise NotImplementedError

    # Constants and names

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and not isinstance(node, vocabulary.EXPRESSIONS):
            self.unknown(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, vocabulary.UNKNOWN_OPERATORS):
                self.unknown(child, at=node)
        return super().generic_visit(node)

    def unknown(self, node: ast.AST, at: ast.AST | None = None) -> NoReturn:
        """Refuse a construct, at the line of another one if it has none itself."""
        what = vocabulary.in_words(node)
        if isinstance(node, vocabulary.NO_KERNEL_HAS):
            raise self.source.refusal(at or node, f"the emulator does not know {what} in a kernel.")
        raise self.source.not_native(at or node, f"{what} has no native form.")

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, (bool, int, float, complex)):
            raise self.source.refusal(node, f"a kernel works on numbers; {node.value!r} is none.")
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            return at(node, ast.Subscript(self.visit(node.value), node.slice, node.ctx))
        sliced = any(isinstance(each, ast.Slice) for each in ast.walk(node.slice))
        if sliced and isinstance(node.ctx, ast.Store):
            raise self.source.not_native(node, "a slice that is assigned to has no native form.")
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return node if node.id in self.variables else self._global(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        path = cuda_path(node, self.scope)
        if path is not None:
            return self._index(node, path)
        if meaning(node, self.scope) is not UNKNOWN:
            return self._global(node)
        return self.generic_visit(node)

    def _index(self, node: ast.expr, path: str) -> ast.AST:
        kind, _, axis = path.partition(".")
        if path == "laneid":
            return at(node, ast.parse(f"np.int32({self._thread_number()} % 32)", mode="eval").body)
        if path == "warpsize":
            return at(node, ast.parse("np.int32(32)", mode="eval").body)
        if kind not in INDICES or axis not in tuple(AXES):
            raise self.source.not_native(node, f"cuda.{path} has no native form.")
        return at(node, ast.Name(self.names.index(kind, axis), ast.Load()))

    def _thread_number(self) -> str:
        x, y, z = self.names.indices("threadIdx")
        width, height, _ = self.names.indices("blockDim")
        return f"(({z} * {height} + {y}) * {width} + {x})"

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
            return at(node, self.unit.constant(value))
        raise self.source.refusal(node, f"{text} is no number, so the emulator can't use it as one.")

    # Calls

    def visit_Call(self, node: ast.Call) -> ast.AST:
        path = cuda_path(node.func, self.scope)
        if path in {"grid", "gridsize"}:
            return self._grid(node, path)
        if path is not None:
            return at(node, self._cuda_call(node, path))
        device = function_of(meaning(node.func, self.scope))
        if device is not None:
            return at(node, self.device_call(node, device))
        if node.keywords:
            raise self.source.not_native(node, f"keyword arguments have no native form: {ast.unparse(node)}.")
        function = self._function(node.func)
        arguments = [self.visit(each) for each in node.args]
        if isinstance(function, ast.Name) and function.id in {"max", "min"} and len(arguments) == 2:
            return at(node, self.unit.intrinsic({"max": "larger", "min": "smaller"}[function.id], arguments))
        return at(node, ast.Call(function, arguments, []))

    def _cuda_call(self, node: ast.Call, path: str) -> ast.expr:
        if path in vocabulary.VOTES:
            return self.hoisted(node, path)
        if path in {"shared.array", "local.array", "const.array_like"}:
            raise self.source.not_native(node, f"cuda.{path}(...) must be assigned to a name of its own.")
        if path in vocabulary.BARRIERS | vocabulary.FENCES:
            raise self.source.refusal(node, f"cuda.{path}() is a statement; it has no value.")
        arity = {**vocabulary.ATOMICS, **vocabulary.FUNCTIONS}.get(path)
        if arity is not None:
            if len(node.args) != arity or node.keywords:
                takes = _ARGUMENTS.get(path, _ARGUMENTS.get(path.partition(".")[0], f"{arity} arguments"))
                raise self.source.refusal(node, f"cuda.{path} takes {takes}.")
            arguments = [self.visit(each) for each in node.args]
            return self.unit.intrinsic(path.replace(".", "_"), arguments)
        if path.startswith("libdevice.") and not node.keywords:
            found = counterpart(path.partition(".")[2], [self.visit(each) for each in node.args])
            if found is not None:
                return self._prefixed(*found)
        raise self.source.not_native(node, f"cuda.{path} has no native form.")

    def _prefixed(self, expression: ast.expr, needed: frozenset[str]) -> ast.expr:
        names = {f"gpu_{each}": self.names.numbered("gpu", each) for each in needed}
        self.unit.intrinsics.update(needed)
        for each in ast.walk(expression):
            if isinstance(each, ast.Name):
                each.id = names.get(each.id, each.id)
        return expression

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
        if name in vocabulary.NUMPY_FUNCTIONS and value is getattr(np, name):
            return ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())
        raise self.source.not_native(
            node, f"the emulator can't call {text} natively; a kernel may call {CALLABLE}."
        )


_ARGUMENTS = {
    "atomic": "an array, an index and a value",
    "atomic.cas": "an array, an index, the expected value and a new one",
    "atomic.compare_and_swap": "an array, the expected value and a new one",
}


def at(where: ast.AST, node: Node) -> Node:
    """Return a node with the line of the one it stands for."""
    return ast.fix_missing_locations(ast.copy_location(node, where))
