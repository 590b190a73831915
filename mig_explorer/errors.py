"""One exception class per user mistake, each also the built-in that a caller would expect.

Examples
--------
>>> from mig_explorer.errors import MigExplorerError, UnknownGpu
>>> issubclass(UnknownGpu, LookupError) and issubclass(UnknownGpu, MigExplorerError)
True
"""

from __future__ import annotations

import linecache
import sys
from contextlib import suppress
from difflib import get_close_matches
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType


class MigExplorerError(Exception):
    """Base of every error that this package raises on purpose."""


class UnknownGpu(MigExplorerError, LookupError):
    """No board of that name is in the catalogue."""


class UnknownProfile(MigExplorerError, LookupError):
    """The board has no MIG profile of that name."""


class InconsistentRecord(MigExplorerError, ValueError):
    """A board's JSON record contradicts itself or lacks a value."""


class ImpossiblePlacement(MigExplorerError, ValueError):
    """A profile cannot go where it was asked to.

    Attributes
    ----------
    refusal : mig_explorer.layouts.Refusal
        The rule broken, what it clashes with and what would work.
    """

    def __init__(self, refusal: Any) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class InvalidLayout(MigExplorerError, ValueError):
    """A layout cannot be read, or does not stand on its board."""


class InvalidWorkload(MigExplorerError, ValueError):
    """A workload was asked for with a size it cannot have."""


class UnsupportedKernel(MigExplorerError, NotImplementedError):
    """The emulator does not know a construct that the kernel uses."""


class KernelFault(MigExplorerError, RuntimeError):
    """A kernel does something that is wrong on a GPU, whatever came out of it here.

    Attributes
    ----------
    findings : tuple
        What was found, each with its kind, its line and the threads.
    """

    def __init__(self, message: str, *, findings: Iterable[Any] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows: the user's own, and what was found; nothing from in here."""
        return [*_users_lines(self.__traceback__), f"{type(self).__name__}: {self}"]


class WrongResult(MigExplorerError, ArithmeticError):
    """A kernel's result differs from its reference."""


class WorkerLost(MigExplorerError, RuntimeError):
    """A worker process ended before it gave its result."""


class InvalidExperiment(MigExplorerError, ValueError):
    """An experiment cannot be run as it was described."""


class DoesNotFit(MigExplorerError, ValueError):
    """A workload needs more memory than the slice has."""


class ExperimentFailed(MigExplorerError, RuntimeError):
    """At least one kernel failed or gave a wrong result; the others' rows are kept.

    Attributes
    ----------
    result : mig_explorer.experiments.Result
        Everything that was finished.
    failures : tuple of dict
        The mode, tenant, slice and cause of each failure.
    """

    def __init__(self, message: str, *, result: Any, failures: Iterable[dict[str, Any]]) -> None:
        super().__init__(message)
        self.result = result
        self.failures = tuple(failures)


class TraceCorrupted(MigExplorerError, ValueError):
    """A line inside a trace file is not what was written."""


class UnreadableDocument(MigExplorerError, ValueError):
    """A text is not what its format says: a YAML file, a listing of ``nvidia-smi``, a list of profiles."""


class UnknownFormat(MigExplorerError, LookupError):
    """A layout cannot be written or read in a format of that name."""


class InvalidWhere(MigExplorerError, ValueError):
    """What was said of a machine could not be written into a script or a configuration file as it stands."""


class DeviceUnavailable(MigExplorerError, RuntimeError):
    """No GPU can be read here: no driver, no library, no such GPU, or it was lost."""


class DeviceCallFailed(MigExplorerError, RuntimeError):
    """The driver answered a call about a GPU with an error.

    Attributes
    ----------
    call : str
        The function of NVML that was called.
    code : int
        NVML's return code.
    """

    def __init__(self, message: str, *, call: str, code: int) -> None:
        super().__init__(message)
        self.call = call
        self.code = code


class ApplyRefused(MigExplorerError, PermissionError):
    """A plan was not begun: not confirmed, out of date, or another one is under way. Nothing was changed."""


class ApplyFailed(MigExplorerError, RuntimeError):
    """A plan was begun and not finished; the GPU holds either the old layout or a stated part of the change.

    Attributes
    ----------
    restored : bool
        Whether the old layout stands again.
    undo : tuple of str
        Commands that lead back from where it stopped; empty if it is back.
    journal : pathlib.Path
        What was done and what was not.
    """

    def __init__(self, message: str, *, restored: bool, undo: Iterable[str], journal: Path) -> None:
        super().__init__(message)
        self.restored = restored
        self.undo = tuple(undo)
        self.journal = journal


class JournalCorrupted(MigExplorerError, ValueError):
    """The journal of a change is not what was written."""


class MissingExtra(MigExplorerError, ImportError):
    """An optional part of the package is not installed."""


def nearest_names(name: object, known: Iterable[str]) -> str:
    """Say which known names are nearest to one that is unknown, for the end of an error message.

    Parameters
    ----------
    name : object
        What was asked for.
    known : iterable of str
        What there is.

    Returns
    -------
    str
        ``"Nearest: a, b."`` where something is near, else ``"Known: …"`` with all names.

    Examples
    --------
    >>> nearest_names("3g.20g", ["1g.5gb", "3g.20gb", "7g.40gb"])
    'Nearest: 3g.20gb.'
    >>> nearest_names(7, ["1g.5gb", "3g.20gb"])
    'Known: 1g.5gb, 3g.20gb.'
    """
    names = list(known)
    folded = {each.casefold(): each for each in names}
    close = get_close_matches(str(name).casefold(), folded, n=3, cutoff=0.7)
    if close:
        return f"Nearest: {', '.join(folded[each] for each in close)}."
    return f"Known: {', '.join(names) or 'none'}."


NOT_THE_USERS = ("mig_explorer", "IPython", "ipykernel")


def _users_lines(trace: TracebackType | None) -> list[str]:
    """Return the lines of the user that led here, each below the name of its cell or its file."""
    shown = []
    for frame, number in walk_tb(trace):
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in NOT_THE_USERS:
            code = frame.f_code
            function = "" if code.co_name == "<module>" else f", in {code.co_name}"
            source = linecache.getline(code.co_filename, number, frame.f_globals).strip()
            shown.append(f"{_place(code.co_filename)}, line {number}{function}\n----> {source}\n")
    return shown


def _place(file: str) -> str:
    """Return what IPython calls the cell that it keeps as this file, or the file's own name."""
    with suppress(AttributeError, KeyError, TypeError):  # no IPython, or another one
        label, name = sys.modules["IPython"].get_ipython().compile.format_code_name(file)
        return f"{label} {name}"
    return f"File {file}"
