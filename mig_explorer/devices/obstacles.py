"""What stands in the way of MIG on one GPU.

Sources: NVIDIA MIG User Guide, prerequisites, enabling MIG mode, device nodes and capabilities; NVML's
documentation for who may ask what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.devices.standing import NOT_PERMITTED
from mig_explorer.devices.versions import older

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mig_explorer.devices.device import Device
    from mig_explorer.devices.processes import Process
    from mig_explorer.devices.surroundings import Surroundings

HOPPER = (9, 0)
CONFIGURES = (
    "docker run --runtime=nvidia --cap-add=SYS_ADMIN -e NVIDIA_VISIBLE_DEVICES=all "
    "-e NVIDIA_MIG_CONFIG_DEVICES=all IMAGE"
)


@dataclass(frozen=True)
class Obstacle:
    """One thing in the way.

    Parameters
    ----------
    what : str
        The obstacle, in a sentence.
    why : str
        The rule behind it, and what to know before it is cleared.
    command : str
        What helps, for a terminal.
    gpu : int or None
        Index of the GPU; None if it is about the machine.
    """

    what: str
    why: str
    command: str
    gpu: int | None = None

    def __str__(self) -> str:
        return "\n   ".join(each for each in (self.what, self.why, self.command) if each)


def obstacles_of(
    device: Device, driver: str, processes: Sequence[Process] | None, here: Surroundings
) -> tuple[Obstacle, ...]:
    """Return what stands in the way of MIG on one GPU, in the order in which to clear it.

    Parameters
    ----------
    device : Device
        As it was read.
    driver : str
        Version of the driver.
    processes : sequence of Process or None
        The programs on it; None if this user may not ask.
    here : Surroundings
        Where this runs.
    """
    return tuple(_obstacles(device, driver, processes, here))


def _obstacles(
    device: Device, driver: str, processes: Sequence[Process] | None, here: Surroundings
) -> Iterator[Obstacle]:
    if not device.uuid:
        why = " ".join(device.problems)
        yield Obstacle(f"GPU {device.index} cannot be read.", why, "sudo dmesg | grep -i nvrm", device.index)
    elif device.mig_mode is None:
        yield _not_supported(device, driver)
    elif device.pending_mode != device.mig_mode:
        yield from _clients(device, processes, here)
        yield _pending(device)
    elif not device.mig_mode:
        yield from _too_old(device, driver)
        yield from _clients(device, processes, here)
        yield _off(device)
    else:
        yield from _on(device, here)


def _not_supported(device: Device, driver: str) -> Obstacle:
    name, board = device.title, device.gpu
    if board is None or not board.has_mig:
        return Obstacle(
            f"{name} has no MIG.",
            "It can be shared by time slicing, MPS or green contexts; none of them gives each program memory "
            "of its own.",
            "nvidia-cuda-mps-control -d",
            device.index,
        )
    for too_old in _too_old(device, driver):
        return too_old
    if "WORKSTATION" in board.name:
        return Obstacle(
            f"The driver says that MIG is not supported on {name}.",
            "A workstation board has MIG only in compute mode, which turns its display outputs off, and with "
            "a recent vBIOS. NVIDIA's displaymodeselector switches it.",
            "sudo ./displaymodeselector --gpumode compute",
            device.index,
        )
    return Obstacle(
        f"The driver says that MIG is not supported on {name}.",
        "The board has MIG. In a virtual machine the host decides, and a vGPU has none of its own.",
        "systemd-detect-virt",
        device.index,
    )


def _too_old(device: Device, driver: str) -> Iterator[Obstacle]:
    needed = device.gpu.value("min_driver_mig") if device.gpu else None
    if older(driver, needed):
        yield Obstacle(
            f"The driver {driver} is too old for MIG on {device.title}.",
            f"MIG on it takes {needed} or newer. On other systems than Ubuntu the command is another one.",
            "sudo ubuntu-drivers install --gpgpu",
            device.index,
        )


def _clients(device: Device, processes: Sequence[Process] | None, here: Surroundings) -> Iterator[Obstacle]:
    """Programs that hold a GPU whose mode is to change; it is no obstacle that nobody could list them."""
    if not processes:
        return
    who = ", ".join(f"{each.pid} ({each.name or 'name unknown'})" for each in processes)
    if len(processes) == 1:
        programs, end, whose = "1 program holds", "End it.", " Its number is that of the host."
    else:
        programs, end = f"{len(processes)} programs hold", "End them."
        whose = " Their numbers are those of the host."
    yield Obstacle(
        f"{programs} {device.title}: {who}.",
        "While a program holds it, its MIG mode cannot change and it cannot be reset. "
        f"{end}{whose if here.container else ''}",
        f"kill {' '.join(str(each.pid) for each in processes)}",
        device.index,
    )


def _pending(device: Device) -> Obstacle:
    now, then = ("on", "off") if device.mig_mode else ("off", "on")
    return Obstacle(
        f"MIG mode of {device.title} is {now}, and {then} is pending.",
        "It takes effect when the GPU is reset, with nothing running on it, monitors such as dcgm included. "
        "Where a reset is not supported, as in a virtual machine, restart the machine: sudo reboot",
        f"sudo nvidia-smi -i {device.index} --gpu-reset",
        device.index,
    )


def _off(device: Device) -> Obstacle:
    if device.capability is not None and device.capability >= HOPPER:
        why = "It takes no reset, and lasts until the driver is unloaded or the machine restarts."
    else:
        why = (
            "It takes a reset of the GPU, so nothing may run on it, monitors such as dcgm included. It lasts "
            "over a restart of the machine; instances do not."
        )
    return Obstacle(
        f"MIG mode of {device.title} is off.", why, f"sudo nvidia-smi -i {device.index} -mig 1", device.index
    )


def _on(device: Device, here: Surroundings) -> Iterator[Obstacle]:
    if NOT_PERMITTED in device.problems:
        yield _not_permitted(device, here)
    elif not device.instances:
        yield _nothing_stands(device)
    for each in device.instances:
        if not each.compute:
            yield Obstacle(
                f"GPU instance {each.gi_id} ({each.name}) of {device.title} holds no compute instance.",
                "No program can use it until it has one.",
                f"sudo nvidia-smi mig -i {device.index} -gi {each.gi_id} -cci",
                device.index,
            )


def _not_permitted(device: Device, here: Surroundings) -> Obstacle:
    what = (
        f"This user may use the MIG devices of {device.title}, and neither list nor change all that stands."
    )
    if here.container:
        given = f"NVIDIA_MIG_CONFIG_DEVICES is {here.config_devices or 'not set'}"
        return Obstacle(
            what,
            f"In a container it takes root, CAP_SYS_ADMIN and NVIDIA_MIG_CONFIG_DEVICES=all; {given}.",
            CONFIGURES,
            device.index,
        )
    return Obstacle(
        what,
        "It takes root (CAP_SYS_ADMIN), or read access to NVIDIA's mig/config capability, whose device file "
        "/proc/driver/nvidia-caps/mig-minors names.",
        "sudo mig-explorer doctor",
        device.index,
    )


def _nothing_stands(device: Device) -> Obstacle:
    profiles = device.gpu.profiles.values() if device.gpu else ()
    largest = max(profiles, key=lambda each: (each.memory_slices, not each.attributes), default=None)
    if largest is None:
        asked = "mig-explorer gpus"
    else:
        asked = f"sudo nvidia-smi mig -i {device.index} -cgi {largest.name} -C"
    return Obstacle(
        f"MIG mode of {device.title} is on, and nothing stands on it.",
        "CUDA sees no device on it until a GPU instance with a compute instance stands. The command makes "
        "the largest there is.",
        asked,
        device.index,
    )
