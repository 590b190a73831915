"""What a call in Numba's IR calls, by one name for all versions of Numba and numba-cuda."""

from __future__ import annotations

from typing import Any

import numpy as np

HALF_PREFIX = "__numba_wrapper_"
"""Of the functions on float16 that Numba has in C++."""


def callee(function_type: Any) -> str:
    """Return the dotted name of what is called: ``"cuda.shared.array"``, ``"math.sqrt"``, ``"numpy.sin"``.

    Device functions are ``"device"``, type conversions ``"number"``, methods of values ``"method.name"``.

    Parameters
    ----------
    function_type
        Numba's type of the function.

    Examples
    --------
    >>> import math
    >>> from types import SimpleNamespace
    >>> callee(SimpleNamespace(typing_key=math.sqrt)), callee(SimpleNamespace(typing_key=np.sin))
    ('math.sqrt', 'numpy.sin')
    """
    if hasattr(getattr(function_type, "dispatcher", None), "py_func"):
        return "device"
    if type(function_type).__name__ in ("NumberClass", "DType"):
        return "number"
    key = getattr(function_type, "typing_key", None)
    if type(function_type).__name__ == "BoundFunction":
        name = key[-1] if isinstance(key, tuple) else str(key).rpartition(".")[2]
        return f"method.{name}"
    if type(function_type).__name__ == "ExceptionClass":
        return "exception"
    return name_of(key)


def name_of(key: Any) -> str:
    """Return the dotted name of a function."""
    module = str(getattr(key, "__module__", ""))
    name = str(getattr(key, "__qualname__", getattr(key, "__name__", key)))
    if isinstance(key, np.ufunc):
        module = "numpy"
    elif hasattr(key, "_name") and hasattr(key, "_defn"):  # Numba's intrinsics
        module, name = "cuda", key._name  # noqa: SLF001 - there is no public name
    elif str(getattr(key, "name", "")).startswith(HALF_PREFIX):
        module, name = "cuda.fp16", key.name.removeprefix(HALF_PREFIX)
    elif module.endswith(".libdevice"):
        module = "libdevice"
    elif module.startswith("numba.cuda"):
        module, name = ("cuda.fp16", name.removeprefix("__")) if name.startswith("__h") else ("cuda", name)
    elif module == "_operator":
        module = "operator"
    return f"{module}.{name}"


def readable(name: str) -> str:
    """Return how a kernel writes it, for a message.

    Examples
    --------
    >>> readable("builtins.sorted"), readable("cuda.cg.this_grid")
    ('sorted', 'cuda.cg.this_grid')
    """
    known = {"cuda.mark_try_block": "try", "cuda.end_try_block": "try"}
    return known.get(name, name.removeprefix("builtins.").removeprefix("method."))
