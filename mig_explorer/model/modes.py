"""Sharing modes: who queues where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from mig_explorer.errors import InvalidExperiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu, Slice
    from mig_explorer.layouts import GpuInstance, Layout


@dataclass(frozen=True)
class Server:
    """A slice, or the whole board, that serves one request at a time, first come first served.

    Parameters
    ----------
    name : str
        ``"1g.5gb@0"`` or ``"whole GPU"``.
    profile : str or None
        The MIG profile, None without MIG.
    compute, memory : tuple of int
        The compute and memory slices it holds.
    slice : Slice
        Its resources.
    tenants : tuple of str
        Who sends requests to it, in order.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> (server,) = Monolithic().servers(gpu("A100-SXM4-40GB"), ["ann"])
    >>> server.name, server.compute, server.slice.sms
    ('whole GPU', (0, 1, 2, 3, 4, 5, 6), 108)
    """

    name: str
    profile: str | None
    compute: tuple[int, ...]
    memory: tuple[int, ...]
    slice: Slice
    tenants: tuple[str, ...]


@runtime_checkable
class SharingMode(Protocol):
    """How tenants share a GPU.

    Examples
    --------
    >>> isinstance(Monolithic(), SharingMode)
    True
    """

    @property
    def slug(self) -> str:
        """Short name for keys: small letters, digits and dashes."""

    @property
    def title(self) -> str:
        """Name for people."""

    @property
    def subtitle(self) -> str:
        """What happens, in a few words."""

    def servers(self, gpu: Gpu, tenants: Sequence[str]) -> tuple[Server, ...]:
        """Return the servers of a board and which tenants each one serves."""


@dataclass(frozen=True)
class Monolithic:
    """No sharing at all: one request at a time has the whole board, first come first served.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [server.name for server in Monolithic().servers(gpu("GB10"), ["ann", "bob"])]
    ['whole GPU']
    """

    slug = "monolithic"
    title = "Monolithic"
    subtitle = "one tenant after another"

    def servers(self, gpu: Gpu, tenants: Sequence[str]) -> tuple[Server, ...]:
        """Return the whole board as the one server of all tenants."""
        compute, memory = tuple(range(gpu.compute_slices)), tuple(range(gpu.memory_slices))
        return (Server("whole GPU", None, compute, memory, gpu.whole, tuple(tenants)),)


@dataclass(frozen=True)
class Mig:
    """MIG: every GPU instance of a layout serves its own tenants; instances do not wait for each other.

    The tenants are dealt to the instances in turn, the largest instance first (of equals the one at the
    lowest start), so that a lone tenant gets the largest. With more tenants than instances the dealing starts
    over, and tenants of one instance queue first come first served.

    Parameters
    ----------
    layout : Layout
        A board and the instances placed on it.

    Raises
    ------
    InvalidExperiment
        If the layout is empty, or its board has no MIG.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import parse_layout
    >>> mode = Mig(parse_layout(gpu("A100-SXM4-40GB"), "1g.5gb@0 3g.20gb@4"))
    >>> mode.title, mode.slug
    ('MIG 3g.20gb + 1g.5gb', 'mig-3g-20gb-1g-5gb')
    >>> [(s.name, s.tenants) for s in mode.servers(mode.layout.gpu, ["ann", "bob", "cy"])]
    [('3g.20gb@4', ('ann', 'cy')), ('1g.5gb@0', ('bob',))]
    """

    layout: Layout

    def __post_init__(self) -> None:
        board = self.layout.gpu
        if not board.has_mig:
            message = f"Mig() needs a board with MIG, and {board.name} has none. Use Monolithic() on it."
            raise InvalidExperiment(message)
        if not self.layout.instances:
            first = next(iter(board.profiles))
            message = (
                f"Mig() needs a layout with at least one GPU instance, and this one of {board.name} is "
                f'empty. Place one first: Layout(gpu).place("{first}").'
            )
            raise InvalidExperiment(message)
        divided = next((each for each in self.layout.instances if not each.filled), None)
        if divided is not None:
            message = (
                f"{divided.text} is not filled by one compute instance, and what compute instances do to "
                f"each other is not modelled in this version. Fill it: "
                f'layout.divide({divided.start}, "{divided.profile.name}").'
            )
            raise InvalidExperiment(message)

    @property
    def title(self) -> str:
        """``MIG`` and the profiles, largest first."""
        return f"MIG {self.layout.title}"

    @property
    def slug(self) -> str:
        """The title in small letters, digits and dashes."""
        plain = self.title.replace("\N{MULTIPLICATION SIGN} ", "x")
        return re.sub(r"[^a-z0-9]+", "-", plain.lower().replace(" x", "x")).strip("-")

    @property
    def subtitle(self) -> str:
        """What happens, in a few words."""
        return "each tenant its own slice" if len(self.layout.instances) > 1 else "one slice for everybody"

    def servers(self, gpu: Gpu, tenants: Sequence[str]) -> tuple[Server, ...]:
        """Return the layout's instances, largest first, with the tenants dealt to them in turn.

        Raises
        ------
        InvalidExperiment
            If the layout is of another board.
        """
        if self.layout.gpu.name != gpu.name:
            message = (
                f"The layout of {self.title} is of {self.layout.gpu.name}, but the experiment runs on "
                f"{gpu.name}. Lay out {gpu.name}, or run on {self.layout.gpu.name}."
            )
            raise InvalidExperiment(message)
        order = list(gpu.profiles)

        def size_then_start(instance: GpuInstance) -> tuple[int, int, int, int]:
            size = instance.profile
            return -size.compute_slices, -size.memory_slices, -order.index(size.name), instance.start

        instances = sorted(self.layout.instances, key=size_then_start)
        return tuple(
            Server(
                name=instance.name,
                profile=instance.profile.name,
                compute=instance.compute_slices,
                memory=instance.memory_slices,
                slice=instance.resources,
                tenants=tuple(tenants[number :: len(instances)]),
            )
            for number, instance in enumerate(instances)
        )
