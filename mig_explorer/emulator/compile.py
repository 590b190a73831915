"""Rewritten source compiled by Numba, once for each type of arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

from numba import njit, types
from numba.core.errors import NumbaError

from mig_explorer.emulator.cache import store

if TYPE_CHECKING:
    from pathlib import Path

Compiled = Callable[..., None]
ALONE = {"_nrt": False, "no_cfunc_wrapper": True}
"""A kernel makes no arrays, so nothing needs counting who holds them; and only Python calls it."""
ONLY_CALLED = {**ALONE, "no_cpython_wrapper": True}
"""Device functions are called by kernels only."""


@dataclass(frozen=True)
class Loaded:
    """A rewritten module with its functions under Numba, and whether what is compiled is kept on disk."""

    module: ModuleType
    on_disk: bool


@lru_cache(maxsize=128)
def loaded(source: str) -> Loaded:
    """Return the module of a rewritten source.

    Examples
    --------
    >>> loaded("def run_grid(a): a[0] = 1").module.run_grid.__name__
    'run_grid'
    """
    path = store(source)
    return Loaded(_module(source, path), on_disk=path is not None)


@lru_cache(maxsize=128)
def compiled(source: str, signature: tuple[types.Type, ...]) -> Compiled:
    r"""Return ``run_grid`` of a rewritten source, compiled for arguments of these types.

    It runs on one core and without Python's lock. Division by zero gives infinity or NaN, as on a GPU. What
    was compiled is kept in memory and, where the user's cache folder can be written, on disk.

    Raises
    ------
    numba.core.errors.NumbaError
        If Numba can't compile it.

    Examples
    --------
    >>> import numpy as np
    >>> source = "def double(n): return n + n\ndef run_grid(a, n): a[0] = double(n)"
    >>> array = np.zeros(1)
    >>> compiled(source, (types.float64[::1], types.int64))(array, 5)
    >>> array
    array([10.])
    """
    found = loaded(source)
    if found.on_disk:
        try:
            return _compile(found.module, signature, on_disk=True)
        except NumbaError:
            raise
        except Exception:  # noqa: BLE001, S110 - a damaged file raises anything; compile without it
            pass
    return _compile(_module(source, None), signature, on_disk=False)


def _module(source: str, path: Path | None) -> ModuleType:
    """Return a new module with the functions of a source; all but ``run_grid`` go into their callers.

    Numba looks up the module of what it finds on disk by name, so one with a file is made known to Python.
    """
    module = ModuleType(path.stem if path else "rewritten_kernel")
    code = compile(source, str(path or "<rewritten kernel>"), "exec")
    exec(code, vars(module))  # noqa: S102 - the source is what `rewrite` made
    for name, each in list(vars(module).items()):
        own = isinstance(each, FunctionType) and each.__code__.co_filename == code.co_filename
        if own and name != "run_grid":
            vars(module)[name] = njit(forceinline=True, error_model="numpy", **ONLY_CALLED)(each)
    if path:
        sys.modules[path.stem] = module
    return module


def _compile(module: ModuleType, signature: tuple[types.Type, ...], *, on_disk: bool) -> Compiled:
    run_grid = njit(nogil=True, error_model="numpy", cache=on_disk, **ALONE)(vars(module)["run_grid"])
    run_grid.compile(signature)
    compiled_function: Compiled = run_grid
    return compiled_function
