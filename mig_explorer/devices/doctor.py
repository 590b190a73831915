"""What stands in the way of using MIG on this machine, and the command that helps. Changes nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.devices.inventory import inventory
from mig_explorer.devices.nvml import (
    DRIVER_NOT_LOADED,
    LIBRARY_NOT_FOUND,
    NO_PERMISSION,
    VERSION_MISMATCH,
    call,
    load,
    open_nvml,
)
from mig_explorer.devices.obstacles import Obstacle, obstacles_of
from mig_explorer.devices.processes import read_processes
from mig_explorer.devices.surroundings import Surroundings, surroundings
from mig_explorer.errors import DeviceCallFailed, DeviceUnavailable, MissingExtra

if TYPE_CHECKING:
    from mig_explorer.devices.device import Device, Inventory
    from mig_explorer.devices.processes import Process

WITHOUT_A_GPU = "mig-explorer lab"
IN_A_CONTAINER = "docker run --rm --gpus all ubuntu nvidia-smi -L"


@dataclass(frozen=True)
class Diagnosis:
    """What is here and what stands in the way.

    Parameters
    ----------
    inventory : Inventory or None
        None if no GPU could be read.
    obstacles : tuple of Obstacle
        In the order in which to clear them.
    notes : tuple of str
        What to know besides.
    """

    inventory: Inventory | None
    obstacles: tuple[Obstacle, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.obstacles

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "ok": self.ok,
            "inventory": None if self.inventory is None else self.inventory.as_dict(),
            "obstacles": [asdict(each) for each in self.obstacles],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        parts = [] if self.inventory is None else [str(self.inventory)]
        if self.obstacles:
            parts.append("In the way of MIG:")
            parts += [f"{number}. {each}" for number, each in enumerate(self.obstacles, 1)]
        else:
            parts.append("Nothing stands in the way of MIG.")
        return "\n".join([*parts, *(f"Note: {each}" for each in self.notes)])


def diagnose(nvml: Any = None, here: Surroundings | None = None) -> Diagnosis:
    """Look for what stands in the way of using MIG on this machine.

    Parameters
    ----------
    nvml : object, optional
        What has nvidia-ml-py's functions; nvidia-ml-py itself if left out.
    here : Surroundings, optional
        Where this runs; looked up if left out.

    Examples
    --------
    >>> diagnosis = diagnose(here=Surroundings(system="Darwin"))
    >>> print(diagnosis)
    In the way of MIG:
    1. MIG is for Linux, and this is macOS.
       NVIDIA's driver has no MIG elsewhere. Everything that needs no GPU works here.
       mig-explorer lab
    """
    here = surroundings() if here is None else here
    if here.system in ("Darwin", "Windows", "WSL"):
        return Diagnosis(_if_any(nvml, here.system), (_other_system(here.system),))
    try:
        module = load() if nvml is None else nvml
        found = inventory(module)
        processes = _processes(module, found)
    except MissingExtra:
        missing = Obstacle(
            "nvidia-ml-py is not installed.",
            "The GPUs of this machine are read through it.",
            "pip install nvidia-ml-py",
        )
        return Diagnosis(None, (missing,), _notes(here))
    except (DeviceUnavailable, DeviceCallFailed) as error:
        return Diagnosis(None, (_unreadable(error, here),), _notes(here))
    if not found.gpus:
        return Diagnosis(found, (_no_gpu(here),), _notes(here))
    obstacles = [
        obstacle
        for device in found.gpus
        for obstacle in obstacles_of(device, found.driver, processes[device.index], here)
    ]
    return Diagnosis(found, tuple(obstacles), _notes(here))


def _if_any(nvml: Any, system: str) -> Inventory | None:
    """Read the GPUs where MIG is out of the question; for macOS there is no driver at all."""
    try:
        return None if system == "Darwin" else inventory(nvml)
    except (MissingExtra, DeviceUnavailable, DeviceCallFailed):
        return None


def _processes(nvml: Any, found: Inventory) -> dict[int, tuple[Process, ...] | None]:
    with open_nvml(nvml) as opened:
        return {each.index: _of(opened, each) for each in found.gpus}


def _of(nvml: Any, device: Device) -> tuple[Process, ...] | None:
    try:
        return read_processes(nvml, call(nvml, "nvmlDeviceGetHandleByIndex", device.index))
    except (DeviceUnavailable, DeviceCallFailed):
        return None


def _other_system(system: str) -> Obstacle:
    names = {"Darwin": "macOS", "WSL": "Linux inside Windows (WSL)"}
    return Obstacle(
        f"MIG is for Linux, and this is {names.get(system, system)}.",
        "NVIDIA's driver has no MIG elsewhere. Everything that needs no GPU works here.",
        WITHOUT_A_GPU,
    )


def _unreadable(error: DeviceUnavailable | DeviceCallFailed, here: Surroundings) -> Obstacle:
    code = getattr(error.__cause__, "value", None)
    if code == LIBRARY_NOT_FOUND:
        return _no_library(here)
    known = {
        DRIVER_NOT_LOADED: Obstacle(
            "NVIDIA's driver is not loaded.",
            "It is installed, and the kernel has not loaded it.",
            "sudo modprobe nvidia",
        ),
        VERSION_MISMATCH: Obstacle(
            "NVIDIA's driver in the kernel and its library are of different versions.",
            "The driver was updated while the old one was loaded.",
            "sudo reboot",
        ),
        NO_PERMISSION: Obstacle(
            "This user may not open NVIDIA's device files.", str(error), "ls -l /dev/nvidia* && id"
        ),
    }
    other = Obstacle("The driver does not answer.", str(error), "sudo dmesg | grep -i nvrm")
    return known.get(code, other) if isinstance(code, int) else other


def _no_library(here: Surroundings) -> Obstacle:
    if here.container:
        return Obstacle(
            "This container has no NVIDIA driver in it.",
            f"It is a container ({here.container}) that was started without GPUs. NVIDIA's Container Toolkit "
            f"brings the driver's library in.",
            IN_A_CONTAINER,
        )
    if here.kernel_driver:
        return Obstacle(
            "NVIDIA's library libnvidia-ml.so.1 is not found.",
            f"The kernel has the driver {here.kernel_driver}, so a part of it is not installed, or the "
            f"linker does not find it.",
            "ldconfig -p | grep libnvidia-ml",
        )
    return Obstacle(
        "NVIDIA's driver is not installed.",
        "Without it there is no GPU to read. On other systems than Ubuntu the command is another one.",
        "sudo ubuntu-drivers install --gpgpu",
    )


def _no_gpu(here: Surroundings) -> Obstacle:
    if here.visible_devices in ("", "none", "void"):
        return Obstacle(
            "This container was given no GPU.",
            f"NVIDIA_VISIBLE_DEVICES is {here.visible_devices!r}.",
            IN_A_CONTAINER,
        )
    return Obstacle(
        "The driver sees no GPU.",
        "The driver is there. Either there is no NVIDIA GPU, or it has fallen off the bus.",
        "lspci -d 10de:",
    )


def _notes(here: Surroundings) -> tuple[str, ...]:
    if not here.container:
        return ()
    note = (
        f"This runs in a container ({here.container}): process numbers are those of the host, and a GPU is "
        f"reset, and its MIG mode switched, on the host."
    )
    return (note,)
