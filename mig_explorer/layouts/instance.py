"""A GPU instance: a profile at a placement on a board, and the compute instances in it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from mig_explorer.layouts.compute import ComputeInstance, check_division

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu, Placement, Profile, Slice

ONE_THAT_FILLS_IT = cast("tuple[ComputeInstance, ...]", (None,))
"""Stands for the compute instance that ``nvidia-smi mig -cgi … -C`` makes."""


@dataclass(frozen=True)
class GpuInstance:
    """A profile at a placement.

    Parameters
    ----------
    gpu : Gpu
        The board it stands on.
    profile : Profile
        A profile of that board.
    placement : Placement
        Its memory slices.
    compute_instances : tuple of ComputeInstance, optional
        Who shares its compute slices; by default one that fills it. Empty is a GPU instance on which nothing
        can run yet.

    Raises
    ------
    InvalidLayout
        If the compute instances do not stand in it together.

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
    compute_instances: tuple[ComputeInstance, ...] = ONE_THAT_FILLS_IT

    def __post_init__(self) -> None:
        if self.compute_instances is ONE_THAT_FILLS_IT:
            object.__setattr__(self, "compute_instances", (ComputeInstance(self.profile.full, 0),))
        else:
            ordered = tuple(sorted(self.compute_instances, key=lambda each: each.start))
            check_division(self.profile, ordered)
            object.__setattr__(self, "compute_instances", ordered)

    def __repr__(self) -> str:
        return f"<GpuInstance {self.text} of {self.gpu.name}>"

    @property
    def name(self) -> str:
        """Profile name and start, ``"3g.20gb@4"``."""
        return f"{self.profile.name}@{self.start}"

    @property
    def text(self) -> str:
        """The name, and the compute instances unless one fills it: ``"3g.20gb@4[2c@0+1c@2]"``."""
        if self.filled:
            return self.name
        return f"{self.name}[{'+'.join(each.text for each in self.compute_instances)}]"

    @property
    def filled(self) -> bool:
        """Whether one compute instance has all of its compute slices."""
        return len(self.compute_instances) == 1 and self.compute_instances[0].profile.full

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

    @property
    def slices(self) -> tuple[Slice, ...]:
        """What a program sees on each compute instance: its own SMs, and everything else shared.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> from mig_explorer.layouts import Layout
        >>> layout = Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=4).divide(4, "1c+2c")
        >>> [(each.name, each.sms, each.memory_mib, each.sharers) for each in layout.instances[0].slices]
        [('2c.3g.20gb', 28, 19968, 2), ('1c.3g.20gb', 14, 19968, 2)]
        """
        whole, board_sms = self.resources, self.gpu.sms
        if self.filled:
            return (whole,)
        return tuple(
            dataclasses.replace(
                whole,
                name=each.name,
                sms=each.profile.sms,
                compute_share=None if each.profile.sms is None else each.profile.sms / board_sms,
                sharers=len(self.compute_instances),
            )
            for each in self.compute_instances
        )
