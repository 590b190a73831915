"""How much of the board is in use, from moment to moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments.arranging import Variant, simulate_mode
from mig_explorer.experiments.overlap import amounts_of, use_of
from mig_explorer.experiments.progress import use_in_company

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.experiments.reading import Recording
    from mig_explorer.experiments.requests import Requests
    from mig_explorer.experiments.trace import Event

MOST_BINS = 100_000


def over_time_rows(recording: Recording, bins: int) -> dict[str, Any]:
    """Return the columns of `Result.over_time`.

    Raises
    ------
    InvalidExperiment
        If the number of bins is not a whole number of 1 or more.
    """
    if isinstance(bins, bool) or not isinstance(bins, int) or not 1 <= bins <= MOST_BINS:
        message = f"bins must be a whole number from 1 to {MOST_BINS:,}, not {bins!r}. For example 100."
        raise InvalidExperiment(message)
    edges = np.linspace(0.0, recording.header["seconds"], bins + 1)
    modes = [_mode_columns(recording, mode, edges) for mode in recording.modes]
    columns: dict[str, Any] = {
        name: np.concatenate([each[name] for each in modes]) if modes else np.empty(0)
        for name in ("mode", "title", "from_s", "to_s", "sm_use", "bandwidth_use", "in_system")
    }
    columns["time"] = recording.header["provenance"]["time"]
    columns["model"] = recording.header["versions"]["model"]
    columns["seed"] = recording.header["seed"]
    return columns


def _mode_columns(recording: Recording, mode: Event, edges: NDArray[np.float64]) -> dict[str, Any]:
    bins = edges.size - 1
    columns: dict[str, Any] = {
        "mode": np.full(bins, mode["mode"], dtype=object),
        "title": np.full(bins, mode["title"], dtype=object),
        "from_s": edges[:-1],
        "to_s": edges[1:],
    }
    unknown = np.full(bins, np.nan)
    if not all(recording.is_known(mode["mode"], name) for name in recording.tenants):
        # A lost kernel leaves a hole that no curve may hide.
        return columns | dict.fromkeys(("sm_use", "bandwidth_use", "in_system"), unknown)
    requests = _with_those_under_way(recording, mode)
    ones = np.ones(len(requests))
    used = use_in_company(recording.header, mode, requests, amounts_of(recording, mode), edges)
    return columns | {
        "sm_use": np.minimum(1.0, used[0]),  # but for rounding it is no more
        "bandwidth_use": used[1],
        "in_system": use_of(requests.arrived, requests.finished, ones, edges),
    }


def _with_those_under_way(recording: Recording, mode: Event) -> Requests:
    """Return the requests of the window, and those that were taken up in it and finished after its end.

    The trace holds the first; the model, run on for as long as the longest request took, gives the others.
    """
    seconds = recording.header["seconds"]
    known = recording.requests[mode["mode"]]
    longest = float((known.finished - known.arrived).max()) if len(known) else seconds
    longer = simulate_mode(recording.header, mode, Variant(seconds=seconds + 2 * longest))
    return longer.where(np.flatnonzero(longer.arrived < seconds))
