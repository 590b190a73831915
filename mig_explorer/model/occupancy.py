"""How many blocks of a kernel an SM holds at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidWorkload
from mig_explorer.model.calibration import constant

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu
    from mig_explorer.workloads import Launch


@dataclass(frozen=True)
class Residency:
    """The blocks that an SM holds at once, and what keeps it from holding more.

    Parameters
    ----------
    blocks : int
        Blocks per SM.
    warps_per_block : int
        Warps of 32 threads in a block.
    max_warps : int
        Warp slots of an SM.
    limited_by : str
        ``"threads"``, ``"blocks"`` or ``"shared memory"``.
    """

    blocks: int
    warps_per_block: int
    max_warps: int
    limited_by: str


def resident_blocks(launch: Launch, gpu: Gpu) -> Residency:
    """Return how many blocks of a launch an SM of a board holds at once.

    The least of what threads, block slots and shared memory allow. Registers can bind too, but how many a
    kernel takes is known only once it is compiled for the board: they are left out, so the real number may
    be lower.

    Parameters
    ----------
    launch : Launch
        Grid, block and shared memory of the kernel.
    gpu : Gpu
        The board.

    Raises
    ------
    InvalidWorkload
        If not even one block fits an SM, or the board's record lacks a limit.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import Launch
    >>> resident_blocks(Launch(grid=(16, 16), block=(16, 16), shared_bytes=2048), gpu("A100-SXM4-40GB"))
    Residency(blocks=8, warps_per_block=8, max_warps=64, limited_by='threads')
    """
    limits = (gpu.max_threads_per_sm, gpu.max_blocks_per_sm, gpu.shared_memory_per_sm_kib)
    threads, slots, shared_kib = limits
    if threads is None or slots is None or shared_kib is None:
        message = (
            f"The record of {gpu.name} does not say what one of its SMs can hold (threads, blocks, shared "
            f"memory), so the model cannot place the kernel's blocks. A100-SXM4-40GB has these values."
        )
        raise InvalidWorkload(message)
    warp = int(constant("warp_size"))
    warps = -(-launch.threads_per_block // warp)
    shared = launch.shared_bytes + int(constant("reserved_shared_bytes"))
    allowed = {
        "threads": threads // warp // warps,
        "blocks": slots,
        "shared memory": shared_kib * 1024 // shared,
    }
    limited_by = min(allowed, key=lambda name: allowed[name])
    if allowed[limited_by] == 0:
        message = (
            f"A block of {launch.threads_per_block} threads with {launch.shared_bytes} B of shared memory "
            f"({shared} B with what CUDA reserves) does not fit an SM of {gpu.name}: it has room for "
            f"{threads} threads and {shared_kib} KiB of shared memory. Use smaller blocks."
        )
        raise InvalidWorkload(message)
    return Residency(allowed[limited_by], warps, threads // warp, limited_by)
