"""How an element of a memory is called: ``tile[2, 3]`` rather than element 67 of 1056."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import FunctionType

    from mig_explorer.emulator.simt.values import Memory

Shape = tuple[int, ...]


class ElementNames:
    """The names of elements of a launch's memories.

    Parameters
    ----------
    arrays
        The kernel's array arguments by the parameters' names.
    shapes
        Shapes of shared and local arrays by their names, as far as they are known.

    Examples
    --------
    >>> from mig_explorer.emulator.simt.values import Memory
    >>> values = np.zeros((3, 4))
    >>> names = ElementNames({"values": values}, {"tile": (2, 2)})
    >>> names.index(Memory("global", "values", values.ravel()), 6)
    (1, 2)
    >>> names.index(Memory("shared", "tile", np.zeros(8), 4), 7)
    (1, 1)
    """

    def __init__(self, arrays: Mapping[str, np.ndarray[Any, Any]], shapes: Mapping[str, Shape]) -> None:
        self.arrays = arrays
        self.shapes = shapes

    def index(self, memory: Memory, element: int) -> tuple[int, ...]:
        """Return the index of an element as the kernel writes it; one number where the shape is unknown."""
        if memory.block_span:
            return _in_shape(element % memory.block_span, self.shapes.get(memory.name), memory.block_span)
        array = self.arrays.get(memory.name.split(".")[0])
        if array is None or not array.ndim:
            return (element,)
        return _in_strides(element * memory.stride + memory.address, array)


def _in_shape(element: int, shape: Shape | None, span: int) -> tuple[int, ...]:
    if shape is None or np.prod(shape) != span:
        return (element,)
    return tuple(int(each) for each in np.unravel_index(element, shape))


def _in_strides(address: int, array: np.ndarray[Any, Any]) -> tuple[int, ...]:
    left = address - np.lib.array_utils.byte_bounds(array)[0]
    index = [0] * array.ndim
    for axis in sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis])):
        stride = array.strides[axis]
        if array.shape[axis] > 1 and stride:
            place, left = divmod(left, abs(stride))
            index[axis] = place if stride > 0 else array.shape[axis] - 1 - place
    return tuple(index)


def declared_shapes(functions: Iterable[FunctionType]) -> dict[str, Shape]:
    """Return the shapes of the shared and local arrays that functions declare, by name.

    Parameters
    ----------
    functions
        A kernel and its device functions. One whose source can't be read adds nothing; nor does a name that
        two arrays of different shapes have.

    Examples
    --------
    >>> from mig_explorer.emulator.checks import naming
    >>> naming.declared_shapes([])
    {}
    """
    found: dict[str, Shape] = {}
    doubtful: set[str] = set()
    for function in functions:
        for name, shape in _declarations(function):
            if found.setdefault(name, shape) != shape:
                doubtful.add(name)
    return {name: shape for name, shape in found.items() if name not in doubtful}


def _declarations(function: FunctionType) -> Iterable[tuple[str, Shape]]:
    scope = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    for node in ast.walk(parsed(function)):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        call = ast.unparse(node.value.func)
        if not call.endswith((".shared.array", ".local.array")):
            continue
        keyword = [each.value for each in node.value.keywords if each.arg == "shape"]
        shape = _shape((node.value.args or keyword)[0], scope)
        if shape is not None:
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, shape


def parsed(function: FunctionType) -> ast.Module:
    """Return a function's syntax tree with the line numbers of its file; empty if it can't be read."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module([], [])
    ast.increment_lineno(tree, max(first, 1) - 1)
    return tree


def _shape(node: ast.expr, scope: Mapping[str, Any]) -> Shape | None:
    parts: Sequence[ast.expr] = node.elts if isinstance(node, ast.Tuple) else [node]
    sizes = [_size(each, scope) for each in parts]
    if len(sizes) == 1 and isinstance(sizes[0], tuple):
        return sizes[0]
    return tuple(sizes) if all(isinstance(each, int) for each in sizes) else None


def _size(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    """Return what a constant expression of names, numbers and their sums and products is, or None."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        left, right = _size(node.left, scope), _size(node.right, scope)
        if isinstance(left, int) and isinstance(right, int):
            return _ARITHMETIC[type(node.op)](left, right)
    return None


_ARITHMETIC: dict[type[ast.operator], Any] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.FloorDiv: lambda left, right: left // right if right else None,
}
