"""Looking boards up, and reading a folder of records."""

from __future__ import annotations

import json

import pytest

from mig_explorer.errors import InconsistentRecord, UnknownGpu, UnknownProfile
from mig_explorer.gpus import gpu, gpu_by_pci, gpus
from mig_explorer.gpus.catalogue import BOARDS, read_catalogue

WITH_MIG = [
    *("A100-PCIE-40GB", "A100-PCIE-80GB", "A100-SXM4-40GB", "A100-SXM4-80GB", "A30"),
    *("B200-180GB", "B300-269GB", "GB200-186GB", "GB300-278GB", "GH200-144GB", "GH200-96GB"),
    *("H100-NVL-94GB", "H100-PCIE-80GB", "H100-SXM5-80GB", "H200-NVL", "H200-SXM-141GB"),
    *("RTX-PRO-5000-BLACKWELL", "RTX-PRO-6000-BLACKWELL-SERVER", "RTX-PRO-6000-BLACKWELL-WORKSTATION"),
]
WITHOUT_MIG = ["GB10", "L4", "L40S", "RTX-4090", "T4"]
ALL = ", ".join([*WITH_MIG, *WITHOUT_MIG])


def test_the_catalogue_holds_nineteen_boards_with_mig_and_five_without():
    assert [board.name for board in gpus()] == [*WITH_MIG, *WITHOUT_MIG]
    assert [board.name for board in gpus() if board.has_mig] == WITH_MIG


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("A100-SXM4-40GB", "A100-SXM4-40GB"),
        ("a100 sxm4 40gb", "A100-SXM4-40GB"),
        ("NVIDIA A100-SXM4-80GB", "A100-SXM4-80GB"),
        ("A100 80GB PCIe", "A100-PCIE-80GB"),
        ("DGX Spark", "GB10"),
        ("nvidia a30", "A30"),
        ("NVIDIA H100 80GB HBM3", "H100-SXM5-80GB"),
        ("h100 pcie", "H100-PCIE-80GB"),
        ("H100 on GH200", "GH200-96GB"),
        ("NVIDIA H200", "H200-SXM-141GB"),
        ("B200", "B200-180GB"),
        ("B200 183GB", "B200-180GB"),
        ("GB200 NVL72", "GB200-186GB"),
        ("NVIDIA B300 SXM6 AC", "B300-269GB"),
        ("RTX PRO 6000 Server", "RTX-PRO-6000-BLACKWELL-SERVER"),
        ("RTX PRO 6000 Max-Q", "RTX-PRO-6000-BLACKWELL-WORKSTATION"),
        ("RTX PRO 5000", "RTX-PRO-5000-BLACKWELL"),
        ("Tesla T4", "T4"),
        ("GeForce RTX 4090", "RTX-4090"),
    ],
)
def test_a_board_answers_to_its_names(asked, name):
    assert gpu(asked).name == name


def test_every_name_product_name_and_alias_leads_to_its_board():
    for board in gpus():
        for name in (board.name, board.product_name, *board.aliases):
            assert gpu(name) is board
            assert gpu(name.upper().replace(" ", "-")) is board


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "A101-SXM4-40GB",
            (
                "No GPU 'A101-SXM4-40GB' in the catalogue. "
                "Nearest: A100-SXM4-40GB, A100-SXM4-80GB, H100-SXM5-80GB."
            ),
        ),
        ("", f"No GPU '' in the catalogue. Known: {ALL}."),
        (7, f"No GPU 7 in the catalogue. Known: {ALL}."),
    ],
)
def test_an_unknown_board_gets_the_nearest_names(asked, message):
    with pytest.raises(UnknownGpu) as caught:
        gpu(asked)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "A100",
            (
                "'A100' could be A100-PCIE-40GB, A100-PCIE-80GB, A100-SXM4-40GB or A100-SXM4-80GB. "
                "Name one of them."
            ),
        ),
        (
            "NVIDIA H100",
            "'NVIDIA H100' could be H100-NVL-94GB, H100-PCIE-80GB or H100-SXM5-80GB. Name one of them.",
        ),
        ("h200", "'h200' could be H200-NVL or H200-SXM-141GB. Name one of them."),
        ("GH200", "'GH200' could be GH200-144GB or GH200-96GB. Name one of them."),
        (
            "rtx pro 6000",
            (
                "'rtx pro 6000' could be RTX-PRO-6000-BLACKWELL-SERVER or "
                "RTX-PRO-6000-BLACKWELL-WORKSTATION. Name one of them."
            ),
        ),
        ("Blackwell 5000", "'Blackwell 5000' could be RTX-PRO-5000-BLACKWELL: ask for it by that name."),
    ],
)
def test_a_name_that_several_boards_share_is_not_guessed_at(asked, message):
    with pytest.raises(UnknownGpu) as caught:
        gpu(asked)
    assert str(caught.value) == message


# Device and vendor id, as mig-parted filters by them and NVML reports them.
PCI_IDS = [
    ("0x20B010DE", "A100-SXM4-40GB"),
    ("0x20F110DE", "A100-PCIE-40GB"),
    ("0x20B110DE", "A100-PCIE-40GB"),
    ("0x20B210DE", "A100-SXM4-80GB"),
    ("0x20B510DE", "A100-PCIE-80GB"),
    ("0x20B710DE", "A30"),
    ("0x233010DE", "H100-SXM5-80GB"),
    ("0x233110DE", "H100-PCIE-80GB"),
    ("0x232110DE", "H100-NVL-94GB"),
    ("0x234210DE", "GH200-96GB"),
    ("0x234810DE", "GH200-144GB"),
    ("0x233510DE", "H200-SXM-141GB"),
    ("0x233B10DE", "H200-NVL"),
    ("0x290110DE", "B200-180GB"),
    ("0x294110DE", "GB200-186GB"),
    ("0x318210DE", "B300-269GB"),
    ("0x31C210DE", "GB300-278GB"),
    ("0x2BB510DE", "RTX-PRO-6000-BLACKWELL-SERVER"),
]


@pytest.mark.parametrize(("identifier", "name"), PCI_IDS)
def test_a_board_is_found_by_its_pci_id_as_text_or_number(identifier, name):
    for form in (identifier, identifier.lower(), int(identifier, 16)):
        board = gpu_by_pci(form)
        assert board is not None
        assert board.name == name


def test_no_other_pci_id_leads_to_a_board():
    assert sum(len(board.pci_device_ids) for board in gpus()) == len(PCI_IDS)
    # 0x20F6 is the A800; 0x2333 and 0x2B00 are stand-ins of a mock.
    for identifier in ("0x20F610DE", "0x233310DE", "0x2B0010DE", "0x10DE20B0", "", "A30"):
        assert gpu_by_pci(identifier) is None


def test_a_board_without_mig_says_so_when_a_profile_is_asked_for():
    with pytest.raises(UnknownProfile) as caught:
        gpu("GB10").profile("1g.5gb")
    assert str(caught.value) == "GB10 has no profile '1g.5gb': it has no MIG."


def test_every_value_has_a_source_and_a_confidence():
    for board in gpus():
        profiles = board.profiles.values()
        facts = [*board.facts.values(), *(f for p in profiles for f in p.facts.values())]
        facts += [f for p in profiles for inside in p.compute_profiles for f in inside.facts.values()]
        assert facts
        for fact in facts:
            assert fact.source, (board.name, fact)
            assert (fact.value is None) == (fact.confidence == "unknown"), (board.name, fact)


def test_two_boards_cannot_share_a_name(tmp_path):
    record = json.loads((BOARDS / "A30.json").read_text())
    (tmp_path / "A30.json").write_text(json.dumps(record))
    (tmp_path / "B30.json").write_text(json.dumps(record | {"name": "B30", "product_name": "NVIDIA B30"}))
    with pytest.raises(InconsistentRecord) as caught:
        read_catalogue(tmp_path)
    assert str(caught.value) == "B30.json: the name 'A30-24GB' belongs to A30 already."


def test_two_boards_cannot_share_a_pci_id(tmp_path):
    record = json.loads((BOARDS / "A30.json").read_text())
    (tmp_path / "A30.json").write_text(json.dumps(record))
    other = record | {"name": "B30", "product_name": "NVIDIA B30", "aliases": []}
    (tmp_path / "B30.json").write_text(json.dumps(other))
    with pytest.raises(InconsistentRecord) as caught:
        read_catalogue(tmp_path)
    assert str(caught.value) == "B30.json: the PCI id 0x20B710DE belongs to A30 already."


def test_a_file_that_is_not_json_is_named(tmp_path):
    (tmp_path / "X.json").write_text("{")
    with pytest.raises(InconsistentRecord, match=r"^X\.json: not a JSON file \("):
        read_catalogue(tmp_path)
