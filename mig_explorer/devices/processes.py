"""The programs that run on a GPU's instances, and which of them stand in the way of a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.devices.nvml import (
    FUNCTION_NOT_FOUND,
    NO_PERMISSION,
    NOT_FOUND,
    NOT_SUPPORTED,
    ask,
    call,
    open_nvml,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mig_explorer.devices.device import Device
    from mig_explorer.devices.steps import Step

LISTS = (
    "nvmlDeviceGetComputeRunningProcesses",
    "nvmlDeviceGetGraphicsRunningProcesses",
    "nvmlDeviceGetMPSComputeRunningProcesses",
)
NOWHERE = 0xFFFFFFFF
"""What NVML gives for the instance of a process that runs on none."""


@dataclass(frozen=True)
class Process:
    """A program on a GPU.

    Parameters
    ----------
    pid : int
        Its number, as the driver gives it: inside a container that may be another's.
    name : str
        Its program; empty where unknown.
    gi_id, ci_id : int or None
        Where it runs; None where the driver does not say.

    Examples
    --------
    >>> print(Process(4242, "python", 2, 0))
    process 4242 (python) on GPU instance 2, compute instance 0
    """

    pid: int
    name: str = ""
    gi_id: int | None = None
    ci_id: int | None = None

    def __str__(self) -> str:
        who = f"process {self.pid} ({self.name or 'name unknown'})"
        if self.gi_id is None:
            return who
        where = f"{who} on GPU instance {self.gi_id}"
        return where if self.ci_id is None else f"{where}, compute instance {self.ci_id}"


def in_the_way(processes: Iterable[Process], steps: Sequence[Step]) -> tuple[Process, ...]:
    """Return the programs on what the steps destroy; one on an instance that stays is not in the way.

    Examples
    --------
    >>> from mig_explorer.devices.records import ComputeRecord, InstanceRecord
    >>> from mig_explorer.devices.steps import Step
    >>> held = InstanceRecord("3g.20gb", 2, 9, 4, 4, gi_id=2)
    >>> gone = Step("destroy-compute", held, ComputeRecord("1c.3g.20gb", 0, 0, full=False, ci_id=0))
    >>> in_the_way([Process(1, "a", 2, 0), Process(2, "b", 2, 1)], [gone])
    (Process(pid=1, name='a', gi_id=2, ci_id=0),)
    """
    gone = [step for step in steps if step.destroys]
    whole = {step.instance.gi_id for step in gone if step.compute is None}
    parts = {(step.instance.gi_id, step.compute.ci_id) for step in gone if step.compute is not None}
    touched = {gi_id for gi_id, _ in parts}
    return tuple(
        each
        for each in processes
        if each.gi_id is not None
        and (
            each.gi_id in whole
            or (each.gi_id, each.ci_id) in parts
            or (each.ci_id is None and each.gi_id in touched)
        )
    )


def running_processes(device: Device, nvml: Any = None) -> tuple[Process, ...] | None:
    """Return the programs on a GPU, None where the driver does not list them.

    Parameters
    ----------
    device : Device
        The GPU.
    nvml : module or object, optional
        What has nvidia-ml-py's functions; the real one if left out.

    Raises
    ------
    DeviceUnavailable, DeviceCallFailed, MissingExtra
        If NVML cannot be opened or does not find the GPU.
    """
    with open_nvml(nvml) as opened:
        return read_processes(opened, call(opened, "nvmlDeviceGetHandleByUUID", device.uuid))


def read_processes(nvml: Any, handle: Any) -> tuple[Process, ...] | None:
    """Return the programs on a GPU, None if the driver does not list those that compute.

    Whoever is not root may be refused the list: then it is not known, and not empty.
    """
    unknown = (NO_PERMISSION, NOT_SUPPORTED, FUNCTION_NOT_FOUND, NOT_FOUND)
    listed = [ask(nvml, name, handle, unknown_after=unknown) for name in LISTS]
    if listed[0] is None:
        return None
    found = {}
    for each in (one for some in listed for one in some or ()):
        gi_id, ci_id = (_number(getattr(each, name, None)) for name in ("gpuInstanceId", "computeInstanceId"))
        name = ask(nvml, "nvmlSystemGetProcessName", each.pid, unknown_after=unknown)
        found[each.pid, gi_id, ci_id] = Process(each.pid, name or "", gi_id, ci_id)
    return tuple(found.values())


def _number(value: int | None) -> int | None:
    return None if value is None or value == NOWHERE else int(value)
