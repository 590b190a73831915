"""One's own kernel as a workload for the model: what it does was counted while it was emulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch

if TYPE_CHECKING:
    from mig_explorer.emulator.compiler.resources import KernelResources
    from mig_explorer.emulator.counts import Emulation
    from mig_explorer.gpus import Gpu

SECTOR_BYTES = 32


@dataclass(frozen=True)
class EmulatedWorkload:
    """A launch that was emulated and counted, for `mig_explorer.model.step_time`.

    Parameters
    ----------
    emulation : Emulation
        What ``mig.emulate(kernel, count=True)[grid, block](…)`` gives.
    launches : int
        How often one request launches it.
    working_set_bytes : int or None
        Bytes of GPU memory its arrays take; None for as much as it was counted to read and write.

    Examples
    --------
    >>> import numpy as np
    >>> from mig_explorer.emulator import emulate
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import step_time
    >>> from mig_explorer.workloads.saxpy import saxpy_kernel
    >>> x, y = np.ones(4096, np.float32), np.ones(4096, np.float32)
    >>> counted = emulate(saxpy_kernel, count=True)[16, 256](np.float32(2), x, y, y.copy())
    >>> board = gpu("A100-SXM4-40GB")
    >>> step_time(EmulatedWorkload(counted), board.slice("1g.5gb"), board).limited_by
    'host'
    """

    emulation: Emulation
    launches: int = 1
    working_set_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.launches < 1:
            message = f"EmulatedWorkload: {self.launches} launches a request; there is at least 1."
            raise InvalidWorkload(message)

    @property
    def name(self) -> str:
        """The kernel's name."""
        return self.emulation.counts.launch.kernel

    @property
    def title(self) -> str:
        """The kernel's name."""
        return self.name

    @property
    def note(self) -> str:
        """What its modelled time leaves out."""
        return "Counted while emulated: what caches save, and reads that wait for one another, are left out."

    @property
    def launch(self) -> Launch:
        """Its blocks, and the shared memory that the launch adds."""
        view = self.emulation.counts.launch
        return Launch(grid=view.grid, block=view.block, shared_bytes=self.emulation.dynamic_shared)

    @property
    def cost(self) -> Cost:
        """What one request asks of the GPU."""
        return cost_of_emulation(
            self.emulation, launches=self.launches, working_set_bytes=self.working_set_bytes
        )

    def resources(self, gpu: Gpu) -> KernelResources | None:
        """Return what the kernel compiles to for a board: compiled here, or recorded; None if unknown."""
        from mig_explorer.emulator.compiler.recorded import kernel_resources  # noqa: PLC0415 - loads Numba

        emulation = self.emulation
        return kernel_resources(emulation.kernel, emulation.argument_types, gpu.compute_capability)


def cost_of_emulation(
    emulation: Emulation, *, launches: int = 1, working_set_bytes: int | None = None
) -> Cost:
    """Return the cost of a launch from what was counted while it was emulated.

    Bytes are the sectors of 32 bytes that the warps' requests touch: what passes between the SMs and the
    level-2 cache, and so the most that the memory itself can be asked for. An element that the source reads
    twice counts twice, though a compiler may keep it. FLOPs of half precision count as
    single; a division, a root or the like counts as one.

    Parameters
    ----------
    emulation : Emulation
        A counted launch.
    launches : int
        How often one request launches it.
    working_set_bytes : int or None
        Bytes its arrays take together; None for the bytes counted.

    Examples
    --------
    >>> import numpy as np
    >>> from mig_explorer.emulator import emulate
    >>> from mig_explorer.workloads.saxpy import saxpy_kernel
    >>> x, y = np.ones(4096, np.float32), np.ones(4096, np.float32)
    >>> counted = emulate(saxpy_kernel, count=True)[16, 256](np.float32(2), x, y, y.copy())
    >>> cost = cost_of_emulation(counted)
    >>> cost.flops, cost.bytes, cost.precision
    (8192, 49152, 'fp32')
    """
    total = emulation.counts.total
    single = total.flops_fp16 + total.flops_fp32 + total.special_fp16 + total.special_fp32
    double = total.flops_fp64 + total.special_fp64
    traffic = (total.load_sectors + total.store_sectors) * SECTOR_BYTES
    return Cost(
        flops=(single + double) * launches,
        bytes=traffic * launches,
        launches=launches,
        working_set_bytes=traffic if working_set_bytes is None else working_set_bytes,
        precision="fp64" if double > single else "fp32",
    )
