"""The file of a sweep: a line for each row, written as they come, so that a kill loses none of them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mig_explorer.errors import InvalidExperiment, TraceCorrupted
from mig_explorer.model import MODEL_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from mig_explorer.fleet.case import Case

Row = dict[str, Any]


class RowsFile:
    """Where the rows of a sweep go, and where those of an earlier run of it are found.

    The first line says which sweep it is. A last line that a kill cut short is dropped.

    Parameters
    ----------
    path : path or None
        A file that need not exist yet; None keeps nothing.
    cases : sequence of Case
        Of the sweep.

    Raises
    ------
    InvalidExperiment
        If the file is of another sweep, or of another version of the model, or cannot be written.
    TraceCorrupted
        If a line inside it is not what was written.

    Examples
    --------
    >>> import tempfile
    >>> from mig_explorer.fleet import Load, cases
    >>> two = cases(["A30"], [Load("triad", 1), Load("triad", 2)], ["mps"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with RowsFile(f"{folder}/rows.jsonl", two) as rows:
    ...         rows.write({"tenants": 1})
    ...     with RowsFile(f"{folder}/rows.jsonl", two) as rows:
    ...         rows.found
    [{'tenants': 1}]
    """

    def __init__(self, path: str | os.PathLike[str] | None, cases: Sequence[Case]) -> None:
        self.path = None if path is None else Path(path)
        self.found: list[Row] = []
        self._file = None
        if self.path is None:
            return
        head = _line({"sweep": _fingerprint(cases), "cases": len(cases), "model": MODEL_VERSION})
        try:
            self._file = self.path.open("a+b")
            self._file.seek(0)
            lines = self._file.read().splitlines(keepends=True)
        except OSError as error:
            message = f"The rows cannot be written to {self.path} ({error.strerror}). Give another path."
            raise InvalidExperiment(message) from error
        try:
            whole = self._read(lines, head, len(cases))
        except BaseException:
            self._file.close()
            raise
        self._file.truncate(whole)
        if not whole:
            self._append(head)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, row: Row) -> None:
        """Append the next row, and see to it that it is on the disk."""
        if self._file is not None:
            self._append(_line(row))

    def _append(self, line: bytes) -> None:
        assert self._file is not None  # noqa: S101 - the callers saw to it; this tells the type checker
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self, lines: list[bytes], head: bytes, count: int) -> int:
        """Take in the rows that are there, and return how many bytes of the file are whole."""
        if lines and not lines[-1].endswith(b"\n"):
            lines = lines[:-1]
        if not lines:
            return 0
        if lines[0] != head:
            raise InvalidExperiment(
                f"{self.path} holds something else than this sweep of {count} cases with model "
                f"{MODEL_VERSION}. Give another path, or the same cases as then."
            )
        for number, line in enumerate(lines[1:], start=2):
            try:
                self.found.append(json.loads(line))
            except ValueError as error:
                raise TraceCorrupted(
                    f"Line {number} of {self.path} is not what was written. Delete the file from there on, "
                    f"and run the sweep again: it goes on where the file ends."
                ) from error
        if len(self.found) > count:
            raise TraceCorrupted(
                f"{self.path} holds {len(self.found)} rows, but its sweep has {count} cases. Delete it."
            )
        return sum(len(line) for line in lines)


def _line(row: Row) -> bytes:
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _fingerprint(cases: Sequence[Case]) -> str:
    text = "\n".join(f"{case.key} {case.seed}" for case in cases)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
