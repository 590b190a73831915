"""How a change ended, in words: applied, restored, or stopped on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mig_explorer.devices.commands import commands_for, resume_command
from mig_explorer.devices.differences import differences, reconciled
from mig_explorer.devices.records import called, text_of
from mig_explorer.devices.steps import steps_between
from mig_explorer.errors import ApplyFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mig_explorer.devices.differences import Kind
    from mig_explorer.devices.progress import Progress
    from mig_explorer.devices.records import Records

STATES = {"applied": "The layout stands", "restored": "The old layout stands again"}


@dataclass(frozen=True)
class Applied:
    """A change that came to its end.

    Parameters
    ----------
    result : str
        ``"applied"`` or ``"restored"``.
    uuid : str
        The GPU.
    before, after : tuple of InstanceRecord
        What stood before the change, and what stands now, with ids and UUIDs.
    journal : pathlib.Path or None
        What was done; None if there was nothing to do.
    notes : tuple of str
        New ids, what others did meanwhile, a journal that could not be closed.
    """

    result: Literal["applied", "restored"]
    uuid: str
    before: Records
    after: Records
    journal: Path | None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{STATES[self.result]} on {self.uuid}: {text_of(self.after)}"]
        for each in self.after:
            lines.append(f"  {called(each)}")
            lines += [f"    {called(each, one)}, {one.uuid or 'UUID unknown'}" for one in each.compute]
        journal = [f"Journal: {self.journal}"] if self.journal else []
        return "\n".join([*lines, *self.notes, *journal])


def notes_on(before: Records, found: Records) -> tuple[str, ...]:
    """Return what is not as it was, in sentences: new ids, what others made, what others took away.

    Examples
    --------
    >>> from mig_explorer.devices.records import InstanceRecord
    >>> notes_on((), (InstanceRecord("1g.5gb", 0, 19, 6, 1, gi_id=7),))
    ('Made by somebody else and left alone: 1g.5gb@6 (GPU instance 7) stands and was not expected.',)
    """
    said: dict[Kind, list[str]] = {"renumbered": [], "extra": [], "gone": []}
    for each in differences(before, found):
        said[each.kind].append(each.text)
    titles: dict[Kind, str] = {
        "renumbered": "Made again, and so with new ids",
        "extra": "Made by somebody else and left alone",
        "gone": "Taken away by somebody else and not made again",
    }
    return tuple(f"{titles[kind]}: {'; '.join(texts)}." for kind, texts in said.items() if texts)


def turned_back(progress: Progress, reason: str, found: Records, journal: Path, note: str) -> ApplyFailed:
    """Return the error of a change that failed and was undone.

    Parameters
    ----------
    progress : Progress
        The change.
    reason : str
        Why it failed, in sentences.
    found : tuple of InstanceRecord
        What stands now.
    journal : pathlib.Path
        Its journal.
    note : str
        What else there is to say, or nothing.
    """
    gone = any(each.kind == "gone" for each in differences(progress.before, found))
    lacking = [step for step in steps_between(found, progress.before) if not step.destroys]
    undo = commands_for(lacking, progress.index)
    state = (
        f"What this change made is gone again, and yet the old layout does not stand: {text_of(found)}."
        if gone
        else f"The old layout stands again: {text_of(progress.before)}."
    )
    parts = [
        f"{progress.title}: {reason}",
        state,
        *notes_on(progress.before, found),
        *([note] if note else []),
    ]
    return ApplyFailed(
        " ".join(parts) + _by_hand("What is lacking can be made by hand:", undo) + f"\nJournal: {journal}",
        restored=not gone,
        undo=undo,
        journal=journal,
    )


def stopped(
    progress: Progress, reasons: Sequence[str], stands: Records, found: Records | None, journal: Path
) -> ApplyFailed:
    """Return the error of a change that failed and could not be undone.

    Parameters
    ----------
    progress : Progress
        The change.
    reasons : sequence of str
        Why it failed, then why it could not be undone.
    stands : tuple of InstanceRecord
        What stands by its own doing.
    found : tuple of InstanceRecord or None
        What was read last; None if the GPU cannot be read.
    journal : pathlib.Path
        Its journal.
    """
    ours = reconciled(stands, progress.before, stands if found is None else found)
    undo = commands_for(steps_between(ours.stands, ours.goal), progress.index)
    state = (
        f"The GPU cannot be read; if the last step was taken, there stands: {text_of(stands)}."
        if found is None
        else f"What stands: {text_of(found)}. What stood: {text_of(progress.before)}."
    )
    back = resume_command(journal, progress.uuid, "back")
    return ApplyFailed(
        f"{progress.title}: {' '.join(reasons)} {state} Once the cause is gone, go back, or on without "
        f"--back:\n  {back}{_by_hand('  or by hand:', undo)}\nJournal: {journal}",
        restored=False,
        undo=undo,
        journal=journal,
    )


def _by_hand(title: str, commands: Sequence[str]) -> str:
    return "\n".join(["", title, *(f"  {each}" for each in commands)]) if commands else ""
