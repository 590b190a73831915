"""A GPU of this machine and what stands on it, as it was read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mig_explorer.gpus import ComputeProfile, Gpu, Placement, Profile
    from mig_explorer.layouts import Layout


@dataclass(frozen=True)
class DeviceCompute:
    """A compute instance that stands. What is None is unknown.

    Parameters
    ----------
    ci_id : int
        Its number inside the GPU instance.
    profile : ComputeProfile or None
        In the catalogue; None if the driver's profile is not there.
    start : int or None
        First compute slice, counted inside the GPU instance, as the driver prints it.
    uuid : str
        ``"MIG-…"``, what ``CUDA_VISIBLE_DEVICES`` takes; empty if no MIG device leads to it.
    memory_mib, sms : int or None
        What the MIG device says of itself.
    index : int or None
        Of the MIG device on its GPU; indexes may have holes.
    """

    ci_id: int
    profile: ComputeProfile | None
    start: int | None = None
    uuid: str = ""
    memory_mib: int | None = None
    sms: int | None = None
    index: int | None = None


@dataclass(frozen=True)
class DeviceInstance:
    """A GPU instance that stands.

    Parameters
    ----------
    gi_id : int
        Its number on the GPU. It does not tell where it is.
    profile : Profile or None
        In the catalogue; None if the driver's profile is not there.
    placement : Placement or None
        None if this user may not ask for it.
    compute : tuple of DeviceCompute
        In order of their numbers; empty if it holds none, and then no program can use it.
    """

    gi_id: int
    profile: Profile | None
    placement: Placement | None
    compute: tuple[DeviceCompute, ...] = ()

    @property
    def name(self) -> str:
        """``"3g.20gb@4"``, as far as it is known."""
        profile = self.profile.name if self.profile else "unknown profile"
        return profile if self.placement is None else f"{profile}@{self.placement.start}"


@dataclass(frozen=True)
class Device:
    """A GPU of this machine, as NVML told it at one moment. What is None is unknown.

    Parameters
    ----------
    index : int
        As ``nvidia-smi -L`` counts.
    uuid : str
        ``"GPU-…"``.
    pci_id : str
        Device and vendor, ``"0x20B010DE"``.
    product_name : str
        As the driver gives it.
    gpu : Gpu or None
        The board in the catalogue; of one that is not there, a board made from what the driver lists, or
        None.
    memory_mib : int or None
        Memory of the whole board; a GB10 does not tell.
    mig_mode, pending_mode : bool or None
        Whether MIG is on, and whether it will be after the next reset; None without MIG.
    layout : Layout or None
        What stands on it; None if it cannot be known, and `problems` then says why.
    instances : tuple of DeviceInstance
        In order of their numbers.
    problems : tuple of str
        What could not be read, or contradicts the catalogue.
    capability : (int, int) or None
        Compute capability.
    """

    index: int
    uuid: str
    pci_id: str
    product_name: str
    gpu: Gpu | None
    memory_mib: int | None
    mig_mode: bool | None
    pending_mode: bool | None
    layout: Layout | None
    instances: tuple[DeviceInstance, ...]
    problems: tuple[str, ...]
    capability: tuple[int, int] | None = None

    @property
    def title(self) -> str:
        """``"GPU 0, A100-SXM4-40GB"``."""
        return f"GPU {self.index}, {self.gpu.name if self.gpu else self.product_name or 'not readable'}"

    @property
    def uuids(self) -> tuple[str, ...]:
        """UUIDs of the MIG devices in order of where they stand; empty ones left out."""
        ordered = sorted(self.instances, key=lambda each: (_start(each.placement), each.gi_id))
        compute = [sorted(each.compute, key=lambda one: (_or_last(one.start), one.ci_id)) for each in ordered]
        return tuple(one.uuid for each in compute for one in each if one.uuid)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values; unknown is null."""
        return {
            "index": self.index,
            "uuid": self.uuid,
            "pci_id": self.pci_id,
            "product_name": self.product_name,
            "gpu": self.gpu.name if self.gpu else None,
            "memory_mib": self.memory_mib,
            "mig_mode": self.mig_mode,
            "pending_mode": self.pending_mode,
            "layout": None if self.layout is None else str(self.layout),
            "instances": [
                {
                    "gi_id": each.gi_id,
                    "profile": each.profile.name if each.profile else None,
                    "placement": asdict(each.placement) if each.placement else None,
                    "compute": [
                        {**vars(one), "profile": one.profile.name if one.profile else None}
                        for one in each.compute
                    ],
                }
                for each in self.instances
            ],
            "problems": list(self.problems),
        }

    def __str__(self) -> str:
        pending = f", {_mode(self.pending_mode)} is pending" if self.pending_mode != self.mig_mode else ""
        board = self.gpu.name if self.gpu else "unknown"
        lines = [
            f"GPU {self.index}: {self.product_name or 'name unknown'} ({self.uuid or 'UUID unknown'})",
            f"  board {board}, PCI id {self.pci_id or 'unknown'}, memory {_mib(self.memory_mib)}",
            f"  MIG mode {_mode(self.mig_mode)}{pending}",
        ]
        for each in self.instances:
            name = each.profile.name if each.profile else "unknown profile"
            lines.append(f"  GPU instance {each.gi_id}: {name}, {_place(each.placement)}")
            lines += [f"    {_compute_line(one)}" for one in each.compute]
            if not each.compute:
                lines.append("    no compute instance, so no program can use it")
        if self.mig_mode and not self.instances:
            lines.append("  nothing stands on it")
        return "\n".join([*lines, *(f"  problem: {each}" for each in self.problems)])


@dataclass(frozen=True)
class Inventory:
    """The GPUs of this machine, read from NVML.

    Parameters
    ----------
    driver : str
        Version of NVIDIA's driver, ``"580.65.06"``.
    cuda : str
        The newest CUDA that the driver runs, ``"13.0"``; empty where unknown.
    gpus : tuple of Device
        In order of their index.
    """

    driver: str
    cuda: str
    gpus: tuple[Device, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values; unknown is null."""
        return {
            "driver": self.driver,
            "cuda": self.cuda or None,
            "provenance": "measured",
            "gpus": [each.as_dict() for each in self.gpus],
        }

    def __str__(self) -> str:
        head = f"Driver {self.driver}, CUDA {self.cuda or 'unknown'}; measured: read through NVML just now"
        return "\n".join([head, *map(str, self.gpus)] if self.gpus else [head, "no GPU"])


def _compute_line(one: DeviceCompute) -> str:
    sms = "SMs unknown" if one.sms is None else f"{one.sms} SMs"
    device = "no MIG device" if one.index is None else f"MIG device {one.index}, {one.uuid}"
    name = one.profile.name if one.profile else "unknown"
    return f"compute instance {one.ci_id}: {name}, {sms}, memory {_mib(one.memory_mib)}, {device}"


def _place(placement: Placement | None) -> str:
    if placement is None:
        return "place unknown"
    if placement.size == 1:
        return f"memory slice {placement.start}"
    return f"memory slices {placement.start}\N{EN DASH}{placement.start + placement.size - 1}"


def _mib(value: int | None) -> str:
    return "unknown" if value is None else f"{value} MiB"


def _mode(value: bool | None) -> str:
    return "not supported" if value is None else "on" if value else "off"


def _start(placement: Placement | None) -> int:
    return _or_last(None if placement is None else placement.start)


def _or_last(value: int | None) -> int:
    return 1 << 16 if value is None else value
