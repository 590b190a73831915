"""The shared and local arrays that a kernel declares."""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass, field
from math import prod
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.meaning import UNKNOWN, cuda_path, meaning, scalar_type, type_expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mig_explorer.emulator.source import KernelSource

MOST_SHARED_BYTES = 48 * 1024
"""Static shared memory of a block on every NVIDIA GPU (CUDA C++ Programming Guide, technical
specifications)."""

ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
"""What a shape may be computed with, as in ``(TILE, TILE + 1)``."""


@dataclass(frozen=True)
class Storage:
    """One ``cuda.shared.array`` (for each block) or ``cuda.local.array`` (for each thread).

    Its kind is "shared", "local", "dynamic" (shared, as large as the launch says) or "votes" (ours).

    Examples
    --------
    >>> tile = Storage("tile", "shared", (16, 16), np.dtype(np.float32))
    >>> tile.bytes, tile.unset
    (1024, 'np.nan')
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    declared: ast.AST | None = field(default=None, compare=False, repr=False)

    @property
    def bytes(self) -> int:
        """Size in bytes."""
        return prod(self.shape) * self.dtype.itemsize

    @property
    def type(self) -> str:
        """The source of its element type."""
        return ast.unparse(type_expression(self.dtype))

    @property
    def unset(self) -> str:
        """The source of what an element holds before the kernel writes it."""
        value = unset_value(self.dtype)
        return "np.nan" if self.dtype.kind in "fc" else str(value)


def unset_value(dtype: np.dtype[Any]) -> float:
    """Return a value that shows that nothing was written: NaN, or the far end of an integer's range.

    A boolean has no value to spare and starts as False.

    Examples
    --------
    >>> [unset_value(np.dtype(name)) for name in ("float32", "int8", "uint8", "bool")]
    [nan, -128, 255, False]
    """
    if dtype.kind == "b":
        return False
    if dtype.kind in "fc":
        return float("nan")
    limits = np.iinfo(dtype)
    return int(limits.min if dtype.kind == "i" else limits.max)


def is_declaration(value: ast.expr, scope: Mapping[str, Any]) -> bool:
    """Say whether an assigned value is a shared or local array, or a tuple with one in it."""
    if isinstance(value, ast.Tuple):
        return any(is_declaration(each, scope) for each in value.elts)
    return isinstance(value, ast.Call) and cuda_path(value.func, scope) in {"shared.array", "local.array"}


def declared(node: ast.Assign, source: KernelSource, scope: Mapping[str, Any]) -> list[Storage]:
    """Return the arrays that an assignment declares.

    Parameters
    ----------
    node
        The assignment, for which `is_declaration` holds.
    source, scope
        The kernel, and what its global names stand for.

    Raises
    ------
    UnsupportedKernel
        If a name is used for something else too, or a shape or type is no constant.
    """
    targets, values = [node.targets[0]], [node.value]
    if isinstance(targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
        targets, values = targets[0].elts, node.value.elts
    pairs = [
        (target.id, value)
        for target, value in zip(targets, values, strict=False)
        if isinstance(target, ast.Name) and isinstance(value, ast.Call) and is_declaration(value, scope)
    ]
    if len(node.targets) > 1 or not len(pairs) == len(targets) == len(values):
        raise source.refusal(node, "each cuda.shared.array and cuda.local.array needs a name of its own.")
    found = [_storage(name, call, source, scope) for name, call in pairs]
    for each in found:
        if each.name in source.parameters or sum(map(each.name.__eq__, _stored(source))) > 1:
            reason = f"{each.name} is assigned more than once; give the array a name of its own."
            raise source.refusal(node, reason)
    return found


def check_size(source: KernelSource, storage: Sequence[Storage]) -> None:
    """Refuse shared arrays that together are larger than a block may have."""
    total = 0
    for each in storage:
        total += each.bytes if each.kind == "shared" else 0
        if total > MOST_SHARED_BYTES:
            reason = f"the shared arrays take {total} bytes; a block may declare at most {MOST_SHARED_BYTES}."
            raise source.refusal(each.declared or ast.Pass(), reason)


def _stored(source: KernelSource) -> Iterator[str]:
    for node in (each for statement in source.body for each in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _storage(name: str, call: ast.Call, source: KernelSource, scope: Mapping[str, Any]) -> Storage:
    path = str(cuda_path(call.func, scope))
    given = dict(zip(("shape", "dtype"), call.args, strict=False))
    given |= {each.arg or "**": each.value for each in call.keywords}
    if set(given) != {"shape", "dtype"} or len(call.args) + len(call.keywords) != len(given):
        raise source.refusal(call, f"cuda.{path} takes a shape and a dtype.")
    shape, wanted = _folded(given["shape"], scope), given["dtype"]
    shape = shape if isinstance(shape, tuple) else (shape,)
    dynamic = shape == (0,) and path == "shared.array"
    if not dynamic and not _sized(shape):
        text = ast.unparse(given["shape"])
        reason = f"the shape of cuda.{path} must be made of constants of 1 or more, not {text}."
        raise source.refusal(call, reason)
    dtype = scalar_type(wanted.value if isinstance(wanted, ast.Constant) else meaning(wanted, scope))
    if dtype is None and not isinstance(wanted, ast.Constant) and meaning(wanted, scope) is UNKNOWN:
        raise source.refusal(call, f"the name {ast.unparse(wanted)} means nothing here.")
    if dtype is None:
        raise source.not_native(call, f"{ast.unparse(wanted)} is not a number type that a CPU has.")
    return Storage(name, "dynamic" if dynamic else path.partition(".")[0], shape, dtype, call)


def _sized(shape: tuple[Any, ...]) -> bool:
    return bool(shape) and all(isinstance(each, int) and each > 0 for each in shape)


def _folded(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    """Return the value of whole-number constants, or None where something is no such constant."""
    if isinstance(node, ast.Tuple):
        return tuple(_folded(each, scope) for each in node.elts)
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left, right = _folded(node.left, scope), _folded(node.right, scope)
        divides = not isinstance(node.op, ast.FloorDiv) or right
        known = isinstance(left, int) and isinstance(right, int) and divides
        return ARITHMETIC[type(node.op)](left, right) if known else None
    value = node.value if isinstance(node, ast.Constant) else meaning(node, scope)
    if isinstance(value, tuple):
        return tuple(int(each) if isinstance(each, Integral) else None for each in value)
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None
