"""The fast engine: a rewritten kernel, compiled for the CPU and run block by block."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import config, typeof, types
from numba.core.errors import NumbaError

from mig_explorer.emulator import lanes
from mig_explorer.emulator.cache import is_noted, note
from mig_explorer.emulator.compile import Compiled, compiled
from mig_explorer.emulator.cores import cores_for, shared_out
from mig_explorer.emulator.inference import cannot_compile, kept_types, storage_types
from mig_explorer.emulator.source import NotNative
from mig_explorer.emulator.storage import unset_value

if TYPE_CHECKING:
    from mig_explorer.emulator.arguments import Arguments
    from mig_explorer.emulator.geometry import Geometry
    from mig_explorer.emulator.rewrite import RewrittenKernel

BYTES = types.uint8[::1]


@dataclass(frozen=True)
class Prepared:
    """A kernel compiled for the types of some arguments.

    Parameters
    ----------
    run_grid
        The compiled function.
    unset
        What each variable that a thread keeps holds before it is assigned.
    """

    run_grid: Compiled
    unset: tuple[Any, ...]


def prepared(rewritten: RewrittenKernel, given: Arguments) -> Prepared:
    """Compile a rewritten kernel for arguments.

    Numba infers its types for a GPU first: what runs here must be what would run there.

    Raises
    ------
    UnsupportedKernel
        If Numba can't compile the kernel for a GPU and these types.
    NotNative
        If it can't compile what it was rewritten to for a CPU.
    """
    _check_for_gpu(rewritten, given)
    signature = (*given.signature, *(typeof(each) for each in rewritten.constants))
    try:
        unset = _unset(rewritten, signature)
        sizes = (types.int64,) * 2 + (types.int32,) * 6 + (BYTES,) + (types.int64,) * rewritten.is_dynamic
        run_grid = compiled(rewritten.source, (*sizes, *signature, *(typeof(each) for each in unset)))
    except NotNative:
        raise
    # Numba's lowering checks some types, as of an array in a field of a record, by an assertion of its own.
    except (NumbaError, NotImplementedError, AssertionError) as error:
        raise cannot_compile(rewritten.name, given.signature, error) from error
    return Prepared(run_grid, unset)


def _check_for_gpu(rewritten: RewrittenKernel, given: Arguments) -> None:
    """Refuse a kernel that Numba's CUDA target can't give types to.

    A kernel that calls plain functions, as one does before it is decorated, can't be asked about, nor can any
    while `numba.cuda` is its simulator.
    """
    source = rewritten.kernel.source
    if rewritten.kernel.unit.plain or config.ENABLE_CUDASIM:
        return
    body = ast.unparse(ast.Module(list(source.body), []))
    fact = f"{rewritten.source}\n{body}\n{given.signature} has types for a GPU"
    if not is_noted(fact):
        lanes.check_types(source.function, given)
        note(fact)


def run(rewritten: RewrittenKernel, shape: Geometry, given: Arguments, ready: Prepared) -> None:
    """Run all blocks of a grid: side by side where that is proven to change nothing, else in turn."""
    sizes = [np.int32(each) for each in (*shape.grid, *shape.block)]
    dynamic = [shape.dynamic_bytes] if rewritten.is_dynamic else []
    everything = (*dynamic, *given.values, *rewritten.constants, *ready.unset)
    cores = 1
    if rewritten.independence.holds(shape) and not _overlap(rewritten, given):
        cores = cores_for(shape.blocks * shape.threads_per_block, shape.blocks)

    def some_blocks(first: int, end: int) -> None:
        scratch = rewritten.scratch.made(shape.threads_per_block, shape.dynamic_bytes)
        ready.run_grid(first, end, *sizes, scratch, *everything)

    shared_out(shape.blocks, cores, some_blocks)


def _overlap(rewritten: RewrittenKernel, given: Arguments) -> bool:
    """Say whether an array that is written may share memory with another argument."""
    named = dict(zip(rewritten.kernel.parameters, given.values, strict=True))
    if any(isinstance(each, tuple) for each in named.values()):
        return True
    arrays = {name: each for name, each in named.items() if isinstance(each, np.ndarray)}
    return any(
        np.may_share_memory(arrays[one], arrays[other])
        for one, other in combinations(arrays, 2)
        if {one, other} & rewritten.independence.written
    )


def _unset(rewritten: RewrittenKernel, signature: tuple[types.Type, ...]) -> tuple[Any, ...]:
    given = (*signature, *storage_types(rewritten.kernel))
    kept = kept_types(rewritten.source, rewritten.one_thread, rewritten.kept, given)
    for name, kind in zip(rewritten.kept, kept, strict=True):
        if not isinstance(kind, np.dtype):
            msg = (
                f"{rewritten.name}: {name} is read after a barrier, or where it may not be assigned yet, and "
                f"is no number but {kind}. Assign it in the same stretch between barriers as it is read."
            )
            raise NotNative(msg)
    return tuple(each.type(unset_value(each)) for each in kept)
