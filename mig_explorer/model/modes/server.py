"""Who is served where: a server, and what makes a sharing mode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu, Slice


@dataclass(frozen=True)
class Server:
    """A slice, or the whole board, that serves requests; those it cannot take at once queue first come first.

    Parameters
    ----------
    name : str
        ``"1g.5gb@0"`` or ``"whole GPU"``; unique among the servers of a mode.
    profile : str or None
        The MIG profile of the GPU instance, None without MIG.
    compute, memory : tuple of int
        The compute and memory slices it may use; without MIG all of them.
    slice : Slice
        What one request sees of it.
    tenants : tuple of str
        Who sends requests to it, in order.
    at_once : int
        Requests that may be in service at the same time; 0 for one of each tenant. A tenant is one process
        with one stream: its requests follow each other even where those of different tenants overlap.
    compute_group, memory_group : str
        Requests of servers with the same group share its SMs, or its memory and bandwidth. By default the
        server has them to itself.
    group_sms : int or None
        SMs of the compute group; by default those of `slice`, None where they are unknown. More than `slice`
        has where one request is kept to a part of them.
    switching : float
        Share of the time that is lost to switching once two or more requests are in service.
    takes_turns : bool
        Whether requests in service take turns on the whole of `slice` instead of running side by side.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.model import Monolithic
    >>> (server,) = Monolithic().servers(gpu("A100-SXM4-40GB"), ["ann"])
    >>> server.name, server.compute, server.slice.sms, server.at_once
    ('whole GPU', (0, 1, 2, 3, 4, 5, 6), 108, 1)
    """

    name: str
    profile: str | None
    compute: tuple[int, ...]
    memory: tuple[int, ...]
    slice: Slice
    tenants: tuple[str, ...]
    at_once: int = 1
    compute_group: str = ""
    memory_group: str = ""
    group_sms: int | None = None
    switching: float = 0.0
    takes_turns: bool = False

    def __post_init__(self) -> None:
        if not self.compute_group:
            object.__setattr__(self, "compute_group", self.name)
        if not self.memory_group:
            object.__setattr__(self, "memory_group", self.name)
        if self.group_sms is None:
            object.__setattr__(self, "group_sms", self.slice.sms)

    @property
    def most_at_once(self) -> int:
        """How many of its tenants can be in service at the same time."""
        return len(self.tenants) if self.at_once == 0 else min(self.at_once, len(self.tenants))

    @property
    def queues(self) -> tuple[Queue, ...]:
        """Where its tenants wait: in one queue, or each in its own if one of each is served at a time."""
        return queues(self.tenants, self.at_once)


class Queue(NamedTuple):
    """Tenants who wait for each other.

    Parameters
    ----------
    tenants : tuple of str
        Who they are.
    at_once : int
        How many of their requests are served at the same time.
    """

    tenants: tuple[str, ...]
    at_once: int


def queues(tenants: Sequence[str], at_once: int) -> tuple[Queue, ...]:
    """Return where the tenants of a server wait, given its `at_once`.

    Examples
    --------
    >>> queues(["ann", "bob"], at_once=1)
    (Queue(tenants=('ann', 'bob'), at_once=1),)
    >>> queues(["ann", "bob"], at_once=0)
    (Queue(tenants=('ann',), at_once=1), Queue(tenants=('bob',), at_once=1))
    """
    if at_once:
        return (Queue(tuple(tenants), at_once),)
    return tuple(Queue((name,), 1) for name in tenants)


@runtime_checkable
class SharingMode(Protocol):
    """How tenants share a GPU.

    Examples
    --------
    >>> from mig_explorer.model import Monolithic
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


def whole_gpu(gpu: Gpu, tenants: Sequence[str]) -> Server:
    """Return the whole board with MIG off as the one server of all tenants, one request at a time.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> whole_gpu(gpu("GB10"), ["ann", "bob"]).tenants
    ('ann', 'bob')
    """
    compute, memory = tuple(range(gpu.compute_slices)), tuple(range(gpu.memory_slices))
    return Server("whole GPU", None, compute, memory, gpu.whole, tuple(tenants))


def with_sms(piece: Slice, sms: int, gpu: Gpu) -> Slice:
    """Return a slice with fewer of its SMs; memory, bandwidth, cache and engines stay as they are.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = gpu("GB10")
    >>> part = with_sms(board.whole, 12, board)
    >>> part.sms, part.compute_share, part.bandwidth == board.whole.bandwidth
    (12, 0.25, True)
    """
    return replace(piece, sms=sms, compute_share=sms / gpu.sms)
