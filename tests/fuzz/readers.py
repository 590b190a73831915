"""Every reader of the project, with inputs it should like. A format that can be read is found by itself."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from mig_explorer.devices import journal
from mig_explorer.errors import (
    ImpossiblePlacement,
    InconsistentRecord,
    InvalidLayout,
    JournalCorrupted,
    MigExplorerError,
    TraceCorrupted,
    UnknownProfile,
    UnreadableDocument,
)
from mig_explorer.experiments import trace
from mig_explorer.formats import Format, Where, formats, safe_yaml, smi_listing
from mig_explorer.formats.mig_parted import config_names
from mig_explorer.formats.mig_parted import read as read_mig_parted
from mig_explorer.gpus import Gpu, gpu
from mig_explorer.gpus.catalogue import BOARDS as RECORDS
from mig_explorer.gpus.record import read_record
from mig_explorer.layouts import Layout, create_sequence, parse_layout
from mig_explorer.widgets.explorer_messages import OPERATIONS, read_message
from tests.formats import smi_tables

Kind = Literal["text", "bytes", "values"]

APART = "\f"
"""Stands between two texts that are read together."""

BOARDS = (
    "A100-SXM4-40GB",
    "A100-SXM4-40GB",
    "A30",
    "H100-SXM5-80GB",
    "RTX-PRO-6000-BLACKWELL-SERVER",
    "GB10",
)
LAYOUTS = (
    ("A100-SXM4-40GB", "3g.20gb@4 2g.10gb@2 1g.5gb@0 1g.5gb+me@1"),
    ("A100-SXM4-40GB", "4g.20gb@0[2c@0+1c@2+1c@3] 1g.10gb@4 1g.5gb@6"),
    ("A100-SXM4-40GB", "7g.40gb@0[3c@0+2c@4]"),
    ("A100-SXM4-40GB", "3g.20gb@0[1c@1] 3g.20gb@4[]"),
    ("A30", "2g.12gb@0[1c@0+1c@1] 1g.6gb@2"),
    ("H100-SXM5-80GB", "1g.20gb@6 4g.40gb@0 2g.20gb@4"),
    ("RTX-PRO-6000-BLACKWELL-SERVER", "2g.48gb-me@0 1g.24gb+me.all@6 1g.24gb-me@9"),
)


FLEET = """\
version: v1
mig-configs:
  all-disabled:
    - devices: all
      mig-enabled: false
  balanced:
    - device-filter: ["0x233010DE", "0x20B210DE"]
      devices: all
      mig-enabled: true
      mig-devices:
        "1g.10gb": 2
        "3g.40gb": 1
    - device-filter: "0x20B010DE"
      devices: [0, 1]
      mig-enabled: true
      mig-devices:
        "1c.2g.10gb": 2
        "3g.20gb": 1
"""

DEVICES = (
    """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-12345678-1234-1234-1234-123456780000)
  MIG 3g.20gb     Device  0: (UUID: MIG-8fb6ee76-015a-56c0-a34c-b5d10ddc4370)
GPU 1: NVIDIA A30 (UUID: GPU-12345678-1234-1234-1234-123456780001)
""",
    "GPU 0: A100-SXM4-40GB (UUID: GPU-2fa5)\n  MIG 1c.3g.20gb Device 0: (UUID: MIG-GPU-2fa5/1/0)\n",
)


@dataclass(frozen=True)
class Reader:
    """Something that reads what may come from anybody.

    Parameters
    ----------
    name : str
        For messages.
    kind : {"text", "bytes", "values"}
        What it reads; values are what JSON can say.
    read : callable
        Reads one input; what it returns does not matter.
    seeds : tuple
        Inputs that it reads without an error.
    errors : tuple of type
        What it may raise; nothing else.
    """

    name: str
    kind: Kind
    read: Callable[[Any], object]
    seeds: tuple[Any, ...]
    errors: tuple[type[MigExplorerError], ...] = (UnreadableDocument,)


def readers() -> tuple[Reader, ...]:
    """Return every reader, those of the formats first."""
    return (
        *(of_format(each) for each in formats().values() if each.read is not None),
        *listing_readers(),
        Reader("YAML", "text", safe_yaml.load, (FLEET, "- [a, {b: 1.5}]\n- 'c'", '{"a": [true, null]}')),
        Reader("mig-parted, every configuration", "text", for_board(every_configuration), (APART + FLEET,)),
        *layout_readers(),
        Reader("board record", "values", as_record, tuple(records()), (InconsistentRecord,)),
        Reader("explorer message", "values", read_message, tuple(messages()), ()),
        *line_readers(),
    )


def for_board(read: Callable[[Gpu, str], object]) -> Callable[[str], object]:
    """Take the board's name from the beginning of the text, so that an input says all there is to know."""

    def read_for_board(text: str) -> object:
        name, _, rest = text.partition(APART)
        return read(gpu(name if name in BOARDS else BOARDS[0]), rest)

    return read_for_board


def of_format(found: Format) -> Reader:
    """Fuzz a format that can be read, from what it writes itself."""
    assert found.read is not None
    seeds = [
        f"{board}{APART}{document.text}"
        for board, text in LAYOUTS
        for document in found.write(parse_layout(gpu(board), text), Where()).documents
    ]
    return Reader(f"format {found.name}", "text", for_board(found.read), tuple(seeds))


def listing_readers() -> Iterator[Reader]:
    layouts = [(board, parse_layout(gpu(board), text)) for board, text in LAYOUTS]
    instances = [smi_tables.lgi(each, name_width=16) for _, each in layouts]
    computing = [smi_tables.lci(each) for _, each in layouts]
    boards = [board for board, _ in layouts]
    both = map(APART.join, zip(boards, instances, computing, strict=True))
    profiles = (f"{each}{APART}{smi_tables.lgip(gpu(each), name_width=16)}" for each in BOARDS[:4])
    placements = (f"{each}{APART}{smi_tables.lgipp(gpu(each))}" for each in BOARDS)
    yield Reader("nvidia-smi -L", "text", smi_listing.read_devices, DEVICES)
    yield Reader("nvidia-smi mig -lgi", "text", smi_listing.read_gpu_instances, tuple(instances))
    yield Reader("nvidia-smi mig -lci", "text", smi_listing.read_compute_instances, tuple(computing))
    yield Reader("both listings", "text", for_board(both_listings), tuple(both))
    yield Reader("nvidia-smi mig -lgip", "text", for_board(compared_profiles), tuple(profiles))
    yield Reader("nvidia-smi mig -lgipp", "text", for_board(compared_placements), tuple(placements))


def both_listings(board: Gpu, text: str) -> object:
    lgi, _, lci = text.partition(APART)
    return smi_listing.read_listings(board, lgi, lci)


def compared_profiles(board: Gpu, text: str) -> object:
    return smi_listing.differences(board, smi_listing.read_profiles(text))


def compared_placements(board: Gpu, text: str) -> object:
    return smi_listing.differences(board, placements=smi_listing.read_placements(text))


def every_configuration(board: Gpu, text: str) -> object:
    return [read_mig_parted(board, text, name, 0) for name in config_names(text)]


def layout_readers() -> Iterator[Reader]:
    errors = (InvalidLayout, UnknownProfile, ImpossiblePlacement)
    texts = tuple(APART.join(each) for each in LAYOUTS)
    lists = ("19,19,14,9", "9:4,1g.5gb", "MIG 3g.20gb,14:0", "0", "5,5,14:1")
    sequences = (*(APART + each for each in lists), f"A30{APART}14,5:2,21")
    whole = Layout(gpu("A100-SXM4-40GB")).place("4g.20gb")
    divisions = ("1c+1c+1c+1c", "2c@0+1c@2", "2c.4g.20gb+2c", "4g.20gb", "")
    yield Reader("layout", "text", for_board(parse_layout), texts, errors)
    yield Reader("division", "text", partial(whole.divide, 0), divisions, errors)
    yield Reader(
        "sequence", "text", for_board(lambda board, text: create_sequence(board, text).advice), sequences
    )


def records() -> Iterator[Any]:
    for name in ("A100-SXM4-40GB", "A30", "RTX-PRO-5000-BLACKWELL", "GB10"):
        yield json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))


def as_record(record: Any) -> object:
    return read_record(record, "mine.json")


def messages() -> Iterator[Any]:
    examples = {str: "3g.20gb", int: 4}
    for operation, fields in OPERATIONS.items():
        yield {"op": operation, **{name: examples[kind] for name, kind in fields.items()}}


def line_readers() -> Iterator[Reader]:
    """Files of one JSON object a line with a checksum: as bytes, and as lines whose checksum is right."""
    steps: list[dict[str, Any]] = [
        {"n": 0, "kind": "begin", "version": 1, "uuid": "GPU-1"},
        {"n": 1, "kind": "intent", "step": 1},
        {"n": 2, "kind": "end", "result": "applied"},
    ]
    events: list[dict[str, Any]] = [{"n": 0, "kind": "experiment"}, {"n": 1, "kind": "end", "rows": [1, 2.5]}]
    corrupted = ((JournalCorrupted,), (TraceCorrupted,))
    parts = ((journal_of, journal.line_of, steps), (trace_of, trace.line_of, events))
    for name, (read, line_of, lines), errors in zip(("journal", "trace"), parts, corrupted, strict=True):
        yield Reader(name, "bytes", read, (b"".join(map(line_of, lines)), b""), errors)
        right = partial(with_right_checksums, read, line_of)
        yield Reader(f"{name} with right checksums", "values", right, (lines,), errors)


def journal_of(text: bytes) -> object:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(text)
        found = journal.read_journal(file.name)
    return found.uuid, found.result, found.unfinished


def trace_of(text: bytes) -> object:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(text)
        return trace.read_trace(file.name)


def with_right_checksums(
    read: Callable[[bytes], object], line_of: Callable[[dict[str, Any]], bytes], lines: Any
) -> object:
    try:
        text = b"".join(line_of(each) for each in (lines if isinstance(lines, list) else [lines]))
    except (TypeError, ValueError, RecursionError):
        return None  # no such line could have been written
    return read(text)
