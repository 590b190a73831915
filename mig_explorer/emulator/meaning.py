"""What a name in a kernel stands for: a part of `numba.cuda`, a type, a function, a constant."""

from __future__ import annotations

import ast
import math
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types
from numba.core.errors import NumbaError
from numba.np.numpy_support import as_dtype

if TYPE_CHECKING:
    from collections.abc import Mapping

CUDA_MODULES = {"numba.cuda", "numba_cuda.numba.cuda"}
NUMBER_TYPES = frozenset(
    np.dtype(name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float32", "float64", "complex64", "complex128"),
    )
)
"""The element types that Numba compiles for both CPU and GPU (float16 it has on GPUs only)."""
UNKNOWN = object()
"""What `meaning` returns for something that is no global name."""


def cuda_path(node: ast.AST, scope: Mapping[str, Any]) -> str | None:
    """Return the part of `numba.cuda` that an expression names, such as ``"shared.array"``, or None.

    Parameters
    ----------
    node
        A name or a chain of attributes.
    scope
        Global names; local ones must have been taken out.

    Examples
    --------
    >>> from numba import cuda
    >>> cuda_path(ast.parse("cu.threadIdx.x", mode="eval").body, {"cu": cuda})
    'threadIdx.x'
    """
    if isinstance(node, ast.Attribute):
        base = cuda_path(node.value, scope)
        if base is not None:
            return f"{base}.{node.attr}".lstrip(".")
        return _module_path(meaning(node, scope))
    if not isinstance(node, ast.Name):
        return None
    value = scope.get(node.id, UNKNOWN)
    path = _module_path(value)
    if path is not None:
        return path
    if _module_path(sys.modules.get(str(getattr(value, "__module__", "")))) == "libdevice":
        return f"libdevice.{value.__name__}"
    return next((name for name, each in _cuda_members().items() if each is value), None)


def _module_path(value: Any) -> str | None:
    """Return ``""`` for `numba.cuda` and ``"libdevice"`` for its module of that name, else None."""
    if not isinstance(value, ModuleType):
        return None
    package, _, last = value.__name__.rpartition(".")
    if value.__name__ in CUDA_MODULES:
        return ""
    return last if package in CUDA_MODULES and last == "libdevice" else None


def _cuda_members() -> dict[str, Any]:
    module = sys.modules.get("numba.cuda")
    members = vars(module) if module else {}
    return {
        name: value
        for name, value in members.items()
        if not name.startswith("_") and str(getattr(value, "__module__", "")).startswith("numba.cuda")
    }


def meaning(node: ast.AST, scope: Mapping[str, Any]) -> Any:
    """Return the object that a global name, or an attribute of a module, stands for; else `UNKNOWN`.

    Examples
    --------
    >>> meaning(ast.parse("m.pi", mode="eval").body, {"m": math})
    3.141592653589793
    """
    if isinstance(node, ast.Name):
        return scope.get(node.id, UNKNOWN)
    if isinstance(node, ast.Attribute):
        base = meaning(node.value, scope)
        return getattr(base, node.attr, UNKNOWN) if isinstance(base, ModuleType) else UNKNOWN
    return UNKNOWN


def scalar_type(value: Any) -> np.dtype[Any] | None:
    """Return the NumPy type that a Numba or NumPy type, or its name, stands for; None if it is no number.

    Examples
    --------
    >>> from numba import float32
    >>> scalar_type(float32), scalar_type(np.int8), scalar_type("uint16"), scalar_type("nonsense")
    (dtype('float32'), dtype('int8'), dtype('uint16'), None)
    """
    try:
        if isinstance(value, types.Type):
            found: np.dtype[Any] = as_dtype(value)
        elif isinstance(value, (str, np.dtype)) or (
            isinstance(value, type) and issubclass(value, np.generic)
        ):
            found = np.dtype(value)
        else:
            return None
    except (TypeError, NumbaError):
        return None
    return found if found in NUMBER_TYPES else None


def type_expression(dtype: np.dtype[Any]) -> ast.expr:
    """Return the source of a NumPy type, such as ``np.float32``.

    Examples
    --------
    >>> ast.unparse(type_expression(np.dtype(bool)))
    'np.bool_'
    """
    name = "bool_" if dtype.kind == "b" else dtype.name
    return ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())


def constant_expression(value: Any) -> ast.expr | None:
    """Return the source of a number or a tuple of numbers, or None if it is neither.

    Examples
    --------
    >>> [ast.unparse(constant_expression(each)) for each in (-3, math.inf, np.float32(0.5), (16, 16))]
    ['-3', 'np.inf', 'np.float32(0.5)', '(16, 16)']
    """
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        plain = constant_expression(value.item())
        return None if plain is None else ast.Call(type_expression(value.dtype), [plain], [])
    if isinstance(value, tuple):
        parts = [constant_expression(each) for each in value]
        kept = [each for each in parts if each is not None]
        return ast.Tuple(kept, ast.Load()) if len(kept) == len(parts) else None
    if isinstance(value, float) and not math.isfinite(value):
        number: ast.expr = ast.Attribute(
            ast.Name("np", ast.Load()), "nan" if math.isnan(value) else "inf", ast.Load()
        )
    elif isinstance(value, (bool, int, float)):
        number = ast.Constant(value if isinstance(value, bool) else abs(value))
    else:
        return None
    return ast.UnaryOp(ast.USub(), number) if math.copysign(1, value) < 0 else number
