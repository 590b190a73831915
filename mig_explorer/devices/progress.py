"""How far a change came, as its journal tells it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from mig_explorer.devices.journal import KINDS
from mig_explorer.devices.records import from_json
from mig_explorer.devices.steps import step_from_json
from mig_explorer.errors import JournalCorrupted

if TYPE_CHECKING:
    from mig_explorer.devices.journal import Journal, Line
    from mig_explorer.devices.records import Records
    from mig_explorer.devices.steps import Step

Direction = Literal["forward", "back"]


@dataclass(frozen=True)
class Progress:
    """How far a change came.

    Parameters
    ----------
    uuid, index, gpu : str, int, str
        The GPU, as in the plan.
    before, target : tuple of InstanceRecord
        What stood, and what shall stand.
    stands : tuple of InstanceRecord
        What stands by the change's own doing, the last step left out.
    pending : Step or None
        The last step, with the ids that the driver gave if it answered. Whether it was done, a reading of the
        GPU decides.
    answered : bool
        Whether the driver said that the last step was done.
    direction : str
        ``"forward"`` or ``"back"``.
    """

    uuid: str
    index: int
    gpu: str
    before: Records
    target: Records
    stands: Records
    pending: Step | None = None
    answered: bool = False
    direction: Direction = "forward"

    @property
    def title(self) -> str:
        """The GPU in words."""
        return f"GPU {self.index}, {self.gpu}, {self.uuid}"


def progress_of(journal: Journal) -> Progress:
    """Return how far a change came.

    Parameters
    ----------
    journal : Journal
        With at least its first line.

    Raises
    ------
    JournalCorrupted
        If a line is whole and yet not what `apply` writes, or follows where it cannot.
    """
    try:
        first = journal.lines[0]
        before = from_json(first["before"])
        progress = Progress(
            uuid=str(first["uuid"]),
            index=int(first["index"]),
            gpu=str(first["gpu"]),
            before=before,
            target=from_json(first["target"]),
            stands=before,
        )
        for line in journal.lines[1:]:
            progress = _after(progress, line)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        number = len(journal.lines)
        raise JournalCorrupted(
            f"{journal.path} has {number} whole lines, and they do not tell a change ({error}): "
            f"it was not written by apply."
        ) from None
    return progress


def _after(progress: Progress, line: Line) -> Progress:
    kind = line["kind"]
    if kind not in KINDS[1:]:
        message = f"{kind!r} is no kind of line"
        raise ValueError(message)
    if kind == "intent":
        if progress.pending is not None and not progress.answered:
            message = "a step after one that failed"
            raise ValueError(message)
        done = progress.pending.after(progress.stands) if progress.pending else progress.stands
        step = step_from_json(line["do"])
        return replace(progress, stands=done, pending=step, answered=False, direction=line["direction"])
    if kind == "outcome":
        if progress.pending is None:
            message = "an outcome of nothing"
            raise ValueError(message)
        if line.get("surely"):
            return replace(progress, pending=None, answered=False)
        answered = progress.pending.with_ids(line.get("gi_id"), line.get("ci_id"))
        return replace(progress, pending=answered, answered=bool(line["ok"]))
    if kind in ("turn", "end"):
        stands, direction = from_json(line["stands"]), line.get("direction", progress.direction)
        return replace(progress, stands=stands, pending=None, answered=False, direction=direction)
    return progress
