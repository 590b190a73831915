"""A fake of nvidia-ml-py: its functions, on boards that live in memory or in a JSON file.

Names, parameters, structures, errors and what is returned are the real module's (a test compares them), so
that what runs against this runs against the driver. How it behaves follows NVML's documentation; where a GPU
instance goes that was given no start follows our model of the driver.
"""
# ruff: noqa: N802, N803 - the names are NVML's

from __future__ import annotations

import ctypes
from typing import Any

import pynvml

from tests.devices.fake_board import FakeBoard, FakeCi, FakeGi, exactly
from tests.devices.fake_faults import Faults, Meddling
from tests.devices.fake_instances import FakeInstances, refused
from tests.devices.fake_machine import NO_PERMISSION, NOT_SUPPORTED, Handle, recorded

__all__ = ["FakeBoard", "FakeNvml", "Faults", "Meddling"]

MIB = 2**20
NOWHERE = 0xFFFFFFFF


class FakeNvml(FakeInstances):
    """Functions about the library, the GPUs and the MIG devices."""

    @recorded
    def nvmlInit(self) -> None:
        if self.faults.init_code:
            raise refused(self.faults.init_code)
        self.initialised += 1

    @recorded
    def nvmlShutdown(self) -> None:
        self.initialised -= 1

    @recorded
    def nvmlErrorString(self, result: int) -> str:
        names = {pynvml.NVML_ERROR_IN_USE: "In use by another client", 23: "Insufficient Resources"}
        return names.get(result) or pynvml.NVMLError._errcode_to_string.get(result, "Unknown Error")

    @recorded
    def nvmlSystemGetDriverVersion(self) -> str:
        return self.driver

    @recorded
    def nvmlSystemGetNVMLVersion(self) -> str:
        return f"{int(self.driver.split('.')[0]) // 44}.{self.driver}"

    @recorded
    def nvmlSystemGetCudaDriverVersion(self) -> int:
        return 13000 if self.driver >= "580" else 12080

    @recorded
    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:
        return 13000 if self.driver >= "580" else 12080

    @recorded
    def nvmlSystemGetProcessName(self, pid: int) -> str:
        for board in self.boards:
            for each, name, _gi, _ci in self._processes(board):
                if each == pid:
                    return name
        raise refused(pynvml.NVML_ERROR_NOT_FOUND)

    @recorded
    def nvmlDeviceGetCount(self) -> int:
        return len(self.boards)

    @recorded
    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any:
        if not 0 <= index < len(self.boards):
            raise refused(pynvml.NVML_ERROR_INVALID_ARGUMENT)
        return self.handle(Handle("gpu", self.boards[index].uuid))

    @recorded
    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> Any:
        for board in self.boards:
            if board.uuid == uuid:
                return self.handle(Handle("gpu", uuid))
            for gi, ci in board.mig_devices():
                if board.mig_uuid(gi.gi_id, ci.ci_id) == uuid:
                    return self.handle(Handle("mig", board.uuid, gi.gi_id, ci.ci_id, ci.born))
        raise refused(pynvml.NVML_ERROR_NOT_FOUND)

    @recorded
    def nvmlDeviceGetIndex(self, handle: Any) -> int:
        return self.boards.index(self.board(handle))

    @recorded
    def nvmlDeviceGetName(self, handle: Any) -> str:
        board = self.board(handle)
        name = board.product_name or board.gpu.product_name
        return f"{name} MIG {self.ci(handle)[2].profile}" if self._is_mig(handle) else name

    @recorded
    def nvmlDeviceGetUUID(self, handle: Any) -> str:
        board = self.board(handle)
        if not self._is_mig(handle):
            return board.uuid
        _board, gi, ci = self.ci(handle)
        return board.mig_uuid(gi.gi_id, ci.ci_id)

    @recorded
    def nvmlDeviceGetPciInfo(self, handle: Any) -> Any:
        board = self.board(handle)
        info = pynvml.nvmlPciInfo_t()
        info.bus = 7 + self.boards.index(board)
        info.busId = f"00000000:{info.bus:02X}:00.0"
        info.pciDeviceId = int(board.pci_id or next(iter(board.gpu.pci_device_ids), "0x000010DE"), 16)
        return info

    @recorded
    def nvmlDeviceGetCudaComputeCapability(self, handle: Any) -> tuple[int, int]:
        return self.board(handle).gpu.compute_capability

    @recorded
    def nvmlDeviceGetNumGpuCores(self, device: Any) -> int:
        gpu = self.board(device).gpu
        return gpu.sms * (64 if gpu.compute_capability == (8, 0) else 128)

    @recorded
    def nvmlDeviceGetMemoryInfo(self, handle: Any, version: int | None = None) -> Any:
        board = self.board(handle)
        if not board.reports_memory:
            raise refused(NOT_SUPPORTED)
        if self._is_mig(handle):
            _board, gi, _ci = self.ci(handle)
            total = self._memory(board, board.gpu.profile(gi.profile))
        elif board.gpu.has_mig and board.mig_mode and self.faults.no_permission:
            raise refused(NO_PERMISSION)
        else:
            total = board.gpu.memory_mib or 65536
        info = pynvml.c_nvmlMemory_v2_t() if version else pynvml.c_nvmlMemory_t()
        info.total = info.free = total * MIB
        return info

    @recorded
    def nvmlDeviceGetComputeRunningProcesses(self, handle: Any) -> list[Any]:
        board = self.board(handle)
        if self.faults.processes_not_permitted:
            raise refused(NO_PERMISSION)
        found = self._processes(board)
        if self._is_mig(handle):
            _board, gi, ci = self.ci(handle)
            found = [each for each in found if each[2:] == (gi.gi_id, ci.ci_id)]
        elif board.gpu.has_mig and board.mig_mode:
            self.privileged()
        return [
            pynvml.nvmlFriendlyObject(
                {
                    "pid": pid,
                    "usedGpuMemory": 100 * MIB if board.reports_memory else None,
                    "gpuInstanceId": NOWHERE if gi_id is None else gi_id,
                    "computeInstanceId": NOWHERE if ci_id is None else ci_id,
                }
            )
            for pid, _name, gi_id, ci_id in found
        ]

    @recorded
    def nvmlDeviceGetGraphicsRunningProcesses(self, handle: Any) -> list[Any]:
        self.board(handle)
        return []

    @recorded
    def nvmlDeviceGetMPSComputeRunningProcesses(self, handle: Any) -> list[Any]:
        self.board(handle)
        return []

    @recorded
    def nvmlDeviceGetAttributes_v2(self, device: Any) -> Any:
        if not self._is_mig(device):
            raise refused(NOT_SUPPORTED)
        board, gi, ci = self.ci(device)
        profile = board.gpu.profile(gi.profile)
        compute = exactly(profile, ci.profile)
        return pynvml.c_nvmlDeviceAttributes(
            multiprocessorCount=compute.sms or 10 * compute.compute_slices,
            gpuInstanceSliceCount=profile.compute_slices,
            computeInstanceSliceCount=compute.compute_slices,
            memorySizeMB=self._memory(board, profile),
        )

    # MIG devices

    @recorded
    def nvmlDeviceGetMigMode(self, device: Any) -> list[int]:
        board = self.board(device)
        if not board.gpu.has_mig:
            raise refused(NOT_SUPPORTED)
        pending = 1 - board.mig_mode if self.faults.mode_pending else board.pending
        return [board.mig_mode, int(pending or 0)]

    @recorded
    def nvmlDeviceSetMigMode(self, device: Any, mode: int) -> int:  # noqa: ARG002
        message = "mig_explorer never switches MIG on or off"
        raise AssertionError(message)

    @recorded
    def nvmlDeviceGetMaxMigDeviceCount(self, device: Any) -> int:
        board = self.board(device)
        return int(board.gpu.value("max_instances")) if board.gpu.has_mig and board.mig_mode else 0

    @recorded
    def nvmlDeviceGetMigDeviceHandleByIndex(self, device: Any, index: int) -> Any:
        board = self.board(device, mig=True)
        devices: list[tuple[FakeGi, FakeCi] | None] = [*board.mig_devices()]
        if self.faults.hole_in_index is not None:
            devices.insert(self.faults.hole_in_index, None)
        found = devices[index] if index < len(devices) else None
        if found is None or (found[0].gi_id, found[1].ci_id) == self.faults.ci_without_device:
            raise refused(pynvml.NVML_ERROR_NOT_FOUND)
        return self.handle(Handle("mig", board.uuid, found[0].gi_id, found[1].ci_id, found[1].born))

    @recorded
    def nvmlDeviceIsMigDeviceHandle(self, device: Any) -> ctypes.c_uint:
        return ctypes.c_uint(self._is_mig(device))

    @recorded
    def nvmlDeviceGetDeviceHandleFromMigDeviceHandle(self, migDevice: Any) -> Any:
        return self.handle(Handle("gpu", self.ci(migDevice)[0].uuid))

    @recorded
    def nvmlDeviceGetGpuInstanceId(self, device: Any) -> int:
        return self.ci(device)[1].gi_id

    @recorded
    def nvmlDeviceGetComputeInstanceId(self, device: Any) -> int:
        return self.ci(device)[2].ci_id

    def _is_mig(self, pointer: Any) -> bool:
        return self.meant(pointer).kind == "mig"
