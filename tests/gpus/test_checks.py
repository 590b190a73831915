"""A record that contradicts itself is refused, with the place named."""

from __future__ import annotations

import pytest

from mig_explorer.errors import InconsistentRecord
from mig_explorer.gpus.record import read_record
from tests.gpus.changed_records import RECORD, changed

INSIDE = sorted(RECORD["profiles"][4]["compute_profiles"], key=lambda each: each["compute_slices"])
assert [each["name"] for each in INSIDE] == ["1c.3g.20gb", "1c.3g.20gb+me", "2c.3g.20gb", "3g.20gb"]
INSIDE = [each for each in INSIDE if each["profile_id"] != 7]


def inside(*path, to):
    """Return the record with a change in the compute profiles of its 3g.20gb, which are three here."""
    record = changed("profiles", 4, "compute_profiles", to=to if not path else INSIDE)
    if path:
        record["profiles"][4]["compute_profiles"] = [dict(each) for each in INSIDE]
        record["profiles"][4]["compute_profiles"][path[0]][path[1]] = to
    return record


BAD = [
    (changed("profiles", to=[]), "a board has profiles if, and only if, it has MIG."),
    (changed("mig", to=False), "a board has profiles if, and only if, it has MIG."),
    (changed("profiles", 1, "profile_id", to=19), "two profiles have the same profile_id."),
    (changed("pci_device_ids", to=["20B0"]), "the PCI id '20B0' is not like '0x20B010DE'."),
    (changed("facts", "sms_mig", "value", to=109), "sms_mig is 109, yet the board has 108 SMs."),
    (changed("facts", "memory_slices", "value", to=6), "it has 7 compute slices and 6 memory slices."),
    (changed("profiles", 1, "nvml_profile", to=0), "two profiles have the same nvml_profile."),
    (changed("profiles", to=RECORD["profiles"][::-1]), "its profiles are not in order, the smallest first."),
    (
        changed("profiles", 1, "attributes", to=["gfx"]),
        "profile '1g.5gb+me' has the attributes ['gfx']; its name says ['me'].",
    ),
    (
        changed("profiles", 0, "name", to="1g.5gb-me"),
        "profile '1g.5gb-me' has the attributes []; its name says ['-me'].",
    ),
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
    (changed("profiles", 4, "decoders", to=3), "profile '3g.20gb': 2 x 3 decoders exceed the board's 5."),
    (
        changed("profiles", 3, "copy_engines", to=3),
        "profile '2g.10gb': 3 x 3 copy engines exceed the board's 7.",
    ),
    (changed("facts", "max_instances", "value", to=6), "max_instances is 6, yet a profile has 7."),
    (
        changed("profiles", to=RECORD["profiles"][:-1]),
        "4g.20gb, the largest profile, does not hold every compute and memory slice.",
    ),
    (inside(to=[]), "profile '3g.20gb' has 0 compute profiles that fill it; it must have one."),
    (
        inside(to=[INSIDE[2], INSIDE[2] | {"nvml_profile": 9}]),
        "profile '3g.20gb' has 2 compute profiles that fill it; it must have one.",
    ),
    (inside(2, "sms", to=40), "profile '3g.20gb' has 42 SMs, but what fills it has 40."),
    (inside(2, "sms", to=None), "profile '3g.20gb' has 42 SMs, but what fills it has unknown."),
    (inside(1, "name", to="1c.3g.20gb"), "profile '3g.20gb': two compute profiles have the same name."),
    (inside(1, "profile_id", to=0), "profile '3g.20gb': two compute profiles have the same profile_id."),
    (inside(1, "nvml_profile", to=0), "profile '3g.20gb': two compute profiles have the same nvml_profile."),
    (
        inside(to=INSIDE[::-1]),
        "profile '3g.20gb': its compute profiles are not in order, the smallest first.",
    ),
    (inside(0, "name", to="1c.3g"), "compute profile '1c.3g' of '3g.20gb' must be named '1c.3g.20gb'."),
    (inside(0, "starts", to=[]), "compute profile '1c.3g.20gb' of '3g.20gb' has no start."),
    (
        inside(0, "starts", to=[0, 0, 1]),
        "compute profile '1c.3g.20gb' of '3g.20gb': its starts are not in order, or repeat.",
    ),
    (
        inside(0, "starts", to=[0, 1, 3]),
        "compute profile '1c.3g.20gb' of '3g.20gb' does not stay within compute slices 0 to 2.",
    ),
    (
        inside(0, "max_instances", to=4),
        (
            "compute profile '1c.3g.20gb' of '3g.20gb': max_instances is 4, but only 3 of its starts keep "
            "apart."
        ),
    ),
    (inside(0, "sms", to=15), "compute profile '1c.3g.20gb' of '3g.20gb': 3 x 15 SMs exceed its 42."),
]


@pytest.mark.parametrize(("record", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_a_contradiction_is_refused(record, problem):
    with pytest.raises(InconsistentRecord) as caught:
        read_record(record, "A100.json")
    assert str(caught.value) == f"A100.json: {problem}"


UNKNOWN_PROFILE = {
    "profile_id": None,
    "sms": None,
    "memory_mib": None,
    **dict.fromkeys(("copy_engines", "decoders", "encoders", "jpeg", "ofa")),
}


def test_what_is_unknown_contradicts_nothing():
    record = changed("note", to="A board of which little is known.")
    for name in ("sms_mig", "memory_mib", "memory_bandwidth_gbs", "l2_mib"):
        record["facts"][name].update(value=None, confidence="unknown")
    for profile in record["profiles"]:
        profile.pop("stream_copy_gbs", None)
        profile.update(UNKNOWN_PROFILE)
        for each in profile["compute_profiles"]:
            each.update(profile_id=None, sms=None)
    board = read_record(record, "A100.json")
    assert {profile.sms for profile in board.profiles.values()} == {None}
    assert repr(board) == "<Gpu A100-SXM4-40GB: 108 SMs, unknown memory, 7 compute and 8 memory slices>"
