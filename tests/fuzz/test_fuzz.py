from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mig_explorer.errors import UnknownGpu, UnreadableDocument
from mig_explorer.formats import Export, Format, formats, safe_yaml
from mig_explorer.gpus import Gpu
from mig_explorer.layouts import Layout, parse_layout
from tests.fuzz import readers as registry
from tests.fuzz.mutations import VALUES, WORDS
from tests.fuzz.readers import APART, Reader, readers
from tests.fuzz.run import LONGEST_MESSAGE, fuzz, input_of, outcome

ROOT = Path(__file__).resolve().parents[2]
INPUTS = 10_000

SIGNS = st.text(max_size=40) | st.sampled_from(WORDS)
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(VALUES)
)
VALUE = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=15,
)


def inputs_of(reader: Reader) -> st.SearchStrategy[Any]:
    """Anything of its kind, and pieces of what it likes among anything."""
    if reader.kind == "values":
        return VALUE
    if reader.kind == "bytes":
        return st.binary(max_size=300)
    pieces = sorted({line for seed in reader.seeds for line in seed.splitlines(keepends=True)})
    return st.lists(SIGNS | st.sampled_from(pieces), max_size=12).map("".join)


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_reader_reads_or_refuses_anything(reader: Reader, data: st.DataObject) -> None:
    assert outcome(reader, data.draw(inputs_of(reader))) in {"read", "refused"}


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
def test_a_reader_reads_what_the_fuzzing_starts_from(reader: Reader) -> None:
    assert reader.seeds
    assert [outcome(reader, seed) for seed in reader.seeds] == ["read"] * len(reader.seeds)


def test_ten_thousand_changed_inputs_with_little_memory() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--inputs", str(INPUTS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    assert run.stdout.splitlines()[-1] == f"{INPUTS:,} inputs, 0 findings"


def filled(piece: str, most: int) -> str:
    return piece * (most // len(piece))


CONFIGS = "".join(
    f"  c{number}:\n    - {{devices: all, mig-enabled: true, mig-devices: {{1g.10gb: 2, 1g.5gb: 4}}}}\n"
    for number in range(600)
)


DEVICE = "MIG 1g.5gb Device 0: (UUID: MIG-1)\n"
SEVEN = "nvidia-smi mig -cgi 19,19,19,19,19,19,19\n"


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("YAML", filled("- a\n", 4 * (safe_yaml.MOST_NODES - 1))),
        ("YAML", "".join(f"a{number}: 1\n" for number in range(4990))),
        ("YAML", filled("- [[[[a]]]]\n", safe_yaml.LONGEST)),
        ("YAML", "[" * 32 + filled("1,", safe_yaml.LONGEST - 32)),
        ("YAML", "[" * safe_yaml.LONGEST),
        ("YAML", "{a: [" * (safe_yaml.LONGEST // 5)),
        ("YAML", "- " * (safe_yaml.LONGEST // 2)),
        ("YAML", "? " * (safe_yaml.LONGEST // 2)),
        ("mig-parted, every configuration", f"{APART}version: v1\nmig-configs:\n{CONFIGS}"),
        ("nvidia-smi -L", f"GPU 0: A (UUID: GPU-1)\n{filled(DEVICE, 262_000)}"),
        ("nvidia-smi mig -lgi", filled("| 0 MIG 1g.5gb 19 7 0:1 |\n", 262_144)),
        ("nvidia-smi mig -lgi", filled("$ " * 199 + "\n", 262_144)),
        ("nvidia-smi mig -lgi", "\n" * 262_144),
        ("both listings", APART + "".join(f"0 MIG 1g.5gb 19 {each} 0:1\n" for each in range(9999))),
        ("format nvidia-smi", f"{APART}{SEVEN}{filled('nvidia-smi mig -dci' + chr(10), 65_000)}"),
        ("layout", APART + filled("1g.5gb ", 4096)),
        ("sequence", APART + ",".join(["19,20,15,14,9,5,0"] * 9)),
        ("sequence", f"RTX-PRO-6000-BLACKWELL-SERVER{APART}14,47,67,21,65,14,67,47,5,35,66,64,0,32"),
    ],
)  # fmt: skip
def test_the_largest_inputs_stay_within_their_time(reader: str, text: str) -> None:
    found = next(each for each in readers() if each.name == reader)
    assert outcome(found, text) in {"read", "refused"}


def test_most_readers_are_reached_behind_their_first_refusal() -> None:
    summary = fuzz(1, range(150 * len(readers())))
    for reader in readers():
        assert summary.read[reader.name] > 0, reader.name
        # A message is never an error for the page that sent it, only malformed.
        assert summary.refused[reader.name] > 0 or not reader.errors, reader.name


def test_an_input_can_be_repeated_by_its_number() -> None:
    for number in range(3 * len(readers())):
        (first, given_first), (second, given_second) = (input_of(5, number, readers()) for _ in range(2))
        assert first.name == second.name
        assert repr(given_first) == repr(given_second)
    assert repr(input_of(5, 0, readers())) != repr(input_of(6, 0, readers()))


@settings(max_examples=300)
@given(text=inputs_of(next(each for each in readers() if each.name == "YAML")))
def test_yaml_that_is_read_holds_no_anchor_no_alias_and_no_tag(text: str) -> None:
    try:
        safe_yaml.load(text)
    except UnreadableDocument:
        return
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        assert not isinstance(event, yaml.AliasEvent)
        assert getattr(event, "anchor", None) is None
        assert getattr(event, "tag", None) is None


def reader_of(read: Any) -> Reader:
    return Reader("made up", "text", read, ("",))


def test_what_the_watch_reports() -> None:
    def crash(_: str) -> None:
        raise KeyError("x")

    def wrong_error(_: str) -> None:
        raise UnknownGpu("No GPU 'x'.")

    def refuse(message: str) -> None:
        raise UnreadableDocument(message)

    def go_on(_: str) -> None:
        while True:
            pass

    assert outcome(reader_of(len), "abc") == "read"
    assert outcome(reader_of(refuse), "Line 1: no.") == "refused"
    assert outcome(reader_of(refuse), "") == "a message of 0 characters"
    assert outcome(reader_of(refuse), "x" * (LONGEST_MESSAGE + 1)) == "a message of 10001 characters"
    assert outcome(reader_of(crash), "") == "KeyError: 'x'"
    assert outcome(reader_of(wrong_error), "") == "an error of another reader, UnknownGpu: No GPU 'x'."
    assert outcome(reader_of(go_on), "") == "took more than 1 s"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of one process")
def test_a_reader_that_wants_more_memory_is_reported() -> None:
    program = (
        "from tests.fuzz.run import limit_memory, outcome\n"
        "from tests.fuzz.readers import Reader\n"
        "limit_memory()\n"
        "for size in (100, 300):\n"
        "    print(outcome(Reader('', 'text', lambda text: bytes(size << 20), ('',)), ''))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert run.stdout == "read\nwanted more than 200 MiB\n"


def test_a_new_format_that_can_be_read_is_fuzzed_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(board: Gpu, text: str) -> Layout:
        return parse_layout(board, text.strip())

    known = formats()
    new = replace(known["nvidia-smi"], name="words", read=read)
    one_way = Format("one-way", "One way", 999, "Cannot be read.", lambda *_: Export((), ()))
    monkeypatch.setattr(registry, "formats", lambda: {**known, "words": new, "one-way": one_way})
    names = [each.name for each in readers()]
    assert "format words" in names
    assert "format one-way" not in names
    found = next(each for each in readers() if each.name == "format words")
    assert outcome(found, f"A30{APART}2g.12gb@2") == "read"
    assert outcome(found, f"A30{APART}x").startswith("an error of another reader, UnknownProfile")
