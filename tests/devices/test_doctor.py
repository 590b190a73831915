"""What stands in the way of MIG: each obstacle in full, with the command that helps."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mig_explorer.devices import Diagnosis, diagnose
from mig_explorer.devices.surroundings import Surroundings
from tests.devices.fake_nvml import FakeBoard, FakeNvml, Faults

ROOT = Path(__file__).resolve().parents[2]
BARE = Surroundings(may_configure=True, kernel_driver="580.65.06")
INSIDE = Surroundings(container="/.dockerenv is there", may_configure=False)


def examined(
    *boards: FakeBoard, here: Surroundings = BARE, faults: Faults | None = None, driver: str = "580.65.06"
) -> Diagnosis:
    nvml = FakeNvml(boards, faults=faults, driver=driver)
    found = diagnose(nvml, here)
    assert nvml.changed == []
    return found


def only(found: Diagnosis) -> str:
    (obstacle,) = found.obstacles
    assert not found.ok
    return str(obstacle)


def test_a_gpu_with_something_on_it_has_nothing_in_the_way() -> None:
    found = examined(FakeBoard(layout="3g.20gb@4"))
    assert found.ok
    assert found.obstacles == ()
    assert str(found).splitlines()[-1] == "Nothing stands in the way of MIG."


# The machine


@pytest.mark.parametrize(
    ("system", "name"), [("Darwin", "macOS"), ("Windows", "Windows"), ("WSL", "Linux inside Windows (WSL)")]
)
def test_other_systems_than_linux_have_no_mig(system: str, name: str) -> None:
    found = diagnose(FakeNvml([FakeBoard()]), Surroundings(system=system))
    assert (found.inventory is None) == (system == "Darwin"), "what is there is shown all the same"
    assert diagnose(FakeNvml(faults=Faults(library_missing=True)), Surroundings(system)).inventory is None
    assert only(found) == (
        f"MIG is for Linux, and this is {name}.\n"
        "   NVIDIA's driver has no MIG elsewhere. Everything that needs no GPU works here.\n"
        "   mig-explorer lab"
    )


@pytest.mark.parametrize(
    ("faults", "here", "words"),
    [
        (
            Faults(library_missing=True),
            Surroundings(),
            (
                "NVIDIA's driver is not installed.\n"
                "   Without it there is no GPU to read. On other systems than Ubuntu the command is another "
                "one.\n   sudo ubuntu-drivers install --gpgpu"
            ),
        ),
        (
            Faults(library_missing=True),
            BARE,
            (
                "NVIDIA's library libnvidia-ml.so.1 is not found.\n"
                "   The kernel has the driver 580.65.06, so a part of it is not installed, or the linker "
                "does not find it.\n"
                "   ldconfig -p | grep libnvidia-ml"
            ),
        ),
        (
            Faults(library_missing=True),
            INSIDE,
            (
                "This container has no NVIDIA driver in it.\n"
                "   It is a container (/.dockerenv is there) that was started without GPUs. NVIDIA's "
                "Container Toolkit brings the driver's library in.\n"
                "   docker run --rm --gpus all ubuntu nvidia-smi -L"
            ),
        ),
        (
            Faults(driver_not_loaded=True),
            BARE,
            (
                "NVIDIA's driver is not loaded.\n"
                "   It is installed, and the kernel has not loaded it.\n"
                "   sudo modprobe nvidia"
            ),
        ),
        (
            Faults(version_mismatch=True),
            BARE,
            (
                "NVIDIA's driver in the kernel and its library are of different versions.\n"
                "   The driver was updated while the old one was loaded.\n"
                "   sudo reboot"
            ),
        ),
        (
            Faults(fails=(("nvmlInit", 1, 4),)),
            BARE,
            (
                "This user may not open NVIDIA's device files.\n"
                "   nvmlInit: Insufficient Permissions (NVML code 4). It takes root, or read access to "
                "NVIDIA's mig/config capability: try with sudo.\n"
                "   ls -l /dev/nvidia* && id"
            ),
        ),
        (
            Faults(fails=(("nvmlInit", 1, 999),)),
            BARE,
            (
                "The driver does not answer.\n"
                "   nvmlInit: Unknown Error (NVML code 999). See: sudo dmesg | grep -i nvrm\n"
                "   sudo dmesg | grep -i nvrm"
            ),
        ),
    ],
)
def test_without_a_driver_there_is_no_inventory_and_the_way_to_one(
    faults: Faults, here: Surroundings, words: str
) -> None:
    found = examined(FakeBoard(), faults=faults, here=here)
    assert found.inventory is None
    assert only(found) == words


def test_without_nvidia_ml_py_the_command_installs_it() -> None:
    program = (
        "import sys; sys.modules['pynvml'] = None\n"
        "from mig_explorer.devices import diagnose\n"
        "from mig_explorer.devices.surroundings import Surroundings\n"
        "print(diagnose(here=Surroundings()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert run.stdout == (
        "In the way of MIG:\n"
        "1. nvidia-ml-py is not installed.\n"
        "   The GPUs of this machine are read through it.\n"
        "   pip install nvidia-ml-py\n"
    )


def test_a_driver_that_sees_no_gpu() -> None:
    assert only(examined()) == (
        "The driver sees no GPU.\n"
        "   The driver is there. Either there is no NVIDIA GPU, or it has fallen off the bus.\n"
        "   lspci -d 10de:"
    )
    assert only(examined(here=Surroundings(container="x", visible_devices="void"))) == (
        "This container was given no GPU.\n"
        "   NVIDIA_VISIBLE_DEVICES is 'void'.\n"
        "   docker run --rm --gpus all ubuntu nvidia-smi -L"
    )


def test_in_a_container_it_is_noted_whose_process_numbers_they_are() -> None:
    found = examined(FakeBoard(layout="3g.20gb@4"), here=INSIDE)
    assert found.ok
    assert found.notes == (
        (
            "This runs in a container (/.dockerenv is there): process numbers are those of the host, and a "
            "GPU is reset, and its MIG mode switched, on the host."
        ),
    )
    assert str(found).splitlines()[-1] == f"Note: {found.notes[0]}"


# One GPU


@pytest.mark.parametrize("board", ["GB10", "L4", "L40S", "T4", "RTX-4090"])
def test_a_board_without_mig_has_other_ways_to_share(board: str) -> None:
    assert only(examined(FakeBoard(board))) == (
        f"GPU 0, {board} has no MIG.\n"
        "   It can be shared by time slicing, MPS or green contexts; none of them gives each program memory "
        "of its own.\n"
        "   nvidia-cuda-mps-control -d"
    )


@pytest.mark.parametrize(
    ("board", "driver", "needed"),
    [
        ("A100-SXM4-40GB", "450.51.06", "450.80.02"),
        ("H100-SXM5-80GB", "470.57.02", "525.85.12"),
        ("B200-180GB", "99.10.01", "570.133.20"),
    ],
)
@pytest.mark.parametrize("not_supported", [(), ("nvmlDeviceGetMigMode",)])
def test_a_driver_too_old_for_the_board_comes_first(
    board: str, driver: str, needed: str, not_supported: tuple[str, ...]
) -> None:
    found = examined(FakeBoard(board, mig_mode=0), driver=driver, faults=Faults(not_supported=not_supported))
    assert str(found.obstacles[0]) == (
        f"The driver {driver} is too old for MIG on GPU 0, {board}.\n"
        f"   MIG on it takes {needed} or newer. On other systems than Ubuntu the command is another one.\n"
        "   sudo ubuntu-drivers install --gpgpu"
    )


def test_a_board_with_mig_whose_driver_says_it_has_none() -> None:
    faults = Faults(not_supported=("nvmlDeviceGetMigMode",))
    assert only(examined(FakeBoard("H100-SXM5-80GB"), faults=faults)) == (
        "The driver says that MIG is not supported on GPU 0, H100-SXM5-80GB.\n"
        "   The board has MIG. In a virtual machine the host decides, and a vGPU has none of its own.\n"
        "   systemd-detect-virt"
    )
    assert only(examined(FakeBoard("RTX-PRO-6000-BLACKWELL-WORKSTATION"), faults=faults)) == (
        "The driver says that MIG is not supported on GPU 0, RTX-PRO-6000-BLACKWELL-WORKSTATION.\n"
        "   A workstation board has MIG only in compute mode, which turns its display outputs off, and with "
        "a recent vBIOS. NVIDIA's displaymodeselector switches it.\n"
        "   sudo ./displaymodeselector --gpumode compute"
    )


def test_mig_off_on_ampere_takes_a_reset_and_on_hopper_none() -> None:
    assert only(examined(FakeBoard(mig_mode=0))) == (
        "MIG mode of GPU 0, A100-SXM4-40GB is off.\n"
        "   It takes a reset of the GPU, so nothing may run on it, monitors such as dcgm included. It lasts "
        "over a restart of the machine; instances do not.\n"
        "   sudo nvidia-smi -i 0 -mig 1"
    )
    (_, hopper) = examined(FakeBoard(mig_mode=0), FakeBoard("H100-SXM5-80GB", mig_mode=0)).obstacles
    assert str(hopper) == (
        "MIG mode of GPU 1, H100-SXM5-80GB is off.\n"
        "   It takes no reset, and lasts until the driver is unloaded or the machine restarts.\n"
        "   sudo nvidia-smi -i 1 -mig 1"
    )


@pytest.mark.parametrize(("mode", "now", "then"), [(0, "off", "on"), (1, "on", "off")])
def test_a_pending_mode_takes_a_reset(mode: int, now: str, then: str) -> None:
    assert only(examined(FakeBoard(mig_mode=mode), faults=Faults(mode_pending=True))) == (
        f"MIG mode of GPU 0, A100-SXM4-40GB is {now}, and {then} is pending.\n"
        "   It takes effect when the GPU is reset, with nothing running on it, monitors such as dcgm "
        "included. Where a reset is not supported, as in a virtual machine, restart the machine: sudo "
        "reboot\n"
        "   sudo nvidia-smi -i 0 --gpu-reset"
    )


def test_programs_that_hold_a_gpu_whose_mode_is_to_change_are_named_first() -> None:
    board = FakeBoard(mig_mode=0, processes=[(42, "python", None, None), (7, "Xorg", None, None)])
    clients, off = examined(board).obstacles
    assert str(clients) == (
        "2 programs hold GPU 0, A100-SXM4-40GB: 42 (python), 7 (Xorg).\n"
        "   While a program holds it, its MIG mode cannot change and it cannot be reset. End them.\n"
        "   kill 42 7"
    )
    assert off.command == "sudo nvidia-smi -i 0 -mig 1"
    foreign = examined(
        FakeBoard(mig_mode=0, pending=1), faults=Faults(foreign_client=(99, "", None, None)), here=INSIDE
    )
    assert str(foreign.obstacles[0]) == (
        "1 program holds GPU 0, A100-SXM4-40GB: 99 (name unknown).\n"
        "   While a program holds it, its MIG mode cannot change and it cannot be reset. End it. Its number "
        "is that of the host.\n"
        "   kill 99"
    )


def test_programs_on_a_gpu_in_use_with_mig_are_no_obstacle() -> None:
    assert examined(FakeBoard(layout="3g.20gb@4", processes=[(42, "python", 2, 0)])).ok


def test_programs_that_may_not_be_listed_are_no_obstacle_by_themselves() -> None:
    (off,) = examined(FakeBoard(mig_mode=0), faults=Faults(processes_not_permitted=True)).obstacles
    assert off.command == "sudo nvidia-smi -i 0 -mig 1"


def test_mig_on_with_nothing_on_it_hides_the_gpu_from_cuda() -> None:
    assert only(examined(FakeBoard("A30"))) == (
        "MIG mode of GPU 0, A30 is on, and nothing stands on it.\n"
        "   CUDA sees no device on it until a GPU instance with a compute instance stands. The command makes "
        "the largest there is.\n"
        "   sudo nvidia-smi mig -i 0 -cgi 4g.24gb -C"
    )


def test_a_gpu_instance_without_compute_instance_gets_the_command_that_makes_one() -> None:
    assert only(examined(FakeBoard(layout="3g.20gb@4[] 1g.5gb@0"))) == (
        "GPU instance 2 (3g.20gb@4) of GPU 0, A100-SXM4-40GB holds no compute instance.\n"
        "   No program can use it until it has one.\n"
        "   sudo nvidia-smi mig -i 0 -gi 2 -cci"
    )


@pytest.mark.parametrize(
    ("here", "why", "command"),
    [
        (
            Surroundings(),
            (
                "It takes root (CAP_SYS_ADMIN), or read access to NVIDIA's mig/config capability, whose "
                "device file /proc/driver/nvidia-caps/mig-minors names."
            ),
            "sudo mig-explorer doctor",
        ),
        (
            INSIDE,
            (
                "In a container it takes root, CAP_SYS_ADMIN and NVIDIA_MIG_CONFIG_DEVICES=all; "
                "NVIDIA_MIG_CONFIG_DEVICES is not set."
            ),
            (
                "docker run --runtime=nvidia --cap-add=SYS_ADMIN -e NVIDIA_VISIBLE_DEVICES=all "
                "-e NVIDIA_MIG_CONFIG_DEVICES=all IMAGE"
            ),
        ),
    ],
)
def test_without_permission_the_message_says_who_may(here: Surroundings, why: str, command: str) -> None:
    found = examined(FakeBoard(layout="3g.20gb@4"), faults=Faults(no_permission=True), here=here)
    assert only(found) == (
        "This user may use the MIG devices of GPU 0, A100-SXM4-40GB, and neither list nor change all that "
        f"stands.\n   {why}\n   {command}"
    )


def test_a_lost_gpu_is_an_obstacle_and_the_others_are_still_told_of() -> None:
    class FirstIsLost(FakeNvml):
        def nvmlDeviceGetHandleByIndex(self, index: int) -> object:  # noqa: N802
            if index == 0:
                raise self.NVMLError(15)
            return super().nvmlDeviceGetHandleByIndex(index)

    found = diagnose(FirstIsLost([FakeBoard(), FakeBoard("A30", layout="4g.24gb@0")]), BARE)
    assert only(found) == (
        "GPU 0 cannot be read.\n"
        "   The GPU is lost: it fell off the bus, or hangs. See why: sudo dmesg | grep -i nvrm. Then restart "
        "the machine: sudo reboot\n"
        "   sudo dmesg | grep -i nvrm"
    )
    assert found.inventory is not None
    assert str(found.inventory.gpus[1].layout) == "4g.24gb@0"


# The whole


def test_a_diagnosis_reads_from_top_to_bottom() -> None:
    found = examined(FakeBoard("A30", layout="4g.24gb@0"), FakeBoard("GB10"), FakeBoard("A30"))
    head, _, tail = str(found).partition("In the way of MIG:\n")
    assert head == f"{found.inventory}\n"
    assert [line for line in tail.splitlines() if not line.startswith("   ")] == [
        "1. GPU 1, GB10 has no MIG.",
        "2. MIG mode of GPU 2, A30 is on, and nothing stands on it.",
    ]


def test_a_diagnosis_is_json() -> None:
    said = json.loads(json.dumps(examined(FakeBoard("A30", mig_mode=0), here=INSIDE).as_dict()))
    assert said["ok"] is False
    assert said["inventory"]["gpus"][0]["gpu"] == "A30"
    assert [each["command"] for each in said["obstacles"]] == ["sudo nvidia-smi -i 0 -mig 1"]
    assert said["obstacles"][0].keys() == {"what", "why", "command", "gpu"}
    assert len(said["notes"]) == 1
