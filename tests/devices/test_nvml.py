"""Opening NVML, and its errors in plain words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mig_explorer.devices.nvml import ask, call, failure, open_nvml
from mig_explorer.errors import DeviceCallFailed, DeviceUnavailable
from tests.devices.fake_nvml import FakeBoard, FakeNvml, Faults

ROOT = Path(__file__).resolve().parents[2]


def test_nvml_is_closed_in_the_end_even_after_an_error() -> None:
    nvml = FakeNvml()
    depths = []

    def fail_inside() -> None:
        with open_nvml(nvml):
            depths.append(nvml.initialised)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert (*depths, nvml.initialised) == (1, 0)


def test_an_error_at_closing_does_not_hide_what_was_read() -> None:
    nvml = FakeNvml([FakeBoard()], faults=Faults(fails=(("nvmlShutdown", 1, 999),)))
    with open_nvml(nvml) as opened:
        assert call(opened, "nvmlDeviceGetCount") == 1


NO_LIBRARY = (
    "NVML, the library libnvidia-ml.so.1 of NVIDIA's driver, is not on this machine. Install the driver; "
    "in a container, NVIDIA's Container Toolkit brings the library in: docker run --gpus all …"
)
NOT_LOADED = "NVIDIA's driver is not loaded. Load it: sudo modprobe nvidia"
TWO_VERSIONS = (
    "NVIDIA's driver in the kernel and its library are of different versions, as after an update. "
    "Restart the machine: sudo reboot"
)


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (Faults(library_missing=True), NO_LIBRARY),
        (Faults(driver_not_loaded=True), NOT_LOADED),
        (Faults(version_mismatch=True), TWO_VERSIONS),
    ],
)
def test_without_a_driver_the_message_says_what_helps(faults: Faults, message: str) -> None:
    with pytest.raises(DeviceUnavailable) as caught, open_nvml(FakeNvml(faults=faults)):
        pass
    assert str(caught.value) == message


def test_a_lost_gpu_is_unavailable() -> None:
    nvml = FakeNvml([FakeBoard()], faults=Faults(gpu_lost=True))
    with pytest.raises(DeviceUnavailable) as caught, open_nvml(nvml) as opened:
        call(opened, "nvmlDeviceGetHandleByIndex", 0)
    assert str(caught.value) == (
        "The GPU is lost: it fell off the bus, or hangs. See why: sudo dmesg | grep -i nvrm. Then restart "
        "the machine: sudo reboot"
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (2, "Invalid Argument (NVML code 2). The instance may have gone in between; read the GPU again."),
        (3, "Not Supported (NVML code 3). This GPU, or its driver, cannot; MIG may be switched off."),
        (6, "Not Found (NVML code 6). It may have gone in between; read the GPU again."),
        (10, "Timeout (NVML code 10). The driver did not answer in time; see: sudo dmesg | grep -i nvrm"),
        (13, "Function Not Found (NVML code 13). The driver is too old for it."),
        (23, "Insufficient Resources (NVML code 23). What it needs is held by other instances."),
        (12345, "Unknown Error (NVML code 12345). See: sudo dmesg | grep -i nvrm"),
    ],
)
def test_each_code_has_the_driver_s_words_and_what_helps(code: int, words: str) -> None:
    message = f"f: {words}"
    error = failure("f", code)
    assert str(error) == message
    assert isinstance(error, DeviceCallFailed)
    assert (error.call, error.code) == ("f", code)


def test_what_is_not_supported_is_unknown_and_what_is_forbidden_is_an_error() -> None:
    nvml = FakeNvml([FakeBoard("GB10")])
    with open_nvml(nvml) as opened:
        gpu = call(opened, "nvmlDeviceGetHandleByIndex", 0)
        assert ask(opened, "nvmlDeviceGetMemoryInfo", gpu) is None
    nvml = FakeNvml([FakeBoard("A30")], faults=Faults(no_permission=True))
    with open_nvml(nvml) as opened:
        gpu = call(opened, "nvmlDeviceGetHandleByIndex", 0)
        with pytest.raises(DeviceCallFailed) as caught:
            ask(opened, "nvmlDeviceGetMemoryInfo", gpu)
        assert ask(opened, "nvmlDeviceGetMemoryInfo", gpu, unknown_after=(4,)) is None
    assert str(caught.value) == (
        "nvmlDeviceGetMemoryInfo: Insufficient Permissions (NVML code 4). It takes root, or read access to "
        "NVIDIA's mig/config capability: try with sudo."
    )


def test_an_nvidia_ml_py_that_lacks_a_function_is_told_apart_from_a_bug() -> None:
    nvml = FakeNvml()
    with pytest.raises(DeviceCallFailed) as caught:
        call(nvml, "nvmlDeviceReadMind")
    assert str(caught.value) == (
        "nvidia-ml-py has no nvmlDeviceReadMind: it is too old, or another package took the name pynvml. "
        "Install it anew: pip install --force-reinstall nvidia-ml-py"
    )
    assert ask(nvml, "nvmlDeviceReadMind") is None


def test_a_bug_inside_a_function_is_not_taken_for_an_old_nvidia_ml_py() -> None:
    class Buggy(FakeNvml):
        def nvmlDeviceGetName(self, handle: Any) -> str:  # noqa: N802
            return str(handle.name)

    with pytest.raises(AttributeError, match=r"^'int' object has no attribute 'name'$"):
        call(Buggy(), "nvmlDeviceGetName", 7)


def test_a_library_older_than_nvidia_ml_py_is_unknown_and_no_crash() -> None:
    class OldLibrary(FakeNvml):
        def nvmlDeviceGetComputeRunningProcesses(self, handle: object) -> list[object]:  # noqa: N802
            raise self.NVMLLibraryMismatchError(handle)

    assert ask(OldLibrary(), "nvmlDeviceGetComputeRunningProcesses", None) is None


def test_without_nvidia_ml_py_the_message_says_how_to_install_it() -> None:
    program = (
        "import sys; sys.modules['pynvml'] = None\n"
        "from mig_explorer.devices import inventory\n"
        "from mig_explorer.errors import MissingExtra\n"
        "try: inventory()\n"
        "except MissingExtra as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert run.stdout == (
        "Reading the GPUs of this machine takes nvidia-ml-py, which is not installed. "
        "Install it: pip install nvidia-ml-py\n"
    )


def test_nvidia_ml_py_is_not_imported_before_it_is_needed() -> None:
    program = "import sys, mig_explorer.devices; print('pynvml' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert run.stdout == "False\n"
