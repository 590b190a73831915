"""Records what the driver of this machine says of its GPUs; changes nothing.

``python -m tests.gpu.record > board.json`` on a machine with a GPU, as root for the placements. What a real
board answered can then be kept as a measurement, and compared with the catalogue.
"""

from __future__ import annotations

import ctypes
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from mig_explorer.devices import inventory
from mig_explorer.devices.listing import (
    NO_SUCH_PROFILE,
    NOT_TOLD,
    compute_instances,
    gpu_instances,
    listed_compute_profiles,
    listed_profiles,
    mig_devices,
    possible_placements,
)
from mig_explorer.devices.nvml import ask, call, open_nvml
from mig_explorer.errors import MigExplorerError


def record(nvml: Any = None) -> dict[str, Any]:
    """Return everything that NVML says of MIG on each GPU, as JSON values."""
    found = inventory(nvml)
    with open_nvml(nvml) as opened:
        return {
            "recorded": datetime.now(UTC).isoformat(timespec="seconds"),
            "nvml": ask(opened, "nvmlSystemGetNVMLVersion"),
            "inventory": found.as_dict(),
            "answers": [answers(opened, index) for index in range(len(found.gpus))],
        }


def answers(nvml: Any, index: int) -> dict[str, Any]:
    """Return the raw answers about one GPU; an answer that is an error is its text."""
    device = call(nvml, "nvmlDeviceGetHandleByIndex", index)
    profiles = said(lambda: listed_profiles(nvml, device))
    return {
        "name": said(lambda: call(nvml, "nvmlDeviceGetName", device)),
        "pci": said(lambda: fields(call(nvml, "nvmlDeviceGetPciInfo", device))),
        "compute_capability": said(lambda: call(nvml, "nvmlDeviceGetCudaComputeCapability", device)),
        "cores": said(lambda: call(nvml, "nvmlDeviceGetNumGpuCores", device)),
        "memory": said(lambda: fields(call(nvml, "nvmlDeviceGetMemoryInfo", device))),
        "mig_mode": said(lambda: call(nvml, "nvmlDeviceGetMigMode", device)),
        "max_mig_devices": said(lambda: call(nvml, "nvmlDeviceGetMaxMigDeviceCount", device)),
        "profiles": [profile(nvml, device, each) for each in profiles]
        if isinstance(profiles, tuple)
        else profiles,
        "mig_devices": said(lambda: [asdict(each) for each in mig_devices(nvml, device)]),
    }


def profile(nvml: Any, device: Any, listed: Any) -> dict[str, Any]:
    """Return a profile of GPU instance with its placements, and what stands of it."""
    number, identifier = listed.nvml_profile, listed.profile_id
    raw = ask(nvml, "nvmlDeviceGetGpuInstanceProfileInfo", device, number, unknown_after=NO_SUCH_PROFILE)
    remaining = "nvmlDeviceGetGpuInstanceRemainingCapacity"
    placements = said(lambda: possible_placements(nvml, device, identifier))
    return {
        **(asdict(listed) if raw is None else fields(raw)),
        "nvml_profile": number,
        "placements": [asdict(each) for each in placements] if isinstance(placements, tuple) else placements,
        "remaining": said(lambda: ask(nvml, remaining, device, identifier, unknown_after=NOT_TOLD)),
        "instances": said(lambda: [instance(nvml, each) for each in gpu_instances(nvml, device, listed)]),
    }


def instance(nvml: Any, handle: Any) -> dict[str, Any]:
    """Return a GPU instance with its profiles of compute instances, and what stands in it."""
    return {
        **fields(call(nvml, "nvmlGpuInstanceGetInfo", handle)),
        "compute_profiles": said(lambda: [asdict(each) for each in listed_compute_profiles(nvml, handle)]),
        "compute_instances": said(lambda: [fields(each) for _, each in compute_instances(nvml, handle)]),
    }


def said(ask_it: Any) -> Any:
    """Return an answer, or the error's text: a record is of both."""
    try:
        return ask_it()
    except MigExplorerError as error:
        return str(error)


def fields(structure: Any) -> dict[str, Any]:
    """Return a structure of NVML as a dict, handles left out."""
    found: dict[str, Any] = {}
    for name, *_ in structure._fields_:
        value = getattr(structure, name)
        if isinstance(value, ctypes.Structure):
            found[name] = fields(value)
        elif isinstance(value, (int, str)):
            found[name] = value
        elif isinstance(value, bytes):
            found[name] = value.decode(errors="replace")
    return found


if __name__ == "__main__":
    try:
        json.dump(record(), sys.stdout, indent=1)
    except MigExplorerError as error:
        sys.exit(f"Nothing was recorded. {error}")
    sys.stdout.write("\n")
