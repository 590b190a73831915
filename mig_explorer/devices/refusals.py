"""What must hold before a GPU is changed; where it does not, nothing is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mig_explorer.devices.commands import resume_command
from mig_explorer.devices.differences import differences
from mig_explorer.devices.journal import journals, read_journal
from mig_explorer.devices.processes import in_the_way
from mig_explorer.devices.progress import progress_of
from mig_explorer.devices.reading import read
from mig_explorer.devices.steps import steps_between
from mig_explorer.errors import ApplyRefused, JournalCorrupted

if TYPE_CHECKING:
    from mig_explorer.devices.deadline import Hands
    from mig_explorer.devices.progress import Progress
    from mig_explorer.devices.reading import Reading
    from mig_explorer.devices.records import Records
    from mig_explorer.devices.steps import Step


def check_confirmed(confirm: str, uuid: str, title: str) -> None:
    """Refuse whatever is not the GPU's UUID, letter by letter."""
    if confirm != uuid:
        raise ApplyRefused(
            f"{title} is changed only if asked for in full, and the confirmation is {confirm!r}. "
            f"Read the plan, then confirm it with {uuid}. Nothing was changed."
        )


def check_nothing_unfinished(uuid: str, title: str, folders: set[Path], left_behind: str | None) -> None:
    """Refuse to begin while an earlier change of the GPU came to no end."""
    paths = {path for folder in folders for path in journals(folder, uuid)}
    if left_behind is not None and Path(left_behind).exists():
        paths.add(Path(left_behind))
    for path in sorted(paths):
        try:
            unfinished = read_journal(path).unfinished
        except JournalCorrupted as error:
            raise ApplyRefused(
                f"A journal of an earlier change of {title} cannot be read, so it is not known whether that "
                f"came to its end. {error} Nothing was changed. See what stands, then move the journal away."
            ) from error
        if unfinished:
            raise ApplyRefused(
                f"An earlier change of {title} was cut off. Nothing was changed now. If what stands is what "
                f"you want, remove {path}; else go back, or on without --back:\n"
                f"  {resume_command(path, uuid, 'back')}"
            )


def readable(hands: Hands, seconds: float, title: str) -> Reading:
    """Read the GPU, and refuse to go on if MIG mode is off or about to be."""
    reading = read(hands, seconds)
    if not reading.mode or reading.pending not in (None, reading.mode):
        state = "off" if not reading.mode else "to be switched off at the next reset"
        raise ApplyRefused(
            f"MIG mode of {title} is {state}, and mig-explorer never switches it. Nothing was changed. "
            f"Switch it on yourself, with nothing running on the GPU: "
            f"sudo nvidia-smi -i {reading.index} -mig 1"
        )
    return reading


def check_nobody_in_the_way(title: str, steps: tuple[Step, ...], reading: Reading) -> None:
    """Refuse to destroy what programs run on."""
    blocking = in_the_way(reading.processes or (), steps)
    if blocking:
        raise ApplyRefused(
            f"Programs run on what would be destroyed on {title}: {'; '.join(map(str, blocking))}. "
            f"Nothing was changed. End them, or plan a layout that keeps their instances."
        )


def check_only_ours(title: str, path: Path, progress: Progress, stands: Records, reading: Reading) -> None:
    """Refuse to go on after others have changed the GPU."""
    wrong = differences(stands, reading.records)
    if wrong:
        raise ApplyRefused(
            f"{title} was changed by somebody else after the change of {path} was cut off: "
            f"{'; '.join(map(str, wrong))}. Nothing was changed now. If what stands is what you want, remove "
            f"the journal; else go back, which leaves alone what others made:\n"
            f"  {resume_command(path, progress.uuid, 'back')}"
        )
    check_nobody_in_the_way(title, steps_between(stands, progress.target), reading)


def resumable(path: Path) -> Progress:
    """Return how far the change of a journal came, and refuse one that has nothing to resume."""
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
