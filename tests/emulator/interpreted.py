"""Rewritten source run by Python itself, which takes no compiling and shows what the rewriting does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mig_explorer.emulator.geometry import geometry
from mig_explorer.emulator.rewrite import RewrittenKernel


def run_rewritten(  # noqa: PLR0913 - a launch has so many parts
    rewritten: RewrittenKernel,
    grid: Any,
    block: Any,
    arguments: tuple[Any, ...],
    dynamic: int = 0,
    *,
    blocks: Sequence[int] | None = None,
) -> None:
    """Run all blocks, in an order if one is given; a variable that no thread has assigned is None."""
    shape = geometry(rewritten.name, (grid, block))
    namespace: dict[str, Any] = {}
    exec(rewritten.source, namespace)
    sizes = [np.int32(each) for each in (*shape.grid, *shape.block)]
    scratch = rewritten.scratch.made(shape.threads_per_block, dynamic)
    everything = (
        *sizes,
        scratch,
        *[dynamic] * rewritten.is_dynamic,
        *arguments,
        *rewritten.constants,
        *[None for _ in rewritten.kept],
    )
    for each in range(shape.blocks) if blocks is None else blocks:
        namespace["run_grid"](each, each + 1, *everything)
