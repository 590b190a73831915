"""Time slicing: processes take turns on the whole GPU."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.model.calibration import constant
from mig_explorer.model.modes.server import whole_gpu

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.model.modes.server import Server


@dataclass(frozen=True)
class TimeSlicing:
    """Time slicing: what a GPU does with several processes unless it is told otherwise.

    Every tenant is a process of its own. Kernels of different processes never run side by side: the driver
    gives each process the whole GPU for a slice of time in turn, and swaps its scheduling resources in and
    out (NVIDIA, Multi-Process Service, "When to Use MPS": reduced GPU context switching). So n tenants with
    work take ``t_n = n t (1 + overhead)`` for n of 2 and more, however small their kernels are; even the part
    of a request that only the host works on is stretched as if it held the GPU, as the one published series
    shows. A process has one request on the GPU, and its further ones wait behind it. The length of a turn is
    not published and is not modelled: turns are taken as infinitely short.
    The memory of all tenants is on the GPU together, and nothing but their own page tables keeps them apart.

    Parameters
    ----------
    overhead : float, optional
        Share of the time lost to switching. By default the constant ``time_slicing_overhead``, from one
        source.

    Raises
    ------
    InvalidExperiment
        If the overhead is no number of 0 or more.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> (server,) = TimeSlicing().servers(gpu("GB10"), ["ann", "bob"])
    >>> server.at_once, server.switching, server.takes_turns
    (0, 0.11, True)
    """

    overhead: float | None = None

    slug = "time-slicing"
    title = "Time slicing"
    subtitle = "in turns on the whole GPU, in one memory"

    def __post_init__(self) -> None:
        given = self.overhead
        is_number = isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given)
        if given is not None and (not is_number or given < 0):
            message = (
                f"TimeSlicing(overhead={given!r}): the share of the time lost to switching is a number of "
                "0 or more, such as 0.11. Leave it out for the model's own."
            )
            raise InvalidExperiment(message)

    @property
    def switching(self) -> float:
        """The overhead given, or the model's."""
        return constant("time_slicing_overhead") if self.overhead is None else float(self.overhead)

    def servers(self, gpu: Gpu, tenants: Sequence[str]) -> tuple[Server, ...]:
        """Return the whole board as the one server of all tenants, who take turns on it."""
        return (self.shared(whole_gpu(gpu, tenants)),)

    def shared(self, server: Server) -> Server:
        """Return a server with its tenants taking turns on it."""
        return replace(server, at_once=0, switching=self.switching, takes_turns=True)
