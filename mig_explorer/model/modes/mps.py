"""MPS: processes run side by side on the same SMs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.model.modes.server import whole_gpu, with_sms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.model.modes.server import Server

CLIENTS = 48
"""Clients of one MPS server on one GPU up to CUDA 13.0 (NVIDIA, Multi-Process Service, "Client-Server
Connection Limits")."""

CLIENTS_SINCE_CUDA_13_1 = 60
"""The same since CUDA 13.1 (release r590 of that guide)."""


@dataclass(frozen=True)
class Mps:
    """MPS, NVIDIA's Multi-Process Service: kernels of different processes run side by side.

    Every tenant is a client of one MPS server. Blocks of all clients go to whatever SM has room, so small
    kernels fill the GPU together and do not slow each other; kernels that each fill it take
    ``t_n = a + b n``, with a what only the host works on and b the time on the GPU. Memory bandwidth is
    shared the same way: it slows a client once all together ask for more than there is. A client is taken to
    have one stream, in which its own requests follow each other. Nothing is kept apart: the memory of all
    clients is on the GPU together, and a fatal fault of one ends all of them.

    Parameters
    ----------
    thread_percentage : int, optional
        ``CUDA_MPS_ACTIVE_THREAD_PERCENTAGE`` of every client, 1 to 100: the share of the SMs that one client
        may use, here to the nearest whole SM, 1 at least (the driver rounds to what the hardware has). It is
        a cap, not a reservation: with caps of 50, four clients still meet on the same SMs. A kernel that
        fills the GPU takes ``b / share`` under a cap; bandwidth is capped only by what so few SMs can draw.
    max_clients : int
        48, or 60 with a driver of CUDA 13.1 or later. Inside a MIG instance fewer, in proportion to its
        compute slices (NVIDIA, MIG User Guide, "Application Considerations").

    Raises
    ------
    InvalidExperiment
        If the percentage is not a whole number from 1 to 100, or the clients are neither 48 nor 60.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = gpu("A100-SXM4-40GB")
    >>> (server,) = Mps(thread_percentage=25).servers(board, ["ann", "bob"])
    >>> server.slice.sms, server.group_sms, server.at_once
    (27, 108, 0)
    """

    thread_percentage: int | None = None
    max_clients: int = CLIENTS

    subtitle = "side by side; a fault of one ends all"

    def __post_init__(self) -> None:
        percentage = self.thread_percentage
        is_whole = isinstance(percentage, int) and not isinstance(percentage, bool)
        if percentage is not None and not (is_whole and 1 <= percentage <= 100):
            message = (
                f"Mps(thread_percentage={percentage!r}): the share of the SMs that one client may use is a "
                "whole number from 1 to 100. Leave it out for no cap."
            )
            raise InvalidExperiment(message)
        if self.max_clients not in (CLIENTS, CLIENTS_SINCE_CUDA_13_1):
            message = (
                f"Mps(max_clients={self.max_clients!r}): an MPS server takes {CLIENTS} clients on a GPU, "
                f"and {CLIENTS_SINCE_CUDA_13_1} since CUDA 13.1."
            )
            raise InvalidExperiment(message)

    @property
    def title(self) -> str:
        """``MPS``, and the cap if there is one."""
        return "MPS" if self.thread_percentage is None else f"MPS, {self.thread_percentage} % of the SMs each"

    @property
    def slug(self) -> str:
        """``mps``, and the cap if there is one."""
        return "mps" if self.thread_percentage is None else f"mps-{self.thread_percentage}"

    def servers(self, gpu: Gpu, tenants: Sequence[str]) -> tuple[Server, ...]:
        """Return the whole board as the one server of all tenants, side by side.

        Raises
        ------
        InvalidExperiment
            If there are more tenants than an MPS server takes clients.
        """
        return (self.shared(whole_gpu(gpu, tenants), gpu),)

    def shared(self, server: Server, gpu: Gpu) -> Server:
        """Return a server with its tenants side by side on it.

        Raises
        ------
        InvalidExperiment
            If it has more tenants than an MPS server takes clients there.
        """
        room = self.max_clients
        if server.profile is not None:
            room = room * len(server.compute) // gpu.compute_slices
        if len(server.tenants) > room:
            raise InvalidExperiment(self._too_many(server, gpu, room))
        sms = server.slice.sms
        if self.thread_percentage is None or sms is None:
            return replace(server, at_once=0)
        capped = max(1, round(sms * self.thread_percentage / 100))
        return replace(server, at_once=0, slice=with_sms(server.slice, capped, gpu), group_sms=sms)

    def _too_many(self, server: Server, gpu: Gpu, room: int) -> str:
        where = gpu.name
        if server.profile is not None:
            slices = f"{len(server.compute)} of its {gpu.compute_slices} compute slices"
            where = f"{server.name} of {gpu.name}, which has {slices}"
        newer = ""
        if self.max_clients == CLIENTS:
            newer = f"max_clients={CLIENTS_SINCE_CUDA_13_1} if the driver is of CUDA 13.1 or later, "
        return (
            f"{len(server.tenants)} tenants are too many for MPS: its server takes {room} clients on "
            f"{where}. Use fewer tenants, {newer}or TimeSlicing()."
        )
