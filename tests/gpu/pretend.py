"""A pytest plugin, ``-p tests.gpu.pretend``: the tests for a real GPU run on the fake and stay sound."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.devices.fake_nvml import FakeBoard, FakeNvml

MACHINE = FakeNvml(
    [
        FakeBoard(layout="3g.20gb@4[2c@0+1c@2] 1g.5gb@0 1g.5gb@1[]"),
        FakeBoard("GB10"),
        FakeBoard("H100-SXM5-80GB", product_name="NVIDIA X1", pci_id="0x123410DE", layout="3g.40gb@4"),
    ]
)


def listing() -> str:
    """Return what ``nvidia-smi -L`` would print."""
    lines = []
    for index, board in enumerate(MACHINE.boards):
        lines.append(f"GPU {index}: {board.product_name or board.gpu.product_name} (UUID: {board.uuid})")
        lines += [
            f"  MIG {ci.profile:<15} Device {number:>2}: (UUID: {board.mig_uuid(gi.gi_id, ci.ci_id)})"
            for number, (gi, ci) in enumerate(board.mig_devices())
        ]
    return "\n".join(lines)


def pytest_configure(config: pytest.Config) -> None:
    """Put the fake in the place of the driver."""
    sys.modules["pynvml"] = MACHINE  # type: ignore[assignment]
    folder = tempfile.TemporaryDirectory()
    config.add_cleanup(folder.cleanup)
    program = Path(folder.name) / "nvidia-smi"
    program.write_text(f"#!{sys.executable}\nprint({listing()!r})\n", encoding="utf-8")
    program.chmod(0o755)
    os.environ["PATH"] = f"{folder.name}{os.pathsep}{os.environ['PATH']}"
