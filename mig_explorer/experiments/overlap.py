"""The use of the SMs where requests run side by side: what is resident together counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.experiments.figures import UNKNOWN
from mig_explorer.experiments.reading import Recording, slices_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.experiments.requests import Requests
    from mig_explorer.experiments.trace import Event


def use_of_all(recording: Recording, mode: Event) -> float:
    """Return the share of the board's SM-seconds in the window with a block of anybody resident."""
    requests = recording.requests[mode["mode"]]
    active, _ = work_of(recording, mode, requests)
    if active is None:
        return UNKNOWN
    edges = np.array([0.0, recording.header["seconds"]])
    stay = requests.finished - requests.started
    return float(at_most_one(requests.started, requests.finished, active / stay, edges)[0])


def at_most_one(
    began: NDArray[np.float64],
    ended: NDArray[np.float64],
    weight: NDArray[np.float64],
    edges: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the mean in each bin of the sum of the weights of all that is under way, but 1 at most.

    Blocks go to the SMs with the most room, so that requests side by side use different SMs until all are in
    use.

    Parameters
    ----------
    began, ended : array of float64, shape (n,)
        From when to when each is under way.
    weight : array of float64, shape (n,)
        What each adds while it is.
    edges : array of float64, shape (bins + 1,)
        Of the bins, rising from 0.

    Examples
    --------
    >>> two = np.array([0.0, 1.0]), np.array([2.0, 3.0]), np.array([0.75, 0.75])
    >>> at_most_one(*two, edges=np.array([0.0, 1.0, 2.0, 4.0]))
    array([0.75 , 1.   , 0.375])
    """
    moments = np.concatenate((began, ended, edges))
    steps = np.concatenate((weight, -weight, np.zeros(edges.size)))
    order = np.argsort(moments, kind="stable")
    moments = moments[order]
    level = np.minimum(1.0, np.cumsum(steps[order]))[:-1]
    inside = (moments[:-1] >= edges[0]) & (moments[:-1] < edges[-1])
    where = np.searchsorted(edges, moments[:-1][inside], side="right") - 1
    amounts = (level * np.diff(moments))[inside]
    return np.asarray(np.bincount(where, weights=amounts, minlength=edges.size - 1) / np.diff(edges))


def work_of(
    recording: Recording, mode: Event, requests: Requests
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return the part of the board's SMs, and of its bandwidth, times seconds, that each request uses.

    None for either of them if it is unknown of any request.
    """
    tenants = recording.header["tenants"]
    active = np.zeros((len(tenants), len(mode["slices"])))
    moved = np.zeros(len(tenants))
    per_second = recording.header["board"]["bandwidth_gbs"] * 1e9
    for who, tenant in enumerate(tenants):
        moved[who] = np.nan if tenant["bytes"] is None else tenant["bytes"] / per_second
        for number, piece in slices_of(mode, tenant["name"]):
            seconds = piece["step_seconds"][tenant["name"]]
            active[who, number] = seconds * piece["sm_active"].get(tenant["name"], np.nan)
    used, carried = active[requests.tenant, requests.place], moved[requests.tenant]
    return None if np.isnan(used).any() else used, None if np.isnan(carried).any() else carried
