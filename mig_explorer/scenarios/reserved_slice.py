"""MIG with a slice that the first tenant has to itself, however many others come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_explorer.errors import ImpossiblePlacement, InvalidExperiment
from mig_explorer.layouts import Layout
from mig_explorer.model import Mig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.model import Server

SIZES = ("smallest", "twice the smallest", "half of the GPU")
"""How large the reserved slice is, as a page shows it."""


@dataclass(frozen=True)
class ReservedSlice(Mig):
    """MIG, with the largest compute instance for the first tenant alone; the others are dealt to the rest.

    It is what an administrator does for a tenant with guarantees: nobody else is ever sent to its slice.

    Raises
    ------
    InvalidExperiment
        If the layout has no second slice for the others.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> mode = ReservedSlice(reserved_layout(gpu("A30"), "half of the GPU"))
    >>> for server in mode.servers(mode.layout.gpu, ["critical", "ann", "bob", "cy"]):
    ...     print(server.name, *server.tenants)
    2g.12gb@2 critical
    1g.6gb@0 ann cy
    1g.6gb@1 bob
    """

    def servers(self, gpu: Gpu, tenants: Sequence[str]) -> tuple[Server, ...]:
        """Return the compute instances, the largest of them for the first tenant alone.

        Raises
        ------
        InvalidExperiment
            If the layout is of another board, or has no slice for the others.
        """
        first, *others = tenants
        own, *rest = super().servers(gpu, [first])
        if others and not rest:
            message = (
                f"{self.title} has one slice, and the others besides {first} need another. Place a second "
                "instance."
            )
            raise InvalidExperiment(message)
        dealt = [tuple(others[place :: len(rest)]) for place in range(len(rest))]
        return own, *(replace(server, tenants=who) for server, who in zip(rest, dealt, strict=True))


def reserved_layout(gpu: Gpu, size: str) -> Layout:
    """Return a layout with one slice of a size, and as many of the smallest as fit beside it.

    Parameters
    ----------
    gpu : Gpu
        A board with MIG.
    size : str
        One of `SIZES`.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [reserved_layout(gpu("A100-SXM4-40GB"), size).title for size in SIZES]
    ['7 × 1g.5gb', '2g.10gb + 5 × 1g.5gb', '3g.20gb + 4 × 1g.5gb']
    """
    plain = [profile for profile in gpu.profiles.values() if not profile.attributes]
    smallest = plain[0]
    wanted = {
        SIZES[0]: smallest,
        SIZES[1]: next(each for each in plain if each.compute_slices == 2 * smallest.compute_slices),
        SIZES[2]: next(each for each in plain if 2 * each.memory_slices >= gpu.memory_slices),
    }[size]
    layout = Layout(gpu).place(wanted.name, start=max(wanted.starts))
    while True:
        try:
            layout = layout.place(smallest.name)
        except ImpossiblePlacement:
            return layout
