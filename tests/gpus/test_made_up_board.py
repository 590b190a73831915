"""A new board is one new JSON file: everything follows from it, and nothing else changes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from mig_explorer.formats import formats, write_layout
from mig_explorer.gpus import Gpu, catalogue, gpu, gpu_by_pci, gpus
from mig_explorer.layouts import Layout, Refusal, layouts, parse_layout, preset_layouts

if TYPE_CHECKING:
    from pathlib import Path


def fact(value: Any, unit: str = "") -> dict[str, Any]:
    confidence = "unknown" if value is None else "verified"
    return {"value": value, "unit": unit, "source": "sheet", "confidence": confidence}


def profile(
    name: str, ids: tuple[int, int], starts: list[int], *, sms: int | None, inside: list[dict[str, Any]]
) -> dict[str, Any]:
    slices, media = int(name[0]), "+me" in name or name.startswith("3g")
    return {
        "name": name,
        "profile_id": ids[0],
        "nvml_profile": ids[1],
        "compute_slices": slices,
        "memory_slices": 2 * slices,
        "starts": starts,
        "max_instances": 1 if media else len(starts),
        "attributes": ["me"] if "+me" in name else [],
        "min_driver": None,
        "sms": sms,
        "memory_mib": 4096 * slices,
        "copy_engines": slices,
        "decoders": 0,
        "encoders": 0,
        "jpeg": int(media),
        "ofa": None,
        "source": ["sheet"],
        "confidence": "verified",
        "compute_profiles": inside,
    }


def compute(name: str, slices: int, sms: int | None, starts: list[int]) -> dict[str, Any]:
    return {
        "name": name,
        "profile_id": slices - 1,
        "nvml_profile": slices - 1,
        "compute_slices": slices,
        "starts": starts,
        "max_instances": len(starts),
        "sms": sms,
        "source": ["sheet"],
        "confidence": "verified",
    }


MADE_UP = {
    "name": "Q1-12GB",
    "product_name": "NVIDIA Q1",
    "aliases": ["Q1"],
    "pci_device_ids": ["0x9F0110DE"],
    "mig": True,
    "sources": {"sheet": "the data sheet of a board that does not exist"},
    "facts": {
        "compute_capability": fact("13.0"),
        "sms": fact(33, "SM"),
        "sms_mig": fact(None, "SM"),
        "memory_mib": fact(12288, "MiB"),
        "memory_bandwidth_gbs": fact(600, "GB/s"),
        "l2_mib": fact(None, "MiB"),
        "jpeg": fact(1, "engines"),
        "max_instances": fact(3, "instances"),
        "memory_slices": fact(6, "slices"),
        "compute_slices": fact(3, "slices"),
    },
    "profiles": [
        profile("1g.4gb", (14, 0), [0, 2, 4], sms=10, inside=[compute("1g.4gb", 1, 10, [0])]),
        profile("1g.4gb+me", (21, 7), [0, 2, 4], sms=10, inside=[compute("1g.4gb+me", 1, 10, [0])]),
        profile(
            "2g.8gb", (5, 1), [0], sms=20,
            inside=[compute("1c.2g.8gb", 1, 10, [0, 1]), compute("2g.8gb", 2, 20, [0])],
        ),
        profile("3g.12gb", (0, 2), [0], sms=None, inside=[compute("3g.12gb", 3, None, [0])]),
    ],
}  # fmt: skip


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gpu:
    for path in catalogue.BOARDS.glob("*.json"):
        shutil.copy(path, tmp_path)
    (tmp_path / "Q1-12GB.json").write_text(json.dumps(MADE_UP), encoding="utf-8")
    boards = catalogue.read_catalogue(tmp_path)
    monkeypatch.setattr(catalogue, "_catalogue", lambda: boards)
    return gpu("q1")


def test_it_is_found_by_name_and_by_pci_id_beside_the_others(board: Gpu) -> None:
    assert repr(board) == "<Gpu Q1-12GB: 33 SMs, 12 GiB, 3 compute and 6 memory slices>"
    assert board in gpus()
    assert len(gpus()) == 25
    assert gpu_by_pci("0x9F0110DE") is board


def test_it_can_be_laid_out(board: Gpu) -> None:
    layout = Layout(board).place("1g.4gb", start=4).place("2g.8gb")
    assert str(layout) == "2g.8gb@0 1g.4gb@4"
    assert parse_layout(board, str(layout)) == layout
    assert [each.compute_slices for each in layout.instances] == [(0, 1), (2,)]
    assert str(layout.divide(0, "1c+1c")) == "2g.8gb@0[1c@0+1c@1] 1g.4gb@4"
    assert list(preset_layouts(board)) == ["3 × 1g", "3g"]


def test_what_is_unknown_of_it_stays_unknown(board: Gpu) -> None:
    piece = board.slice("3g.12gb")
    assert (piece.sms, piece.compute_share, piece.ofa, piece.l2.text) == (None, None, None, "unknown")
    assert piece.bandwidth.text == "534 GB/s"


REFUSED = [
    ("2g.8gb@0", "1g.4gb", 3, "not-a-start"),
    ("2g.8gb@0", "1g.4gb", 2, "overlap"),
    ("1g.4gb+me@0", "1g.4gb+me", 2, "instance-limit"),
    ("2g.8gb@0", "3g.12gb", None, "no-room"),
]


@pytest.mark.parametrize(("stands", "name", "start", "rule"), REFUSED)
def test_it_refuses_with_a_rule_and_a_way_out_that_works(
    board: Gpu, stands: str, name: str, start: int | None, rule: str
) -> None:
    layout = parse_layout(board, stands)
    answer = layout.explain(name, start)
    assert isinstance(answer, Refusal)
    assert answer.rule == rule
    for alternative in answer.alternatives:
        assert f"{name}@{alternative.start}" in str(alternative.apply(layout)).split()


def test_its_words_come_from_the_record(board: Gpu) -> None:
    assert str(parse_layout(board, "2g.8gb@0").explain("1g.4gb", 2)) == (
        "1g.4gb cannot start at memory slice 2. It needs slices 2 and 3, and slices 0 to 3 belong to 2g.8gb. "
        "Place it at 4 instead."
    )


def test_its_layouts_can_be_enumerated(board: Gpu) -> None:
    # Three places for 1g: 8 ways without +me and 3 x 4 with one; a 2g leaves one place: 3 ways; 3g: 1 way.
    assert len(layouts(board, maximal=False)) + 1 == 8 + 12 + 3 + 1
    plain = ["1g.4gb", "2g.8gb", "3g.12gb"]
    assert sorted(map(str, layouts(board, plain))) == [
        "1g.4gb@0 1g.4gb@2 1g.4gb@4",
        "2g.8gb@0 1g.4gb@4",
        "3g.12gb@0",
    ]


def test_its_layouts_can_be_exported(board: Gpu) -> None:
    export = write_layout(parse_layout(board, "2g.8gb@0 1g.4gb+me@4"), "nvidia-smi")
    (line,) = (line for line in export.documents[0].text.splitlines() if "-cgi" in line)
    assert line == "sudo nvidia-smi mig -i 0 -cgi 5:0,21:4 -C"


@pytest.mark.parametrize("name", formats())
def test_every_format_writes_it(board: Gpu, name: str) -> None:
    export = write_layout(parse_layout(board, "1g.4gb@0 1g.4gb@4"), name)
    assert export.documents, export.notes
    assert any("1g.4gb" in document.text or "14:0" in document.text for document in export.documents)
