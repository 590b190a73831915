"""What stands on a GPU: GPU instances with their compute instances, joined with the MIG devices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mig_explorer.devices.device import DeviceCompute, DeviceInstance
from mig_explorer.devices.listing import compute_instances, gpu_instances, mig_devices
from mig_explorer.devices.nvml import NO_PERMISSION, NOT_FOUND, call, failure
from mig_explorer.errors import DeviceCallFailed
from mig_explorer.gpus import Placement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mig_explorer.devices.listing import ListedProfile, MigDevice
    from mig_explorer.gpus import ComputeProfile, Gpu, Profile

NOT_PERMITTED = (
    "Where the GPU instances are is unknown: asking takes root, or read access to NVIDIA's mig/config "
    "capability. GPU instances without a compute instance are not seen either."
)
SAME_MEMORY = 0.05
"""Drivers print the memory of a profile with about 2 % of difference."""


@dataclass(frozen=True)
class Standing:
    """What stands, what was odd about reading it, and whether this user sees all of it."""

    instances: tuple[DeviceInstance, ...] = ()
    problems: tuple[str, ...] = ()
    complete: bool = True


def read_standing(nvml: Any, device: Any, gpu: Gpu | None, listed: Sequence[ListedProfile]) -> Standing:
    """Return what stands on a GPU whose MIG mode is on.

    Parameters
    ----------
    nvml, device
        Opened NVML, and the GPU's handle.
    gpu : Gpu or None
        Its board, to name profiles.
    listed : sequence of ListedProfile
        The driver's profiles.
    """
    odd = []
    try:
        bare = [
            _instance(nvml, handle, profile, gpu)
            for profile in listed
            for handle in gpu_instances(nvml, device, profile)
        ]
    except DeviceCallFailed as error:
        if error.code != NO_PERMISSION:
            raise
        slices = mig_devices(nvml, device)
        instances = [*_from_mig_devices(gpu, slices)]
        odd.append(NOT_PERMITTED)
    else:
        slices = mig_devices(nvml, device)
        instances = [_joined(each, slices) for each in bare]
        if {(each.gi_id, each.ci_id) for each in slices} - _numbers(instances):
            raise failure("nvmlDeviceGetGpuInstances", NOT_FOUND)  # somebody made one since
    odd += _holes(slices)
    instances.sort(key=lambda each: each.gi_id)
    odd += [
        f"Compute instance {one.ci_id} of GPU instance {each.gi_id} ({each.name}) has no MIG device: no "
        f"index leads to it, so its UUID and memory are unknown."
        for each in instances
        for one in each.compute
        if one.index is None
    ]
    return Standing(tuple(instances), tuple(odd), complete=NOT_PERMITTED not in odd)


def catalogue_profile(gpu: Gpu | None, listed: ListedProfile) -> Profile | None:
    """Return the catalogue's profile for one that the driver lists: by ID, else by NVML's number.

    Names are not compared: drivers print the memory in them differently.
    """
    profiles = gpu.profiles.values() if gpu else ()
    same = [each for each in profiles if each.compute_slices == listed.compute_slices]
    by_id = [each for each in same if each.profile_id == listed.profile_id]
    by_number = [
        each for each in same if each.profile_id is None and each.nvml_profile == listed.nvml_profile
    ]
    return next(iter([*by_id, *by_number]), None)


def catalogue_compute_profile(profile: Profile | None, listed: ListedProfile) -> ComputeProfile | None:
    """Return the catalogue's profile of compute instance for one that the driver lists."""
    known = profile.compute_profiles if profile else ()
    same = [each for each in known if each.compute_slices == listed.compute_slices]
    by_number = [each for each in same if each.nvml_profile == listed.nvml_profile]
    return next(iter([*by_number, *(each for each in same if each.full)]), None)


def _instance(nvml: Any, handle: Any, listed: ListedProfile, gpu: Gpu | None) -> DeviceInstance:
    info = call(nvml, "nvmlGpuInstanceGetInfo", handle)
    profile = catalogue_profile(gpu, listed)
    compute = [
        DeviceCompute(one.id, catalogue_compute_profile(profile, inside), one.placement.start)
        for inside, one in compute_instances(nvml, handle)
    ]
    placement = Placement(info.placement.start, info.placement.size)
    return DeviceInstance(info.id, profile, placement, tuple(sorted(compute, key=lambda each: each.ci_id)))


def _joined(instance: DeviceInstance, slices: Sequence[MigDevice]) -> DeviceInstance:
    own = {each.ci_id: each for each in slices if each.gi_id == instance.gi_id}
    return replace(instance, compute=tuple(_told_by(each, own.get(each.ci_id)) for each in instance.compute))


def _told_by(compute: DeviceCompute, device: MigDevice | None) -> DeviceCompute:
    if device is None:
        return compute
    return replace(
        compute, uuid=device.uuid, memory_mib=device.memory_mib, sms=device.sms, index=device.index
    )


def _numbers(instances: Iterable[DeviceInstance]) -> set[tuple[int, int]]:
    return {(each.gi_id, one.ci_id) for each in instances for one in each.compute}


def _from_mig_devices(gpu: Gpu | None, slices: Sequence[MigDevice]) -> Iterable[DeviceInstance]:
    """Make out GPU instances from what MIG devices say of themselves: all that an unprivileged user sees."""
    for gi_id in sorted({each.gi_id for each in slices}):
        own = sorted((each for each in slices if each.gi_id == gi_id), key=lambda each: each.ci_id)
        profile = _likely_profile(gpu, own[0])
        compute = (_told_by(DeviceCompute(each.ci_id, _likely_compute(profile, each)), each) for each in own)
        yield DeviceInstance(gi_id, profile, None, tuple(compute))


def _likely_profile(gpu: Gpu | None, device: MigDevice) -> Profile | None:
    named = device.name.rpartition(" MIG ")[2].rpartition("c.")[2]
    profiles = [*gpu.profiles.values()] if gpu else []
    for each in profiles:
        if named in (each.name, *each.also_named):
            return each
    near = [
        each
        for each in profiles
        if each.compute_slices == device.gpu_slices
        and each.memory_mib
        and device.memory_mib
        and abs(each.memory_mib - device.memory_mib) <= SAME_MEMORY * each.memory_mib
    ]
    return near[0] if len(near) == 1 else None


def _likely_compute(profile: Profile | None, device: MigDevice) -> ComputeProfile | None:
    known = profile.compute_profiles if profile else ()
    same = [each for each in known if each.compute_slices == device.compute_slices]
    return next((each for each in same if each.full), next(iter(same), None))


def _holes(slices: Sequence[MigDevice]) -> list[str]:
    indexes = [each.index for each in slices]
    missing = [each for each in range(max(indexes, default=-1)) if each not in indexes]
    if not missing:
        return []
    absent = ", ".join(map(str, missing))
    advice = "name slices by UUID, not by index."
    return [f"No MIG device has the index {absent}, though later ones are taken: {advice}"]
