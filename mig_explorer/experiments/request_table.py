"""All requests of a run as the columns of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.experiments.reading import Recording
    from mig_explorer.experiments.requests import Requests


class RequestColumns(NamedTuple):
    """The columns: names as codes with what they stand for, and times.

    Parameters
    ----------
    names : dict
        For each column of names, the codes of its rows and the names.
    times : dict
        The columns of modelled seconds.
    """

    names: dict[str, tuple[NDArray[np.integer[Any]], list[str]]]
    times: dict[str, NDArray[np.float64]]


def request_columns(recording: Recording) -> RequestColumns:
    """Return the requests of every mode and tenant that has figures, one mode after the other.

    Examples
    --------
    >>> from mig_explorer.experiments import Experiment, tenants
    >>> from mig_explorer.model import Monolithic
    >>> from mig_explorer.workloads import triad
    >>> result = Experiment("GB10", tenants(triad(elements=2**20), 2), [Monolithic()]).modelled()
    >>> columns = request_columns(result.recording)
    >>> columns.names["tenant"][0][:3].tolist(), columns.names["tenant"][1]
    ([0, 1, 0], ['tenant 1', 'tenant 2'])
    """
    places = list(dict.fromkeys(piece["name"] for mode in recording.modes for piece in mode["slices"]))
    numbers = {name: number for number, name in enumerate(places)}
    kept: list[tuple[int, Requests, NDArray[np.integer[Any]]]] = []
    for number, mode in enumerate(recording.modes):
        requests = _with_figures(recording, mode["mode"])
        where = np.array([numbers[piece["name"]] for piece in mode["slices"]], np.int32)
        kept.append((number, requests, where[requests.place]))
    modes = [np.full(len(requests), number, np.int8) for number, requests, _ in kept]
    return RequestColumns(
        names={
            "mode": (_joined(modes, np.int8), [mode["mode"] for mode in recording.modes]),
            "tenant": (_joined([each.tenant for _, each, _ in kept], np.int32), list(recording.tenants)),
            "slice": (_joined([where for _, _, where in kept], np.int32), places),
        },
        times={
            "arrived": _joined([each.arrived for _, each, _ in kept], np.float64),
            "started": _joined([each.started for _, each, _ in kept], np.float64),
            "finished": _joined([each.finished for _, each, _ in kept], np.float64),
            "latency": _joined([each.latencies for _, each, _ in kept], np.float64),
        },
    )


def _with_figures(recording: Recording, mode: str) -> Requests:
    requests = recording.requests[mode]
    known = [recording.is_known(mode, name) for name in recording.tenants]
    return requests if all(known) else requests.where(np.flatnonzero(np.array(known)[requests.tenant]))


def _joined(parts: list[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, kind)
