"""A GPU instance: a profile at a placement on a board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu, Placement, Profile, Slice


@dataclass(frozen=True)
class GpuInstance:
    """A profile at a placement.

    Examples
    --------
    >>> from mig_explorer.gpus import Placement, gpu
    >>> board = gpu("A100-SXM4-40GB")
    >>> instance = GpuInstance(board, board.profile("3g.20gb"), Placement(4, 4))
    >>> instance.name, instance.compute_slices, instance.memory_slices
    ('3g.20gb@4', (4, 5, 6), (4, 5, 6, 7))
    """

    gpu: Gpu
    profile: Profile
    placement: Placement

    def __repr__(self) -> str:
        return f"<GpuInstance {self.name} of {self.gpu.name}>"

    @property
    def name(self) -> str:
        """Profile name and start, ``"3g.20gb@4"``."""
        return f"{self.profile.name}@{self.start}"

    @property
    def start(self) -> int:
        """First memory slice."""
        return self.placement.start

    @property
    def size(self) -> int:
        """Number of memory slices."""
        return self.placement.size

    @property
    def memory_slices(self) -> tuple[int, ...]:
        """The memory slices it holds."""
        return self.placement.memory_slices

    @property
    def compute_slices(self) -> tuple[int, ...]:
        """The compute slices it holds: they ride with the memory slices from its start on."""
        first = self.start // self.gpu.memory_slices_per_compute_slice
        return tuple(range(first, first + self.profile.compute_slices))

    @property
    def resources(self) -> Slice:
        """SMs, memory, bandwidth, cache and engines of this instance."""
        return self.gpu.slice(self.profile.name)
