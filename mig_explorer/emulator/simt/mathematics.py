"""Calls of functions on numbers: ``math``, NumPy's universal functions, libdevice, CUDA's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt import bits, functions
from mig_explorer.emulator.simt.casting import converted, dtype_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.turn import Turn


def number_function(
    name: str, takes: tuple[np.dtype[Any] | None, ...], returns: Any
) -> Callable[..., Any] | None:
    """Return what computes a function on numbers; None if it is not known.

    Parameters
    ----------
    name
        As `naming.callee` has it.
    takes
        The types of its arguments.
    returns
        Numba's type of the result.
    """
    if any(each is None for each in takes):  # NumPy holds that float64 equals None
        return None
    module, _, short = name.partition(".")
    if module == "libdevice":
        short = functions.plain_name(short)
    elif module == "cuda":
        short = short.removeprefix("fp16.h") if short.startswith("fp16.h") else short
    elif module not in ("math", "numpy", "builtins", "method"):
        return None
    compute = _several(short, returns) or _compute(module, short, len(takes))
    if compute is None:
        return None
    result = dtype_of(returns)
    as_float = result if result is not None and result.kind in "fc" else None

    def act(turn: Turn, *values: Any) -> Any:
        turn.note(short, as_float or values[0].dtype)
        if as_float is not None:
            values = tuple(converted(each, as_float) if each.dtype.kind in "biu" else each for each in values)
        value = compute(*values)
        return value if result is None else converted(np.asarray(value)[()], result)

    return act


def _compute(module: str, name: str, count: int) -> Callable[..., Any] | None:
    if module == "numpy":
        found = getattr(np, name, None)
        return found if isinstance(found, np.ufunc) and found.nin == count and found.nout == 1 else None
    special = _SPECIAL.get((module, name, count))
    if special is not None or module == "method":
        return special
    tables: tuple[dict[str, Any], ...] = ({}, functions.UNARY, functions.BINARY, functions.TERNARY)
    return tables[count].get(name) if count < len(tables) else None


def _scaled(x: Any, exponent: Any) -> Any:
    return np.ldexp(x, np.clip(exponent, -(2**30), 2**30).astype(np.int32))


def _rounded(x: Any, digits: Any) -> Any:
    """Return a number rounded to decimal digits, computed as Numba does on a GPU."""
    scale = 10.0 ** np.abs(digits).astype(np.float64)
    scaled = np.where(digits >= 0, x * scale, x / scale)
    whole = np.rint(scaled)
    result = np.where(digits >= 0, whole / scale, whole * scale)
    return np.where(np.isfinite(scaled), result, x).astype(x.dtype)


def _several(name: str, returns: Any) -> Callable[..., Any] | None:
    """Return a function with more than one result, each of its own type."""
    kinds = getattr(returns, "types", None)
    if kinds is None or name not in _PAIRS:
        return None
    dtypes = [dtype_of(each) for each in kinds]
    compute = _PAIRS[name]

    def act(*values: Any) -> Any:
        parts = compute(*values)
        return tuple(
            converted(np.asarray(part)[()], dtype) for part, dtype in zip(parts, dtypes, strict=True) if dtype
        )

    return act


_PAIRS: dict[str, Callable[..., Any]] = {
    "modf": np.modf,
    "frexp": np.frexp,
    "sincos": lambda x: (np.sin(x), np.cos(x)),
    "divmod": np.divmod,
}

_BITS = {"popc": bits.popc, "clz": bits.clz, "ffs": bits.ffs, "brev": bits.brev}

_SPECIAL: dict[tuple[str, str, int], Callable[..., Any]] = {
    **{(module, name, 1): act for module in ("cuda", "libdevice") for name, act in _BITS.items()},
    ("builtins", "round", 1): np.rint,
    ("builtins", "round", 2): _rounded,
    ("math", "ldexp", 2): _scaled,
    ("libdevice", "ldexp", 2): _scaled,
    ("method", "conjugate", 1): np.conjugate,
    ("method", "bit_count", 1): bits.popc,
}
"""By module, name and number of arguments."""
