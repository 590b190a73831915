"""Whether a queue can be steady: how much is asked of a slice, over what it can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.sending import requests_expected
from mig_explorer.experiments.settings import pieces_of, setting
from mig_explorer.model import constant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.experiments.trace import Event

UNSTABLE = 1.0


def loads(
    header: Event, mode: Event, count: int | None = None, times: str = "step_seconds"
) -> dict[str, float]:
    """Return the load of the queue that each tenant waits in, by tenant.

    Requests that arrive whether or not the last one was answered ask for a certain time of their slice in
    every second. Where a slice serves so many at once, that is their rates times their times over that
    number. Where requests share SMs or bandwidth, it is their rates times the part of the SMs and of the
    bandwidth that they keep busy, joined as the roofline joins them; this is exact for requests that are
    alike. The larger of the two counts, and that of the PCIe link where it is larger still. From 1 on the
    queue grows for as long as one watches. Tenants in a closed loop wait for their answers, so they ask for
    nothing that must be served: a queue of them alone has no load and is not in the mapping.

    Where the layout changes, it is the last layout that counts.

    Parameters
    ----------
    header, mode : dict
        The experiment event and the mode's.
    count : int, optional
        Only the first so many tenants are there.
    times : str
        Which of the modelled times each request takes.

    Examples
    --------
    >>> tenant = {"name": "ann", "arrivals": {"kind": "Poisson", "rate_per_s": 30.0}}
    >>> piece = {"name": "whole GPU", "tenants": ["ann"], "step_seconds": {"ann": 0.02}}
    >>> loads({"seconds": 10.0, "tenants": [tenant]}, {"slices": [piece]})
    {'ann': 0.6}
    """
    tenants = {each["name"]: each for each in header["tenants"][:count]}
    expected = {name: requests_expected(each, header["seconds"]) for name, each in tenants.items()}
    rates = {
        name: number / header["seconds"] for name, number in expected.items() if number is not None and number
    }
    pieces = pieces_of(mode, max(setting(piece, "layout") for piece in mode["slices"]))
    for _, piece in pieces:
        for name in setting(piece, "serves"):
            if name in rates:  # a rate at which as much is asked for of the usual time
                rates[name] *= setting(piece, times, name) / setting(piece, "step_seconds", name)
    link = sum(
        rates[name] * setting(piece, "transfer_seconds", name)
        for _, piece in pieces
        for name in setting(piece, "serves")
        if name in rates
    )
    found: dict[str, float] = {}
    for _, piece in pieces:
        here = [name for name in setting(piece, "serves") if name in rates]
        if here:
            load = max(_at_place(piece, here, rates), _in_groups(piece, pieces, rates), link)
            found |= {name: load for name in setting(piece, "serves") if name in tenants}
    return found


def _at_place(piece: Mapping[str, Any], here: Sequence[str], rates: Mapping[str, float]) -> float:
    at_once = setting(piece, "at_once")
    asked = sum(rates[name] * setting(piece, "step_seconds", name) for name in here)
    return float(asked / at_once) if at_once else 0.0


def _in_groups(
    piece: Mapping[str, Any], pieces: Sequence[tuple[int, Mapping[str, Any]]], rates: Mapping[str, float]
) -> float:
    busy = {"compute": 0.0, "memory": 0.0}
    for _, other in pieces:
        for what in busy:
            if setting(other, f"{what}_group") == setting(piece, f"{what}_group"):
                busy[what] += sum(
                    rates[name]
                    * setting(other, f"{what}_seconds", name)
                    * setting(other, f"{what}_share", name)
                    for name in setting(other, "serves")
                    if name in rates
                )
    busy["compute"] *= 1 + setting(piece, "switching")
    k = constant("overlap_exponent")
    return float((busy["compute"] ** k + busy["memory"] ** k) ** (1 / k))
