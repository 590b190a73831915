"""Functions on numbers: those of ``math``, NumPy's, and libdevice's with a counterpart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.fused import fused_multiply_add

if TYPE_CHECKING:
    from collections.abc import Callable


def _each(function: Callable[..., float], wrong: float = math.nan) -> Callable[..., Any]:
    """Return a function of the ``math`` module for arrays; where it raises, there is `wrong` or infinity."""

    def safe(*numbers: float) -> float:
        try:
            return function(*numbers)
        except ValueError:
            return wrong
        except OverflowError:
            return math.inf

    def apply(*values: Any) -> Any:
        result = np.frompyfunc(safe, len(values), 1)(*values)
        return np.asarray(result, np.float64).astype(values[0].dtype)[()]

    return apply


def _gamma(x: float) -> float:
    return math.copysign(math.inf, x) if x == 0 else math.gamma(x)


def _round_half_away(x: Any) -> Any:
    return np.copysign(np.floor(np.abs(x) + x.dtype.type(0.5)), x)


def _rsqrt(x: Any) -> Any:
    return x.dtype.type(1) / np.sqrt(x)


def _pi_times(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(np.pi * x.astype(np.float64)).astype(x.dtype)


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _remainder(x: Any, y: Any) -> Any:
    return _each(math.remainder)(x, y)


def _saturated(x: Any) -> Any:
    return np.fmin(np.fmax(x, x.dtype.type(0)), x.dtype.type(1))


def _positive_difference(x: Any, y: Any) -> Any:
    return np.where(x > y, x - y, x.dtype.type(0) * (x + y))[()]


_NUMPY_NAMES = (
    "sqrt",
    "cbrt",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "fabs",
    "isnan",
    "isinf",
    "isfinite",
    "signbit",
    "degrees",
    "radians",
)
"""Of functions that NumPy has under their name in ``math``."""

UNARY: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(np, name) for name in _NUMPY_NAMES},
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "abs": np.abs,
    "erf": _each(math.erf),
    "erfc": _each(math.erfc),
    "gamma": _each(_gamma),
    "lgamma": _each(math.lgamma, math.inf),
    "exp10": lambda x: np.power(x.dtype.type(10), x),
    "rsqrt": _rsqrt,
    "rcbrt": lambda x: x.dtype.type(1) / np.cbrt(x),
    "rcp": lambda x: x.dtype.type(1) / x,
    "sinpi": _pi_times(np.sin),
    "cospi": _pi_times(np.cos),
    "nearbyint": np.rint,
    "round": _round_half_away,
    "normcdf": _each(_normal),
    "saturate": _saturated,
}
"""By their name in ``math``, or in libdevice where only that has them."""

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "pow": np.power,
    "atan2": np.arctan2,
    "fmod": np.fmod,
    "hypot": np.hypot,
    "copysign": np.copysign,
    "nextafter": np.nextafter,
    "remainder": _remainder,
    "fdim": _positive_difference,
    "fmax": np.fmax,
    "fmin": np.fmin,
    "max": np.maximum,
    "min": np.minimum,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.true_divide,
}

LIBDEVICE_NAMES = {
    "tgamma": "gamma",
    "finite": "isfinite",
    "isnand": "isnan",
    "isinfd": "isinf",
    "isfinited": "isfinite",
    "signbitd": "signbit",
    "llabs": "abs",
    "llmax": "max",
    "llmin": "min",
    "umax": "max",
    "umin": "min",
    "ullmax": "max",
    "ullmin": "min",
    "fdivide": "div",
    "popcll": "popc",
    "clzll": "clz",
    "ffsll": "ffs",
    "brevll": "brev",
    "dadd_rn": "add",
    "fadd_rn": "add",
    "fsub_rn": "sub",
    "dmul_rn": "mul",
    "fmul_rn": "mul",
    "ddiv_rn": "div",
    "fdiv_rn": "div",
    "dsqrt_rn": "sqrt",
    "fsqrt_rn": "sqrt",
    "frsqrt_rn": "rsqrt",
    "drcp_rn": "rcp",
    "frcp_rn": "rcp",
    "fma_rn": "fma",
    "fmaf_rn": "fma",
    "llrint": "rint",
    "llrintf": "rint",
    "llround": "round",
    "llroundf": "round",
    "powi": "pow",
    "powif": "pow",
    "scalbn": "ldexp",
    "scalbnf": "ldexp",
}
"""Other names that libdevice has for them. Those that round in a direction have no counterpart."""

TERNARY: dict[str, Callable[[Any, Any, Any], Any]] = {"fma": fused_multiply_add}


def plain_name(libdevice_name: str) -> str:
    """Return the name without what says the type, or that less precision will do.

    Examples
    --------
    >>> [plain_name(name) for name in ("sinf", "fast_sinf", "erf", "tgammaf", "ullmax", "fmaf_rn", "modf")]
    ['sin', 'sin', 'erf', 'gamma', 'max', 'fma', 'modf']
    """
    name = libdevice_name.removeprefix("fast_")
    for each in (name, name.removesuffix("f")):
        if each in LIBDEVICE_NAMES:
            return LIBDEVICE_NAMES[each]
        if each in UNARY or each in BINARY or each in TERNARY or each in _SPECIAL:
            return each
    return name


_SPECIAL = ("modf", "frexp", "ldexp", "sincos", "popc", "clz", "ffs", "brev")
