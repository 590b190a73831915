"""The requests of a long run on disk: a folder with a NumPy file for each column."""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from mig_explorer.errors import TraceCorrupted
from mig_explorer.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from mig_explorer.model.simulation.served import Served

ABOUT = "columns.json"
VERSION = 1
BLOCK = 1 << 20


class ColumnsWriter:
    """Write rows, block by block, into a new folder.

    Each column is a file in NumPy's format (``numpy.lib.format``, version 1.0), readable by itself with
    `numpy.load`. ``columns.json`` is written last; a folder without it is of a run that was cut short, and
    holds the rows that were written until then.

    Parameters
    ----------
    folder : Path
        Where to; made if need be. There may be no columns in it.
    columns : mapping of str to dtype
        Name and type of each column.

    Raises
    ------
    FileExistsError
        If there are columns in the folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with ColumnsWriter(folder, {"finished": np.float64}) as writer:
    ...     writer.append({"finished": [0.5, 0.75]})
    ...     writer.append({"finished": [1.0]})
    >>> Columns(folder)["finished"].tolist()
    [0.5, 0.75, 1.0]
    """

    def __init__(self, folder: Path, columns: Mapping[str, Any]) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / ABOUT).exists():
            raise FileExistsError(f"{self.folder} holds the columns of another run. Choose an empty folder.")
        self.rows = 0
        self._types = {name: np.dtype(kind).newbyteorder("<") for name, kind in columns.items()}
        self._hashes = {name: hashlib.sha256() for name in columns}
        self._files: dict[str, BinaryIO] = {}
        with ExitStack() as closing:
            for name, kind in self._types.items():
                file = closing.enter_context((self.folder / f"{name}.npy").open("xb"))
                self._files[name] = file
                _write_header(file, kind, 0)
            self._closing = closing.pop_all()

    def append(self, block: Mapping[str, Any]) -> None:
        """Write some rows; they are in the files when this returns, whatever becomes of the program.

        Raises
        ------
        ValueError
            If the block has other columns, or columns of different lengths.
        """
        arrays = {
            name: np.ascontiguousarray(block[name], dtype=kind)
            for name, kind in self._types.items()
            if name in block
        }
        lengths = {len(array) for array in arrays.values()}
        if len(lengths) != 1 or block.keys() != self._types.keys():
            raise ValueError(f"A block needs the columns {', '.join(self._types)}, all of one length.")
        for name, array in arrays.items():
            data = array.view(np.uint8).data
            self._files[name].write(data)
            self._files[name].flush()
            self._hashes[name].update(data)
        self.rows += lengths.pop()

    def close(self) -> None:
        """Write the number of rows into every file, and then what the folder holds.

        Every file is closed, whatever goes wrong on the way; of several errors the last one is raised.
        """
        with self._closing:
            for name, file in self._files.items():
                file.seek(0)
                _write_header(file, self._types[name], self.rows)
        about = {
            "version": VERSION,
            "rows": self.rows,
            "columns": {
                name: {"type": kind.str, "sha256": self._hashes[name].hexdigest()}
                for name, kind in self._types.items()
            },
        }
        write_whole(self.folder / ABOUT, json.dumps(about, indent=1).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._closing.close()


@dataclass(frozen=True)
class Columns:
    """Rows in a folder, read from disk as they are looked at.

    Parameters
    ----------
    folder : Path
        Where `ColumnsWriter` wrote.

    Raises
    ------
    TraceCorrupted
        When it is read, if a file is missing, is no column or is shorter than the folder says.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with ColumnsWriter(folder, {"source": np.int32, "finished": np.float64}) as writer:
    ...     writer.append({"source": [0, 1], "finished": [0.5, 0.75]})
    >>> columns = Columns(folder)
    >>> columns.names, columns.rows, columns.complete
    (('source', 'finished'), 2, True)
    """

    folder: Path

    @cached_property
    def _about(self) -> dict[str, Any] | None:
        path = Path(self.folder) / ABOUT
        if not path.exists():
            return None
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            version, rows = about["version"], about["rows"]
            wrong = not isinstance(rows, int) or not all("type" in each for each in about["columns"].values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TraceCorrupted(f"{path} does not say which columns there are ({error!r}).") from error
        if version != VERSION:
            raise TraceCorrupted(f"{path} has version {version}, and this program reads version {VERSION}.")
        if wrong:
            raise TraceCorrupted(f"{path} does not say which columns there are.")
        return dict(about)

    @property
    def complete(self) -> bool:
        """Whether the run was written to its end."""
        return self._about is not None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order they were described in; by name if the run was cut short."""
        if self._about is not None:
            return tuple(self._about["columns"])
        return tuple(sorted(path.stem for path in Path(self.folder).glob("*.npy")))

    @cached_property
    def _arrays(self) -> dict[str, Any]:
        arrays = {name: _mapped(Path(self.folder) / f"{name}.npy") for name in self.names}
        if not arrays:
            raise TraceCorrupted(f"{self.folder} holds no columns.")
        shortest = min(len(array) for array in arrays.values())
        if self._about is not None:
            rows = self._about["rows"]
            for name, array in arrays.items():
                kind = self._about["columns"][name]["type"]
                if len(array) != rows or array.dtype.str != kind:
                    message = (
                        f"{self.folder}/{name}.npy holds {len(array)} rows of {array.dtype.str}, but "
                        f"{ABOUT} says {rows} of {kind}."
                    )
                    raise TraceCorrupted(message)
        return {name: array[:shortest] for name, array in arrays.items()}

    @property
    def rows(self) -> int:
        """How many rows every column has."""
        return len(next(iter(self._arrays.values())))

    @property
    def checksum(self) -> str | None:
        """SHA-256 over the checksums of all columns as they were written; None if the run was cut short."""
        if self._about is None:
            return None
        sums = "".join(f"{name}:{each['sha256']}\n" for name, each in self._about["columns"].items())
        return hashlib.sha256(sums.encode()).hexdigest()

    def __getitem__(self, name: str) -> Any:
        """Return one column, mapped into memory, which cannot be written to."""
        return self._arrays[name]

    def blocks(self, rows: int = BLOCK) -> Iterator[dict[str, Any]]:
        """Yield all columns, some rows at a time."""
        for start in range(0, self.rows, rows):
            yield {name: np.array(array[start : start + rows]) for name, array in self._arrays.items()}

    def verify(self) -> None:
        """Compare every column with its checksum.

        Raises
        ------
        TraceCorrupted
            If one is not what was written, or the run was cut short, so that there are no checksums.
        """
        if self._about is None:
            raise TraceCorrupted(
                f"{self.folder} has no {ABOUT}: the run was cut short, and nothing says what it was."
            )
        for name, array in self._arrays.items():
            whole = hashlib.sha256()
            for start in range(0, len(array), BLOCK):
                whole.update(np.ascontiguousarray(array[start : start + BLOCK]).view(np.uint8).data)
            if whole.hexdigest() != self._about["columns"][name].get("sha256"):
                raise TraceCorrupted(
                    f"{self.folder}/{name}.npy is not what was written: its checksum differs."
                )


def save(served: Served, folder: Path) -> Columns:
    """Write what a simulation served.

    Examples
    --------
    >>> import tempfile
    >>> from mig_explorer.model.simulation import Arrangement, Place, Source, simulate_arrangement
    >>> served = simulate_arrangement(Arrangement((Place(),), (Source("ann", 0, 1.0),)), 2.5, seed=7)
    >>> save(served, Path(tempfile.mkdtemp()))["finished"].tolist()
    [1.0, 2.0]
    """
    with ColumnsWriter(folder, {name: column.dtype for name, column in served.columns.items()}) as writer:
        for start in range(0, len(served), BLOCK):
            writer.append({name: column[start : start + BLOCK] for name, column in served.columns.items()})
    return Columns(folder)


def _write_header(file: BinaryIO, kind: np.dtype[Any], rows: int) -> None:
    """Write NumPy's header; it leaves room for the number of rows to grow in place."""
    header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": (rows,)}
    np.lib.format.write_array_header_1_0(file, header)


def _mapped(path: Path) -> Any:
    """Return what a column's file holds, as far as it goes, whatever its header says."""
    try:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, kind = np.lib.format.read_array_header_1_0(file)
            offset = file.tell()
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise TraceCorrupted(f"{path} is missing.") from error
    except (ValueError, EOFError) as error:
        raise TraceCorrupted(f"{path} is no column of NumPy's format ({error}).") from error
    if len(shape) != 1 or kind.hasobject:
        raise TraceCorrupted(f"{path} is no column: it holds an array of shape {shape} of {kind}.")
    rows = (size - offset) // max(1, kind.itemsize)
    if rows == 0:
        return np.empty(0, kind)
    return np.memmap(path, dtype=kind, mode="r", offset=offset, shape=(rows,))
