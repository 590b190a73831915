"""Stands in for nvidia-ml-py in a process of its own: the fake, on boards that live in a file."""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from pathlib import Path


def install() -> None:
    """Load the real module for its structures and errors, then put the fake in its place."""
    spec = importlib.util.spec_from_file_location("pynvml", os.environ["REAL_PYNVML"])
    assert spec
    assert spec.loader
    real = importlib.util.module_from_spec(spec)
    sys.modules["pynvml"] = real
    spec.loader.exec_module(real)
    from tests.devices.fake_faults import Faults  # noqa: PLC0415 - they import pynvml
    from tests.devices.fake_nvml import FakeNvml  # noqa: PLC0415

    faults = Faults(**ast.literal_eval(os.environ.get("FAKE_FAULTS", "{}")))
    sys.modules["pynvml"] = FakeNvml(faults=faults, state=Path(os.environ["FAKE_BOARDS"]))  # type: ignore[assignment]
