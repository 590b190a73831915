"""The GPUs of this machine, read through NVML. Nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.devices.device import Device, DeviceCompute, DeviceInstance, Inventory
from mig_explorer.devices.listing import NOT_TOLD, listed_profiles, possible_placements
from mig_explorer.devices.nvml import INVALID_ARGUMENT, NOT_FOUND, ask, call, open_nvml
from mig_explorer.devices.onto_board import layout_of, onto_catalogue
from mig_explorer.devices.standing import Standing, read_standing
from mig_explorer.devices.unlisted import Identity, unlisted_gpu
from mig_explorer.errors import DeviceCallFailed, DeviceUnavailable, UnknownGpu
from mig_explorer.gpus import gpu, gpu_by_pci

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu

__all__ = ["Device", "DeviceCompute", "DeviceInstance", "Inventory", "inventory", "read_gpu", "this_gpu"]

READINGS = 3
"""How often a GPU is read anew because somebody changed it meanwhile."""
CHANGED_MEANWHILE = (INVALID_ARGUMENT, NOT_FOUND)


def inventory(nvml: Any = None) -> Inventory:
    """Return the GPUs of this machine and what stands on them.

    Parameters
    ----------
    nvml : object, optional
        What has nvidia-ml-py's functions; nvidia-ml-py itself if left out.

    Raises
    ------
    MissingExtra
        If nvidia-ml-py is not installed.
    DeviceUnavailable
        If there is no driver. A GPU that cannot be read is in the inventory, with the problem.

    Examples
    --------
    >>> from mig_explorer.errors import DeviceUnavailable, MissingExtra
    >>> try:
    ...     found = inventory()
    ... except (DeviceUnavailable, MissingExtra) as error:
    ...     found = error
    """
    with open_nvml(nvml) as opened:
        version = ask(opened, "nvmlSystemGetCudaDriverVersion_v2") or 0
        return Inventory(
            driver=call(opened, "nvmlSystemGetDriverVersion"),
            cuda=f"{version // 1000}.{version % 1000 // 10}" if version else "",
            gpus=tuple(_or_problem(opened, index) for index in range(call(opened, "nvmlDeviceGetCount"))),
        )


def this_gpu(index: int = 0, nvml: Any = None) -> Device:
    """Return one GPU of this machine and what stands on it.

    Parameters
    ----------
    index : int
        As ``nvidia-smi -L`` counts.
    nvml : object, optional
        What has nvidia-ml-py's functions; nvidia-ml-py itself if left out.

    Raises
    ------
    MissingExtra
        If nvidia-ml-py is not installed.
    DeviceUnavailable
        If there is no driver, no such GPU, or it is lost.
    DeviceCallFailed
        If the driver refuses to answer.

    Examples
    --------
    >>> from mig_explorer.errors import DeviceUnavailable, MissingExtra
    >>> try:
    ...     layout = this_gpu().layout
    ... except (DeviceUnavailable, MissingExtra) as error:
    ...     layout = None
    """
    with open_nvml(nvml) as opened:
        count = call(opened, "nvmlDeviceGetCount")
        if isinstance(index, bool) or index not in range(count):
            there = f"There are {count}, counted from 0." if count else "The driver sees none."
            raise DeviceUnavailable(f"This machine has no GPU {index}. {there} See: mig-explorer doctor")
        return read_gpu(opened, call(opened, "nvmlDeviceGetHandleByIndex", index))


def read_gpu(nvml: Any, device: Any) -> Device:
    """Return one GPU, through NVML that is open already; read it again if somebody changes it meanwhile.

    Parameters
    ----------
    nvml : object
        What `open_nvml` gave.
    device : object
        NVML's handle of the GPU.

    Raises
    ------
    DeviceUnavailable, DeviceCallFailed
        As `this_gpu` does.
    """
    for reading in range(READINGS):
        try:
            return _read(nvml, device)
        except DeviceCallFailed as error:
            if error.code not in CHANGED_MEANWHILE or reading == READINGS - 1:
                raise
    raise AssertionError  # the loop returns or raises


def _read(nvml: Any, device: Any) -> Device:
    identity = _identity(nvml, device)
    mode = ask(nvml, "nvmlDeviceGetMigMode", device)
    listed = () if mode is None else listed_profiles(nvml, device)
    placements = {each: possible_placements(nvml, device, each.profile_id) for each in listed}
    board = _in_catalogue(identity)
    if board is None:
        board = unlisted_gpu(identity, {each: found or () for each, found in placements.items()})
        problems = [_not_in_catalogue(identity, board, has_mig=bool(listed))]
    else:
        problems = onto_catalogue(board, placements)
    standing = read_standing(nvml, device, board, listed) if mode and mode[0] else Standing()
    layout, why_none = layout_of(board, standing)
    return Device(
        index=call(nvml, "nvmlDeviceGetIndex", device),
        uuid=call(nvml, "nvmlDeviceGetUUID", device),
        pci_id=identity.pci_id,
        product_name=identity.product_name,
        gpu=board,
        memory_mib=identity.memory_mib,
        mig_mode=None if mode is None else bool(mode[0]),
        pending_mode=None if mode is None else bool(mode[1]),
        layout=layout,
        instances=standing.instances,
        problems=(*problems, *standing.problems, *why_none),
        capability=identity.capability,
    )


def _identity(nvml: Any, device: Any) -> Identity:
    memory = ask(nvml, "nvmlDeviceGetMemoryInfo", device, unknown_after=NOT_TOLD)
    return Identity(
        product_name=call(nvml, "nvmlDeviceGetName", device),
        pci_id=f"0x{call(nvml, 'nvmlDeviceGetPciInfo', device).pciDeviceId:08X}",
        capability=ask(nvml, "nvmlDeviceGetCudaComputeCapability", device, unknown_after=NOT_TOLD),
        memory_mib=None if memory is None else memory.total >> 20,
        cores=ask(nvml, "nvmlDeviceGetNumGpuCores", device, unknown_after=NOT_TOLD),
    )


def _or_problem(nvml: Any, index: int) -> Device:
    try:
        return read_gpu(nvml, call(nvml, "nvmlDeviceGetHandleByIndex", index))
    except (DeviceUnavailable, DeviceCallFailed) as error:
        return Device(index, "", "", "", None, None, None, None, None, (), (str(error),))


def _in_catalogue(identity: Identity) -> Gpu | None:
    """Find a board by the name that its driver gives, else by its PCI id."""
    try:
        return gpu(identity.product_name)
    except UnknownGpu:
        return gpu_by_pci(identity.pci_id)


def _not_in_catalogue(identity: Identity, board: Gpu | None, *, has_mig: bool) -> str:
    missing = f"{identity.product_name} (PCI id {identity.pci_id}) is not in the catalogue."
    if board is not None:
        return f"{missing} Its profiles and their starts are as its driver lists them."
    if has_mig:
        return f"{missing} Its driver's profiles could not be made out, so it cannot be laid out."
    return f"{missing} Its driver says that it has no MIG."
