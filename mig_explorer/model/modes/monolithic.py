"""Monolithic: no sharing at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.model.modes.server import whole_gpu

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.model.modes.server import Server


@dataclass(frozen=True)
class Monolithic:
    """No sharing at all: one request at a time has the whole board, first come first served.

    Nothing contends. A request that finds n - 1 others before it waits for them, so n busy tenants each get
    an answer every ``n t``. Only the memory of one tenant has to fit.

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
        return (whole_gpu(gpu, tenants),)
