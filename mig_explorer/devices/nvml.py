"""NVML through nvidia-ml-py: loaded only when asked for, and its errors in plain words."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import DeviceCallFailed, DeviceUnavailable, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator

INVALID_ARGUMENT = 2
NOT_SUPPORTED = 3
NO_PERMISSION = 4
NOT_FOUND = 6
DRIVER_NOT_LOADED = 9
LIBRARY_NOT_FOUND = 12
FUNCTION_NOT_FOUND = 13
GPU_IS_LOST = 15
VERSION_MISMATCH = 18
IN_USE = 19
INSUFFICIENT_RESOURCES = 23
UNKNOWN = 999

NOTHING_TO_READ = {
    DRIVER_NOT_LOADED: "NVIDIA's driver is not loaded. Load it: sudo modprobe nvidia",
    LIBRARY_NOT_FOUND: (
        "NVML, the library libnvidia-ml.so.1 of NVIDIA's driver, is not on this machine. Install the driver; "
        "in a container, NVIDIA's Container Toolkit brings the library in: docker run --gpus all …"
    ),
    GPU_IS_LOST: (
        "The GPU is lost: it fell off the bus, or hangs. See why: sudo dmesg | grep -i nvrm. Then restart "
        "the machine: sudo reboot"
    ),
    VERSION_MISMATCH: (
        "NVIDIA's driver in the kernel and its library are of different versions, as after an update. "
        "Restart the machine: sudo reboot"
    ),
}
"""NVML's return codes after which there is nothing more to ask, in words."""

MEANING = {
    1: ("Uninitialized", "NVML was closed in between; open it again."),
    INVALID_ARGUMENT: ("Invalid Argument", "The instance may have gone in between; read the GPU again."),
    NOT_SUPPORTED: ("Not Supported", "This GPU, or its driver, cannot; MIG may be switched off."),
    NO_PERMISSION: (
        "Insufficient Permissions",
        "It takes root, or read access to NVIDIA's mig/config capability: try with sudo.",
    ),
    NOT_FOUND: ("Not Found", "It may have gone in between; read the GPU again."),
    7: ("Insufficient Size", "There are more than were counted a moment ago; read the GPU again."),
    10: ("Timeout", "The driver did not answer in time; see: sudo dmesg | grep -i nvrm"),
    FUNCTION_NOT_FOUND: ("Function Not Found", "The driver is too old for it."),
    16: ("GPU requires restart", "Reset the GPU, with nothing running on it: sudo nvidia-smi --gpu-reset"),
    IN_USE: ("In use by another client", "End the programs on it, and destroy what it holds, first."),
    INSUFFICIENT_RESOURCES: ("Insufficient Resources", "What it needs is held by other instances."),
    UNKNOWN: ("Unknown Error", "See: sudo dmesg | grep -i nvrm"),
}
"""NVML's return codes of a single call: the driver's words, and what helps."""


@contextmanager
def open_nvml(module: Any = None) -> Iterator[Any]:
    """Open NVML for a while; close it in the end, whatever happens.

    Parameters
    ----------
    module : module or object, optional
        What has nvidia-ml-py's functions; the real `pynvml` if left out, imported here and not before.

    Yields
    ------
    object
        The module, ready for `call` and `ask`.

    Raises
    ------
    MissingExtra
        If nvidia-ml-py is not installed.
    DeviceUnavailable
        If there is no driver, no library, or they do not fit together.

    Examples
    --------
    >>> from mig_explorer.errors import DeviceUnavailable, MissingExtra
    >>> try:
    ...     with open_nvml() as nvml:
    ...         gpus = call(nvml, "nvmlDeviceGetCount")
    ... except (DeviceUnavailable, MissingExtra):
    ...     gpus = 0
    """
    nvml = load() if module is None else module
    call(nvml, "nvmlInit")
    try:
        yield nvml
    finally:
        ask(nvml, "nvmlShutdown", unknown_after=range(UNKNOWN + 1))


def load() -> Any:
    """Import nvidia-ml-py.

    Raises
    ------
    MissingExtra
        If it is not installed; the message gives the command.
    """
    try:
        return importlib.import_module("pynvml")
    except ImportError as error:
        raise MissingExtra(
            "Reading the GPUs of this machine takes nvidia-ml-py, which is not installed. "
            "Install it: pip install nvidia-ml-py"
        ) from error


def call(nvml: Any, function: str, *arguments: Any) -> Any:
    """Call a function of NVML and return its answer.

    Parameters
    ----------
    nvml : object
        What `open_nvml` gave.
    function : str
        Its name in nvidia-ml-py.
    *arguments
        As nvidia-ml-py takes them.

    Raises
    ------
    DeviceUnavailable
        If the driver or the GPU is not there any more.
    DeviceCallFailed
        If the driver says no; ``.code`` is NVML's return code.

    Examples
    --------
    >>> class Broken:
    ...     class NVMLError(Exception):
    ...         value = 4
    ...
    ...     def nvmlDeviceGetMigMode(self, device):
    ...         raise self.NVMLError
    >>> call(Broken(), "nvmlDeviceGetMigMode", None)
    Traceback (most recent call last):
        ...
    mig_explorer.errors.DeviceCallFailed: nvmlDeviceGetMigMode: Insufficient Permissions (NVML code 4). It
    takes root, or read access to NVIDIA's mig/config capability: try with sudo.
    """
    try:
        return getattr(nvml, function)(*arguments)
    except AttributeError as error:
        if hasattr(nvml, function):
            raise
        raise DeviceCallFailed(
            f"nvidia-ml-py has no {function}: it is too old, or another package took the name pynvml. "
            "Install it anew: pip install --force-reinstall nvidia-ml-py",
            call=function,
            code=FUNCTION_NOT_FOUND,
        ) from error
    except nvml.NVMLError as error:
        raise failure(function, error.value) from error
    except getattr(nvml, "NVMLLibraryMismatchError", ()) as error:
        raise failure(function, FUNCTION_NOT_FOUND) from error


def ask(
    nvml: Any,
    function: str,
    *arguments: Any,
    unknown_after: range | tuple[int, ...] = (NOT_SUPPORTED, FUNCTION_NOT_FOUND),
) -> Any:
    """Call a function of NVML; return None, which is unknown, where the driver has no answer.

    Parameters
    ----------
    nvml, function, *arguments
        As of `call`.
    unknown_after : tuple of int or range
        Return codes that mean unknown; others are raised. By default "not supported" and "no such function".

    Raises
    ------
    DeviceUnavailable, DeviceCallFailed
        As `call` does.
    """
    try:
        return call(nvml, function, *arguments)
    except DeviceCallFailed as error:
        if error.code in unknown_after:
            return None
        raise


def failure(function: str, code: int) -> DeviceUnavailable | DeviceCallFailed:
    """Return the error for a return code of NVML.

    Examples
    --------
    >>> print(failure("nvmlGpuInstanceDestroy", 19))
    nvmlGpuInstanceDestroy: In use by another client (NVML code 19). End the programs on it, and destroy what
    it holds, first.
    """
    if code in NOTHING_TO_READ:
        return DeviceUnavailable(NOTHING_TO_READ[code])
    said, advice = MEANING.get(code, MEANING[UNKNOWN])
    return DeviceCallFailed(f"{function}: {said} (NVML code {code}). {advice}", call=function, code=code)
