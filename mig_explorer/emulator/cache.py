"""A folder of rewritten kernels, so that worker processes share what Numba compiled."""

from __future__ import annotations

import hashlib
import os
import platform
from contextlib import suppress
from pathlib import Path

import numba
import numpy as np

from mig_explorer.files import user_folder, write_whole

MOST_FILES = 200
CALLED = b"".join(
    Path(__file__).with_name(f"{name}.py").read_bytes()
    for name in ("atomics", "intrinsics", "parts", "primitives")
)
"""The source of what rewritten kernels call: it is compiled into them."""
VERSION = (
    f"2-python{platform.python_version()}-numba{numba.__version__}-numpy{np.__version__}"
    f"-{hashlib.sha256(CALLED).hexdigest()[:8]}"
)
"""Names the folder: what one set of versions compiled is not shown to another."""


def cache_folder() -> Path | None:
    """Return the folder for rewritten kernels, made if need be; None where there can be none.

    It belongs to the user alone, since what is compiled is loaded from it.

    Examples
    --------
    >>> folder = cache_folder()
    >>> folder is None or folder.is_dir()
    True
    """
    parent = user_folder("cache")
    if parent is None:
        return None
    folder = parent / VERSION
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        foreign = hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()
    except OSError:
        return None
    return None if foreign or not os.access(folder, os.W_OK) else folder


def store(source: str) -> Path | None:
    """Write a source to its file in the folder, unless it is there; return the file, or None.

    A file appears whole or not at all, and is never changed: its name is the hash of its text.

    Examples
    --------
    >>> path = store("# nothing")
    >>> path is None or path.read_text() == "# nothing"
    True
    """
    folder = cache_folder()
    if folder is None:
        return None
    path = folder / f"kernel_{hashlib.sha256(source.encode()).hexdigest()[:32]}.py"
    try:
        if not path.exists() or path.read_text(encoding="utf-8") != source:
            write_whole(path, source.encode())
            _keep_newest(folder)
    except OSError:
        return None
    return path


def is_noted(fact: str) -> bool:
    """Say whether a fact about a kernel was noted in the folder.

    Examples
    --------
    >>> is_noted("nobody has noted this")
    False
    """
    folder = cache_folder()
    return folder is not None and _note(folder, fact).exists()


def note(fact: str) -> None:
    """Note a fact about a kernel, such as that Numba can compile it for a GPU, for later processes.

    Examples
    --------
    >>> note("this kernel has types")
    """
    folder = cache_folder()
    if folder is not None:
        with suppress(OSError):
            _note(folder, fact).touch(mode=0o600)
            _keep_newest(folder, "note_*")


def _note(folder: Path, fact: str) -> Path:
    return folder / f"note_{hashlib.sha256(fact.encode()).hexdigest()[:32]}"


def _keep_newest(folder: Path, pattern: str = "kernel_*.py") -> None:
    by_age = sorted(folder.glob(pattern), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in by_age[MOST_FILES:]:
        for each in [old, *folder.glob(f"__pycache__/{old.stem}.*")]:
            with suppress(OSError):
                each.unlink()
