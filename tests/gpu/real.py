"""Whether there is a GPU to test on, and the real NVML under watch."""

from __future__ import annotations

from typing import Any

from mig_explorer.devices.nvml import call, load, open_nvml
from mig_explorer.errors import MigExplorerError


def why_not() -> str:
    """Return why nothing can be tested on a real GPU here; empty if it can."""
    try:
        with open_nvml() as nvml:
            return "" if call(nvml, "nvmlDeviceGetCount") else "the driver sees no GPU"
    except MigExplorerError as error:
        return f"{type(error).__name__}: {error}"


def skip_reason() -> str:
    """Return a reason for pytest that nobody overlooks; empty if the tests can run."""
    why = why_not()
    return f"NOTHING WAS TESTED ON A REAL GPU: {why}" if why else ""


class Watched:
    """The real NVML; it writes down which functions were called, and refuses those that change anything."""

    def __init__(self) -> None:
        self.real = load()
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        if not name.startswith("nvml") or isinstance(found, type):
            return found
        if any(word in name for word in ("Create", "Destroy", "Set", "Reset", "Clear")):
            message = f"{name} changes something"
            raise AssertionError(message)

        def watched(*arguments: Any) -> Any:
            self.calls.append(name)
            return found(*arguments)

        return watched
