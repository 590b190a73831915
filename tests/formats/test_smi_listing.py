from __future__ import annotations

import pytest

from mig_explorer.errors import UnreadableDocument
from mig_explorer.formats.smi_listing import (
    ComputeInstanceRow,
    GpuInstanceRow,
    read_compute_instances,
    read_gpu_instances,
    read_listings,
)
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, layouts, parse_layout
from tests.formats import smi_tables
from tests.formats.divisions import divisions

A100 = gpu("A100-SXM4-40GB")

PRINTED = """\
$ nvidia-smi mig -i 0 -lgi
+-------------------------------------------------------+
| GPU instances:                                        |
| GPU   Name             Profile  Instance   Placement  |
|                          ID       ID       Start:Size |
|=======================================================|
|   0  MIG 1g.5gb          19        9          2:1     |
+-------------------------------------------------------+
|   0  MIG 1g.5gb+me       20       13          6:1     |
+-------------------------------------------------------+
|   0  MIG 2g.10gb         14        3          0:2     |
+-------------------------------------------------------+
[rc=0]
"""

# As an H100 printed it: a compute instance of 4 in a GPU instance of three compute slices.
FULL_THREE = """\
+--------------------------------------------------------------------+
| Compute instances:                                                 |
| GPU     GPU       Name             Profile   Instance   Placement  |
|       Instance                       ID        ID       Start:Size |
|         ID                                                         |
|====================================================================|
|   0      2       MIG 3g.40gb          2         0          0:4     |
+--------------------------------------------------------------------+
"""

# As driver R450 printed it: without placements.
OLD = """\
+-------------------------------------------------------+
| Compute instances:                                    |
| GPU     GPU       Name             Profile   Instance |
|       Instance                       ID        ID     |
|         ID                                            |
|=======================================================|
|   0      1       MIG 1c.3g.20gb       0         0     |
+-------------------------------------------------------+
|   0      1       MIG 1c.3g.20gb       0         1     |
+-------------------------------------------------------+
"""


def test_gpu_instances_as_printed() -> None:
    assert read_gpu_instances(PRINTED) == (
        GpuInstanceRow(0, "1g.5gb", 19, 9, 2, 1),
        GpuInstanceRow(0, "1g.5gb+me", 20, 13, 6, 1),
        GpuInstanceRow(0, "2g.10gb", 14, 3, 0, 2),
    )


@pytest.mark.parametrize(
    "text",
    [
        PRINTED.replace("\n", "\n\n"),
        PRINTED.replace("\n", "  \r\n"),
        "```bash\n" + PRINTED + "```",
        PRINTED.replace("|", " "),
        "\n".join("    " + " ".join(line.split()) for line in PRINTED.splitlines()),
        PRINTED.replace("$ nvidia-smi", "root@node7:~# sudo nvidia-smi"),
        PRINTED.replace("       9          2:1", "\n      9          2:1"),
    ],
    ids=["blank lines", "line ends", "fence", "no frame", "single spaces", "prompt", "broken row"],
)
def test_gpu_instances_as_people_paste_them(text: str) -> None:
    assert text != PRINTED
    assert read_gpu_instances(text) == read_gpu_instances(PRINTED)


def test_compute_instances_with_and_without_placements() -> None:
    assert read_compute_instances(FULL_THREE) == (ComputeInstanceRow(0, 2, "3g.40gb", 2, 0, 0, 4),)
    assert read_compute_instances(OLD) == (
        ComputeInstanceRow(0, 1, "1c.3g.20gb", 0, 0, None, None),
        ComputeInstanceRow(0, 1, "1c.3g.20gb", 0, 1, None, None),
    )


@pytest.mark.parametrize(
    "text", ["", "\n", "No compute instances found: Not Found", "|  No MIG devices found  |"]
)
def test_nothing_listed_is_no_row(text: str) -> None:
    assert read_gpu_instances(text) == ()
    assert read_compute_instances(text) == ()


@pytest.mark.parametrize("board", [each.name for each in gpus() if each.has_mig])
def test_the_listing_of_every_preset_reads_back(board: str) -> None:
    for layout in layouts(gpu(board), list(gpu(board).profiles)[-5:]):
        assert (
            read_listings(gpu(board), smi_tables.lgi(layout, name_width=16), smi_tables.lci(layout)) == layout
        )


@pytest.mark.parametrize("board", ["A100-SXM4-40GB", "A30"])
def test_the_listing_of_every_layout_reads_back(board: str) -> None:
    for layout in layouts(gpu(board), maximal=False):
        assert read_listings(gpu(board), smi_tables.lgi(layout)) == layout


@pytest.mark.parametrize(
    "text",
    [
        "4g.20gb@0[1c+1c+2c] 3g.20gb@4",
        "7g.40gb[3c@0+2c@4]",
        "3g.20gb@0[] 3g.20gb@4[1c@2]",
        "1g.5gb+me@6 2g.10gb@0[1c+1c]",
        "empty",
    ],
)
@pytest.mark.parametrize("placements", [True, False])
def test_compute_instances_are_read_into_their_gpu_instance(text: str, placements: bool) -> None:
    layout = parse_layout(A100, text)
    found = read_listings(A100, smi_tables.lgi(layout), smi_tables.lci(layout, placements=placements))
    if placements:
        assert found == layout
    assert [smi_tables.devices(each) for each in found.instances] == [
        smi_tables.devices(each) for each in layout.instances
    ]


@pytest.mark.parametrize("board", ["A100-SXM4-40GB", "A30", "RTX-PRO-6000-BLACKWELL-SERVER"])
def test_the_listings_of_every_division_of_every_profile_read_back(board: str) -> None:
    for profile in gpu(board).profiles.values():
        for layout in divisions(Layout(gpu(board)).place(profile.name, 0)):
            assert read_listings(gpu(board), smi_tables.lgi(layout), smi_tables.lci(layout)) == layout


def test_a_placement_that_cannot_be_is_for_information_only() -> None:
    board = gpu("H100-SXM5-80GB")
    lgi = "|   0  MIG 3g.40gb          9        2          4:4     |"
    assert read_listings(board, lgi, FULL_THREE) == parse_layout(board, "3g.40gb@4")
    strange = FULL_THREE.replace("MIG 3g.40gb          2", "MIG 1c.3g.40gb       0").replace("0:4", "9:1")
    assert read_listings(board, lgi, strange) == parse_layout(board, "3g.40gb@4[1c@0]")


def test_a_driver_that_prints_no_attribute_on_the_compute_instance() -> None:
    lgi = "|   0  MIG 1g.5gb+me       20       13          6:1     |"
    lci = "|   0     13       MIG 1g.5gb           0         0          0:1     |"
    assert read_listings(A100, lgi, lci) == parse_layout(A100, "1g.5gb+me@6")


def test_without_the_second_listing_every_gpu_instance_is_taken_to_be_filled() -> None:
    layout = parse_layout(A100, "4g.20gb@0[1c+1c+2c] 3g.20gb@4")
    assert read_listings(A100, smi_tables.lgi(layout)) == parse_layout(A100, "4g.20gb@0 3g.20gb@4")


def test_another_name_that_drivers_have_given_a_profile() -> None:
    board = gpu("GB200-186GB")
    assert (
        str(read_listings(board, "|   0  MIG 7g.189gb          0        0          0:8     |"))
        == "7g.186gb@0"
    )


def test_of_several_gpus_one_is_chosen() -> None:
    first, second = parse_layout(A100, "3g.20gb@4"), parse_layout(A100, "2g.10gb@0[1c] 1g.5gb@3")
    lgi = smi_tables.lgi(first, 0) + smi_tables.lgi(second, 11)
    lci = smi_tables.lci(first, 0) + smi_tables.lci(second, 11)
    assert read_listings(A100, lgi, lci, index=0) == first
    assert read_listings(A100, lgi, lci, index=11) == second
    assert read_listings(A100, lgi, lci, index=5) == Layout(A100)
    with pytest.raises(UnreadableDocument) as caught:
        read_listings(A100, lgi, lci)
    assert str(caught.value) == "The listings show the GPUs 0, 11. Say which is meant, with index=…"


ROW = "|   0  MIG 3g.20gb          9        2          4:4     |"


COMPUTE_ROW = "|   0      2       MIG 3g.20gb          2         0          0:3     |"
NO_LINE = "is no line of nvidia-smi mig -lgi. Copy what it prints, whole."
ANSWER = "is an answer of nvidia-smi mig"


@pytest.mark.parametrize(
    ("lgi", "lci", "message"),
    [
        ("Hello.", "", f"Line 1: 'Hello.' {NO_LINE}"),
        (ROW + "\n| 0 MIG 3g.20gb  9  2  |", "", f"Line 2: '0 MIG 3g.20gb 9 2' {NO_LINE}"),
        (ROW.replace("4:4", "4"), "", f"Line 1: '0 MIG 3g.20gb 9 2 4' {NO_LINE}"),
        (
            "No MIG-enabled devices found.",
            "",
            (
                f"Line 1: 'No MIG-enabled devices found.' {ANSWER} -lgi, not a listing: no GPU has MIG "
                "mode on. Turn it on with nvidia-smi -i 0 -mig 1, then list again."
            ),
        ),
        (
            "No devices were found",
            "",
            (
                f"Line 1: 'No devices were found' {ANSWER} -lgi, not a listing: no such GPU is there. "
                "nvidia-smi -L lists those that are."
            ),
        ),
        (
            ROW,
            "Failed to display compute instances: Insufficient Permissions",
            (
                f"Line 1: 'Failed to display compute instances: Insufficient Permissions' {ANSWER} -lci, "
                "not a listing: the user may not see this. List again as root."
            ),
        ),
        (
            ROW.replace("3g.20gb", "3g.21gb"),
            "",
            (
                "GPU instance 2 is a 3g.21gb, and A100-SXM4-40GB has no such profile. Nearest: 3g.20gb, "
                "4g.20gb, 2g.10gb."
            ),
        ),
        (
            ROW.replace("4:4", "4:3"),
            "",
            "GPU instance 2 is a 3g.20gb of 3 memory slices; on A100-SXM4-40GB it has 4.",
        ),
        (ROW + "\n" + ROW, "", "nvidia-smi mig -lgi lists GPU instance 2 of GPU 0 twice."),
        (
            ROW + "\n" + ROW.replace("   2  ", "   1  "),
            "",
            (
                "The listings are not of one A100-SXM4-40GB: 3g.20gb@4 cannot stand on A100-SXM4-40GB "
                "beside the others: overlap."
            ),
        ),
        (
            ROW,
            COMPUTE_ROW.replace("0      2", "0      7"),
            (
                "nvidia-smi mig -lci lists a compute instance in GPU instance 7 of GPU 0, which nvidia-smi "
                "mig -lgi does not list. Make both listings at the same time."
            ),
        ),
        (
            ROW,
            COMPUTE_ROW.replace("3g.20gb", "4c.3g.20gb"),
            (
                "nvidia-smi mig -lci lists a 4c.3g.20gb in GPU instance 2, a 3g.20gb, which has no such "
                "compute profile. Nearest: 2c.3g.20gb, 1c.3g.20gb, 3g.20gb."
            ),
        ),
        (
            ROW,
            COMPUTE_ROW + "\n" + COMPUTE_ROW.replace("3g.20gb ", "1c.3g.20gb "),
            "nvidia-smi mig -lci lists more compute instances in GPU instance 2 than a 3g.20gb holds.",
        ),
    ],
)
def test_what_is_refused(lgi: str, lci: str, message: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_listings(A100, lgi, lci)
    assert str(caught.value) == message


def test_a_listing_is_a_text_of_bounded_size() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_gpu_instances(7)  # type: ignore[arg-type]
    assert str(caught.value) == "A listing of nvidia-smi mig -lgi is a text, not int."
    with pytest.raises(UnreadableDocument) as caught:
        read_gpu_instances("\n" * 262_145)
    assert (
        str(caught.value)
        == "The listing of nvidia-smi mig -lgi has 262145 characters; at most 262144 are read."
    )
