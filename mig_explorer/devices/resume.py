"""Going on with a change that was cut off, or going back to what stood before it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mig_explorer.devices.apply import DEADLINE_SECONDS
from mig_explorer.devices.change import Change
from mig_explorer.devices.deadline import hands_for
from mig_explorer.devices.differences import differences
from mig_explorer.devices.interruptions import interruptions
from mig_explorer.devices.journal import JournalWriter, journals, read_journal
from mig_explorer.devices.lock import GpuLock, state_folder
from mig_explorer.devices.records import as_json
from mig_explorer.devices.refusals import check_confirmed, check_only_ours, readable, resumable
from mig_explorer.devices.steps import settled
from mig_explorer.errors import ApplyRefused

if TYPE_CHECKING:
    import os

    from mig_explorer.devices.outcome import Applied


def resume(
    journal: str | os.PathLike[str],
    *,
    confirm: str = "",
    direction: Literal["forward", "back"] = "forward",
    nvml: Any = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Applied:
    """Go on with a change that was cut off, or go back to what stood before it.

    What the journal does not know, whether its last step was taken, a reading of the GPU decides.

    Parameters
    ----------
    journal : path-like
        The journal of the change.
    confirm : str
        The GPU's UUID; anything else changes nothing.
    direction : str
        ``"forward"`` to the plan's layout; ``"back"`` to what stood before.
    nvml, deadline_seconds
        As of `apply`.

    Returns
    -------
    Applied
        ``.result`` is ``"applied"`` or ``"restored"``.

    Raises
    ------
    ApplyRefused
        Nothing was changed: not confirmed, nothing to resume, or somebody else has changed the GPU so that
        going on is not safe.
    ApplyFailed
        A step failed; as of `apply`.
    JournalCorrupted
        The journal is not what was written.
    DeviceUnavailable, DeviceCallFailed
        The GPU could not be read to begin with; nothing was changed.
    """
    if direction not in ("forward", "back"):
        message = f"direction is 'forward' or 'back'; got {direction!r}."
        raise ValueError(message)
    path = Path(journal)
    first = resumable(path)
    check_confirmed(confirm, first.uuid, first.title)
    with ExitStack() as stack:
        signals = stack.enter_context(interruptions())
        lock = stack.enter_context(GpuLock(first.uuid))
        progress = resumable(path)  # another may have resumed it before the lock was ours
        lock.note(path)
        hands = stack.enter_context(closing(hands_for(nvml, first.uuid, lock.fd)))
        reading = readable(hands, deadline_seconds, first.title)
        found = reading.records
        stands = settled(progress.pending, progress.stands, found) if progress.pending else progress.stands
        there = all(each.kind == "renumbered" for each in differences(progress.target, found))
        if direction == "forward" and there:
            stands = found
        if direction == "forward":
            check_only_ours(first.title, path, progress, stands, reading)
        progress = replace(progress, index=reading.index, stands=stands, pending=None, direction=direction)
        try:
            writer = stack.enter_context(JournalWriter(path, continued=read_journal(path)))
            writer.write(
                "turn", direction=direction, why="resumed", stands=as_json(stands), found=as_json(found)
            )
        except OSError as error:
            raise ApplyRefused(
                f"The journal {path} cannot be written ({error.strerror}). Nothing was changed now."
            ) from error
        change = Change(progress, hands, writer, deadline_seconds, signals)
        applied = change.forward() if direction == "forward" else change.back()
        lock.note(None)
        return applied


def unfinished_journals(uuid: str, folder: str | os.PathLike[str] | None = None) -> tuple[Path, ...]:
    """Return the journals of changes of a GPU that came to no end, the oldest first.

    Parameters
    ----------
    uuid : str
        The GPU.
    folder : path-like, optional
        Where to look; the user's state folder by default.

    Raises
    ------
    JournalCorrupted
        If one of them cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as empty:
    ...     unfinished_journals("GPU-1", empty)
    ()
    """
    where = state_folder() / "journals" if folder is None else Path(folder)
    return tuple(path for path in journals(where, uuid) if read_journal(path).unfinished)
