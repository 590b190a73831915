"""What a GPU does in one instruction, for the CPU: atomics, bit operations, fused multiply-add.

Each is a Python function that the rewritten source may call uncompiled, and that Numba compiles with the
types its CUDA target gives it. An atomic is a plain read and write: threads of a block run one after another
here, and so do the blocks of a kernel with atomics.
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
from numba.np.numpy_support import as_dtype

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE = ("int32", "uint32", "int64", "uint64")
UNSIGNED = ("uint32", "uint64")
ALL = (*WHOLE, "float32", "float64")
INLINED = {"forceinline": True, "error_model": "numpy"}

jitable = register_jitable(**INLINED)


# Operands of atomics, in the type of the array's elements


def _element(array: Any, value: Any) -> Any:
    return array.dtype.type(value)


def operand(array, value):
    return _element(array, value)


def whole_operand(array, value):
    return _element(array, value)


def unsigned_operand(array, value):
    return _element(array, value)


def _typed(allowed: tuple[str, ...]) -> Callable[..., Any]:
    def typed(array, value):  # noqa: ARG001 - Numba hands both over
        if not isinstance(array, types.Array):
            raise TypingError(f"an atomic works on an array, not on {array}")
        if str(array.dtype) not in allowed:
            raise TypingError(f"this atomic works on {', '.join(allowed)}, not on {array.dtype}")
        kind = as_dtype(array.dtype).type
        return lambda array, value: kind(value)  # noqa: ARG005

    return typed


overload(operand, jit_options=INLINED)(_typed(ALL))
overload(whole_operand, jit_options=INLINED)(_typed(WHOLE))
overload(unsigned_operand, jit_options=INLINED)(_typed(UNSIGNED))


# Atomics, in the order of Numba's manual


@jitable
def atomic_add(array, index, value):
    old = array[index]
    array[index] = old + operand(array, value)
    return old


@jitable
def atomic_sub(array, index, value):
    old = array[index]
    array[index] = old - operand(array, value)
    return old


@jitable
def atomic_and_(array, index, value):
    old = array[index]
    array[index] = old & whole_operand(array, value)
    return old


@jitable
def atomic_or_(array, index, value):
    old = array[index]
    array[index] = old | whole_operand(array, value)
    return old


@jitable
def atomic_xor(array, index, value):
    old = array[index]
    array[index] = old ^ whole_operand(array, value)
    return old


@jitable
def atomic_inc(array, index, value):
    old = array[index]
    array[index] = old + operand(array, 1) if old < unsigned_operand(array, value) else operand(array, 0)
    return old


@jitable
def atomic_dec(array, index, value):
    old, top = array[index], unsigned_operand(array, value)
    array[index] = top if old == 0 or old > top else old - operand(array, 1)
    return old


@jitable
def atomic_exch(array, index, value):
    old = array[index]
    array[index] = whole_operand(array, value)
    return old


@jitable
def atomic_max(array, index, value):
    old, new = array[index], operand(array, value)
    if old < new:
        array[index] = new
    return old


@jitable
def atomic_min(array, index, value):
    old, new = array[index], operand(array, value)
    if old > new:
        array[index] = new
    return old


@jitable
def atomic_nanmax(array, index, value):
    old, new = array[index], operand(array, value)
    if old < new or (old != old and new == new):
        array[index] = new
    return old


@jitable
def atomic_nanmin(array, index, value):
    old, new = array[index], operand(array, value)
    if old > new or (old != old and new == new):
        array[index] = new
    return old


@jitable
def atomic_compare_and_swap(array, expected, value):
    old = array[0]
    if old == whole_operand(array, expected):
        array[0] = whole_operand(array, value)
    return old


@jitable
def atomic_cas(array, index, expected, value):
    old = array[index]
    if old == whole_operand(array, expected):
        array[index] = whole_operand(array, value)
    return old


# Numbers


def larger(a, b):
    """Return the maximum as CUDA's ``fmax``: a NaN loses against a number."""
    return b if (a != a or b > a) else a


def smaller(a, b):
    """Return the minimum as CUDA's ``fmin``: a NaN loses against a number."""
    return b if (a != a or b < a) else a


@overload(larger, jit_options=INLINED)
def _larger(a, b):
    if isinstance(a, types.Float) and isinstance(b, types.Float):
        return lambda a, b: b if (a != a or b > a) else a
    return lambda a, b: max(a, b)


@overload(smaller, jit_options=INLINED)
def _smaller(a, b):
    if isinstance(a, types.Float) and isinstance(b, types.Float):
        return lambda a, b: b if (a != a or b < a) else a
    return lambda a, b: min(a, b)


def room(places, threads):
    """Return how many of some threads have a place."""
    return np.int32(max(0, min(math.ceil(places), int(threads))))


@overload(room, jit_options=INLINED)
def _room(places, threads):  # noqa: ARG001
    if isinstance(places, types.Float):
        return lambda places, threads: np.int32(max(0.0, min(math.ceil(places), threads)))
    return lambda places, threads: np.int32(max(0, min(places, threads)))


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
