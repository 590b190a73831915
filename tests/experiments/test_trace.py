from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidExperiment, TraceCorrupted
from mig_explorer.experiments import read_trace
from mig_explorer.experiments.trace import Event, TraceWriter, default_trace_path, line_of

EVENTS: list[Event] = [
    {"kind": "experiment", "gpu": "A100-SXM4-40GB", "seconds": 0.1, "versions": {"trace": 2}},
    {"kind": "request", "tenant": 'quoted ",crc":"deadbeef"}', "finished": 1 / 3},
    {"kind": "kernel-failed", "cause": "first line\nsecond line – × 7"},
    {"kind": "finished", "ok": False, "failures": []},
]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    with TraceWriter(path) as writer:
        for event in EVENTS:
            writer.write(event)
    return path


def test_what_was_written_is_read_back(written: Path) -> None:
    trace = read_trace(written)
    assert [{**event} for event in trace.events] == [{"n": n, **event} for n, event in enumerate(EVENTS)]
    assert trace.torn is None
    assert trace.complete
    assert repr(trace) == f"<Trace {written}: 4 events, complete>"


def test_every_line_is_one_json_object_with_its_checksum_last(written: Path) -> None:
    for number, line in enumerate(written.read_bytes().splitlines()):
        record = json.loads(line)
        assert record["n"] == number
        assert list(record)[-1] == "crc"
        assert len(record["crc"]) == 8


def test_a_file_cut_at_any_byte_gives_every_whole_line_and_says_what_it_dropped(written: Path) -> None:
    whole = written.read_bytes()
    ends = [place for place, byte in enumerate(whole) if byte == ord("\n")]
    cut = written.with_name("cut.jsonl")
    for length in range(len(whole) + 1):
        cut.write_bytes(whole[:length])
        trace = read_trace(cut)
        kept = sum(end <= length for end in ends)  # the line is whole without its newline too
        assert [event["n"] for event in trace.events] == list(range(kept))
        begun = 0 if kept == 0 else ends[kept - 1] + 1
        if length > begun:
            before = {0: "nothing came before it", 1: "the line before it is whole"}
            whole_lines = before.get(kept, f"the {kept} lines before it are whole")
            assert trace.torn == (
                f"Line {kept + 1} of cut.jsonl was cut short after {length - begun} bytes and is dropped; "
                f"{whole_lines}."
            )
        elif length == 0:
            assert trace.torn == "cut.jsonl holds no complete line: its writer was stopped at once."
        else:
            assert trace.torn is None
        assert trace.complete == (kept == len(EVENTS))


def test_a_changed_byte_is_noticed_wherever_it_is(written: Path) -> None:
    whole = written.read_bytes()
    last_line = whole.rindex(b"\n", 0, -1) + 1
    changed = written.with_name("changed.jsonl")
    for place in range(len(whole) - 1):
        if whole[place] == ord("\n"):
            continue
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        if place < last_line or whole[place] ^ 1 != ord("\n"):
            with pytest.raises(TraceCorrupted):
                read_trace(changed)


def test_a_changed_line_is_named(written: Path) -> None:
    written.write_bytes(written.read_bytes().replace(b"0.3333", b"0.9333"))
    with pytest.raises(TraceCorrupted) as caught:
        read_trace(written)
    assert str(caught.value) == (
        f"Line 2 of {written} does not match its checksum: it was changed after it was written."
    )


def test_a_line_that_is_gone_is_noticed(written: Path) -> None:
    lines = written.read_bytes().splitlines(keepends=True)
    written.write_bytes(lines[0] + b"".join(lines[2:]))
    with pytest.raises(TraceCorrupted) as caught:
        read_trace(written)
    assert str(caught.value) == f"Line 2 of {written} is event 2, not 1: a line is missing or moved."


def test_another_file_is_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary\n", encoding="utf-8")
    with pytest.raises(TraceCorrupted) as caught:
        read_trace(path)
    assert str(caught.value) == (
        f"Line 1 of {path} has no checksum: it is not a trace, or the line was changed."
    )


def test_a_line_with_a_right_checksum_that_is_not_json_is_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "forged.jsonl"
    path.write_bytes(b'{"a":,"crc":"' + line_of({"x": 0})[-12:-4] + b'"}\n')
    with pytest.raises(TraceCorrupted):
        read_trace(path)


@pytest.mark.parametrize("versions", [None, [], 3, {"trace": "1"}, {"trace": None}, {"trace": True}])
def test_a_trace_that_does_not_say_its_format_is_refused(tmp_path: Path, versions: object) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_bytes(line_of({"n": 0, "kind": "experiment", "versions": versions}))
    with pytest.raises(TraceCorrupted) as caught:
        read_trace(path)
    assert str(caught.value) == f"{path} does not say as a number in which trace format it was written."


def test_a_trace_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.jsonl"
    path.write_bytes(line_of({"n": 0, "kind": "experiment", "versions": {"trace": 9}}))
    with pytest.raises(TraceCorrupted) as caught:
        read_trace(path)
    assert str(caught.value) == (
        f"{path} was written in trace format 9, and this version of mig-explorer reads up to 2. "
        f"Install a newer mig-explorer to read it."
    )


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "bytes"
    path.write_bytes(content)
    if b"\n" in content:
        with pytest.raises(TraceCorrupted, match=r"^Line 1 of "):
            read_trace(path)
    else:
        assert read_trace(path).events == ()


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_never_gets_into_a_trace(tmp_path: Path, number: float) -> None:
    path = tmp_path / "run.jsonl"
    with TraceWriter(path) as writer, pytest.raises(ValueError, match="JSON compliant"):
        writer.write({"kind": "request", "finished": number})
    assert path.read_bytes() == b""


def test_a_line_is_in_the_file_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with TraceWriter(path) as writer:
        writer.write(EVENTS[0])
        assert len(read_trace(path).events) == 1


def test_the_file_is_synced_when_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    writer = TraceWriter(tmp_path / "run.jsonl")
    writer.write(EVENTS[0])
    assert synced == []
    writer.close()
    writer.close()
    assert len(synced) == 1


def test_a_trace_is_never_overwritten(written: Path) -> None:
    before = written.read_bytes()
    with pytest.raises(InvalidExperiment) as caught:
        TraceWriter(written)
    assert str(caught.value) == (
        f"The trace {written} exists already, and a trace is never overwritten. "
        f"Give another path, or remove the file."
    )
    assert written.read_bytes() == before


def test_a_trace_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    path = tmp_path / "file" / "run.jsonl"
    with pytest.raises(InvalidExperiment) as caught:
        TraceWriter(path)
    assert str(caught.value) == (
        f"The trace {path} cannot be created: File exists. Give a path that you can write to."
    )


def test_a_missing_file_is_the_usual_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_trace(tmp_path / "nowhere.jsonl")


def test_default_paths_are_new_ones_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / name)
    first = default_trace_path()
    assert first.parent == tmp_path / "mig-explorer" / "runs"
    first.touch()
    assert default_trace_path() != first


def test_without_a_writable_home_traces_go_to_a_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / "file" / name)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    path = default_trace_path()
    assert path.parent.parent == tmp_path
    assert path.parent.name.startswith("mig-explorer-")
    TraceWriter(path).close()
