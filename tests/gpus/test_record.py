"""A record that contradicts itself is refused, with the place named."""

from __future__ import annotations

import copy
import json

import pytest

from mig_explorer.errors import InconsistentRecord
from mig_explorer.gpus.catalogue import BOARDS
from mig_explorer.gpus.record import read_record

RECORD = json.loads((BOARDS / "A100-SXM4-40GB.json").read_text())


def changed(*path, to):
    record = copy.deepcopy(RECORD)
    place = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return record


def without(*path):
    record = copy.deepcopy(RECORD)
    place = record
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return record


def test_the_record_as_it_is_can_be_read():
    assert read_record(RECORD, "A100.json").name == "A100-SXM4-40GB"


BAD = [
    (without("sources"), "'sources' is missing."),
    (without("facts", "sms"), "fact 'sms' is missing."),
    (without("facts", "sms_mig"), "fact 'sms_mig' is missing."),
    (without("facts", "sms", "unit"), "fact 'sms' has no 'unit'."),
    (
        changed("facts", "sms", "source", to="hearsay"),
        "fact 'sms' names the source 'hearsay', not in 'sources'.",
    ),
    (
        changed("facts", "sms", "confidence", to="sure"),
        (
            "fact 'sms' has the confidence 'sure'; it must be one of verified, derived, low, recalled, "
            "modelled, unknown."
        ),
    ),
    (
        changed("facts", "tdp_w", "value", to=None),
        "fact 'tdp_w': a value is null if, and only if, its confidence is 'unknown'.",
    ),
    (
        changed("facts", "sms", to={"value": None, "unit": "SM", "source": "UG-gs", "confidence": "unknown"}),
        "fact 'sms' must be known.",
    ),
    (without("profiles", 0, "starts"), "profile '1g.5gb': 'starts' is missing."),
    (changed("profiles", 0, "source", to=["x"]), "profile '1g.5gb' names the source 'x', not in 'sources'."),
    (changed("profiles", to=[]), "a board has profiles if, and only if, it has MIG."),
    (changed("mig", to=False), "a board has profiles if, and only if, it has MIG."),
    (changed("profiles", 1, "name", to="1g.5gb"), "two profiles have the same name."),
    (changed("profiles", 1, "profile_id", to=19), "two profiles have the same profile_id."),
    (
        changed("profiles", 0, "name", to="small"),
        "profile 'small' is not named like '3g.20gb' or '1g.5gb+me'.",
    ),
    (changed("profiles", 3, "compute_slices", to=3), "profile '2g.10gb' has 3 compute slices."),
    (changed("profiles", 3, "starts", to=[]), "profile '2g.10gb' has no start."),
    (
        changed("profiles", 3, "starts", to=[4, 0]),
        "profile '2g.10gb': its starts are not in order, or repeat.",
    ),
    (
        changed("profiles", 4, "starts", to=[0, 5]),
        "profile '3g.20gb' at start 5 ends at memory slice 9 of 8.",
    ),
    (
        changed("profiles", 3, "starts", to=[0, 2, 6]),
        "profile '2g.10gb' at start 6 needs compute slices the board does not have.",
    ),
    (
        changed("profiles", 4, "max_instances", to=3),
        "profile '3g.20gb': max_instances is 3, but only 2 of its placements keep apart.",
    ),
    (changed("profiles", 0, "sms", to=15), "profile '1g.5gb': 7 x 15 SMs exceed the board's 98."),
    (
        changed("profiles", 0, "memory_mib", to=6000),
        "profile '1g.5gb': 7 x 6000 MiB exceed the board's 40960.",
    ),
    (changed("facts", "max_instances", "value", to=6), "max_instances is 6, yet a profile has 7."),
    (
        changed("profiles", to=RECORD["profiles"][:-1]),
        "4g.20gb, the largest profile, does not hold every compute and memory slice.",
    ),
]


@pytest.mark.parametrize(("record", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_a_bad_record_is_refused(record, problem):
    with pytest.raises(InconsistentRecord) as caught:
        read_record(record, "A100.json")
    assert str(caught.value) == f"A100.json: {problem}"
