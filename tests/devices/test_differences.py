from __future__ import annotations

from mig_explorer.devices.differences import differences, in_the_place, reconciled
from mig_explorer.devices.records import ComputeRecord, InstanceRecord, text_of


def gi(name: str, gi_id: int | None, *inside: ComputeRecord) -> InstanceRecord:
    profile, _, start = name.partition("@")
    size = {"1": 1, "2": 2, "3": 4}[profile[0]]
    return InstanceRecord(profile, size, size, int(start), size, gi_id, inside)


def ci(name: str, ci_id: int | None = None, uuid: str = "") -> ComputeRecord:
    profile, _, start = name.partition("@")
    return ComputeRecord(profile, 0, int(start), full=False, ci_id=ci_id, uuid=uuid)


def test_no_difference_where_an_id_is_not_known() -> None:
    assert differences([gi("3g@4", None, ci("1c@0"))], [gi("3g@4", 2, ci("1c@0", 0, "MIG-a"))]) == ()


def test_every_difference_is_said() -> None:
    expected = [
        gi("1g@0", 7),
        gi("1g@1", 8),
        gi("3g@4", 2, ci("1c@0", 0, "MIG-a"), ci("1c@1", 1, "MIG-b"), ci("1c@2", 2)),
    ]
    found = [
        gi("1g@1", 9),
        gi("2g@2", 4),
        gi("3g@4", 2, ci("1c@0", 0, "MIG-z"), ci("1c@1", 2, "MIG-b"), ci("2c@1", 1)),
    ]
    assert [(each.kind, str(each)) for each in differences(expected, found)] == [
        ("gone", "1g@0 (GPU instance 7) is gone"),
        ("renumbered", "1g@1 is GPU instance 9 and was 8"),
        ("renumbered", "1c@0 in 3g@4 (GPU instance 2) has the UUID MIG-z and had MIG-a"),
        ("renumbered", "1c@1 in 3g@4 (GPU instance 2) is compute instance 2 and was 1"),
        ("gone", "1c@2 (compute instance 2) in 3g@4 (GPU instance 2) is gone"),
        ("extra", "2c@1 (compute instance 1) in 3g@4 (GPU instance 2) stands and was not expected"),
        ("extra", "2g@2 (GPU instance 4) stands and was not expected"),
    ]


def texts(stands: list[InstanceRecord], goal: list[InstanceRecord], found: list[InstanceRecord]) -> list[str]:
    return [text_of(each) for each in reconciled(stands, goal, found)]


def test_nobody_else_changed_anything() -> None:
    stands, goal = [gi("3g@4", 1, ci("1c@0", 0))], [gi("1g@0", 7), gi("3g@4", 2, ci("1c@1", 0))]
    assert texts(stands, goal, stands) == ["3g@4[1c@0]", "1g@0[] 3g@4[1c@1]"]


def test_what_others_took_away_is_neither_destroyed_nor_made_again() -> None:
    stands = [gi("1g@0", 7), gi("3g@4", 2, ci("1c@0", 0), ci("1c@1", 1))]
    goal = [gi("1g@0", 7), gi("3g@4", 2, ci("1c@0", 0))]
    assert texts(stands, goal, [gi("3g@4", 2, ci("1c@1", 1))]) == ["3g@4[1c@1]", "3g@4[]"]


def test_an_instance_that_others_made_in_the_place_of_ours_is_theirs() -> None:
    stands, found = [gi("1g@0", 7)], [gi("1g@0", 9)]
    assert texts(stands, [], found) == ["empty", "empty"]


def test_what_is_wanted_and_stands_need_not_be_made_whoever_made_it() -> None:
    goal = [gi("1g@0", 7, ci("1c@0", 0)), gi("1g@1", 8)]
    found = [gi("1g@0", 9, ci("1c@0", 3), ci("1c@1", 4))]
    ours = reconciled([], goal, found)
    assert text_of(ours.stands) == "1g@0[1c@0]"
    assert ours.stands[0].gi_id == 9


def test_a_compute_instance_that_others_made_does_not_appear() -> None:
    stands = [gi("3g@4", 2)]
    assert texts(stands, [], [gi("3g@4", 2, ci("1c@0", 0))]) == ["3g@4[]", "empty"]


def test_who_is_in_the_place_of_what_must_be_made() -> None:
    ours, theirs = gi("1g@1", 8), gi("1g@2", 9)
    assert in_the_place([ours], [gi("3g@0", None)], [ours, theirs]) == (
        "1g@2 (GPU instance 9), which this change did not make, is where 3g@0 has to go",
    )
    assert in_the_place([ours], [ours], [ours, theirs]) == ()
