from __future__ import annotations

import errno
import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.devices.journal import (
    JOURNAL_VERSION,
    Journal,
    JournalWriter,
    journals,
    line_of,
    new_journal_path,
    read_journal,
)
from mig_explorer.errors import ApplyRefused, JournalCorrupted

BEGIN = {"n": 0, "kind": "begin", "version": 1, "uuid": "GPU-1"}


def written(path: Path, *lines: dict[str, Any]) -> bytes:
    data = b"".join(map(line_of, lines))
    path.write_bytes(data)
    return data


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "change.jsonl"
    with JournalWriter(path) as writer:
        writer.write("begin", version=1, uuid="GPU-1", text="è")
        writer.write("intent", do={"deep": [1, None]})
    journal = read_journal(path)
    assert journal.lines == ({**BEGIN, "text": "è"}, {"n": 1, "kind": "intent", "do": {"deep": [1, None]}})
    assert (journal.uuid, journal.result, journal.unfinished, journal.torn) == ("GPU-1", None, True, None)
    assert journal.whole_bytes == path.stat().st_size
    assert repr(journal) == f"<Journal {path}: 2 lines, unfinished>"


def test_only_its_owner_can_read_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "change.jsonl"
    JournalWriter(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_journal_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "change.jsonl"
    written(path, BEGIN)
    with pytest.raises(FileExistsError):
        JournalWriter(path)


def test_every_line_is_on_the_disk_before_write_returns_and_so_is_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Any] = []
    path = tmp_path / "change.jsonl"

    def note(fd: int) -> None:
        name = Path(f"/proc/self/fd/{fd}").readlink().name
        synced.append((name, path.stat().st_size if path.exists() else None))

    monkeypatch.setattr(os, "fsync", note)
    with JournalWriter(path) as writer:
        assert synced == [(tmp_path.name, 0), (tmp_path.parent.name, 0)]
        writer.write("begin", version=1, uuid="GPU-1")
        writer.write("end", result="applied")
    assert [name for name, _ in synced[2:]] == ["change.jsonl"] * 2
    assert [size for _, size in synced[2:]] == [len(line_of(BEGIN)), path.stat().st_size]


def test_a_torn_line_is_left_out_and_cut_off_when_the_journal_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "change.jsonl"
    whole = written(path, BEGIN)
    path.write_bytes(whole + b'{"n":1,"kind":"inte')
    torn = read_journal(path)
    assert torn.torn == "Line 2 of change.jsonl was cut short after 19 bytes and is left out."
    with JournalWriter(path, continued=torn) as writer:
        writer.write("end", result="restored")
    assert read_journal(path).lines == (BEGIN, {"n": 1, "kind": "end", "result": "restored"})
    assert read_journal(path).result == "restored"


def test_without_a_whole_line_nothing_was_begun(tmp_path: Path) -> None:
    path = tmp_path / "change.jsonl"
    path.write_bytes(line_of(BEGIN)[:-1])
    journal = read_journal(path)
    assert (journal.lines, journal.uuid, journal.unfinished) == ((), "", False)
    assert repr(journal) == f"<Journal {path}: 0 lines, never begun>"


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_what_came_of_a_line_that_could_not_be_written_is_cut_off(
    part: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "change.jsonl"
    append = JournalWriter._append

    def full(writer: JournalWriter, line: bytes) -> None:
        append(writer, line[: int(len(line) * part)])
        raise OSError(errno.ENOSPC, "No space left on device")

    with JournalWriter(path) as writer:
        writer.write("begin", version=1, uuid="GPU-1")
        with monkeypatch.context() as patch:
            patch.setattr(JournalWriter, "_append", full)
            with pytest.raises(OSError, match="No space left on device"):
                writer.write("intent", do="something")
        assert read_journal(path) == Journal(path, (BEGIN,), len(line_of(BEGIN)))
        writer.write("end", result="applied")
    assert read_journal(path).lines[1] == {"n": 1, "kind": "end", "result": "applied"}


def test_a_file_system_without_room_is_noticed(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full, JournalWriter(tmp_path / "change.jsonl") as writer:
        os.dup2(full.fileno(), writer._fd)
        with pytest.raises(OSError, match="No space left on device"):
            writer.write("begin")


OTHER = {"n": 1, "kind": "intent", "do": 1}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello\n", "Line 1 of {path} has no checksum: it is not a journal, or the line was changed."),
        (
            line_of(BEGIN).replace(b"GPU-1", b"GPU-2"),
            "Line 1 of {path} does not match its checksum: it was changed after it was written.",
        ),
        (
            line_of(BEGIN) + line_of({**OTHER, "n": 2}),
            "Line 2 of {path} does not carry the number 1: a line is missing or moved.",
        ),
        (line_of(OTHER), "Line 1 of {path} does not carry the number 0: a line is missing or moved."),
        (line_of({**BEGIN, "kind": "turn"}), "{path} does not begin as a journal of a change does."),
        (
            line_of(BEGIN) + line_of({"n": 1, "kind": "end"}),
            "Line 2 of {path} is an end that does not say how it ended.",
        ),
        (
            line_of(BEGIN) + line_of({"n": 1, "kind": "end", "result": ["applied"]}),
            "Line 2 of {path} is an end that does not say how it ended.",
        ),
        (line_of({**BEGIN, "version": "1"}), "{path} does not begin as a journal of a change does."),
        (
            line_of({**BEGIN, "version": JOURNAL_VERSION + 1}),
            (
                "{path} was written in journal format 2, and this version of mig-explorer reads up to 1. "
                "Install a newer mig-explorer to read it."
            ),
        ),
    ],
)
def test_a_journal_that_is_not_what_was_written_is_refused(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "change.jsonl"
    path.write_bytes(data)
    with pytest.raises(JournalCorrupted) as caught:
        read_journal(path)
    assert str(caught.value) == message.format(path=path)


def test_a_line_with_a_right_checksum_that_is_no_json_is_refused(tmp_path: Path) -> None:
    body = b'{"n":0,}'
    path = tmp_path / "change.jsonl"
    path.write_bytes(body[:-1] + b',"crc":"' + f"{zlib.crc32(body):08x}".encode() + b'"}\n')
    with pytest.raises(JournalCorrupted) as caught:
        read_journal(path)
    assert str(caught.value) == f"Line 1 of {path} is not JSON: it is not a journal."


def test_a_changed_byte_anywhere_is_noticed(tmp_path: Path) -> None:
    """A flipped bit in a line never goes unseen; the last line feed may become a torn line."""
    path = tmp_path / "change.jsonl"
    data = written(path, BEGIN, OTHER, {"n": 2, "kind": "end", "result": "applied"})
    expected = read_journal(path).lines
    for place in range(len(data)):
        for bit in (0, 3, 6):
            path.write_bytes(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :])
            try:
                journal = read_journal(path)
            except JournalCorrupted:
                continue
            assert place == len(data) - 1
            assert journal.lines == expected[:-1]
            assert journal.torn


def test_cut_off_at_any_byte_the_whole_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "change.jsonl"
    data = written(path, BEGIN, OTHER, {"n": 2, "kind": "end", "result": "applied"})
    expected = read_journal(path).lines
    for length in range(len(data) + 1):
        path.write_bytes(data[:length])
        journal = read_journal(path)
        assert journal.lines == expected[: data[:length].count(b"\n")]
        assert (journal.torn is None) == (length == 0 or data[length - 1 : length] == b"\n")


@given(st.binary(max_size=300) | st.builds(lambda text: line_of(BEGIN) + text, st.binary(max_size=200)))
def test_whatever_the_file_holds_nothing_else_is_raised(tmp_path_factory: Any, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.jsonl"
    path.write_bytes(data)
    try:
        journal = read_journal(path)
    except JournalCorrupted:
        return
    assert journal.lines in ((), (BEGIN,))


def test_the_journals_of_one_gpu_are_found_by_their_names(tmp_path: Path) -> None:
    first = new_journal_path(tmp_path, "GPU-1")
    first.touch()
    second = new_journal_path(tmp_path, "GPU-1")
    second.touch()
    new_journal_path(tmp_path, "GPU-12").touch()
    assert first != second
    assert journals(tmp_path, "GPU-1") == tuple(sorted([first, second]))
    assert journals(tmp_path / "no such folder", "GPU-1") == ()


def test_a_uuid_that_is_no_uuid_names_no_file(tmp_path: Path) -> None:
    with pytest.raises(ApplyRefused) as caught:
        new_journal_path(tmp_path, "../../etc/passwd")
    assert str(caught.value) == (
        "'../../etc/passwd' is no UUID of a GPU: letters, digits and hyphens, as nvidia-smi -L prints it."
    )


def test_a_line_is_plain_json() -> None:
    line = line_of({"n": 3, "kind": "end", "result": "applied"})
    assert json.loads(line) == {"n": 3, "kind": "end", "result": "applied", "crc": json.loads(line)["crc"]}
