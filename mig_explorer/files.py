"""The user's own folders, and files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Literal


def user_folder(kind: Literal["cache", "data", "state"]) -> Path | None:
    """Return this package's folder for one kind of file; None where the user has no home to keep it in.

    The folder need not exist yet.

    Parameters
    ----------
    kind : {"cache", "data", "state"}
        What can be made again, what the user made, and what is remembered between runs.

    Examples
    --------
    >>> folder = user_folder("cache")
    >>> folder is None or "mig-explorer" in folder.parts
    True
    """
    import platformdirs  # noqa: PLC0415 (most of the package needs no folder)

    paths = {
        "cache": platformdirs.user_cache_path,
        "data": platformdirs.user_data_path,
        "state": platformdirs.user_state_path,
    }
    try:
        folder = paths[kind]("mig-explorer")
    except RuntimeError:
        return None
    # Older versions of the library give a folder called "~" then, wherever the program happens to run.
    return folder if folder.is_absolute() else None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads it finds all of it or none; its folder is made if need be.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind then.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "sub" / "file", b"all of it")
    ...     (Path(folder) / "sub" / "file").read_bytes()
    b'all of it'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
