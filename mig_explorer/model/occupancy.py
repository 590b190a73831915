"""How many blocks of a kernel an SM holds at once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.compiler.occupancy import occupancy
from mig_explorer.errors import InvalidWorkload

if TYPE_CHECKING:
    from mig_explorer.emulator.compiler.resources import KernelResources
    from mig_explorer.gpus import Gpu
    from mig_explorer.workloads import Launch, Workload

CURATED = "mig_explorer.workloads."
"""Nothing is recorded of kernels from elsewhere."""


@dataclass(frozen=True)
class Residency:
    """The blocks that an SM holds at once, and what keeps it from holding more.

    Parameters
    ----------
    blocks : int
        Blocks per SM; the most there can be where `registers` is unknown.
    warps_per_block : int
        Warps of 32 threads in a block.
    max_warps : int
        Warp slots of an SM.
    limited_by : str
        ``"warps"``, ``"registers"``, ``"shared memory"``, ``"blocks"`` or ``"barriers"``; several are joined
        by *and*.
    registers : int or None
        Of a thread; None where nobody recorded what the kernel compiles to.
    """

    blocks: int
    warps_per_block: int
    max_warps: int
    limited_by: str
    registers: int | None = None


def resident_blocks(launch: Launch, gpu: Gpu, resources: KernelResources | None = None) -> Residency:
    """Return how many blocks of a launch an SM of a board holds at once, after NVIDIA's rules.

    Parameters
    ----------
    launch : Launch
        Grid, block and shared memory of the kernel.
    gpu : Gpu
        The board.
    resources : KernelResources or None
        What the kernel compiles to for the board. None where that is unknown: registers then limit nothing,
        and the real number may be lower.

    Raises
    ------
    InvalidWorkload
        If not even one block fits an SM.
    UnknownGpu
        If nothing is known of the board's compute capability.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import Launch
    >>> resident_blocks(Launch(grid=(16, 16), block=(16, 16), shared_bytes=2048), gpu("A100-SXM4-40GB"))
    Residency(blocks=8, warps_per_block=8, max_warps=64, limited_by='warps', registers=None)
    """
    registers = None if resources is None else resources.registers
    declared = 0 if resources is None else resources.shared_bytes
    shared = max(launch.shared_bytes, declared)
    held = occupancy(
        gpu.compute_capability,
        threads=launch.threads_per_block,
        registers=registers,
        static_shared=shared,
        barriers=1 if resources is None else resources.barriers,
    )
    if not held.blocks:
        limits = held.limits
        of_registers = "" if registers is None else f", {registers} registers each,"
        message = (
            f"A block of {launch.threads_per_block} threads{of_registers} with {shared} B of shared memory "
            f"does not fit an SM of {gpu.name}: it has too many of its {' and '.join(held.limited_by)}. A "
            f"block may have {limits.threads_per_block} threads, {limits.registers} registers and "
            f"{limits.shared_per_block // 1024} KiB of shared memory. Use smaller blocks."
        )
        raise InvalidWorkload(message)
    return Residency(
        held.blocks, held.warps_per_block, held.limits.warps, " and ".join(held.limited_by), registers
    )


def recorded_resources_of(workload: Workload, gpu: Gpu) -> KernelResources | None:
    """Return what a workload's kernel compiles to for a board, as it was recorded; None if nothing was.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.workloads import attention
    >>> recorded_resources_of(attention(), gpu("A100-SXM4-40GB")).registers
    164
    """
    return _recorded(workload.factory, workload.kernel, gpu.compute_capability)


@functools.cache
def _recorded(factory: str, kernel: Any, compute_capability: tuple[int, int]) -> KernelResources | None:
    if not factory.startswith(CURATED):
        return None
    # Numba is loaded when a kernel's time is asked for, not with this module.
    from mig_explorer.emulator.compiler.recorded import recorded_resources  # noqa: PLC0415
    from mig_explorer.workloads.workload import build  # noqa: PLC0415

    arguments = build(factory, {}).for_emulation().inputs(seed=0)
    return recorded_resources(kernel, arguments, compute_capability)
