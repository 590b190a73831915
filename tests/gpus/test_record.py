"""A record that lacks something or cannot be read is refused, with the place named."""

from __future__ import annotations

import pytest

from mig_explorer.errors import InconsistentRecord
from mig_explorer.gpus.record import read_record
from tests.gpus.changed_records import RECORD, changed, without

UNKNOWN = {"value": None, "confidence": "unknown"}


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
    ([], "a record is a JSON object."),
    (
        changed("facts", "compute_slices", to=RECORD["facts"]["compute_slices"] | UNKNOWN),
        "fact 'compute_slices' must be known.",
    ),
    (without("profiles", 0, "starts"), "profile '1g.5gb': 'starts' is missing."),
    (without("profiles", 0, "nvml_profile"), "profile '1g.5gb': 'nvml_profile' is missing."),
    (without("profiles", 0, "compute_profiles"), "profile '1g.5gb': 'compute_profiles' is missing."),
    (
        changed("profiles", 0, "compute_slices", to=None),
        "profile '1g.5gb': 'compute_slices' must be a whole number of 0 or more, not None.",
    ),
    (
        changed("profiles", 0, "sms", to="14"),
        "profile '1g.5gb': 'sms' must be a whole number of 0 or more, not '14'.",
    ),
    (
        changed("profiles", 0, "confidence", to="high"),
        (
            "profile '1g.5gb' has the confidence 'high'; it must be one of verified, derived, low, recalled, "
            "modelled, unknown."
        ),
    ),
    (
        changed("profiles", 0, "stream_copy_gbs", "source", to="x"),
        "profile '1g.5gb', 'stream_copy_gbs' names the source 'x', not in 'sources'.",
    ),
    (
        without("profiles", 4, "compute_profiles", 0, "sms"),
        "compute profile '1c.3g.20gb' of '3g.20gb': 'sms' is missing.",
    ),
    (
        changed("profiles", 4, "compute_profiles", 0, "source", to=["x"]),
        "compute profile '1c.3g.20gb' of '3g.20gb' names the source 'x', not in 'sources'.",
    ),
    (
        changed("profiles", 4, "compute_profiles", 0, "nvml_profile", to=None),
        (
            "compute profile '1c.3g.20gb' of '3g.20gb': 'nvml_profile' must be a whole number of 0 or more, "
            "not None."
        ),
    ),
    (changed("profiles", 0, "source", to=["x"]), "profile '1g.5gb' names the source 'x', not in 'sources'."),
    (changed("profiles", 1, "name", to="1g.5gb"), "two profiles have the same name."),
]


@pytest.mark.parametrize(("record", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_a_bad_record_is_refused(record, problem):
    with pytest.raises(InconsistentRecord) as caught:
        read_record(record, "A100.json")
    assert str(caught.value) == f"A100.json: {problem}"
