"""Nothing in this folder may ask for the real GPU by mistake."""

from __future__ import annotations

import pynvml
import pytest


@pytest.fixture(autouse=True)
def _no_real_nvml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make whoever forgets to hand the fake over fail, on a machine with a GPU and on one without."""

    def refuse() -> None:
        message = "this test reached for the real NVML"
        raise AssertionError(message)

    monkeypatch.setattr(pynvml, "nvmlInit", refuse)
