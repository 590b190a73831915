"""Rewritten source run by Python itself, which takes no compiling and shows what the rewriting does."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from mig_explorer.emulator.geometry import geometry
from mig_explorer.emulator.rewrite import RewrittenKernel


def run_rewritten(rewritten: RewrittenKernel, grid: Any, block: Any, arguments: tuple[Any, ...]) -> None:
    """Run all blocks; a variable that no thread has assigned is None."""
    shape = geometry(rewritten.name, (grid, block))
    kept = [np.full(shape.threads_per_block, None, object) for _ in rewritten.kept]
    namespace: dict[str, Any] = {}
    exec(rewritten.source, namespace)
    namespace["run_grid"](*shape.grid, *shape.block, *arguments, *kept, *[None for _ in kept])


def run_threads(rewritten: RewrittenKernel, grid: Any, block: Any, arguments: tuple[Any, ...]) -> None:
    """Run each thread to its end before the next, without barriers."""
    shape = geometry(rewritten.name, (grid, block))
    namespace: dict[str, Any] = {}
    exec(rewritten.one_thread, namespace)
    for where in product(*(range(each) for each in (*shape.block, *shape.grid))):
        namespace["one_thread"](*where, *shape.block, *shape.grid, *arguments)
