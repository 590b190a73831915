"""What a GPU does in one instruction, for the CPU: extremes, bit operations, fused multiply-add.

Each is a Python function that the rewritten source may call uncompiled, and that Numba compiles with the
types its CUDA target gives it.
"""

# ruff: noqa: D103, ANN001, ANN201, ANN202, PLR0124, PLW0108
# What they do stands under these names in the CUDA C++ Programming Guide and Numba's manual; Numba gives the
# types and wants functions with these parameters; a value that differs from itself is NaN.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic, overload, register_jitable

from mig_explorer.emulator.primitives import Numbers, primitive

if TYPE_CHECKING:
    from collections.abc import Callable

INLINED = {"forceinline": True, "error_model": "numpy"}


# Numbers


def _extreme_type(context: Any, a: Any, b: Any) -> Any:
    numbers = (types.Integer, types.Float, types.Boolean)
    known = all(isinstance(each, numbers) for each in (a, b))
    return context.unify_types(types.unliteral(a), types.unliteral(b)) if known else None


def _extreme_code(test: str) -> Callable[..., Any]:
    def code(context: Any, builder: Any, kinds: Any, *values: Any) -> Any:
        kind = context.typing_context.unify_types(*kinds)
        a, b = (context.cast(builder, each, its, kind) for each, its in zip(values, kinds, strict=True))
        on = Numbers(builder, kind)
        wanted = on.holds(test, b, a)
        return builder.select(builder.or_(on.is_nan(a), wanted) if on.is_float else wanted, b, a)

    return code


@primitive(_extreme_type, _extreme_code(">"))
def larger(a, b):
    """Return the maximum as CUDA's ``fmax``: a NaN loses against a number."""
    return b if (a != a or b > a) else a


@primitive(_extreme_type, _extreme_code("<"))
def smaller(a, b):
    """Return the minimum as CUDA's ``fmin``: a NaN loses against a number."""
    return b if (a != a or b < a) else a


def _room_type(_context: Any, places: Any, threads: Any) -> Any:  # noqa: ARG001
    return types.int32 if isinstance(places, (types.Integer, types.Float, types.Boolean)) else None


def _room_code(context: Any, builder: Any, kinds: Any, places: Any, threads: Any) -> Any:
    kind = kinds[0]
    if not isinstance(kind, types.Float):
        kind = types.int64 if kind == types.boolean or kind.signed else types.uint64
    on = Numbers(builder, kind)
    places, most = (
        context.cast(builder, each, its, kind) for each, its in zip((places, threads), kinds, strict=True)
    )
    if on.is_float:
        places = builder.call(builder.module.declare_intrinsic("llvm.ceil", [places.type]), [places])
    none = ir.Constant(places.type, 0)
    fitting = on.chosen("<", places, most, places, most)
    found = builder.select(on.holds(">", places, none), fitting, none)
    return context.cast(builder, found, kind, types.int32)


@primitive(_room_type, _room_code)
def room(places, threads):
    """Return how many of some threads have a place."""
    return np.int32(max(0, min(math.ceil(places), int(threads))))


def fma(x, y, z):
    exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
    return float(exact)


@intrinsic
def _fused(typing_context: Any, x: Any, y: Any, z: Any) -> Any:  # noqa: ARG001
    def generate(_context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FloatType() if signature.return_type == types.float32 else ir.DoubleType()
        return builder.fma(*(builder.fpext(each, kind) if each.type != kind else each for each in arguments))

    return x(x, x, x), generate


@overload(fma, jit_options=INLINED)
def _fma(x, y, z):
    if all(each == types.float32 for each in (x, y, z)):
        return lambda x, y, z: _fused(x, y, z)
    return lambda x, y, z: _fused(np.float64(x), np.float64(y), np.float64(z))


def selp(test, a, b):
    return a if test else b


@overload(selp, jit_options=INLINED)
def _selp(test, a, b):  # noqa: ARG001
    if types.unliteral(a) != types.unliteral(b):
        raise TypingError(f"cuda.selp takes two values of one type, not {a} and {b}")
    return lambda test, a, b: a if test else b


def cbrt(x):
    return float(np.cbrt(x))


@overload(cbrt, jit_options=INLINED)
def _cbrt(x):
    single = x == types.float32

    def refined(x):
        """Return the root that NumPy gives, by one step of Newton's method in float64."""
        wide = np.float64(x)
        if wide == 0 or not np.isfinite(wide):
            return wide
        root = abs(wide) ** (1.0 / 3.0)
        root -= (root * root * root - abs(wide)) / (3.0 * root * root)
        return -root if wide < 0 else root

    refined = register_jitable(refined)
    return (lambda x: np.float32(refined(x))) if single else (lambda x: refined(x))


# Bits


def _bits(x: Any) -> int:
    return x.dtype.itemsize * 8 if isinstance(x, np.generic) else 64


def popc(x):
    return (int(x) & (2 ** _bits(x) - 1)).bit_count()


def clz(x):
    return _bits(x) - (int(x) & (2 ** _bits(x) - 1)).bit_length()


def ffs(x):
    return (int(x) & -int(x)).bit_length()


def brev(x):
    wide = 32 if _bits(x) == 32 else 64
    return int(format(int(x) & (2**wide - 1), f"0{wide}b")[::-1], 2)


def _width(what: str, x: Any) -> int:
    x = types.unliteral(x)
    if not isinstance(x, types.Integer):
        raise TypingError(f"cuda.{what} works on whole numbers, not on {x}")
    return int(x.bitwidth)


def _instruction(name: str, result: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a Numba function that is one instruction of LLVM on a whole number."""

    @intrinsic
    def instruction(typing_context: Any, x: Any) -> Any:  # noqa: ARG001
        def generate(_context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            (value,) = arguments
            out = {
                "popc": lambda: builder.ctpop(value),
                "clz": lambda: builder.ctlz(value, ir.Constant(ir.IntType(1), 0)),
                "ctz": lambda: builder.cttz(value, ir.Constant(ir.IntType(1), 0)),
                "brev": lambda: builder.bitreverse(value),
            }[name]()
            wide = ir.IntType(signature.return_type.bitwidth)
            if wide.width == out.type.width:
                return out
            return (builder.trunc if wide.width < out.type.width else builder.zext)(out, wide)

        return result(types.unliteral(x))(x), generate

    found: Callable[..., Any] = instruction
    return found


_popc = _instruction("popc", lambda kind: kind)
_clz = _instruction("clz", lambda kind: kind)
_ctz = _instruction("ctz", lambda _: types.uint32)
_brev = _instruction("brev", lambda kind: types.uint32 if kind.bitwidth <= 32 else types.uint64)


@overload(popc, jit_options=INLINED)
def _popc_of(x):
    _width("popc", x)
    return lambda x: _popc(x)


@overload(clz, jit_options=INLINED)
def _clz_of(x):
    _width("clz", x)
    return lambda x: _clz(x)


@overload(ffs, jit_options=INLINED)
def _ffs_of(x):
    _width("ffs", x)
    return lambda x: np.uint32(0) if x == 0 else _ctz(x) + np.uint32(1)


@overload(brev, jit_options=INLINED)
def _brev_of(x):
    if _width("brev", x) <= 32:
        return lambda x: _brev(np.uint32(x))
    return lambda x: _brev(np.uint64(x))
