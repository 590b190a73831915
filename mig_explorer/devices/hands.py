"""What is done to one GPU, one request at a time: read it, create or destroy one instance."""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from mig_explorer.devices.inventory import read_gpu
from mig_explorer.devices.nvml import (
    FUNCTION_NOT_FOUND,
    IN_USE,
    INSUFFICIENT_RESOURCES,
    INVALID_ARGUMENT,
    NO_PERMISSION,
    NOT_FOUND,
    NOT_SUPPORTED,
    ask,
    call,
    open_nvml,
)
from mig_explorer.devices.processes import read_processes
from mig_explorer.devices.records import as_json, place, records_of_device
from mig_explorer.devices.steps import step_from_json
from mig_explorer.errors import DeviceCallFailed, DeviceUnavailable, MigExplorerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mig_explorer.devices.records import ComputeRecord, InstanceRecord
    from mig_explorer.devices.steps import Step

REFUSALS = (
    INVALID_ARGUMENT,
    NOT_SUPPORTED,
    NO_PERMISSION,
    NOT_FOUND,
    FUNCTION_NOT_FOUND,
    IN_USE,
    INSUFFICIENT_RESOURCES,
)
ASKED_AFTER = {
    "create-gpu": "nvmlGpuInstanceGetInfo",
    "create-compute": "nvmlComputeInstanceGetInfo_v2",
}
"""What is asked for the number of a new instance, when it stands already."""

Request = dict[str, Any]
Answer = dict[str, Any]


def serve(nvml: Any, uuid: str, requests: Iterable[Request], answer: Callable[[Answer], None]) -> None:
    """Answer requests about one GPU, with NVML open from the first to the last.

    Parameters
    ----------
    nvml : module or object or None
        As of `open_nvml`.
    uuid : str
        The GPU.
    requests : iterable of dict
        ``{"do": "read"}`` or ``{"do": "step", "step": …, "text": …}``.
    answer : callable
        Takes ``{"ok": …}`` or ``{"error": …}`` for each.
    """
    with ExitStack() as stack:
        opened: Any = None
        for request in requests:
            try:
                opened = opened or stack.enter_context(open_nvml(nvml))
                reply: Answer = {"ok": perform(opened, uuid, request)}
            except MigExplorerError as error:
                reply = error_as_json(error)
            except Exception as error:  # noqa: BLE001 - whoever asked must hear of it, whatever it was
                reply = {"error": f"{type(error).__name__}: {error}", "call": "", "code": None}
            answer(reply)


def perform(nvml: Any, uuid: str, request: Mapping[str, Any]) -> Answer:
    """Do what a request asks for.

    Returns
    -------
    dict
        Of ``"read"``: mode, pending mode, index, records and processes. Of a step: the ids that NVML gave.

    Raises
    ------
    DeviceUnavailable, DeviceCallFailed
        If the driver says no.
    """
    device = call(nvml, "nvmlDeviceGetHandleByUUID", uuid)
    if request["do"] == "read":
        return read(nvml, device)
    return take(nvml, device, step_from_json(request["step"]))


def read(nvml: Any, device: Any) -> Answer:
    """Read what stands on a GPU, as JSON values."""
    found = read_gpu(nvml, device)
    processes = read_processes(nvml, device)
    return {
        "index": found.index,
        "mode": found.mig_mode,
        "pending": found.pending_mode,
        "records": as_json(records_of_device(found)),
        "processes": None if processes is None else [vars(each) for each in processes],
    }


def take(nvml: Any, device: Any, step: Step) -> Answer:
    """Take one step. What is destroyed is looked at first: another's instance may have its number by now."""
    if step.action == "create-gpu":
        return {"gi_id": _create_gpu(nvml, device, step.instance)}
    parent = _gpu_instance(nvml, device, step.instance)
    if step.compute is None:
        call(nvml, "nvmlGpuInstanceDestroy", parent)
        return {}
    if step.action == "create-compute":
        return {"ci_id": _create_compute(nvml, parent, step.compute)}
    call(nvml, "nvmlComputeInstanceDestroy", _compute_instance(nvml, parent, step.instance, step.compute))
    return {}


def surely_not_taken(step: Step, error: Exception) -> bool:
    """Whether an error says that a step was not taken; after others only a reading tells.

    Examples
    --------
    >>> from mig_explorer.devices.records import InstanceRecord
    >>> from mig_explorer.devices.steps import Step
    >>> step = Step("create-gpu", InstanceRecord("1g.5gb", 0, 19, 6, 1))
    >>> no_room = DeviceCallFailed("", call="nvmlDeviceCreateGpuInstanceWithPlacement", code=23)
    >>> surely_not_taken(step, no_room), surely_not_taken(step, DeviceUnavailable("The GPU is lost."))
    (True, False)
    """
    if not isinstance(error, DeviceCallFailed) or error.code not in REFUSALS:
        return False
    return error.call != ASKED_AFTER.get(step.action)


def error_as_json(error: MigExplorerError) -> Answer:
    """Return an error as JSON values; `error_from_json` makes it again."""
    return {
        "error": str(error),
        "call": getattr(error, "call", ""),
        "code": getattr(error, "code", None),
    }


def error_from_json(answer: Mapping[str, Any]) -> DeviceUnavailable | DeviceCallFailed:
    """Return the error of an answer.

    Examples
    --------
    >>> error_from_json({"error": "no", "call": "nvmlInit", "code": 4}).code
    4
    """
    if answer["code"] is None:
        return DeviceUnavailable(answer["error"])
    return DeviceCallFailed(answer["error"], call=answer["call"], code=answer["code"])


def _create_gpu(nvml: Any, device: Any, wanted: InstanceRecord) -> int:
    where = nvml.c_nvmlGpuInstancePlacement_t(wanted.start, wanted.size)
    profile = _gpu_profile(nvml, device, wanted)
    made = call(nvml, "nvmlDeviceCreateGpuInstanceWithPlacement", device, profile, ctypes.byref(where))
    return int(call(nvml, "nvmlGpuInstanceGetInfo", made).id)


def _create_compute(nvml: Any, parent: Any, wanted: ComputeRecord) -> int:
    profile = _compute_profile(nvml, parent, wanted)
    where = None if wanted.full else _compute_placement(nvml, parent, profile, wanted)
    if where is None:
        made = call(nvml, "nvmlGpuInstanceCreateComputeInstance", parent, profile)
    else:
        made = call(
            nvml,
            "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
            parent,
            profile,
            ctypes.byref(where),
        )
    return int(call(nvml, "nvmlComputeInstanceGetInfo_v2", made).id)


def _compute_placement(nvml: Any, parent: Any, profile: int, wanted: ComputeRecord) -> Any:
    """Return the driver's own placement for a start: on some boards its sizes are not what the names say.

    None where the driver lists no such placement: it then chooses, and the reading after it tells.
    """
    function = "nvmlGpuInstanceGetComputeInstancePossiblePlacements"
    count = ctypes.c_uint(0)
    if ask(nvml, function, parent, profile, None, ctypes.byref(count)) is None:
        return None
    places = (nvml.c_nvmlComputeInstancePlacement_t * max(1, count.value))()
    call(nvml, function, parent, profile, places, ctypes.byref(count))
    return next((each for each in places[: count.value] if each.start == wanted.start), None)


def _gpu_profile(nvml: Any, device: Any, wanted: InstanceRecord) -> int:
    return _profile(nvml, "nvmlDeviceGetGpuInstanceProfileInfo", device, wanted.nvml_profile)


def _compute_profile(nvml: Any, parent: Any, wanted: ComputeRecord) -> int:
    shared = nvml.NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED
    name = "nvmlGpuInstanceGetComputeInstanceProfileInfo"
    return _profile(nvml, name, parent, wanted.nvml_profile, shared)


def _profile(nvml: Any, function: str, *arguments: Any) -> int:
    """Return a profile's ID; drivers before R470 know the first version of the question only."""
    try:
        return int(call(nvml, function, *arguments).id)
    except DeviceCallFailed as error:
        if error.code != FUNCTION_NOT_FOUND:
            raise
        return int(call(nvml, function, *arguments, 1).id)


def _gpu_instance(nvml: Any, device: Any, wanted: InstanceRecord) -> Any:
    handle = call(nvml, "nvmlDeviceGetGpuInstanceById", device, wanted.gi_id)
    found = call(nvml, "nvmlGpuInstanceGetInfo", handle)
    there = (found.profileId, found.placement.start)
    if there != (_gpu_profile(nvml, device, wanted), wanted.start):
        raise _another(place(wanted), wanted.name, "nvmlGpuInstanceGetInfo")
    return handle


def _compute_instance(nvml: Any, parent: Any, instance: InstanceRecord, wanted: ComputeRecord) -> Any:
    handle = call(nvml, "nvmlGpuInstanceGetComputeInstanceById", parent, wanted.ci_id)
    found = call(nvml, "nvmlComputeInstanceGetInfo_v2", handle)
    if found.profileId != _compute_profile(nvml, parent, wanted):
        raise _another(place(instance, wanted), wanted.name, "nvmlComputeInstanceGetInfo_v2")
    return handle


def _another(number: str, name: str, function: str) -> DeviceCallFailed:
    return DeviceCallFailed(
        f"{number[0].upper()}{number[1:]} is not {name} any more: somebody else changed the GPU in between.",
        call=function,
        code=NOT_FOUND,
    )
