"""The use of the SMs where requests run side by side: what is resident together counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mig_explorer.experiments.demands import share_of_sms, sharing
from mig_explorer.experiments.figures import UNKNOWN
from mig_explorer.experiments.reading import Recording, slices_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mig_explorer.experiments.trace import Event


def use_of_all(recording: Recording, mode: Event) -> float:
    """Return the share of the board's SM-seconds in the window with a block of anybody resident."""
    requests = recording.requests[mode["mode"]]
    active = amounts_of(recording, mode)[0, requests.tenant, requests.place]
    if np.isnan(active).any():
        return UNKNOWN
    edges = np.array([0.0, recording.header["seconds"]])
    weight = active / (requests.finished - requests.started)
    total = 0.0
    for numbers in sharing(mode["slices"]):
        mine = np.isin(requests.place, numbers)
        share = share_of_sms([mode["slices"][number] for number in numbers], recording.header["board"]["sms"])
        span = requests.started[mine], requests.finished[mine]
        total += share * float(at_most_one(*span, weight[mine] / share, edges)[0])
    return total


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


def use_of(
    began: NDArray[np.float64],
    ended: NDArray[np.float64],
    weight: NDArray[np.float64],
    edges: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the mean in each bin of what is the sum of the weights of all that is under way.

    Parameters
    ----------
    began, ended : array of float64, shape (n,)
        From when to when each is under way.
    weight : array of float64, shape (n,)
        What each adds while it is.
    edges : array of float64, shape (bins + 1,)
        Of the bins, evenly spaced from 0 on.

    Examples
    --------
    >>> one = np.array([0.5]), np.array([1.5]), np.array([1.0])
    >>> use_of(*one, edges=np.array([0.0, 1.0, 2.0, 3.0]))
    array([0.5, 0.5, 0. ])
    """
    return (_ramp(began, weight, edges) - _ramp(ended, weight, edges)) / np.diff(edges)


def _ramp(
    moments: NDArray[np.float64], weight: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what steps of some heights at some moments amount to in each bin."""
    bins, width = edges.size - 1, edges[1] - edges[0]
    where = np.clip((moments / width).astype(np.int64), 0, bins)
    inside = where < bins
    steps = np.bincount(where, weights=weight, minlength=bins + 1)[:bins]
    rest = (edges[1:][where[inside]] - moments[inside]) * weight[inside]
    partial = np.bincount(where[inside], weights=rest, minlength=bins)
    before = np.concatenate(([0.0], np.cumsum(steps)[:-1]))
    return np.asarray(before * width + partial)


def amounts_of(recording: Recording, mode: Event) -> NDArray[np.float64]:
    """Return the parts of the board's SMs and of its bandwidth, times seconds, that requests use.

    Of each tenant on each slice that serves it; NaN where that is unknown.

    Returns
    -------
    array of float64, shape (2, tenants, slices)
    """
    tenants = recording.header["tenants"]
    found = np.zeros((2, len(tenants), len(mode["slices"])))
    per_second = recording.header["board"]["bandwidth_gbs"] * 1e9
    for who, tenant in enumerate(tenants):
        moved = np.nan if tenant["bytes"] is None else tenant["bytes"] / per_second
        for number, piece in slices_of(mode, tenant["name"]):
            seconds = piece["step_seconds"][tenant["name"]]
            found[:, who, number] = seconds * piece["sm_active"].get(tenant["name"], np.nan), moved
    return found
