"""One change of a GPU at a time: a lock that the operating system frees when its holder is gone."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, Self

from mig_explorer.errors import ApplyRefused
from mig_explorer.files import user_folder

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

LONGEST_NOTE = 4096
UUID_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,79}", re.ASCII)


class GpuLock:
    """Holds a GPU while it is changed.

    The lock belongs to the open file and not to the process, so that a copy of the file descriptor keeps it:
    a call that hangs in the driver takes one along, and holds the GPU for as long as it may still act.
    A holder that ended, however it ended, holds nothing.

    Parameters
    ----------
    uuid : str
        The GPU's UUID.
    folder : pathlib.Path, optional
        Where the lock files are; the user's state folder by default. Whoever changes the same GPU from
        another account, or from a container with a home of its own, is not kept out: what they change is
        noticed by reading the GPU after each step.

    Raises
    ------
    ApplyRefused
        If another holds it; the message says who and since when.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder, GpuLock("GPU-1", Path(folder)):
    ...     try:
    ...         GpuLock("GPU-1", Path(folder))
    ...     except ApplyRefused as error:
    ...         print(str(error).split(" by ")[0])
    GPU-1 is being changed
    """

    def __init__(self, uuid: str, folder: Path | None = None) -> None:
        self.uuid = uuid
        self.path = (folder or state_folder()) / f"{checked_uuid(uuid)}.lock"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ApplyRefused(
                f"The lock {self.path} of {uuid} cannot be opened: {error.strerror}. Nothing was changed. "
                f"Make its folder writable, or choose another with XDG_STATE_HOME."
            ) from error
        if not _locked(self.fd):
            holder = self._note()
            os.close(self.fd)
            raise ApplyRefused(_held_by(uuid, holder))
        left = self._note().get("journal")
        self.left_behind = left if isinstance(left, str) else None
        """The journal that the last holder named and did not take back; None if it finished."""
        self.note(journal=self.left_behind)

    def note(self, journal: Path | str | None) -> None:
        """Write down who holds the lock, and which journal is under way, for whoever is refused."""
        text = json.dumps(
            {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": time.strftime("%Y-%m-%d %H:%M:%S"),
                "journal": None if journal is None else str(journal),
            }
        )
        with contextlib.suppress(OSError):  # a full disk: the lock itself holds without its note
            os.ftruncate(self.fd, 0)
            os.pwrite(self.fd, text.encode(), 0)

    def close(self) -> None:
        """Give the GPU back, unless a call that hangs still holds it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _note(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            note = json.loads(os.pread(self.fd, LONGEST_NOTE, 0))
            if isinstance(note, dict):
                return note
        return {}


def state_folder() -> Path:
    """Return the folder of this user in which locks and journals are kept.

    Raises
    ------
    ApplyRefused
        If the user has no home to keep them in.
    """
    folder = user_folder("state")
    if folder is None:
        raise ApplyRefused(
            "There is no folder to keep locks and journals in, for this user has no home. Nothing was "
            "changed. Name one with XDG_STATE_HOME."
        )
    return folder / "devices"


def checked_uuid(uuid: str) -> str:
    """Return a UUID that is fit to be part of a file's name.

    Raises
    ------
    ApplyRefused
        If it holds anything but letters, digits and hyphens.

    Examples
    --------
    >>> checked_uuid("GPU-5f2d")
    'GPU-5f2d'
    >>> checked_uuid("../etc")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.ApplyRefused: '../etc' is no UUID of a GPU: letters, digits and hyphens, as
    nvidia-smi -L prints it.
    """
    if not isinstance(uuid, str) or not UUID_FORM.fullmatch(uuid):
        raise ApplyRefused(
            f"{uuid!r} is no UUID of a GPU: letters, digits and hyphens, as nvidia-smi -L prints it."
        )
    return uuid


def _locked(fd: int) -> bool:
    if sys.platform == "win32":
        raise ApplyRefused("A layout can be applied on Linux only: MIG has no other home.")
    import fcntl  # noqa: PLC0415 - not on Windows

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _held_by(uuid: str, holder: dict[str, Any]) -> str:
    pid = holder.get("pid")
    if not isinstance(pid, int):
        return (
            f"{uuid} is being changed by another process that has not said who it is. Nothing was changed. "
            f"Try again when it has ended."
        )
    known = f"process {pid} on {holder.get('host')} since {holder.get('since')}"
    journal = f"; its journal is {holder['journal']}" if holder.get("journal") else ""
    if not _alive(pid):
        return (
            f"{uuid} was being changed by {known}, which has ended, and its last call is still in the "
            f"driver{journal}. Nothing was changed. Try again when the driver has answered; if it never "
            f"does, restart the machine."
        )
    return f"{uuid} is being changed by {known}{journal}. Nothing was changed. Try again when it has ended."


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
