"""The record of an A100 with one thing changed."""

from __future__ import annotations

import copy
import json
from typing import Any

from mig_explorer.gpus.catalogue import BOARDS

RECORD: dict[str, Any] = json.loads((BOARDS / "A100-SXM4-40GB.json").read_text())


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    record = copy.deepcopy(RECORD)
    place: Any = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return record


def without(*path: str | int) -> dict[str, Any]:
    record = copy.deepcopy(RECORD)
    place: Any = record
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return record
