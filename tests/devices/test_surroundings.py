"""Where the program runs, read from files and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_explorer.devices.surroundings import Surroundings, surroundings

ROOT_RIGHTS = "Name:\tpython\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n"
NO_RIGHTS = "Name:\tpython\nCapEff:\t0000000000000000\nSeccomp:\t0\n"
DRIVER = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n"
    "GCC version:  gcc version 11.4.0\n"
)
OPEN_DRIVER = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\n"


def seen(root: Path, files: dict[str, str] | None = None, **environ: str) -> Surroundings:
    for name, text in (files or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return surroundings(root, environ, "Linux")


def test_a_bare_machine_without_driver(tmp_path: Path) -> None:
    assert seen(tmp_path) == Surroundings(system="Linux")


@pytest.mark.parametrize(
    ("files", "environ", "how"),
    [
        ({".dockerenv": ""}, {}, "/.dockerenv is there"),
        ({"run/.containerenv": ""}, {}, "/run/.containerenv is there"),
        ({}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "KUBERNETES_SERVICE_HOST is set"),
        ({"proc/1/cgroup": "0::/kubepods/pod7\n"}, {}, "/proc/1/cgroup names kubepods"),
        ({"proc/1/cgroup": "0::/init.scope\n"}, {}, ""),
    ],
)
def test_a_container_is_known_by_its_marks(
    tmp_path: Path, files: dict[str, str], environ: dict[str, str], how: str
) -> None:
    assert seen(tmp_path, files, **environ).container == how


@pytest.mark.parametrize(("text", "version"), [(DRIVER, "535.104.05"), (OPEN_DRIVER, "580.65.06"), ("", "")])
def test_the_kernel_s_driver_tells_its_version(tmp_path: Path, text: str, version: str) -> None:
    assert seen(tmp_path, {"proc/driver/nvidia/version": text}).kernel_driver == version


def test_linux_inside_windows_is_told_apart(tmp_path: Path) -> None:
    text = "Linux version 5.15.90.1-microsoft-standard-WSL2\n"
    assert seen(tmp_path, {"proc/version": text}).system == "WSL"


def test_who_has_cap_sys_admin_may_configure(tmp_path: Path) -> None:
    assert seen(tmp_path, {"proc/self/status": ROOT_RIGHTS}).may_configure
    assert not seen(tmp_path, {"proc/self/status": NO_RIGHTS}).may_configure


def test_who_may_read_the_capability_s_device_file_may_configure(tmp_path: Path) -> None:
    files = {"proc/driver/nvidia-caps/mig-minors": "config 1\nmonitor 2\ngpu0/gi0/access 3\n"}
    assert not seen(tmp_path, files).may_configure
    assert seen(tmp_path, {**files, "dev/nvidia-caps/nvidia-cap1": ""}).may_configure


def test_the_container_s_wishes_are_read_from_the_environment(tmp_path: Path) -> None:
    found = seen(tmp_path, NVIDIA_VISIBLE_DEVICES="void", NVIDIA_MIG_CONFIG_DEVICES="all")
    assert (found.visible_devices, found.config_devices) == ("void", "all")


def test_this_machine_can_be_looked_at_without_an_error() -> None:
    assert surroundings().system
