"""What counts as a floating-point operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

PRECISIONS = {2: "fp16", 4: "fp32", 8: "fp64"}
FLOPS = {"add": 1, "sub": 1, "mul": 1, "fma": 2}
COMPLEX_FLOPS = {"add": 2, "sub": 2, "mul": 6, "fma": 8}
"""Of the numbers that a complex one is made of: a product takes four multiplications and two additions."""

COMPARISONS = {"lt", "le", "gt", "ge", "eq", "ne", "is_", "is_not", "not_", "truth", "bool", "and_", "or_"}
CHOICES = {"min", "max", "fmin", "fmax", "nanmin", "nanmax", "selp", "isnan", "isinf", "isfinite", "signbit"}
SIGNS = {"abs", "fabs", "neg", "pos", "copysign", "conjugate", "real", "imag"}
ROUNDINGS = {"cast", "floor", "ceil", "trunc", "rint", "nearbyint", "round", "saturate", "nextafter"}
PARTS = {"ldexp", "frexp", "modf"}
FREE = frozenset(COMPARISONS | CHOICES | SIGNS | ROUNDINGS | PARTS)
"""Instructions, but not floating-point operations."""


class Work(NamedTuple):
    """What one lane's operation comes to."""

    metric: str
    amount: int


def work(name: str, dtype: np.dtype[Any]) -> Work | None:
    """Return the metric that an operation adds to, and how much; None if it is no floating-point operation.

    An addition, a subtraction or a multiplication is one FLOP, a fused multiply-add two. Division, square
    root, ``exp`` and the like take a GPU several instructions: they are counted apart, as special. On
    integers nothing is counted.

    Parameters
    ----------
    name
        Of Python's operator module or of a function: ``"add"``, ``"truediv"``, ``"sqrt"``.
    dtype
        What it is computed in.

    Examples
    --------
    >>> import numpy as np
    >>> work("fma", np.dtype("float32")), work("sqrt", np.dtype("float64"))
    (Work(metric='flops_fp32', amount=2), Work(metric='special_fp64', amount=1))
    >>> work("add", np.dtype("int64")), work("max", np.dtype("float32"))
    (None, None)
    """
    plain = name[1:] if name in {"iadd", "isub", "imul"} else name
    if dtype.kind not in "fc" or (plain in FREE and (dtype.kind, plain) != ("c", "abs")):
        return None
    table, parts = (FLOPS, 1) if dtype.kind == "f" else (COMPLEX_FLOPS, 2)
    precision = PRECISIONS[dtype.itemsize // parts]
    if plain in table:
        return Work(f"flops_{precision}", table[plain])
    return Work(f"special_{precision}", 1)
