"""MIG: the GPU is divided in hardware."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.model.modes.mps import Mps
from mig_explorer.model.modes.server import Server
from mig_explorer.model.modes.time_slicing import TimeSlicing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu, Slice
    from mig_explorer.layouts import ComputeInstance, GpuInstance, Layout


@dataclass(frozen=True)
class Mig:
    """MIG: every compute instance of a layout serves its own tenants.

    A GPU instance has its own SMs, memory, level-2 cache and bandwidth: neighbours that saturate theirs
    change its bandwidth by 0.3 % at most (GPUless thesis, SPCL, ETH Zurich), which is left out. Compute
    instances inside one GPU instance have their own SMs and share all its memory and bandwidth: a copy on
    three compute slices falls from 1192 to 649 GB/s when others run beside it (same source). The PCIe link,
    power and clocks stay shared by all.

    The tenants are dealt to the compute instances in turn, the largest first (of equals the one at the
    lowest start), so that a lone tenant gets the largest. With more tenants than compute instances the
    dealing starts over, and tenants of one queue first come first served, or share it as `inside` says.

    Parameters
    ----------
    layout : Layout
        A board and the instances placed on it. A GPU instance without compute instances serves nobody.
    inside : Mps or TimeSlicing, optional
        How tenants of one compute instance share it; by default they queue.

    Raises
    ------
    InvalidExperiment
        If nothing can run in the layout, its board has no MIG, or `inside` is something else.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import parse_layout
    >>> mode = Mig(parse_layout(gpu("A100-SXM4-40GB"), "1g.5gb@0 3g.20gb@4"))
    >>> mode.title, mode.slug
    ('MIG 3g.20gb + 1g.5gb', 'mig-3g-20gb-1g-5gb')
    >>> [(s.name, s.tenants) for s in mode.servers(mode.layout.gpu, ["ann", "bob", "cy"])]
    [('3g.20gb@4', ('ann', 'cy')), ('1g.5gb@0', ('bob',))]
    >>> divided = Mig(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@4[2c@0+1c@2]"))
    >>> [(s.name, s.slice.sms, s.memory_group) for s in divided.servers(divided.layout.gpu, ["ann", "bob"])]
    [('3g.20gb@4[2c@0]', 28, '3g.20gb@4'), ('3g.20gb@4[1c@2]', 14, '3g.20gb@4')]
    """

    layout: Layout
    inside: Mps | TimeSlicing | None = None

    def __post_init__(self) -> None:
        board = self.layout.gpu
        if not board.has_mig:
            message = (
                f"Mig() needs a board with MIG, and {board.name} has none. Use Mps(), GreenContexts(), "
                "TimeSlicing() or Monolithic() on it."
            )
            raise InvalidExperiment(message)
        if not self.layout.instances:
            first = next(iter(board.profiles))
            message = (
                f"Mig() needs a layout with at least one GPU instance, and this one of {board.name} is "
                f'empty. Place one first: Layout(gpu).place("{first}").'
            )
            raise InvalidExperiment(message)
        if not any(each.compute_instances for each in self.layout.instances):
            first_held = self.layout.instances[0]
            message = (
                f"Nothing can run in the layout {self.layout} of {board.name}: it has no compute instance. "
                f'Make one: layout.divide({first_held.start}, "{first_held.profile.name}").'
            )
            raise InvalidExperiment(message)
        if not isinstance(self.inside, (Mps, TimeSlicing, type(None))):
            message = (
                f"Mig(inside={self.inside!r}): tenants of one instance queue (None), or share it by Mps() "
                "or TimeSlicing()."
            )
            raise InvalidExperiment(message)

    @property
    def title(self) -> str:
        """``MIG`` and the profiles, largest first, and what is inside."""
        inside = f", {self.inside.title} inside" if self.inside else ""
        return f"MIG {self.layout.title}{inside}"

    @property
    def slug(self) -> str:
        """The title in small letters, digits and dashes."""
        plain = f"MIG {self.layout.title}".replace("\N{MULTIPLICATION SIGN} ", "x")
        slices = re.sub(r"[^a-z0-9]+", "-", plain.lower().replace(" x", "x")).strip("-")
        return f"{slices}-{self.inside.slug}" if self.inside else slices

    @property
    def subtitle(self) -> str:
        """What happens, in a few words."""
        one_for_all = sum(len(each.compute_instances) for each in self.layout.instances) == 1
        slices = "one slice for everybody" if one_for_all else "each tenant its own slice"
        if any(len(each.compute_instances) > 1 for each in self.layout.instances):
            slices = "own SMs; one memory in each GPU instance"
        return f"{slices}; inside: {self.inside.subtitle}" if self.inside else slices

    def servers(self, gpu: Gpu, tenants: Sequence[str]) -> tuple[Server, ...]:
        """Return the layout's compute instances, largest first, with the tenants dealt to them in turn.

        Raises
        ------
        InvalidExperiment
            If the layout is of another board, or tenants would take turns on a compute instance that shares
            its memory with others.
        """
        if self.layout.gpu.name != gpu.name:
            message = (
                f"The layout of {self.title} is of {self.layout.gpu.name}, but the experiment runs on "
                f"{gpu.name}. Lay out {gpu.name}, or run on {self.layout.gpu.name}."
            )
            raise InvalidExperiment(message)
        order = list(gpu.profiles)

        def size_then_start(place: tuple[GpuInstance, ComputeInstance, Slice]) -> tuple[int, ...]:
            held, compute, _ = place
            profile = held.profile
            rank = order.index(profile.name)
            return -compute.size, -profile.memory_slices, -rank, held.start, compute.start

        places = sorted(
            (
                (held, compute, piece)
                for held in self.layout.instances
                for compute, piece in zip(held.compute_instances, held.slices, strict=True)
            ),
            key=size_then_start,
        )
        return tuple(
            self._inside(_server(*place, tuple(tenants[number :: len(places)])), gpu)
            for number, place in enumerate(places)
        )

    def _inside(self, server: Server, gpu: Gpu) -> Server:
        if isinstance(self.inside, Mps):
            return self.inside.shared(server, gpu)
        # Alone, a tenant has every turn; and what it does to the memory of its neighbours is then known.
        if self.inside is None or len(server.tenants) < 2:
            return server
        if server.slice.sharers > 1:
            message = (
                f"{len(server.tenants)} tenants would take turns on {server.name}, which shares the memory "
                f"of {server.memory_group} with other compute instances; what they then do to each other "
                "is not modelled. Use inside=Mps(), or one tenant for each compute instance."
            )
            raise InvalidExperiment(message)
        return self.inside.shared(server)


def _server(held: GpuInstance, compute: ComputeInstance, piece: Slice, tenants: tuple[str, ...]) -> Server:
    first = held.compute_slices[0] + compute.start
    return Server(
        name=held.name if held.filled else f"{held.name}[{compute.text}]",
        profile=held.profile.name,
        compute=tuple(range(first, first + compute.size)),
        memory=held.memory_slices,
        slice=piece,
        tenants=tenants,
        memory_group=held.name,
    )
