"""Where this program runs: operating system, container, privileges. Read from files and the environment."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTAINERS = re.compile(r"docker|kubepods|containerd|libpod|lxc")
CONFIG_CAPABILITY = re.compile(r"^config (\d+)$", re.MULTILINE)
CAP_SYS_ADMIN = 21


@dataclass(frozen=True)
class Surroundings:
    """Where this program runs.

    Parameters
    ----------
    system : str
        ``"Linux"``, ``"Darwin"``, ``"Windows"``; ``"WSL"`` for Linux inside Windows.
    container : str
        How it is known that this is a container; empty if it is none.
    kernel_driver : str
        Version of NVIDIA's driver in the kernel; empty if it is not loaded.
    may_configure : bool
        Whether this user may create and destroy instances: CAP_SYS_ADMIN, or access to the mig/config
        capability.
    visible_devices, config_devices : str or None
        ``NVIDIA_VISIBLE_DEVICES`` and ``NVIDIA_MIG_CONFIG_DEVICES``, by which a container gets its GPUs and
        the right to change them.
    """

    system: str = "Linux"
    container: str = ""
    kernel_driver: str = ""
    may_configure: bool = False
    visible_devices: str | None = None
    config_devices: str | None = None


def surroundings(
    root: Path = Path("/"), environ: Mapping[str, str] = os.environ, system: str | None = None
) -> Surroundings:
    """Return where this program runs.

    Parameters
    ----------
    root : Path
        Where ``/proc`` and ``/dev`` are; another one in tests.
    environ : mapping of str to str
        The environment.
    system : str, optional
        Name of the operating system; asked for if left out.

    Notes
    -----
    The access to mig/config is a device file whose number ``/proc/driver/nvidia-caps/mig-minors`` gives
    (NVIDIA MIG User Guide, device nodes and capabilities).

    Examples
    --------
    >>> surroundings(Path("/nowhere"), {}, "Darwin").system
    'Darwin'
    """
    found = platform.system() if system is None else system
    if found == "Linux" and "microsoft" in _text(root / "proc/version").casefold():
        found = "WSL"
    version = re.search(r"Kernel Module.*?\s(\d+(\.\d+)+)\s", _text(root / "proc/driver/nvidia/version"))
    return Surroundings(
        system=found,
        container=_container(root, environ),
        kernel_driver=version[1] if version else "",
        may_configure=_has_sys_admin(root) or _may_open_config(root),
        visible_devices=environ.get("NVIDIA_VISIBLE_DEVICES"),
        config_devices=environ.get("NVIDIA_MIG_CONFIG_DEVICES"),
    )


def _container(root: Path, environ: Mapping[str, str]) -> str:
    for name in (".dockerenv", "run/.containerenv"):
        if (root / name).exists():
            return f"/{name} is there"
    if "KUBERNETES_SERVICE_HOST" in environ:
        return "KUBERNETES_SERVICE_HOST is set"
    group = CONTAINERS.search(_text(root / "proc/1/cgroup"))
    return f"/proc/1/cgroup names {group[0]}" if group else ""


def _has_sys_admin(root: Path) -> bool:
    held = re.search(r"^CapEff:\s*([0-9a-f]+)$", _text(root / "proc/self/status"), re.MULTILINE)
    return held is not None and bool(int(held[1], 16) >> CAP_SYS_ADMIN & 1)


def _may_open_config(root: Path) -> bool:
    minor = CONFIG_CAPABILITY.search(_text(root / "proc/driver/nvidia-caps/mig-minors"))
    if minor is None:
        return False
    return os.access(root / f"dev/nvidia-caps/nvidia-cap{minor[1]}", os.R_OK)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
