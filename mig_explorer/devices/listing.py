"""What the driver lists of one GPU through NVML: profiles, GPU instances, compute instances, MIG devices."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mig_explorer.devices.nvml import (
    FUNCTION_NOT_FOUND,
    INVALID_ARGUMENT,
    NO_PERMISSION,
    NOT_FOUND,
    NOT_SUPPORTED,
    ask,
    call,
)
from mig_explorer.gpus import Placement

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_SUCH_PROFILE = (INVALID_ARGUMENT, NOT_SUPPORTED, FUNCTION_NOT_FOUND)
NO_SUCH_DEVICE = (INVALID_ARGUMENT, NOT_SUPPORTED, NOT_FOUND)
NOT_TOLD = (NOT_SUPPORTED, NO_PERMISSION, FUNCTION_NOT_FOUND)
FIRST_VERSION = 1
MOST_PLACEMENTS = 64


@dataclass(frozen=True)
class ListedProfile:
    """A profile of GPU instance, or of compute instance, as the driver lists it.

    Parameters
    ----------
    nvml_profile : int
        ``NVML_GPU_INSTANCE_PROFILE_…`` or ``NVML_COMPUTE_INSTANCE_PROFILE_…``.
    profile_id : int
        What ``nvidia-smi`` shows as its ID.
    name : str
        ``"3g.20gb"``; empty where the driver is too old to say.
    compute_slices, max_instances, sms : int
        As the driver says.
    memory_mib : int or None
        Of a GPU instance; None of a compute instance, which shares it.
    engines : dict
        Copy engines, decoders, encoders, jpeg and ofa, by the names that boards' records use.
    """

    nvml_profile: int
    profile_id: int
    name: str
    compute_slices: int
    max_instances: int
    sms: int
    memory_mib: int | None
    engines: dict[str, int] = field(hash=False)


@dataclass(frozen=True)
class MigDevice:
    """A MIG device: one compute instance as a program finds it. What it has, it says of itself."""

    index: int
    gi_id: int
    ci_id: int
    uuid: str
    name: str
    memory_mib: int | None
    sms: int | None
    gpu_slices: int | None
    compute_slices: int | None


def listed_profiles(nvml: Any, device: Any) -> tuple[ListedProfile, ...]:
    """Return the profiles that the driver knows for a GPU, MIG mode on or off; none for one without MIG."""
    found = []
    for number in range(nvml.NVML_GPU_INSTANCE_PROFILE_COUNT):
        info = _profile_info(nvml, "nvmlDeviceGetGpuInstanceProfileInfo", device, number)
        if info is not None:
            engines = {
                "copy_engines": info.copyEngineCount,
                "decoders": info.decoderCount,
                "encoders": info.encoderCount,
                "jpeg": info.jpegCount,
                "ofa": info.ofaCount,
            }
            found.append(_listed(number, info, int(info.memorySizeMB), engines))
    return tuple(found)


def listed_compute_profiles(nvml: Any, instance: Any) -> tuple[ListedProfile, ...]:
    """Return the profiles of compute instance that the driver knows for a GPU instance."""
    shared = nvml.NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED
    found = []
    for number in range(nvml.NVML_COMPUTE_INSTANCE_PROFILE_COUNT):
        info = _profile_info(nvml, "nvmlGpuInstanceGetComputeInstanceProfileInfo", instance, number, shared)
        if info is not None:
            found.append(_listed(number, info, None, {}))
    return tuple(found)


def possible_placements(nvml: Any, device: Any, profile_id: int) -> tuple[Placement, ...] | None:
    """Return every placement that the driver knows for a profile; None if this user may not ask."""
    array = (nvml.c_nvmlGpuInstancePlacement_t * MOST_PLACEMENTS)()
    count = ctypes.c_uint()
    function = "nvmlDeviceGetGpuInstancePossiblePlacements"
    answer = ask(nvml, function, device, profile_id, array, ctypes.byref(count), unknown_after=NOT_TOLD)
    if answer is None:
        return None
    return tuple(sorted(Placement(each.start, each.size) for each in array[: count.value]))


def gpu_instances(nvml: Any, device: Any, profile: ListedProfile) -> tuple[Any, ...]:
    """Return the handles of the GPU instances of a profile.

    Raises
    ------
    DeviceCallFailed
        Code 4 if this user may not ask, 3 if MIG mode is off.
    """
    array = (nvml.c_nvmlGpuInstance_t * profile.max_instances)()
    count = ctypes.c_uint()
    call(nvml, "nvmlDeviceGetGpuInstances", device, profile.profile_id, array, ctypes.byref(count))
    return tuple(array[index] for index in range(count.value))


def compute_instances(nvml: Any, instance: Any) -> Iterator[tuple[ListedProfile, Any]]:
    """Yield the compute instances of a GPU instance: profile, and what NVML says of each."""
    for profile in listed_compute_profiles(nvml, instance):
        array = (nvml.c_nvmlComputeInstance_t * profile.max_instances)()
        count = ctypes.c_uint()
        function = "nvmlGpuInstanceGetComputeInstances"
        call(nvml, function, instance, profile.profile_id, array, ctypes.byref(count))
        for index in range(count.value):
            yield profile, call(nvml, "nvmlComputeInstanceGetInfo_v2", array[index])


def mig_devices(nvml: Any, device: Any) -> tuple[MigDevice, ...]:
    """Return the MIG devices of a GPU. Indexes may have holes, so every one is tried."""
    found = []
    for index in range(ask(nvml, "nvmlDeviceGetMaxMigDeviceCount", device) or 0):
        function = "nvmlDeviceGetMigDeviceHandleByIndex"
        handle = ask(nvml, function, device, index, unknown_after=NO_SUCH_DEVICE)
        if handle is not None:
            found.append(_mig_device(nvml, handle, index))
    return tuple(found)


def _mig_device(nvml: Any, handle: Any, index: int) -> MigDevice:
    memory = ask(nvml, "nvmlDeviceGetMemoryInfo", handle, unknown_after=NOT_TOLD)
    has = ask(nvml, "nvmlDeviceGetAttributes_v2", handle, unknown_after=NOT_TOLD)
    return MigDevice(
        index=index,
        gi_id=call(nvml, "nvmlDeviceGetGpuInstanceId", handle),
        ci_id=call(nvml, "nvmlDeviceGetComputeInstanceId", handle),
        uuid=call(nvml, "nvmlDeviceGetUUID", handle),
        name=call(nvml, "nvmlDeviceGetName", handle),
        memory_mib=None if memory is None else memory.total >> 20,
        sms=None if has is None else has.multiprocessorCount,
        gpu_slices=None if has is None else has.gpuInstanceSliceCount,
        compute_slices=None if has is None else has.computeInstanceSliceCount,
    )


def _profile_info(nvml: Any, function: str, *arguments: Any) -> Any:
    """Return NVML's second form of a profile, which has the name; from an old driver the first."""
    info = ask(nvml, function, *arguments, unknown_after=NO_SUCH_PROFILE)
    if info is None:
        info = ask(nvml, function, *arguments, FIRST_VERSION, unknown_after=NO_SUCH_PROFILE)
    return info


def _listed(number: int, info: Any, memory_mib: int | None, engines: dict[str, int]) -> ListedProfile:
    return ListedProfile(
        nvml_profile=number,
        profile_id=info.id,
        name=getattr(info, "name", "").removeprefix("MIG "),
        compute_slices=info.sliceCount,
        max_instances=info.instanceCount,
        sms=info.multiprocessorCount,
        memory_mib=memory_mib,
        engines=engines,
    )
