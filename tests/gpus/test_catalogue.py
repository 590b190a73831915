"""Looking boards up, and reading a folder of records."""

from __future__ import annotations

import json
import shutil

import pytest

from mig_explorer.errors import InconsistentRecord, UnknownGpu, UnknownProfile
from mig_explorer.gpus import gpu, gpus
from mig_explorer.gpus.catalogue import BOARDS, read_catalogue
from mig_explorer.layouts import Layout


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("A100-SXM4-40GB", "A100-SXM4-40GB"),
        ("a100 sxm4 40gb", "A100-SXM4-40GB"),
        ("NVIDIA A100-SXM4-80GB", "A100-SXM4-80GB"),
        ("DGX Spark", "GB10"),
        ("nvidia a30", "A30"),
    ],
)
def test_a_board_answers_to_its_names(asked, name):
    assert gpu(asked).name == name


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "A101-SXM4-40GB",
            "No GPU 'A101-SXM4-40GB' in the catalogue. Nearest: A100-SXM4-40GB, A100-SXM4-80GB.",
        ),
        ("", "No GPU '' in the catalogue. Known: A100-SXM4-40GB, A100-SXM4-80GB, A30, GB10."),
        (7, "No GPU 7 in the catalogue. Known: A100-SXM4-40GB, A100-SXM4-80GB, A30, GB10."),
    ],
)
def test_an_unknown_board_gets_the_nearest_names(asked, message):
    with pytest.raises(UnknownGpu) as caught:
        gpu(asked)
    assert str(caught.value) == message


def test_a_board_without_mig_says_so_when_a_profile_is_asked_for():
    with pytest.raises(UnknownProfile) as caught:
        gpu("GB10").profile("1g.5gb")
    assert str(caught.value) == "GB10 has no profile '1g.5gb': it has no MIG."


def test_every_value_has_a_source_and_a_confidence():
    for board in gpus():
        facts = [*board.facts.values(), *(f for p in board.profiles.values() for f in p.facts.values())]
        assert facts
        for fact in facts:
            assert fact.source, (board.name, fact)
            assert (fact.value is None) == (fact.confidence == "unknown"), (board.name, fact)


def test_a_new_board_is_one_new_file(tmp_path):
    for path in BOARDS.glob("*.json"):
        shutil.copy(path, tmp_path)
    record = json.loads((BOARDS / "A30.json").read_text())
    record |= {"name": "Made-up", "product_name": "NVIDIA Made-up", "aliases": ["MU"]}
    (tmp_path / "made-up.json").write_text(json.dumps(record))
    board = read_catalogue(tmp_path)["Made-up"]
    assert str(Layout(board).place("2g.12gb")) in ("2g.12gb@0", "2g.12gb@2")


def test_two_boards_cannot_share_a_name(tmp_path):
    record = json.loads((BOARDS / "A30.json").read_text())
    (tmp_path / "A30.json").write_text(json.dumps(record))
    (tmp_path / "B30.json").write_text(json.dumps(record | {"name": "B30", "product_name": "NVIDIA B30"}))
    with pytest.raises(InconsistentRecord) as caught:
        read_catalogue(tmp_path)
    assert str(caught.value) == "B30.json: the name 'A30-24GB' belongs to A30 already."


def test_a_file_that_is_not_json_is_named(tmp_path):
    (tmp_path / "X.json").write_text("{")
    with pytest.raises(InconsistentRecord, match=r"^X\.json: not a JSON file \("):
        read_catalogue(tmp_path)
