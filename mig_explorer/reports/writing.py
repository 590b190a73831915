"""`write`: a one-file report of an experiment or of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Result
from mig_explorer.files import write_whole
from mig_explorer.reports import experiment, outcome
from mig_explorer.reports.page import page
from mig_explorer.scenarios import Outcome

if TYPE_CHECKING:
    import os


def html(what: Result | Outcome) -> bytes:
    """Return a report as HTML: verdict, figures, charts, layouts with their commands, and where all is from.

    It loads nothing, runs no script, follows the reader's light or dark theme and can be printed. The same
    figures give the same bytes.

    Parameters
    ----------
    what : Result or Outcome
        What an experiment gave, or a scenario.

    Raises
    ------
    TypeError
        If it is neither.
    RuntimeError
        If a chart cannot be drawn.

    Examples
    --------
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> made = html(Experiment("GB10", tenants(triad(elements=2**20), 2), [Monolithic()]).modelled())
    >>> b"<title>Two tenants, one GB10</title>" in made
    True
    """
    if isinstance(what, Result):
        kinds, verdict = experiment.kinds_of(what), experiment.verdict_of(what)
        return page(experiment.title_of(what), kinds, verdict, experiment.sections_of(what))
    if isinstance(what, Outcome):
        kinds, verdict = outcome.kinds_of(what), outcome.verdict_of(what)
        return page(outcome.title_of(what), kinds, verdict, outcome.sections_of(what))
    message = (
        "A report is of an experiment's result, such as experiment.run(), or of a scenario's outcome, such "
        f"as mig.scenarios.utilisation(), not of {what!r:.60}."
    )
    raise TypeError(message)


def write(what: Result | Outcome, path: str | os.PathLike[str]) -> Path:
    """Write a report as one HTML file; an earlier one of that name is replaced, whole or not at all.

    Parameters
    ----------
    what : Result or Outcome
        What an experiment gave, or a scenario.
    path : path
        The file; its folder is made if need be.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InvalidExperiment
        If the file is the trace itself, or cannot be written.
    TypeError, RuntimeError
        As `html` does; nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> result = Experiment("GB10", tenants(triad(elements=2**20), 2), [Monolithic()]).modelled()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(result, f"{folder}/spark.html").name
    'spark.html'
    """
    file = Path(path)
    traces = [each.trace.path for each in ([what] if isinstance(what, Result) else _results(what))]
    if any(trace is not None and trace.absolute() == file.absolute() for trace in traces):
        raise InvalidExperiment(
            f"{file} is the trace of the run. Give the report another name, such as "
            f"{file.with_suffix('.html').name}."
        )
    content = html(what)
    try:
        write_whole(file, content)
    except OSError as error:
        raise InvalidExperiment(
            f"The report {file} cannot be written: {error.strerror}. Give a path that you can write to."
        ) from error
    return file


def _results(what: object) -> list[Result]:
    return list(what.results.values()) if isinstance(what, Outcome) else []
