"""The fake's functions about GPU instances and compute instances; `FakeNvml` has the others."""
# ruff: noqa: N802, N803 - the names are NVML's

from __future__ import annotations

import ctypes
from typing import Any

import pynvml

from mig_explorer.gpus import ComputeProfile, Placement, Profile
from tests.devices.fake_board import FakeBoard, FakeCi, FakeGi, Refused, exactly
from tests.devices.fake_machine import NOT_SUPPORTED, FakeMachine, Handle, recorded


def listed_id(profile: Profile | ComputeProfile) -> int:
    """Return the ID that nvidia-smi lists; made up for a profile whose ID nobody published."""
    return 200 + profile.nvml_profile if profile.profile_id is None else profile.profile_id


def refused(code: int) -> pynvml.NVMLError:
    return pynvml.NVMLError(code)


def by_address(argument: Any, kind: Any) -> Any:
    """Return what an argument points at. The C library reads an address there, and crashes otherwise."""
    if argument is None:
        return None
    if isinstance(argument, ctypes.Array):
        return argument
    pointed = getattr(argument, "_obj", None)
    if pointed is None and isinstance(argument, ctypes.POINTER(kind)):
        pointed = argument.contents
    if not isinstance(pointed, (kind, ctypes.Array)):
        message = f"NVML takes the address of a {kind.__name__} here, as byref() makes it; got {argument!r}"
        raise TypeError(message)
    return pointed


class FakeInstances(FakeMachine):
    """Functions about instances."""

    @recorded
    def nvmlDeviceGetGpuInstanceProfileInfo(self, device: Any, profile: int, version: int = 2) -> Any:
        board = self.board(device)
        found = self._profile(board, lambda each: each.nvml_profile == profile, NOT_SUPPORTED)
        info = (
            pynvml.c_nvmlGpuInstanceProfileInfo_v2_t()
            if version == 2
            else pynvml.c_nvmlGpuInstanceProfileInfo_t()
        )
        info.id = listed_id(found)
        info.sliceCount = found.compute_slices
        info.instanceCount = found.max_instances
        info.multiprocessorCount = found.sms or 10 * found.compute_slices
        info.memorySizeMB = self._memory(board, found)
        for field, engine in (
            ("copyEngineCount", "copy_engines"),
            ("decoderCount", "decoders"),
            ("encoderCount", "encoders"),
            ("jpegCount", "jpeg"),
            ("ofaCount", "ofa"),
        ):
            setattr(info, field, found.engines(engine) or 0)
        if version == 2:
            info.name = f"MIG {found.name}"
        return info

    @recorded
    def nvmlDeviceGetGpuInstancePossiblePlacements(
        self, device: Any, profileId: int, placementsRef: Any, countRef: Any
    ) -> int:
        self.privileged()
        board = self.board(device)
        found = self._profile(board, lambda each: listed_id(each) == profileId)
        array = by_address(placementsRef, pynvml.c_nvmlGpuInstancePlacement_t)
        for index, placement in enumerate(found.placements if array is not None else ()):
            array[index].start, array[index].size = placement.start, placement.size
        by_address(countRef, ctypes.c_uint).value = len(found.placements)
        return int(pynvml.NVML_SUCCESS)

    @recorded
    def nvmlDeviceGetGpuInstanceRemainingCapacity(self, device: Any, profileId: int) -> int:
        self.privileged()
        board = self.board(device, mig=True)
        found = self._profile(board, lambda each: listed_id(each) == profileId)
        return board.stands.remaining()[found.name]

    @recorded
    def nvmlDeviceCreateGpuInstance(self, device: Any, profileId: int) -> Any:
        return self._create(device, profileId, None)

    @recorded
    def nvmlDeviceCreateGpuInstanceWithPlacement(self, device: Any, profileId: int, placement: Any) -> Any:
        asked = by_address(placement, pynvml.c_nvmlGpuInstancePlacement_t)
        return self._create(device, profileId, Placement(asked.start, asked.size))

    @recorded
    def nvmlGpuInstanceDestroy(self, gpuInstance: Any) -> int:
        self.privileged()
        board, gi = self.gi(gpuInstance)
        self._in_use(board, gi.gi_id, None)
        self.change(lambda: board.destroy(gi))
        return int(pynvml.NVML_SUCCESS)

    @recorded
    def nvmlDeviceGetGpuInstances(
        self, device: Any, profileId: int, gpuInstancesRef: Any, countRef: Any
    ) -> int:
        self.privileged()
        board = self.board(device, mig=True)
        found = self._profile(board, lambda each: listed_id(each) == profileId)
        array = by_address(gpuInstancesRef, pynvml.c_nvmlGpuInstance_t)
        same = [each for each in board.instances if each.profile == found.name]
        for index, each in enumerate(same):
            array[index] = self._gi_handle(board, each)
        by_address(countRef, ctypes.c_uint).value = len(same)
        return int(pynvml.NVML_SUCCESS)

    @recorded
    def nvmlDeviceGetGpuInstanceById(self, device: Any, gpuInstanceId: int) -> Any:
        self.privileged()
        board = self.board(device, mig=True)
        return self._gi_handle(board, board.instance(gpuInstanceId))

    @recorded
    def nvmlGpuInstanceGetInfo(self, gpuInstance: Any) -> Any:
        board, gi = self.gi(gpuInstance)
        return pynvml.c_nvmlGpuInstanceInfo_t(
            device=self.handle(Handle("gpu", board.uuid)),
            id=gi.gi_id,
            profileId=listed_id(board.gpu.profile(gi.profile)),
            placement=pynvml.c_nvmlGpuInstancePlacement_t(gi.start, gi.size),
        )

    # Compute instances

    @recorded
    def nvmlGpuInstanceGetComputeInstanceProfileInfo(
        self,
        device: Any,
        profile: int,
        engProfile: int,  # noqa: ARG002
        version: int = 2,
    ) -> Any:
        board, gi = self.gi(device)
        found = self._compute_profile(board, gi, lambda each: each.nvml_profile == profile, NOT_SUPPORTED)
        info = (
            pynvml.c_nvmlComputeInstanceProfileInfo_v2_t()
            if version == 2
            else pynvml.c_nvmlComputeInstanceProfileInfo_t()
        )
        info.id = listed_id(found)
        info.sliceCount = found.compute_slices
        info.instanceCount = found.max_instances
        info.multiprocessorCount = found.sms or 10 * found.compute_slices
        if version == 2:
            info.name = f"MIG {found.name}"
        return info

    @recorded
    def nvmlGpuInstanceGetComputeInstanceRemainingCapacity(self, gpuInstance: Any, profileId: int) -> int:
        self.privileged()
        board, gi = self.gi(gpuInstance)
        found = self._compute_profile(board, gi, lambda each: listed_id(each) == profileId)
        return len(board.open_compute(gi, found))

    @recorded
    def nvmlGpuInstanceGetComputeInstancePossiblePlacements(
        self, gpuInstance: Any, profileId: int, placementsRef: Any, countRef: Any
    ) -> int:
        self.privileged()
        board, gi = self.gi(gpuInstance)
        found = self._compute_profile(board, gi, lambda each: listed_id(each) == profileId)
        array = by_address(placementsRef, pynvml.c_nvmlComputeInstancePlacement_t)
        for index, start in enumerate(found.starts if array is not None else ()):
            array[index].start, array[index].size = start, self._ci_size(board, gi, found)
        by_address(countRef, ctypes.c_uint).value = len(found.starts)
        return int(pynvml.NVML_SUCCESS)

    @recorded
    def nvmlGpuInstanceCreateComputeInstance(self, gpuInstance: Any, profileId: int) -> Any:
        return self._create_compute(gpuInstance, profileId, None)

    @recorded
    def nvmlGpuInstanceCreateComputeInstanceWithPlacement(
        self, gpuInstance: Any, profileId: int, placement: Any
    ) -> Any:
        asked = by_address(placement, pynvml.c_nvmlComputeInstancePlacement_t)
        return self._create_compute(gpuInstance, profileId, asked)

    @recorded
    def nvmlComputeInstanceDestroy(self, computeInstance: Any) -> int:
        self.privileged()
        board, gi, ci = self.ci(computeInstance)
        self._in_use(board, gi.gi_id, ci.ci_id)
        self.change(lambda: board.destroy_compute(gi, ci))
        return int(pynvml.NVML_SUCCESS)

    @recorded
    def nvmlGpuInstanceGetComputeInstances(
        self, gpuInstance: Any, profileId: int, computeInstancesRef: Any, countRef: Any
    ) -> int:
        self.privileged()
        board, gi = self.gi(gpuInstance)
        found = self._compute_profile(board, gi, lambda each: listed_id(each) == profileId)
        array = by_address(computeInstancesRef, pynvml.c_nvmlComputeInstance_t)
        same = [each for each in gi.compute if each.profile == found.name]
        for index, each in enumerate(same):
            array[index] = self._ci_handle(board, gi, each)
        by_address(countRef, ctypes.c_uint).value = len(same)
        return int(pynvml.NVML_SUCCESS)

    @recorded
    def nvmlGpuInstanceGetComputeInstanceById(self, gpuInstance: Any, computeInstanceId: int) -> Any:
        self.privileged()
        board, gi = self.gi(gpuInstance)
        for each in gi.compute:
            if each.ci_id == computeInstanceId:
                return self._ci_handle(board, gi, each)
        raise refused(pynvml.NVML_ERROR_NOT_FOUND)

    @recorded
    def nvmlComputeInstanceGetInfo_v2(self, computeInstance: Any) -> Any:
        board, gi, ci = self.ci(computeInstance)
        compute = exactly(board.gpu.profile(gi.profile), ci.profile)
        return pynvml.c_nvmlComputeInstanceInfo_t(
            device=self.handle(Handle("gpu", board.uuid)),
            gpuInstance=self._gi_handle(board, gi),
            id=ci.ci_id,
            profileId=listed_id(compute),
            placement=pynvml.c_nvmlComputeInstancePlacement_t(ci.start, self._ci_size(board, gi, compute)),
        )

    # What they share

    def _gi_handle(self, board: FakeBoard, gi: FakeGi) -> Any:
        return self.handle(Handle("gi", board.uuid, gi.gi_id, born=gi.born))

    def _ci_handle(self, board: FakeBoard, gi: FakeGi, ci: FakeCi) -> Any:
        return self.handle(Handle("ci", board.uuid, gi.gi_id, ci.ci_id, ci.born))

    def _profile(self, board: FakeBoard, fits: Any, code: int = 2) -> Profile:
        for each in board.gpu.profiles.values():
            if fits(each):
                return each
        raise refused(code if board.gpu.has_mig else NOT_SUPPORTED)

    def _compute_profile(self, board: FakeBoard, gi: FakeGi, fits: Any, code: int = 2) -> ComputeProfile:
        for each in board.gpu.profile(gi.profile).compute_profiles:
            if fits(each):
                return each
        raise refused(code)

    def _memory(self, board: FakeBoard, profile: Profile) -> int:
        whole = board.gpu.memory_mib or 65536
        return profile.memory_mib or whole * profile.memory_slices // board.gpu.memory_slices

    def _ci_size(self, board: FakeBoard, gi: FakeGi, compute: ComputeProfile) -> int:
        return gi.size if compute.full and board.full_ci_size_in_memory else compute.compute_slices

    def _processes(self, board: FakeBoard) -> list[tuple[int, str, int | None, int | None]]:
        foreign = self.faults.foreign_client
        return [*board.processes, *([foreign] if foreign and board is self.boards[0] else [])]

    def _in_use(self, board: FakeBoard, gi_id: int, ci_id: int | None) -> None:
        held = any(gi == gi_id and ci_id in (None, ci) for _pid, _name, gi, ci in self._processes(board))
        if gi_id in self.faults.destroy_in_use or held:
            raise refused(pynvml.NVML_ERROR_IN_USE)

    def _create(self, device: Any, profile_id: int, placement: Placement | None) -> Any:
        self.privileged()
        board = self.board(device, mig=True)
        found = self._profile(board, lambda each: listed_id(each) == profile_id)
        self.creating()
        return self._gi_handle(board, self.change(lambda: board.create(found, placement)))

    def _create_compute(self, instance: Any, profile_id: int, asked: Any) -> Any:
        self.privileged()
        board, gi = self.gi(instance)
        found = self._compute_profile(board, gi, lambda each: listed_id(each) == profile_id)
        if asked is not None and asked.size not in (found.compute_slices, self._ci_size(board, gi, found)):
            raise Refused(pynvml.NVML_ERROR_INVALID_ARGUMENT)
        self.creating()
        start = None if asked is None else asked.start
        return self._ci_handle(board, gi, self.change(lambda: board.create_compute(gi, found, start)))
