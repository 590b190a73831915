"""One reading of the GPU that is being changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.devices.processes import Process
from mig_explorer.devices.records import from_json

if TYPE_CHECKING:
    from mig_explorer.devices.deadline import Hands
    from mig_explorer.devices.records import Records


@dataclass(frozen=True)
class Reading:
    """What a GPU said of itself.

    Parameters
    ----------
    index : int
        Its index now.
    mode, pending : bool or None
        Whether MIG mode is on, and whether it will be after the next reset.
    records : tuple of InstanceRecord
        What stands, with ids and UUIDs.
    processes : tuple of Process or None
        Who runs on it; None if the driver does not say.
    """

    index: int
    mode: bool | None
    pending: bool | None
    records: Records
    processes: tuple[Process, ...] | None


def read(hands: Hands, seconds: float) -> Reading:
    """Read the GPU.

    Parameters
    ----------
    hands : Hands
        Who calls NVML.
    seconds : float
        How long it may take.

    Raises
    ------
    DeviceUnavailable, DeviceCallFailed
        If it cannot be read, or not in time.
    """
    answer = hands.do({"do": "read"}, seconds)
    processes = answer["processes"]
    return Reading(
        index=answer["index"],
        mode=answer["mode"],
        pending=answer["pending"],
        records=from_json(answer["records"]),
        processes=None if processes is None else tuple(Process(**each) for each in processes),
    )
