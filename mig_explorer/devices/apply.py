"""Making a plan true, and going on or back after it was cut off. Off unless the GPU's UUID is given again."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mig_explorer.devices.change import Change
from mig_explorer.devices.commands import resume_command
from mig_explorer.devices.deadline import hands_for
from mig_explorer.devices.differences import differences
from mig_explorer.devices.interruptions import interruptions
from mig_explorer.devices.journal import (
    JOURNAL_VERSION,
    JournalWriter,
    journals,
    new_journal_path,
    read_journal,
)
from mig_explorer.devices.lock import GpuLock, state_folder
from mig_explorer.devices.outcome import Applied
from mig_explorer.devices.processes import in_the_way
from mig_explorer.devices.progress import Progress, progress_of
from mig_explorer.devices.reading import Reading, read
from mig_explorer.devices.records import as_json, text_of
from mig_explorer.devices.steps import settled, steps_between
from mig_explorer.errors import ApplyRefused, JournalCorrupted

if TYPE_CHECKING:
    from mig_explorer.devices.deadline import Hands
    from mig_explorer.devices.plan import Plan
    from mig_explorer.devices.steps import Step

DEADLINE_SECONDS = 60.0
"""How long one call may take. Creating or destroying an instance takes a second or two."""


def apply(
    plan: Plan,
    *,
    confirm: str = "",
    nvml: Any = None,
    journal_folder: str | os.PathLike[str] | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Applied:
    """Make a plan true on the GPU that it was made for.

    One change of a GPU at a time. What stands must be what the plan was made from, and nothing may run on
    what goes. Every step is in the journal, on the disk, before it is taken, and the GPU is read after it. If
    a step fails, or Ctrl-C, SIGTERM or SIGHUP comes, what was done is undone: only what this change made is
    destroyed and only what it destroyed is made again, at the same placements, maybe with new ids. MIG mode
    is never switched.

    Parameters
    ----------
    plan : Plan
        What to do.
    confirm : str
        The GPU's UUID, to say that the plan was read; anything else changes nothing.
    nvml : object, optional
        What has nvidia-ml-py's functions, called in a thread; if left out the real one, called in a process
        of its own.
    journal_folder : path-like, optional
        Where the journal is written; the user's state folder by default.
    deadline_seconds : float
        How long each call into the driver may take, in seconds.

    Returns
    -------
    Applied
        What stands now, with ids and UUIDs.

    Raises
    ------
    ApplyRefused
        Nothing was changed: not confirmed, another change is under way or was cut off, the GPU has changed
        since the plan was made, or programs stand in the way.
    ApplyFailed
        A step failed. ``.restored`` says whether the old layout stands again; if not, ``.journal`` can be
        resumed and ``.undo`` has the commands.
    DeviceUnavailable, DeviceCallFailed
        The GPU could not be read to begin with; nothing was changed.

    Examples
    --------
    >>> from mig_explorer.devices.plan import Plan
    >>> apply(Plan("GPU-1", 0, "A30", before=(), target=(), steps=()))
    Traceback (most recent call last):
        ...
    mig_explorer.errors.ApplyRefused: GPU 0, A30, GPU-1 is changed only if asked for in full: confirm is ''.
    Read the plan, then pass confirm='GPU-1'. Nothing was changed.
    """
    _check_confirmed(confirm, plan.uuid, plan.title)
    folder = state_folder() / "journals" if journal_folder is None else Path(journal_folder)
    with ExitStack() as stack:
        signals = stack.enter_context(interruptions())
        lock = stack.enter_context(GpuLock(plan.uuid))
        _check_nothing_unfinished(plan, folder, lock.left_behind)
        hands = stack.enter_context(closing(hands_for(nvml, plan.uuid, lock.fd)))
        reading = _readable(hands, deadline_seconds, plan.title)
        wrong = differences(plan.before, reading.records)
        if wrong:
            raise ApplyRefused(
                f"What stands on {plan.title} is not what the plan was made from: "
                f"{'; '.join(map(str, wrong))}. Nothing was changed. Read the GPU and plan again."
            )
        steps = steps_between(plan.before, plan.target)
        _check_nobody_in_the_way(plan.title, steps, reading)
        if not steps:
            return Applied("applied", plan.uuid, plan.before, reading.records, None)
        progress = Progress(
            plan.uuid, reading.index, plan.gpu, reading.records, plan.target, stands=reading.records
        )
        writer = stack.enter_context(_begun(progress, steps, folder))
        lock.note(writer.path)
        applied = Change(progress, hands, writer, deadline_seconds, signals).forward()
        lock.note(None)
        return applied


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
    first = _resumable(path)
    _check_confirmed(confirm, first.uuid, first.title)
    with ExitStack() as stack:
        signals = stack.enter_context(interruptions())
        lock = stack.enter_context(GpuLock(first.uuid))
        progress = _resumable(path)  # another may have resumed it before the lock was ours
        lock.note(path)
        hands = stack.enter_context(closing(hands_for(nvml, first.uuid, lock.fd)))
        reading = _readable(hands, deadline_seconds, first.title)
        found = reading.records
        stands = settled(progress.pending, progress.stands, found) if progress.pending else progress.stands
        there = all(each.kind == "renumbered" for each in differences(progress.target, found))
        if direction == "forward" and there:
            stands = found
        if direction == "forward":
            _check_only_ours(first.title, path, progress, stands, reading)
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


def _check_confirmed(confirm: str, uuid: str, title: str) -> None:
    if confirm != uuid:
        raise ApplyRefused(
            f"{title} is changed only if asked for in full: confirm is {confirm!r}. "
            f"Read the plan, then pass confirm={uuid!r}. Nothing was changed."
        )


def _check_nothing_unfinished(plan: Plan, folder: Path, left_behind: str | None) -> None:
    paths = {*journals(folder, plan.uuid), *journals(state_folder() / "journals", plan.uuid)}
    if left_behind is not None and Path(left_behind).exists():
        paths.add(Path(left_behind))
    for path in sorted(paths):
        try:
            unfinished = read_journal(path).unfinished
        except JournalCorrupted as error:
            raise ApplyRefused(
                f"A journal of an earlier change of {plan.title} cannot be read, so it is not known whether "
                f"that came to its end. {error} Nothing was changed. See what stands, then move it away."
            ) from error
        if unfinished:
            raise ApplyRefused(
                f"An earlier change of {plan.title} was cut off. Nothing was changed now. If what stands is what "
                f"you want, remove {path}; else go back, or on without --back:\n"
                f"  {resume_command(path, plan.uuid, 'back')}"
            )


def _readable(hands: Hands, seconds: float, title: str) -> Reading:
    reading = read(hands, seconds)
    if not reading.mode or reading.pending not in (None, reading.mode):
        state = "off" if not reading.mode else "to be switched off at the next reset"
        raise ApplyRefused(
            f"MIG mode of {title} is {state}, and mig-explorer never switches it. Nothing was changed. "
            f"Switch it on yourself, with nothing running on the GPU: "
            f"sudo nvidia-smi -i {reading.index} -mig 1"
        )
    return reading


def _check_nobody_in_the_way(title: str, steps: tuple[Step, ...], reading: Reading) -> None:
    blocking = in_the_way(reading.processes or (), steps)
    if blocking:
        raise ApplyRefused(
            f"Programs run on what would be destroyed on {title}: {'; '.join(map(str, blocking))}. "
            f"Nothing was changed. End them, or plan a layout that keeps their instances."
        )


def _check_only_ours(title: str, path: Path, progress: Progress, stands: Any, reading: Reading) -> None:
    wrong = differences(stands, reading.records)
    if wrong:
        raise ApplyRefused(
            f"{title} was changed by somebody else after the change of {path} was cut off: "
            f"{'; '.join(map(str, wrong))}. Nothing was changed now. If what stands is what you want, remove "
            f"the journal; else go back, which leaves alone what others made:\n"
            f"  {resume_command(path, progress.uuid, 'back')}"
        )
    _check_nobody_in_the_way(title, steps_between(stands, progress.target), reading)


def _resumable(path: Path) -> Progress:
    journal = read_journal(path)
    if not journal.lines:
        raise ApplyRefused(
            f"{path} holds no whole line: its change was cut off before it began, and changed nothing. "
            f"Remove it, and plan again."
        )
    if journal.result is not None:
        raise ApplyRefused(
            f"The change of {path} came to its end: {journal.result}. There is nothing to resume; plan again."
        )
    return progress_of(journal)


def _begun(progress: Progress, steps: tuple[Step, ...], folder: Path) -> JournalWriter:
    path = new_journal_path(folder, progress.uuid)
    writer = None
    try:
        writer = JournalWriter(path)
        writer.write(
            "begin",
            version=JOURNAL_VERSION,
            uuid=progress.uuid,
            index=progress.index,
            gpu=progress.gpu,
            pid=os.getpid(),
            started=time.strftime("%Y-%m-%d %H:%M:%S"),
            text=f"{text_of(progress.before)} -> {text_of(progress.target)}",
            steps=[str(each) for each in steps],
            before=as_json(progress.before),
            target=as_json(progress.target),
        )
    except OSError as error:
        if writer is not None:
            writer.close()
        raise ApplyRefused(
            f"The journal {path} cannot be written ({error.strerror}), and without one nothing is changed. "
            f"Make room, or choose another journal_folder."
        ) from error
    return writer
