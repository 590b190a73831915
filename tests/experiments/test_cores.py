from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mig_explorer.experiments.cores import worker_limit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


@pytest.mark.parametrize(
    ("cpu", "memory", "workers"),
    [
        (None, None, 16),
        ("max 100000", "max", 16),
        ("200000 100000", "max", 2),
        ("150000 100000", None, 2),
        ("50000 100000", None, 1),
        ("max 100000", str(2 * 2**30), 4),
        ("100000 100000", str(2 * 2**30), 1),
        (None, str(100 * 2**20), 1),
        ("what?", "nothing", 16),
        ("", "", 16),
    ],
)
def test_a_containers_limits_count(tmp_path: Path, cpu: str | None, memory: str | None, workers: int) -> None:
    for name, text in (("cpu.max", cpu), ("memory.max", memory)):
        if text is not None:
            (tmp_path / name).write_text(f"{text}\n", encoding="ascii")
    assert worker_limit(tmp_path) == workers


def test_the_cores_that_this_process_may_use_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert worker_limit(tmp_path) == 2


def test_where_a_system_has_no_affinity_all_cores_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert worker_limit(tmp_path) == 6
