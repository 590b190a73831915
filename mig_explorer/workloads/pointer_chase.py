"""Chains of reads of which each says where the next one is: bound by the latency of the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import cuda

from mig_explorer.workloads.check import EXACT
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch, blocks_to_cover
from mig_explorer.workloads.sizes import REPEATS, VECTOR, Limit, in_words, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

THREADS = 32
STEPS = Limit(1_000_000, "steps of one chain")


@cuda.jit
def pointer_chase_kernel(
    following: NDArray[np.int32], starts: NDArray[np.int32], steps: int, ends: NDArray[np.int32]
) -> None:
    """Follow one chain for each thread, step by step."""
    chain = cuda.grid(1)
    if chain < ends.size:
        at = starts[chain]
        for _ in range(steps):
            at = following[at]
        ends[chain] = at


def pointer_chase(elements: int = 2**26, steps: int = 4096, chains: int = 1, repeats: int = 1) -> Workload:
    """Return where `chains` chains are after `steps` steps in a table of `elements` int32.

    The table is one random cycle through all its elements and holds, for each, the next one. A step can't
    begin before the last has arrived, so one chain measures latency; more chains, spread evenly over the
    cycle, hide it behind each other, which is what the many warps of an SM are for.

    There are no FLOPs. With ``c`` chains of ``s`` steps in a table of ``n``, compulsory are
    ``4 min(c s, n) + 8 c`` bytes: each element on the way once, a start and an end for each chain. (The
    memory moves sectors of 32 bytes, so up to eight times as much is read.) Ends are whole numbers: they must
    be equal to the reference.

    Parameters
    ----------
    elements
        Length of the table. Beyond the size of the L2 the steps reach the DRAM.
    steps
        Reads in each chain, one after another.
    chains
        Chains that are followed at once, a thread each.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    Examples
    --------
    >>> work = pointer_chase(elements=2**20, steps=1000, chains=64)
    >>> work.launch.blocks, work.cost.flops, work.cost.bytes, work.cost.dependent_reads
    (2, 0, 256512, 1000)
    """
    elements = whole_number("pointer_chase", "elements", elements, limit=VECTOR, example=2**26)
    steps = whole_number("pointer_chase", "steps", steps, limit=STEPS, example=4096)
    room = Limit(elements, "each chain starts at an element of its own")
    chains = whole_number("pointer_chase", "chains", chains, limit=room, example=1)
    repeats = whole_number("pointer_chase", "repeats", repeats, limit=REPEATS, example=100)

    def inputs(generator: np.random.Generator) -> Arguments:
        cycle = generator.permutation(elements).astype(np.int32)
        following = np.empty_like(cycle)
        following[cycle] = np.roll(cycle, -1)
        starts = cycle[np.arange(chains) * elements // chains]
        return following, starts, steps, np.full(chains, -1, dtype=np.int32)

    many = "" if chains == 1 else f", {in_words(chains)} chains"
    return Workload(
        name="pointer_chase",
        title=repeated(f"Pointer chase, {in_words(steps)} steps in {in_words(elements)}{many}", repeats),
        teaches="A chain of reads waits for the memory at every step, on a whole GPU as long as on a slice.",
        factory="mig_explorer.workloads.pointer_chase:pointer_chase",
        parameters={"elements": elements, "steps": steps, "chains": chains, "repeats": repeats},
        kernel=pointer_chase_kernel,
        launch=Launch(grid=(blocks_to_cover(chains, THREADS),), block=(THREADS,)),
        cost=Cost(
            flops=0,
            bytes=(4 * min(chains * steps, elements) + 8 * chains) * repeats,
            launches=repeats,
            working_set_bytes=4 * elements + 8 * chains,
            precision="fp32",
            dependent_reads=steps * repeats,
        ),
        tolerance=EXACT,
        repeats=repeats,
        emulation_limits={"elements": 2**20, "steps": 4096, "chains": 2**12, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
        note="The modelled time takes each step to wait for the memory where its latency is known, on boards "
        "of compute capability 8.0 and 9.0 such as the A100 and the H100. Elsewhere it knows bandwidth "
        "alone: with few chains, waiting is nearly all of the real time, of which the modelled one then "
        "says nothing.",
    )


def _reference(arguments: Arguments) -> Reference:
    following, starts, steps, _ = arguments
    at = starts
    for _ in range(steps):
        at = following[at]
    return {3: at.astype(np.float64)}
