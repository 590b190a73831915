"""The requests of a long run: as columns in a folder beside the trace, never a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.errors import InvalidExperiment, TraceCorrupted
from mig_explorer.experiments.requests import TIMES, Requests
from mig_explorer.model.simulation.columns import BLOCK, Columns, ColumnsWriter

if TYPE_CHECKING:
    from pathlib import Path

    from mig_explorer.experiments.trace import Event

USUAL_MOST_LINES = 20_000
"""A run with more requests than this, over all modes, keeps them as columns: as lines they would take 150
bytes each and be read one by one."""

NAMES = ("tenant", "place", *TIMES)


def columns_folder(trace: Path, mode: str) -> Path:
    """Return where the columns of a mode are: in a folder named after the trace.

    Examples
    --------
    >>> from pathlib import Path
    >>> columns_folder(Path("runs/first.jsonl"), "mps").as_posix()
    'runs/first.requests/mps'
    """
    return trace.with_suffix(".requests") / mode


def write_columns(trace: Path, mode: str, requests: Requests) -> dict[str, Any]:
    """Write the requests of a mode beside its trace, and return the event that stands for them.

    Each column is a file that `numpy.load` reads: ``tenant`` and ``place`` by number, ``arrived``,
    ``started`` and ``finished`` in modelled seconds.

    Raises
    ------
    InvalidExperiment
        If there are columns of another run in that place.
    """
    folder = columns_folder(trace, mode)
    try:
        writer = ColumnsWriter(folder, {name: getattr(requests, name).dtype for name in NAMES})
    except FileExistsError:
        message = (
            f"{folder} holds the requests of another run already, and they are never overwritten. "
            f"Give another path for the trace, or remove the folder."
        )
        raise InvalidExperiment(message) from None
    with writer:
        for start in range(0, len(requests), BLOCK):
            writer.append({name: getattr(requests, name)[start : start + BLOCK] for name in NAMES})
    return {
        "kind": "requests",
        "mode": mode,
        "file": f"{folder.parent.name}/{folder.name}",
        "rows": writer.rows,
        "checksum": Columns(folder).checksum,
    }


def read_columns(trace: Path | None, event: Event) -> Requests:
    """Return the requests that an event stands for, mapped from their files.

    Raises
    ------
    TraceCorrupted
        If the files are missing, or are not what was written.
    """
    slug = event["mode"]
    if trace is None or "file" not in event:
        message = (
            f"The requests of {slug} are not in these events, but in files beside the trace. Read the trace: "
            f"Result.read(path)."
        )
        raise TraceCorrupted(message)
    columns = Columns(columns_folder(trace, slug))
    if not columns.folder.is_dir():
        message = (
            f"The requests of {slug} are missing: {columns.folder} belongs to {trace} and is not there. Move "
            f"the two together."
        )
        raise TraceCorrupted(message)
    columns.verify()
    if columns.rows != event["rows"] or columns.checksum != event["checksum"]:
        message = (
            f"{columns.folder} holds other requests than {trace} says: {columns.rows:,} rows, not "
            f"{event['rows']:,}, or others. Restore the folder that belongs to the trace."
        )
        raise TraceCorrupted(message)
    return Requests(*(columns[name] for name in NAMES))
