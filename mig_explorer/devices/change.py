"""One change under way: steps forward or back, each written down before and read back after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.devices.commands import resume_command
from mig_explorer.devices.deadline import DeadlinePassed
from mig_explorer.devices.differences import differences, in_the_place, reconciled
from mig_explorer.devices.hands import surely_not_taken
from mig_explorer.devices.outcome import Applied, notes_on, stopped, turned_back
from mig_explorer.devices.reading import read
from mig_explorer.devices.records import as_json, named
from mig_explorer.devices.steps import settled, step_as_json, steps_between
from mig_explorer.errors import ApplyFailed, DeviceCallFailed, DeviceUnavailable, MigExplorerError

if TYPE_CHECKING:
    from mig_explorer.devices.deadline import Hands
    from mig_explorer.devices.interruptions import Interruptions
    from mig_explorer.devices.journal import JournalWriter
    from mig_explorer.devices.progress import Direction, Progress
    from mig_explorer.devices.records import Records
    from mig_explorer.devices.steps import Step


class Trouble(Exception):
    """A step was not taken, or not as it should be; the text is a sentence."""


class Change:
    """A change of one GPU, from what its progress says on.

    Parameters
    ----------
    progress : Progress
        How far it came, with nothing pending.
    hands : Hands
        Who calls NVML.
    journal : JournalWriter
        Where every step is written down first.
    seconds : float
        Deadline of each call.
    signals : Interruptions
        What would end the program.
    """

    def __init__(
        self,
        progress: Progress,
        hands: Hands,
        journal: JournalWriter,
        seconds: float,
        signals: Interruptions,
    ) -> None:
        self._progress = progress
        self._stands = progress.stands
        self._found: Records | None = None
        self._pending: Step | None = None
        self._hands = hands
        self._journal = journal
        self._seconds = seconds
        self._signals = signals
        self._unwritten = ""
        self._going_back = False

    def forward(self) -> Applied:
        """Take the steps that are left to the target.

        Raises
        ------
        ApplyFailed
            If one of them failed. The old layout stands again, or the error says what stands.
        """
        steps = steps_between(self._stands, self._progress.target)
        for number, bare in enumerate(steps, start=1):
            step = self._numbered(bare)
            try:
                found = self._forward(step)
            except (Exception, KeyboardInterrupt) as error:
                reason = f"Step {number} of {len(steps)}, {step}: {_why(error)}"
                raise self._failed(reason, error) from error
            self._stands, self._pending = found, None
        return self._ended("applied", ())

    def back(self) -> Applied:
        """Undo what this change did, and nothing else.

        Raises
        ------
        ApplyFailed
            If something could not be undone, or others took away some of what stood before.
        """
        try:
            found = self._undo("asked for")
        except Exception as error:
            self._signals.heeded = True
            raise self._stopped([f"Going back: {_why(error)}"]) from error
        notes = notes_on(self._progress.before, found)
        if any(each.kind == "gone" for each in differences(self._progress.before, found)):
            self._close("restored", found)
            raise turned_back(self._progress, "Gone back.", found, self._journal.path, self._unwritten)
        self._stands = found
        return self._ended("restored", notes)

    def _forward(self, step: Step) -> Records:
        if self._signals.arrived:
            raise Trouble(f"not begun, because {self._signals.arrived} came.")
        taken = self._take(step, "forward")
        self._found = read(self._hands, self._seconds).records
        wrong = differences(taken.after(self._stands), self._found)
        if wrong:
            raise Trouble(f"done, but then {'; '.join(map(str, wrong))}.")
        return self._found

    def _failed(self, reason: str, error: BaseException) -> ApplyFailed:
        self._signals.heeded = True
        if isinstance(error, DeadlinePassed) and not error.over:
            return self._stopped([reason, "So nothing more was tried."])
        try:
            found = self._undo(reason)
        except Exception as second:  # noqa: BLE001 - whatever it was, the caller must hear what stands
            return self._stopped([reason, f"Going back: {_why(second)}"])
        self._close("restored", found)
        return turned_back(self._progress, reason, found, self._journal.path, self._unwritten)

    def _numbered(self, step: Step) -> Step:
        """Return a step with the number of its GPU instance, which may have been made a moment ago."""
        parent = named(self._stands, step.instance.name)
        return step.with_ids(parent.gi_id if parent else None)

    def _take(self, step: Step, direction: Direction) -> Step:
        """Write a step down and take it; return it with the ids that the driver gave."""
        self._write("intent", direction=direction, do=step_as_json(step))
        self._pending, self._found = step, None
        try:
            ids = self._hands.do({"do": "step", "step": step_as_json(step), "text": str(step)}, self._seconds)
        except (DeviceCallFailed, DeviceUnavailable) as error:
            surely = surely_not_taken(step, error)
            self._note("outcome", ok=False, surely=surely, error=str(error))
            if surely:
                self._pending = None
            raise
        self._pending = step.with_ids(ids.get("gi_id"), ids.get("ci_id"))
        self._write("outcome", ok=True, **ids)
        return self._pending

    def _undo(self, why: str) -> Records:
        """Go back to what stood before, as far as it is ours; return what stands then."""
        self._going_back = True
        troubles: list[str] = []
        found = self._settle(why)
        ours = reconciled(self._stands, self._progress.before, found)
        self._stands = ours.stands
        for bare in steps_between(ours.stands, ours.goal):
            step = self._numbered(bare)
            if step.action == "create-compute" and named(self._stands, step.instance.name) is None:
                continue  # its GPU instance could not be made, which was said
            obstacles = in_the_place(self._stands, (step.instance,), found)
            if step.action == "create-gpu" and obstacles:
                troubles.append(f"Could not {step}: {'; '.join(obstacles)}.")
                continue
            before, failure = self._stands, "the driver said that it was done, and it was not."
            try:
                self._take(step, "back")
            except DeviceCallFailed as error:
                failure = str(error)
            found = self._settle(f"going back, {step}")
            if self._stands == before:
                troubles.append(f"Could not {step}: {failure}")
        if troubles:
            raise Trouble(" ".join(troubles))
        return found

    def _settle(self, why: str) -> Records:
        """Read the GPU, and decide by it whether the last step was taken."""
        self._found = None
        self._found = found = read(self._hands, self._seconds).records
        if self._pending is not None:
            self._stands = settled(self._pending, self._stands, found)
            self._pending = None
        self._note("turn", direction="back", why=why, stands=as_json(self._stands), found=as_json(found))
        return found

    def _stopped(self, reasons: list[str]) -> ApplyFailed:
        self._note("stopped", why=" ".join(reasons))
        stands = self._pending.after(self._stands) if self._pending else self._stands
        if self._unwritten:
            reasons = [*reasons, self._unwritten]
        return stopped(self._progress, reasons, stands, self._found, self._journal.path)

    def _ended(self, result: Any, notes: tuple[str, ...]) -> Applied:
        self._close(result, self._stands)
        more = (self._unwritten,) if self._unwritten else ()
        progress = self._progress
        return Applied(
            result, progress.uuid, progress.before, self._stands, self._journal.path, (*notes, *more)
        )

    def _close(self, result: str, found: Records) -> None:
        """Write the last line, also where a line before it could not be written."""
        try:
            self._journal.write("end", result=result, stands=as_json(found))
        except OSError as error:
            direction = {"applied": "forward", "restored": "back"}[result]
            self._unwritten = (
                f"The journal could not be closed ({error.strerror}): once it can be written, close it with "
                f"{resume_command(self._journal.path, self._progress.uuid, direction)}"
            )
        else:
            self._unwritten = ""

    def _write(self, kind: str, **values: Any) -> None:
        """Write a line that must be on the disk before anything is done; going back goes on without."""
        if self._going_back:
            self._note(kind, **values)
            return
        try:
            self._journal.write(kind, **values)
        except OSError as error:
            self._unwritten = f"The journal lacks its end ({error.strerror})."
            raise Trouble(f"the journal cannot be written ({error.strerror}).") from error

    def _note(self, kind: str, **values: Any) -> None:
        """Write a line if it can be written; after one that could not be, none would make sense."""
        if self._unwritten:
            return
        try:
            self._journal.write(kind, **values)
        except OSError as error:
            self._unwritten = f"The journal lacks its end ({error.strerror})."


def _why(error: BaseException) -> str:
    if isinstance(error, (Trouble, MigExplorerError)):
        return str(error)
    return f"{type(error).__name__}: {error}."
