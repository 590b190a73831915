"""The trace: one JSON object a line, each with a checksum, written so that a kill loses one line at most."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mig_explorer.errors import InvalidExperiment, TraceCorrupted
from mig_explorer.files import user_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from mig_explorer.experiments.requests import Requests

Event = dict[str, Any]

TRACE_VERSION = 2
"""Format 2 keeps the requests of a long run as columns beside the file, and says more of who shares what."""

CHECKSUM_KEY = b',"crc":"'
CHECKSUM_END = b'"}'
HEX_DIGITS = 8


@dataclass(frozen=True)
class Trace:
    """The events of one run, in the order they were written.

    Parameters
    ----------
    path : pathlib.Path or None
        The file they are in; None if they did not come from one.
    events : tuple of dict
        Each with its ``kind`` and its number ``n``.
    torn : str or None
        What was dropped at the end of the file, in words; None if nothing was.
    columns : mapping
        The requests of each mode that are held in memory instead of in events or files, by the mode's slug.
    """

    path: Path | None
    events: tuple[Event, ...]
    torn: str | None = None
    columns: Mapping[str, Requests] = field(default_factory=dict, compare=False, repr=False)

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return bool(self.events) and self.events[-1]["kind"] == "finished"

    def columns_of(self, event: Event) -> Requests:
        """Return the requests that a ``requests`` event stands for.

        Raises
        ------
        TraceCorrupted
            If its columns are missing, or not what was written.
        """
        from mig_explorer.experiments.long_runs import read_columns  # noqa: PLC0415

        held = self.columns.get(event["mode"])
        return read_columns(self.path, event) if held is None else held

    def __repr__(self) -> str:
        state = "complete" if self.complete else "ended early"
        return f"<Trace {self.path or 'of no file'}: {len(self.events)} events, {state}>"


class TraceWriter:
    """Appends events to a new trace file.

    Every line is flushed when it is written, and the file is synced to the disk when it is closed.

    Parameters
    ----------
    path : str or path-like
        The file; it must not exist yet.

    Raises
    ------
    InvalidExperiment
        If the file exists, or cannot be created.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "run.jsonl"
    ...     with TraceWriter(path) as writer:
    ...         event = writer.write({"kind": "finished", "ok": True})
    ...     read_trace(path).events == (event,)
    True
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._written = 0
        if self.path.exists():
            message = (
                f"The trace {self.path} exists already, and a trace is never overwritten. "
                f"Give another path, or remove the file."
            )
            raise InvalidExperiment(message)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb")
        except OSError as error:
            message = (
                f"The trace {self.path} cannot be created: {error.strerror}. "
                f"Give a path that you can write to."
            )
            raise InvalidExperiment(message) from error

    def write(self, event: Mapping[str, Any]) -> Event:
        """Append one event and return it with its number ``n``.

        Raises
        ------
        ValueError
            If the event holds NaN or an infinity.
        """
        numbered = {"n": self._written, **event}
        self._file.write(line_of(numbered))
        self._file.flush()
        self._written += 1
        return numbered

    def close(self) -> None:
        """Sync the file to the disk and close it."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def line_of(event: Mapping[str, Any]) -> bytes:
    r"""Return an event as a line of a trace: compact JSON whose last key, ``crc``, is the CRC-32 of the rest.

    Examples
    --------
    >>> line_of({"n": 0, "kind": "finished"})
    b'{"n":0,"kind":"finished","crc":"43bbfaef"}\n'
    """
    body = json.dumps(event, separators=(",", ":"), allow_nan=False).encode("ascii")
    return body[:-1] + CHECKSUM_KEY + _checksum(body) + CHECKSUM_END + b"\n"


def read_trace(path: str | os.PathLike[str]) -> Trace:
    """Read a trace file, also one whose writer was killed.

    A last line that was cut short is dropped, and `Trace.torn` says so.

    Parameters
    ----------
    path : str or path-like
        A file written by an experiment.

    Raises
    ------
    TraceCorrupted
        If any other line is not what was written, or the file was written by a newer version.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "run.jsonl"
    ...     _ = path.write_bytes(line_of({"n": 0, "kind": "experiment"}) + b'{"n":1,"kind":"mo')
    ...     trace = read_trace(path)
    >>> trace.events, trace.complete
    (({'n': 0, 'kind': 'experiment'},), False)
    >>> trace.torn
    'Line 2 of run.jsonl was cut short after 17 bytes and is dropped; the line before it is whole.'
    """
    path = Path(path)
    lines = path.read_bytes().split(b"\n")
    last = lines.pop()
    events = [_event_of(line, number, path) for number, line in enumerate(lines, start=1)]
    torn = None if lines else f"{path.name} holds no complete line: its writer was stopped at once."
    if last:
        try:
            events.append(_event_of(last, len(lines) + 1, path))
            torn = None
        except TraceCorrupted:
            torn = (
                f"Line {len(lines) + 1} of {path.name} was cut short after {len(last)} bytes and is dropped; "
                f"{_before(len(lines))}."
            )
    if events:
        _check_version(events[0], path)
    return Trace(path, tuple(events), torn)


def default_trace_path() -> Path:
    """Return a new path in the user's data folder, or in a temporary folder if that cannot be written.

    Examples
    --------
    >>> default_trace_path().suffix
    '.jsonl'
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    data = user_folder("data")
    folder = None if data is None else data / "runs"
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            folder = None
    if folder is None or not os.access(folder, os.W_OK):
        folder = Path(tempfile.mkdtemp(prefix="mig-explorer-"))
    names = (f"{stamp}-{os.getpid()}-{number}.jsonl" for number in itertools.count(1))
    return next(folder / name for name in names if not (folder / name).exists())


def _before(lines: int) -> str:
    known = {0: "nothing came before it", 1: "the line before it is whole"}
    return known.get(lines, f"the {lines} lines before it are whole")


def _checksum(body: bytes) -> bytes:
    return f"{zlib.crc32(body):0{HEX_DIGITS}x}".encode("ascii")


def _event_of(line: bytes, number: int, path: Path) -> Event:
    body, found, rest = line.rpartition(CHECKSUM_KEY)
    body += b"}"
    if not found:
        message = f"Line {number} of {path} has no checksum: it is not a trace, or the line was changed."
        raise TraceCorrupted(message)
    if rest != _checksum(body) + CHECKSUM_END:
        message = f"Line {number} of {path} does not match its checksum: it was changed after it was written."
        raise TraceCorrupted(message)
    try:
        event: Event = json.loads(body)
    except ValueError as error:
        message = f"Line {number} of {path} is not JSON ({error}): it is not a trace."
        raise TraceCorrupted(message) from None
    if event.get("n") != number - 1:
        message = (
            f"Line {number} of {path} is event {event.get('n')}, not {number - 1}: "
            f"a line is missing or moved."
        )
        raise TraceCorrupted(message)
    return event


def _check_version(first: Event, path: Path) -> None:
    versions = first.get("versions", {})
    version = versions.get("trace", TRACE_VERSION) if isinstance(versions, dict) else None
    if isinstance(version, bool) or not isinstance(version, int):
        message = f"{path} does not say as a number in which trace format it was written."
        raise TraceCorrupted(message)
    if version > TRACE_VERSION:
        message = (
            f"{path} was written in trace format {version}, and this version of mig-explorer reads up to "
            f"{TRACE_VERSION}. Install a newer mig-explorer to read it."
        )
        raise TraceCorrupted(message)
