from __future__ import annotations

from dataclasses import replace

import pytest

from mig_explorer.errors import UnreadableDocument
from mig_explorer.formats.smi_listing_profiles import (
    Difference,
    PlacementRow,
    ProfileRow,
    differences,
    read_placements,
    read_profiles,
)
from mig_explorer.gpus import gpu, gpus
from tests.formats import smi_tables

A100 = gpu("A100-SXM4-40GB")
BOARDS = [each.name for each in gpus() if each.has_mig]

PRINTED = """\
+-----------------------------------------------------------------------------+
| GPU instance profiles:                                                      |
| GPU   Name             ID    Instances   Memory     P2P    SM    DEC   ENC  |
|                              Free/Total   GiB              CE    JPEG  OFA  |
|=============================================================================|
|   0  MIG 1g.5gb+me     20     0/1        4.75       No     14     1     0   |
|                                                             1     1     1   |
+-----------------------------------------------------------------------------+
|   0  MIG 3g.20gb        9     1/2        19.50      No     42     2     0   |
|                                                             3     0     0   |
+-----------------------------------------------------------------------------+
"""


def test_profiles_as_printed() -> None:
    assert read_profiles(PRINTED) == (
        ProfileRow(0, "1g.5gb+me", 20, 0, 1, 4.75, False, 14, 1, 0, 1, 1, 1),
        ProfileRow(0, "3g.20gb", 9, 1, 2, 19.5, False, 42, 2, 0, 3, 0, 0),
    )


def test_placements_as_printed_one_or_several() -> None:
    assert read_placements(
        "GPU  0 Profile ID 19 Placements: {0,1,2,3,4,5,6}:1\nGPU 12 Profile ID  5 Placement : {0}:4\n"
    ) == (PlacementRow(0, 19, (0, 1, 2, 3, 4, 5, 6), 1), PlacementRow(12, 5, (0,), 4))


@pytest.mark.parametrize("width", [11, 14, 16], ids=["R450", "R535", "R570"])
def test_column_widths_of_three_drivers_give_the_same_rows(width: int) -> None:
    assert read_profiles(smi_tables.lgip(A100, name_width=width)) == read_profiles(smi_tables.lgip(A100))


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_listed_as_the_catalogue_has_it_differs_in_nothing_known(name: str) -> None:
    board = gpu(name)
    listed = read_profiles(smi_tables.lgip(board, name_width=16))
    placed = read_placements(smi_tables.lgipp(board))
    assert [row.name for row in listed] == list(board.profiles)
    ids_known = all(each.profile_id is not None for each in board.profiles.values())
    assert differences(board, listed, placed if ids_known else ()) == ()


def test_memory_may_differ_by_two_percent_between_drivers() -> None:
    listed = read_profiles(smi_tables.lgip(A100))
    older = {"3g.20gb": 19.62, "7g.40gb": 39.50}  # as drivers before R525 print them
    rows = tuple(replace(row, memory_gib=older.get(row.name, row.memory_gib)) for row in listed)
    assert rows != listed
    assert differences(A100, rows) == ()
    wrong = tuple(replace(row, memory_gib=20.0) if row.name == "3g.20gb" else row for row in listed)
    assert [str(each) for each in differences(A100, wrong)] == [
        "3g.20gb, memory: the catalogue has 19.50 GiB, the driver 20.00 GiB."
    ]


@pytest.mark.parametrize(
    ("field", "value", "what", "known"),
    [
        ("profile_id", 8, "id", "9"),
        ("total", 3, "most instances", "2"),
        ("sms", 44, "SMs", "42"),
        ("copy_engines", 4, "copy engines", "3"),
        ("decoders", 3, "decoders", "2"),
        ("encoders", 1, "encoders", "0"),
        ("jpeg", 2, "jpeg", "0"),
        ("ofa", 5, "ofa", "0"),
    ],
)
def test_every_column_is_compared(field: str, value: int, what: str, known: str) -> None:
    listed = read_profiles(smi_tables.lgip(A100))
    changed = tuple(
        ProfileRow(**{**vars(row), field: value}) if row.name == "3g.20gb" else row for row in listed
    )
    assert differences(A100, changed) == (Difference("3g.20gb", what, known, str(value)),)


def test_profiles_that_only_one_of_the_two_has() -> None:
    listed = read_profiles(smi_tables.lgip(A100))
    changed = tuple(replace(row, name="3g.21gb") if row.name == "3g.20gb" else row for row in listed)
    assert [str(each) for each in differences(A100, changed)] == [
        "3g.20gb, profile: the catalogue has it, the driver does not list it.",
        "3g.21gb, profile: the catalogue has no such profile, the driver lists it.",
    ]


def test_placements_are_compared_by_the_profiles_id() -> None:
    placed = read_placements(smi_tables.lgipp(A100))
    by_id = {row.profile_id: row for row in placed}
    by_id[9] = PlacementRow(0, 9, (0, 3), 3)
    del by_id[5]
    by_id[77] = PlacementRow(0, 77, (1,), 1)
    assert differences(A100, placements=by_id.values()) == (
        Difference("3g.20gb", "starts", "0, 4", "0, 3"),
        Difference("3g.20gb", "memory slices", "4", "3"),
        Difference("4g.20gb", "placements", "0", "lists none"),
        Difference("profile ID 77", "placements", "none", "1"),
    )


def test_where_the_catalogue_knows_no_id_the_other_listing_tells_it() -> None:
    board = gpu("RTX-PRO-5000-BLACKWELL")
    listed = (ProfileRow(0, "2g.48gb", 5, 1, 1, 47.0, False, 110, 3, 3, 4, 3, 1),)
    placed = (PlacementRow(0, 5, (0, 1), 2),)
    starts = [each for each in differences(board, listed, placed) if each.what == "starts"]
    assert starts == [Difference("2g.48gb", "starts", "0", "0, 1")]


def no_line(number: int, shown: str, listing: str) -> str:
    return f"Line {number}: {shown!r} is no line of nvidia-smi mig {listing}. Copy what it prints, whole."


@pytest.mark.parametrize(
    ("text", "number", "shown"),
    [
        ("\n".join(PRINTED.splitlines()[:6]), 6, "0 MIG 1g.5gb+me 20 0/1 4.75 No 14 1 0"),
        (PRINTED.replace("19.50", "?"), 9, "0 MIG 3g.20gb 9 1/2 ? No 42 2 0"),
        ("| 0 MIG 1g.5gb  ID: 14,  Mem: 24.00 GiB |", 1, "0 MIG 1g.5gb ID: 14, Mem: 24.00 GiB"),
    ],
)
def test_rows_of_profiles_that_are_refused(text: str, number: int, shown: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_profiles(text)
    assert str(caught.value) == no_line(number, shown, "-lgip")


@pytest.mark.parametrize("starts", ["{}:1", "{0,}:1", "{0}", "0:1"])
def test_rows_of_placements_that_are_refused(starts: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_placements(f"GPU  0 Profile ID 19 Placements: {starts}")
    assert str(caught.value) == no_line(1, f"GPU 0 Profile ID 19 Placements: {starts}", "-lgipp")
