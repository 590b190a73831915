"""What requests use of the board while they slow each other down, from moment to moment."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.experiments.demands import demand_of, groups_of, share_of_sms, sharing
from mig_explorer.experiments.overlap import use_of
from mig_explorer.experiments.settings import setting
from mig_explorer.model.contention import stretch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mig_explorer.experiments.requests import Requests
    from mig_explorer.experiments.trace import Event
    from mig_explorer.model import Demand


def use_in_company(
    header: Event, mode: Event, requests: Requests, amounts: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much of the board's SMs, and of its bandwidth, is in use, as a mean over each bin.

    A request that shares SMs or bandwidth with others progresses at ``1 / stretch`` of the rate that it has
    alone (`mig_explorer.model.contention`), and what it uses goes with that. So one that was alone at first
    used more then than later, and all together use no more bandwidth than there is at any moment. Blocks of
    several requests can lie on one SM, which is in use once.

    Parameters
    ----------
    header, mode : dict
        The experiment event and the mode's.
    requests : Requests
        All that were under way between the first edge and the last.
    amounts : array of float64, shape (2, tenants, slices)
        What a whole request uses of the SMs and of the bandwidth: a part of all there is, times seconds. NaN
        where that is unknown; the use then is as well.
    edges : array of float64, shape (bins + 1,)
        Of the bins, evenly spaced from 0 on.

    Returns
    -------
    array of float64, shape (2, bins)

    Examples
    --------
    Two requests that each fill the GPU for a second, one of them alone at first:

    >>> from mig_explorer.experiments.requests import Requests
    >>> both = dict.fromkeys(("ann", "bob"), 1.0)
    >>> piece = {
    ...     "name": "whole GPU",
    ...     "tenants": list(both),
    ...     "at_once": 0,
    ...     "step_seconds": both,
    ...     "compute_seconds": both,
    ...     "compute_share": both,
    ... }
    >>> served = Requests(*(np.array(each) for each in ([0, 1], [0, 0], [0.0, 0.5], [0.0, 0.5], [1.5, 2.0])))
    >>> header = {"tenants": [{"name": name} for name in both], "board": {"sms": 108}}
    >>> use_in_company(header, {"slices": [piece]}, served, np.ones((2, 2, 1)), np.linspace(0, 2, 5))
    array([[1., 1., 1., 1.],
           [1., 1., 1., 1.]])
    """
    unknown = np.isnan(amounts[:, requests.tenant, requests.place]).any(axis=1)
    amounts = np.nan_to_num(amounts)
    names = [tenant["name"] for tenant in header["tenants"]]
    slices, total = mode["slices"], np.zeros((2, len(edges) - 1))
    groups = sharing(slices)
    single = [each[0] for each in groups if len(each) == 1 and setting(slices[each[0]], "at_once") == 1]
    mine = _on(requests, single)  # nothing slows these
    rates = amounts[:, mine.tenant, mine.place] / (mine.finished - mine.started)
    total += [use_of(mine.started, mine.finished, rate, edges) for rate in rates]
    for numbers in (each for each in groups if each[0] not in single):
        mine, pieces = _on(requests, numbers), {number: slices[number] for number in numbers}
        if len(mine):
            moments, levels = _levels(pieces, names, mine, amounts)
            levels[0] = np.minimum(levels[0], share_of_sms(list(pieces.values()), header["board"]["sms"]))
            total += [use_of(moments[:-1], moments[1:], level[:-1], edges) for level in levels]
    total[unknown] = np.nan
    return total


def _on(requests: Requests, places: Sequence[int]) -> Requests:
    return requests.where(np.flatnonzero(np.isin(requests.place, places)))


def _levels(
    pieces: Mapping[int, Mapping[str, Any]],
    tenants: Sequence[str],
    requests: Requests,
    amounts: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what requests on slices that share something use, and from when on."""
    groups = groups_of(list(pieces.values()))
    kinds: dict[tuple[Demand, tuple[float, ...]], int] = {}
    kind_of = np.zeros(amounts.shape[1:], np.int64)
    for who, number in itertools.product(np.unique(requests.tenant).tolist(), pieces):
        if tenants[who] in setting(pieces[number], "serves"):
            demand = demand_of(pieces[number], tenants[who], groups)
            rates = tuple((amounts[:, who, number] / demand.seconds).tolist())
            kind_of[who, number] = kinds.setdefault((demand, rates), len(kinds))
    # Of what happens at one moment, finishes come first.
    moments = np.concatenate((requests.finished, requests.started))
    kind = np.tile(kind_of[requests.tenant, requests.place], 2)
    steps = np.repeat([-1, 1], len(requests))
    order = np.argsort(moments, kind="stable")
    moments, kind, steps = moments[order], kind[order], steps[order]
    # Who is in service together, numbered: the same company progresses at the same rates.
    company = np.zeros(moments.size, np.int64)
    for each in range(len(kinds)):
        count = np.cumsum(np.where(kind == each, steps, 0))
        company = np.unique(company * (count.max() + 1) + count, return_inverse=True)[1]
    first = np.unique(company, return_index=True)[1]
    counts = np.array([np.cumsum(np.where(kind == each, steps, 0))[first] for each in range(len(kinds))])
    levels = np.array([_level(list(kinds), count) for count in counts.T.tolist()])
    return moments, levels[company].T


def _level(kinds: Sequence[tuple[Demand, tuple[float, ...]]], count: Sequence[int]) -> list[float]:
    """Return what so many requests of each kind use at one moment."""
    there = [kind for kind, number in zip(kinds, count, strict=True) for _ in range(number)]
    factors = stretch([demand for demand, _ in there])
    return [
        sum(rates[what] / factor for (_, rates), factor in zip(there, factors, strict=True))
        for what in range(len(kinds[0][1]))
    ]
