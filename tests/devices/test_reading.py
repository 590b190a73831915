from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.devices.processes import Process
from mig_explorer.devices.reading import Reading, read


class Answering:
    """Gives one answer."""

    def __init__(self, processes: Any) -> None:
        self.answer = {"index": 3, "mode": True, "pending": False, "records": [], "processes": processes}

    def do(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        assert (request, seconds) == ({"do": "read"}, 7.5)
        return self.answer

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("processes", "expected"),
    [
        (None, None),
        ([], ()),
        ([{"pid": 41, "name": "python", "gi_id": 2, "ci_id": None}], (Process(41, "python", 2),)),
    ],
)
def test_processes_that_are_not_known_stay_unknown(processes: Any, expected: Any) -> None:
    assert read(Answering(processes), 7.5) == Reading(
        3, mode=True, pending=False, records=(), processes=expected
    )
