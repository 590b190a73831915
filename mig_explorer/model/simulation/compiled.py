"""The inner loops under Numba, kept on disk where that can be."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from numba import njit

from mig_explorer.model.simulation.kernel import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of `kernel`, compiled.

    What was compiled is kept on disk where there is a folder for it; where there is none, or it is damaged or
    full, this process compiles for itself.

    Examples
    --------
    >>> from mig_explorer.model.simulation import kernel
    >>> float(call(kernel.seconds_on_gpu, 3.0, 4.0, 2.0))
    5.0
    """
    kept, own = _compiled(function)
    if kept is not None:
        try:
            return kept(*arguments)
        except Exception:  # noqa: BLE001, S110 - a damaged file raises anything, and our loops raise nothing
            pass
    return own(*arguments)


@lru_cache(maxsize=8)
def _compiled(function: Callable[..., Any]) -> tuple[Any, Any]:
    own = njit(**OPTIONS)(function)
    try:
        return njit(**OPTIONS, cache=True)(function), own
    except RuntimeError:  # Numba finds no folder that can be written
        return None, own
