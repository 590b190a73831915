"""How a tenant's requests arrive, as a trace says it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from mig_explorer.model import arrivals as ways
from mig_explorer.model.arrivals import ClosedLoop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.experiments.tenants import Arrivals


def arrivals_event(sends: Arrivals) -> dict[str, Any]:
    """Return a way of sending as JSON: its name and its parameters.

    Examples
    --------
    >>> arrivals_event(ClosedLoop(0.5))
    {'kind': 'ClosedLoop', 'title': 'closed loop, thinks 0.5 s', 'think_seconds': 0.5}
    """
    parameters = {each.name: _plain(getattr(sends, each.name)) for each in fields(sends)}
    return {"kind": type(sends).__name__, "title": sends.title, **parameters}


def arrivals_of(tenant: Mapping[str, Any]) -> Arrivals:
    """Return how a tenant of an experiment event sends; a closed loop where an old trace does not say.

    Examples
    --------
    >>> arrivals_of({"think_seconds": 0.5})
    ClosedLoop(think_seconds=0.5)
    """
    given = tenant.get("arrivals")
    if given is None:
        return ClosedLoop(tenant.get("think_seconds", 0.0))
    way: type[Arrivals] = getattr(ways, given["kind"])
    return way(**{each.name: given[each.name] for each in fields(way)})


def requests_expected(tenant: Mapping[str, Any], seconds: float) -> float | None:
    """Return how many requests a tenant sends in a window on average; None if it waits for its answers.

    Examples
    --------
    >>> poisson = {"kind": "Poisson", "rate_per_s": 10.0}
    >>> requests_expected({"arrivals": poisson, "joins": 1.0, "leaves": 3.0}, seconds=10.0)
    20.0
    """
    sends = arrivals_of(tenant)
    if isinstance(sends, ClosedLoop):
        return None
    joins, leaves = stay(tenant, seconds)
    return sends.expected(joins, leaves)


def stay(tenant: Mapping[str, Any], seconds: float) -> tuple[float, float]:
    """Return from when to when a tenant is there, within a window.

    Examples
    --------
    >>> stay({"joins": 1.0, "leaves": None}, seconds=10.0)
    (1.0, 10.0)
    """
    leaves = tenant.get("leaves")
    return min(seconds, tenant.get("joins", 0.0)), seconds if leaves is None else min(seconds, leaves)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else float(value)
