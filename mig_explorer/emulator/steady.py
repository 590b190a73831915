"""How an expression moves from one thread to the next: not at all, by one, or in a way not worked out."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from mig_explorer.emulator.names import INDICES, assigned_names, read_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.emulator.lower import LoweredKernel

CASTS = {"int", "float", "bool", "abs", "min", "max", "len"}


class Steady:
    """The values that stay the same while a kernel runs, and what they are computed from.

    Parameters
    ----------
    kernel
        The kernel.

    Examples
    --------
    >>> from mig_explorer.emulator.lower import lower
    >>> from mig_explorer.emulator.source import read
    >>> from numba import cuda
    >>> def kernel(a, n):
    ...     i = cuda.grid(1)
    ...     k = i + n
    ...     a[k] = i
    >>> steady = Steady(lower(read(kernel)))
    >>> steady.slope(ast.parse("k + 1", mode="eval").body, "thread_x")
    1
    >>> steady.slope(ast.parse("k * n", mode="eval").body, "thread_x") is None
    True
    """

    def __init__(self, kernel: LoweredKernel) -> None:
        names = kernel.names
        self.threads = names.indices("threadIdx")
        self.sizes = frozenset({*names.indices("blockDim"), *names.indices("gridDim")})
        geometry = {name for kind in INDICES for name in names.indices(kind)}
        self.fixed = geometry | (set(kernel.parameters) - kernel.variables) | set(kernel.unit.constants)
        self.casts = CASTS | {names.numbered("gpu", each) for each in ("larger", "smaller")}
        self.definitions = self._defined(kernel.body)

    def _defined(self, body: Iterable[ast.stmt]) -> dict[str, ast.expr]:
        body = list(body)
        counts: dict[str, int] = {}
        for node in (each for statement in body for each in ast.walk(statement)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                counts[node.id] = counts.get(node.id, 0) + 1
        found: dict[str, ast.expr] = {}
        for each in body:
            if not isinstance(each, ast.Assign):
                continue
            target, value = each.targets[0], each.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple):
                parts = value.elts if isinstance(value, ast.Tuple) else _parts(value, len(target.elts))
                pairs = list(zip(target.elts, parts, strict=False))
            for one, expression in pairs:
                known = read_names(expression) <= self.fixed | set(found) | {"np", "math"} | self.casts
                if isinstance(one, ast.Name) and counts[one.id] == 1 and known and self.is_plain(expression):
                    found[one.id] = expression
        return found

    def is_plain(self, expression: ast.expr) -> bool:
        """Say whether an expression is made of names, numbers and sizes of arrays, and reads no memory."""
        for each in ast.walk(expression):
            if isinstance(each, ast.Subscript) and not isinstance(each.value, ast.Attribute):
                return False
            if isinstance(each, ast.Call) and not self._is_cast(each):
                return False
        return True

    def _is_cast(self, call: ast.Call) -> bool:
        of_numpy = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "np"
        return of_numpy or (isinstance(call.func, ast.Name) and call.func.id in self.casts)

    def is_uniform(self, expression: ast.expr, besides: frozenset[str] = frozenset()) -> bool:
        """Say whether an expression is plain and the same for all threads of a block, at any time.

        Parameters
        ----------
        expression
            What is asked about.
        besides
            Variables that are the same for all threads there, such as those of loops around it.
        """
        if not self.is_plain(expression):
            return False
        return all(self._name_is_uniform(name, besides) for name in read_names(expression))

    def _name_is_uniform(self, name: str, besides: frozenset[str]) -> bool:
        if name in self.threads:
            return False
        if name in self.definitions:
            return self.is_uniform(self.definitions[name], besides)
        return name in self.fixed or name in besides or name in {"np", "math"} or name in self.casts

    def slope(self, expression: ast.expr, axis: str, besides: frozenset[str] = frozenset()) -> int | None:
        """Return by how much a value grows from a thread to the next along an axis; None if unknown."""
        if isinstance(expression, ast.Name):
            if expression.id == axis:
                return 1
            if expression.id in self.definitions:
                return self.slope(self.definitions[expression.id], axis, besides)
            return 0 if expression.id in self.fixed or expression.id in besides else None
        if isinstance(expression, ast.BinOp) and isinstance(expression.op, (ast.Add, ast.Sub)):
            left = self.slope(expression.left, axis, besides)
            right = self.slope(expression.right, axis, besides)
            if left is None or right is None:
                return None
            return left + right if isinstance(expression.op, ast.Add) else left - right
        if isinstance(expression, ast.Constant):
            return 0
        inner = [each for each in ast.iter_child_nodes(expression) if isinstance(each, ast.expr)]
        if isinstance(expression, ast.Call):
            inner = list(expression.args)
        return 0 if all(self.slope(each, axis, besides) == 0 for each in inner) else None

    def is_positive(self, expression: ast.expr) -> bool:
        """Say whether an expression is certainly above zero: made of sizes of blocks and grids."""
        if isinstance(expression, ast.Name):
            inner = self.definitions.get(expression.id)
            return expression.id in self.sizes or (inner is not None and self.is_positive(inner))
        if isinstance(expression, ast.Constant):
            return isinstance(expression.value, int) and expression.value > 0
        if isinstance(expression, ast.BinOp) and isinstance(expression.op, (ast.Mult, ast.Add)):
            return self.is_positive(expression.left) and self.is_positive(expression.right)
        return False

    def is_not_negative(self, expression: ast.expr) -> bool:
        """Say whether an expression is certainly not below zero: made of indices, sizes and constants."""
        if isinstance(expression, ast.Name):
            inner = self.definitions.get(expression.id)
            indices = (
                self.sizes | set(self.threads) | {each.replace("thread", "block") for each in self.threads}
            )
            return expression.id in indices or (inner is not None and self.is_not_negative(inner))
        if isinstance(expression, ast.Constant):
            return isinstance(expression.value, int) and expression.value >= 0
        if isinstance(expression, ast.BinOp) and isinstance(expression.op, (ast.Mult, ast.Add)):
            return self.is_not_negative(expression.left) and self.is_not_negative(expression.right)
        return False

    def expanded(self, expression: ast.expr, axis: str) -> ast.expr:
        """Return a value of slope 1 for the thread at 0 on an axis: the axis is left out of it."""
        if isinstance(expression, ast.Name):
            if expression.id == axis:
                return ast.Constant(0)
            inner = self.definitions.get(expression.id)
            return (
                self.expanded(inner, axis)
                if inner is not None and self.slope(expression, axis)
                else expression
            )
        if isinstance(expression, ast.BinOp):
            left, right = expression.left, expression.right
            if isinstance(right, ast.Name) and right.id == axis and isinstance(expression.op, ast.Add):
                return left
            if isinstance(left, ast.Name) and left.id == axis and isinstance(expression.op, ast.Add):
                return right
            return ast.BinOp(self.expanded(left, axis), expression.op, self.expanded(right, axis))
        return expression

    def sources(self, *names: str) -> set[str]:
        """Return names and all that they are computed from."""
        seen: set[str] = set()
        todo = set(names)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo |= read_names(self.definitions[name]) if name in self.definitions else set()
        return seen

    def followed(self, expression: ast.expr) -> ast.expr:
        """Return what a variable was computed from, and an expression that is no variable as it is."""
        while isinstance(expression, ast.Name) and expression.id in self.definitions:
            expression = self.definitions[expression.id]
        return expression

    def mentions_block_and_thread(self, expression: ast.expr) -> bool:
        """Say whether a place in the whole grid is in an expression, and not just a place in a block."""
        seen = self.sources(*read_names(expression))
        blocks = {name.replace("thread", "block") for name in self.threads}
        return bool(seen & set(self.threads)) and bool(seen & blocks)


def assigned_in(statements: Iterable[ast.stmt]) -> set[str]:
    """Return the variables that statements assign."""
    return set().union(*(assigned_names(each) for each in statements))


def _parts(value: ast.expr, count: int) -> list[ast.expr]:
    """Return the parts of the shape of an array."""
    return [ast.Subscript(value, ast.Constant(place), ast.Load()) for place in range(count)]
