"""The figures that counted mode gives for one line, and for a whole launch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LARGEST = frozenset({"atomic_most_in_warp", "atomic_most_on_element"})
"""The metrics of which a sum would mean nothing: several lines together have the largest."""


@dataclass(frozen=True)
class Metrics:
    """What was counted, all of it emulated: nothing here was measured on a GPU.

    A request is one access of the lanes of one warp that are at it together.

    Parameters
    ----------
    load_bytes, store_bytes
        What threads read from and write to global memory, each for itself.
    load_requests, store_requests
        Requests of warps to global memory.
    load_sectors, store_sectors
        Sectors of 32 bytes that these requests touch, each sector once a request.
    load_ideal_sectors, store_ideal_sectors
        Sectors if the different elements of each request lay side by side.
    shared_load_bytes, shared_store_bytes
        What threads read from and write to shared memory, each for itself.
    shared_load_requests, shared_store_requests
        Requests of warps to shared memory.
    shared_turns
        Turns that these requests take, one word of 4 bytes from each of 32 banks a turn.
    bank_conflicts
        Those of the turns that there would not be if each request's words lay in different banks.
    global_atomics, shared_atomics
        Atomic operations of threads. They are not in the loads, stores and FLOPs.
    atomic_requests
        Requests of warps for atomics.
    atomic_turns
        The turns of these, as many as a request has operations on one element.
    atomic_most_in_warp
        The most operations on one element in one request.
    atomic_most_on_element
        The most operations on one element in the whole launch. Shared memory of each block is its own.
    flops_fp16, flops_fp32, flops_fp64
        Additions, subtractions and multiplications, 1 each, and fused multiply-adds, 2 each.
    special_fp16, special_fp32, special_fp64
        Divisions, square roots, exponentials and the like. They are not in the FLOPs.
    branches
        Times that a warp came to a branch of the source; an ``and`` has a branch for each part.
    divergent_branches
        Those at which lanes of the warp went either way.
    barriers
        Times that a block met at a barrier.
    warp_syncs
        Times that lanes of a warp met at ``syncwarp``, a shuffle, a vote or a match.

    Examples
    --------
    >>> one = Metrics(load_bytes=128, load_requests=1, load_sectors=16, load_ideal_sectors=4)
    >>> one.load_efficiency, one.store_efficiency
    (0.25, None)
    """

    load_bytes: int = 0
    load_requests: int = 0
    load_sectors: int = 0
    load_ideal_sectors: int = 0
    store_bytes: int = 0
    store_requests: int = 0
    store_sectors: int = 0
    store_ideal_sectors: int = 0
    shared_load_bytes: int = 0
    shared_load_requests: int = 0
    shared_store_bytes: int = 0
    shared_store_requests: int = 0
    shared_turns: int = 0
    bank_conflicts: int = 0
    global_atomics: int = 0
    shared_atomics: int = 0
    atomic_requests: int = 0
    atomic_turns: int = 0
    atomic_most_in_warp: int = 0
    atomic_most_on_element: int = 0
    flops_fp16: int = 0
    flops_fp32: int = 0
    flops_fp64: int = 0
    special_fp16: int = 0
    special_fp32: int = 0
    special_fp64: int = 0
    branches: int = 0
    divergent_branches: int = 0
    barriers: int = 0
    warp_syncs: int = 0

    @property
    def load_efficiency(self) -> float | None:
        """Ideal sectors in proportion to those loaded; None if there are none."""
        return self.load_ideal_sectors / self.load_sectors if self.load_sectors else None

    @property
    def store_efficiency(self) -> float | None:
        """Ideal sectors in proportion to those stored; None if there are none."""
        return self.store_ideal_sectors / self.store_sectors if self.store_sectors else None

    @property
    def flops(self) -> int:
        """FLOPs of all precisions."""
        return self.flops_fp16 + self.flops_fp32 + self.flops_fp64

    def as_dict(self) -> dict[str, int]:
        """Return the counted figures by name, in this order.

        Examples
        --------
        >>> {name: figure for name, figure in Metrics(barriers=3).as_dict().items() if figure}
        {'barriers': 3}
        """
        return {name: getattr(self, name) for name in NAMES}


NAMES = tuple(field.name for field in fields(Metrics))
"""Every metric, in the order in which they are shown."""


def together(parts: Iterable[Mapping[str, int]]) -> Metrics:
    """Return the metrics of several lines in one.

    Examples
    --------
    >>> together(
    ...     [{"barriers": 3, "atomic_most_in_warp": 2}, {"barriers": 4, "atomic_most_in_warp": 5}]
    ... ).barriers
    7
    """
    each = list(parts)
    return Metrics(
        **{
            name: max((part.get(name, 0) for part in each), default=0)
            if name in LARGEST
            else sum(part.get(name, 0) for part in each)
            for name in NAMES
        }
    )
