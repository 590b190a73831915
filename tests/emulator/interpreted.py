"""Rewritten source run by Python itself, which takes no compiling and shows what the rewriting does."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from mig_explorer.emulator.geometry import geometry
from mig_explorer.emulator.rewrite import RewrittenKernel


def run_rewritten(
    rewritten: RewrittenKernel, grid: Any, block: Any, arguments: tuple[Any, ...], dynamic: int = 0
) -> None:
    """Run all blocks; a variable that no thread has assigned is None."""
    shape = geometry(rewritten.name, (grid, block))
    namespace: dict[str, Any] = {}
    exec(rewritten.source, namespace)
    sizes = (*(np.int32(each) for each in (*shape.grid, *shape.block)), *[dynamic] * rewritten.is_dynamic)
    everything = (*sizes, *arguments, *rewritten.constants)
    namespace["run_grid"](0, prod(shape.grid), *everything, *[None for _ in rewritten.kept])


def run_threads(rewritten: RewrittenKernel, grid: Any, block: Any, arguments: tuple[Any, ...]) -> None:
    """Run each thread to its end before the next, without barriers."""
    shape = geometry(rewritten.name, (grid, block))
    namespace: dict[str, Any] = {}
    exec(rewritten.source, namespace)
    exec(rewritten.one_thread, namespace)
    for where in product(*(range(each) for each in (*shape.block, *shape.grid))):
        namespace["one_thread"](*where, *shape.block, *shape.grid, *arguments, *rewritten.constants)
