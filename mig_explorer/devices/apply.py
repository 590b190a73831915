"""Making a plan true. Off unless the GPU's UUID is given again."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mig_explorer.devices.change import Change
from mig_explorer.devices.deadline import hands_for
from mig_explorer.devices.differences import differences
from mig_explorer.devices.interruptions import interruptions
from mig_explorer.devices.journal import JOURNAL_VERSION, JournalWriter, new_journal_path
from mig_explorer.devices.lock import GpuLock, state_folder
from mig_explorer.devices.outcome import Applied
from mig_explorer.devices.progress import Progress
from mig_explorer.devices.records import as_json, text_of
from mig_explorer.devices.refusals import (
    check_confirmed,
    check_nobody_in_the_way,
    check_nothing_unfinished,
    readable,
)
from mig_explorer.devices.steps import steps_between
from mig_explorer.errors import ApplyRefused

if TYPE_CHECKING:
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
    mig_explorer.errors.ApplyRefused: GPU 0, A30, GPU-1 is changed only if asked for in full, and the
    confirmation is ''. Read the plan, then confirm it with GPU-1. Nothing was changed.
    """
    check_confirmed(confirm, plan.uuid, plan.title)
    folder = state_folder() / "journals" if journal_folder is None else Path(journal_folder)
    with ExitStack() as stack:
        signals = stack.enter_context(interruptions())
        lock = stack.enter_context(GpuLock(plan.uuid))
        check_nothing_unfinished(
            plan.uuid, plan.title, {folder, state_folder() / "journals"}, lock.left_behind
        )
        hands = stack.enter_context(closing(hands_for(nvml, plan.uuid, lock.fd)))
        reading = readable(hands, deadline_seconds, plan.title)
        wrong = differences(plan.before, reading.records)
        if wrong:
            raise ApplyRefused(
                f"What stands on {plan.title} is not what the plan was made from: "
                f"{'; '.join(map(str, wrong))}. Nothing was changed. Read the GPU and plan again."
            )
        steps = steps_between(plan.before, plan.target)
        check_nobody_in_the_way(plan.title, steps, reading)
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
