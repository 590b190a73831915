"""The journal of a change: one JSON object a line, each with a checksum, on the disk before the next step."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mig_explorer.devices.lock import checked_uuid
from mig_explorer.errors import JournalCorrupted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

Line = dict[str, Any]

JOURNAL_VERSION = 1
KINDS = ("begin", "intent", "outcome", "turn", "stopped", "end")
RESULTS = ("applied", "restored")
CHECKSUM_KEY = b',"crc":"'


@dataclass(frozen=True)
class Journal:
    """The lines of a journal, as they were read.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    lines : tuple of dict
        Each with its number ``n`` and its ``kind``; the first is ``"begin"``.
    whole_bytes : int
        Where the last whole line ends.
    torn : str or None
        What was cut short at the end of the file, in words; None if nothing was.
    """

    path: Path
    lines: tuple[Line, ...]
    whole_bytes: int
    torn: str | None = None

    @property
    def uuid(self) -> str:
        """The GPU that it is about; empty if not even its first line is whole."""
        return str(self.lines[0]["uuid"]) if self.lines else ""

    @property
    def result(self) -> str | None:
        """``"applied"`` or ``"restored"`` of a change that came to its end, else None."""
        last = self.lines[-1] if self.lines else {}
        return str(last["result"]) if last.get("kind") == "end" else None

    @property
    def unfinished(self) -> bool:
        """Whether something was begun and not brought to an end. Without a first line nothing was."""
        return bool(self.lines) and self.result is None

    def __repr__(self) -> str:
        state = self.result or ("unfinished" if self.lines else "never begun")
        return f"<Journal {self.path}: {len(self.lines)} lines, {state}>"


class JournalWriter:
    """Appends lines to a journal; each is on the disk when `write` returns.

    If a line cannot be written, what came of it is cut off again, so that the lines before it stay readable.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    continued : Journal, optional
        What was read of it, to append to; without it the file must not exist yet.

    Raises
    ------
    OSError
        If it cannot be opened.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "change.jsonl"
    ...     with JournalWriter(path) as writer:
    ...         writer.write("begin", version=1, uuid="GPU-1")
    ...         writer.write("end", result="applied")
    ...     read_journal(path).result
    'applied'
    """

    def __init__(self, path: Path, continued: Journal | None = None) -> None:
        self.path = path
        flags = os.O_WRONLY | os.O_CLOEXEC
        if continued is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            flags |= os.O_CREAT | os.O_EXCL
        self._fd = os.open(path, flags, 0o600)
        self._number = len(continued.lines) if continued else 0
        self._end = continued.whole_bytes if continued else 0
        try:
            os.ftruncate(self._fd, self._end)
            if continued is None:
                _sync_folder(path.parent)
                _sync_folder(path.parent.parent)
        except OSError:
            self.close()
            raise

    def write(self, kind: str, **values: Any) -> None:
        """Append a line and see it to the disk.

        Raises
        ------
        OSError
            If it could not be written; the journal is then as it was.
        """
        line = line_of({"n": self._number, "kind": kind, **values})
        try:
            self._append(line)
            self._sync()
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._end)
            raise
        self._end += len(line)
        self._number += 1

    def _append(self, line: bytes) -> None:
        written = 0
        while written < len(line):
            written += os.pwrite(self._fd, line[written:], self._end + written)

    def _sync(self) -> None:
        os.fsync(self._fd)

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def line_of(values: Mapping[str, Any]) -> bytes:
    r"""Return a line of a journal: compact JSON whose last key, ``crc``, is the CRC-32 of the rest.

    Examples
    --------
    >>> line_of({"n": 1, "kind": "end", "result": "applied"})
    b'{"n":1,"kind":"end","result":"applied","crc":"2e947135"}\n'
    """
    body = json.dumps(values, separators=(",", ":"), allow_nan=False).encode("ascii")
    return body[:-1] + CHECKSUM_KEY + f"{zlib.crc32(body):08x}".encode("ascii") + b'"}\n'


def read_journal(path: str | os.PathLike[str]) -> Journal:
    """Read a journal, also one whose writer was killed.

    A last line that was cut short is left out, and `Journal.torn` says so.

    Parameters
    ----------
    path : str or path-like
        A file that ``apply`` wrote.

    Raises
    ------
    JournalCorrupted
        If any other line is not what was written, or a newer version wrote it.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "change.jsonl"
    ...     _ = path.write_bytes(
    ...         line_of({"n": 0, "kind": "begin", "version": 1, "uuid": "GPU-1"}) + b'{"n":1'
    ...     )
    ...     journal = read_journal(path)
    >>> journal.unfinished, journal.torn
    (True, 'Line 2 of change.jsonl was cut short after 6 bytes and is left out.')
    """
    path = Path(path)
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    lines = [_line(text, number, path) for number, text in enumerate(data[:whole].split(b"\n")[:-1], start=1)]
    if lines:
        _check_first(lines[0], path)
    torn = None
    if len(data) > whole:
        torn = (
            f"Line {len(lines) + 1} of {path.name} was cut short after {len(data) - whole} bytes "
            f"and is left out."
        )
    return Journal(path, tuple(lines), whole, torn)


def new_journal_path(folder: Path, uuid: str) -> Path:
    """Return a path for a new journal, named after the GPU and the time."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (f"{checked_uuid(uuid)}-{stamp}-{os.getpid()}-{number}.jsonl" for number in itertools.count(1))
    return next(folder / name for name in names if not (folder / name).exists())


def journals(folder: Path, uuid: str) -> tuple[Path, ...]:
    """Return the journals of a GPU in a folder, the oldest first by name."""
    return tuple(sorted(folder.glob(f"{checked_uuid(uuid)}-*.jsonl")))


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _line(text: bytes, number: int, path: Path) -> Line:
    body, found, rest = text.rpartition(CHECKSUM_KEY)
    body += b"}"
    if not found:
        raise JournalCorrupted(
            f"Line {number} of {path} has no checksum: it is not a journal, or the line was changed."
        )
    if rest != f"{zlib.crc32(body):08x}".encode("ascii") + b'"}':
        raise JournalCorrupted(
            f"Line {number} of {path} does not match its checksum: it was changed after it was written."
        )
    try:
        line: Line = json.loads(body)
    except (ValueError, RecursionError):
        raise JournalCorrupted(f"Line {number} of {path} is not JSON: it is not a journal.") from None
    if not isinstance(line, dict) or line.get("n") != number - 1:
        raise JournalCorrupted(
            f"Line {number} of {path} does not carry the number {number - 1}: a line is missing or moved."
        )
    if line.get("kind") == "end" and line.get("result") not in RESULTS:
        raise JournalCorrupted(f"Line {number} of {path} is an end that does not say how it ended.")
    return line


def _check_first(first: Line, path: Path) -> None:
    version = first.get("version")
    if first.get("kind") != "begin" or not isinstance(version, int) or not isinstance(first.get("uuid"), str):
        raise JournalCorrupted(f"{path} does not begin as a journal of a change does.")
    if version > JOURNAL_VERSION:
        raise JournalCorrupted(
            f"{path} was written in journal format {version}, and this version of mig-explorer reads up to "
            f"{JOURNAL_VERSION}. Install a newer mig-explorer to read it."
        )
