"""Launching kernels on the lane-by-lane engine, written as on a GPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from mig_explorer.emulator.simt import Observer, run


def three(size: Any) -> tuple[int, int, int]:
    """Return a grid or block as three numbers."""
    x, y, z = (*(size if isinstance(size, tuple) else (size,)), 1, 1)[:3]
    return x, y, z


def launch(
    kernel: Any, grid: Any, block: Any, *arguments: Any, shared: int = 0, observer: Observer | None = None
) -> None:
    """Run a kernel."""
    run(kernel, three(grid), three(block), arguments, dynamic_shared=shared, observer=observer)


def one_thread(kernel: Any, *arguments: Any, dtype: Any = np.float64, size: int = 1) -> Any:
    """Run a kernel in one thread and return what it writes into an array, its first argument."""
    out = np.zeros(size, dtype)
    launch(kernel, 1, 1, out, *arguments)
    return out if size > 1 else out[0]
