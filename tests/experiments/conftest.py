from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mig_explorer.experiments.workers import Report, Task

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence


@pytest.fixture
def instant_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kernel is right at once, with no worker process: for tests of what comes after."""

    def run_tasks(tasks: Sequence[Task], limit: int, deadline_seconds: float) -> Generator[Report]:
        assert limit >= 1
        assert deadline_seconds > 0
        for task in tasks:
            yield Report(task, "kernel-started")
            details = {
                "correct": True,
                "max_error": 1e-7,
                "tolerance": {"rtol": 1e-6, "atol": 0.0},
                "seconds": 0.01,
                "parameters": {"elements": 1024},
            }
            yield Report(task, "kernel-checked", details)

    monkeypatch.setattr("mig_explorer.experiments.experiment.run_tasks", run_tasks)
