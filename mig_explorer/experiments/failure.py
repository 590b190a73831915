"""What an experiment raises when a kernel failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.errors import ExperimentFailed

if TYPE_CHECKING:
    from mig_explorer.experiments.result import Result

SHOWN_FAILURES = 3


def failure_of(result: Result) -> ExperimentFailed | None:
    """Return the error to raise for the kernels that failed in a run, None if none did.

    Examples
    --------
    >>> import tempfile
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> failure_of(Experiment("GB10", tenants(triad(elements=2**20), 1), [Monolithic()]).modelled()) is None
    True
    """
    failures = result.failures
    if not failures:
        return None
    titles = {mode["mode"]: mode["title"] for mode in result.modes}
    shown = [
        f"{each['tenant']} on {each['slice']} ({titles[each['mode']]}): {each['cause']}"
        for each in failures[:SHOWN_FAILURES]
    ]
    more = len(failures) - len(shown)
    rest = f"\n- and {more} more" if more else ""
    message = (
        f"{len(failures)} of {result.recording.kernels} kernels failed:\n- "
        + "\n- ".join(shown)
        + rest
        + "\n"
        "The rows of the others are kept: see .result of this error."
    )
    return ExperimentFailed(message, result=result, failures=failures)
