"""What has to be said beside a tenant's figures in one mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.settings import setting
from mig_explorer.experiments.words import duration, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.experiments.trace import Event

WHOLE = "whole GPU"


def note_of(header: Event, mode: Event, tenant: Mapping[str, Any]) -> str:
    """Return what a tenant's figures leave out, whom it queues with, and what changes of the layout cost.

    Examples
    --------
    >>> piece = {"name": "1g.5gb@0", "tenants": ["ann", "bob"], "step_seconds": {"ann": 1.0, "bob": 1.0}}
    >>> note_of({}, {"slices": [piece]}, {"name": "ann"})
    'queues on 1g.5gb@0 with one other'
    """
    parts = [tenant.get("note") or ""]
    for piece in mode["slices"]:
        others = len(setting(piece, "serves")) - 1
        queue = setting(piece, "at_once") == 1 and piece["name"] != WHOLE
        if tenant["name"] in setting(piece, "serves") and others and queue:
            company = "one other" if others == 1 else f"{number(others)} others"
            parts.append(f"queues on {piece['name']} with {company}")
    parts += [
        change_words(change) for change in mode.get("changes", ()) if change["at_seconds"] < header["seconds"]
    ]
    return "; ".join(filter(None, (part.rstrip(".") for part in parts)))


def change_words(change: Mapping[str, Any]) -> str:
    """Return what one change of the layout costs, its parts together.

    Examples
    --------
    >>> cost = {"destroy": 0.15, "create": 0.1, "drain": 20.0}
    >>> change_words({"at_seconds": 5.0, "layout": "7g.40gb@0", "outage_seconds": 20.25, "cost": cost})
    'at 5 s the layout becomes 7g.40gb@0: nobody is served for 20.2 s (destroying 150 ms, creating 100 ms,
    ending and restarting jobs 20.0 s, for which the literature has 10 to 30 s) once the requests in service
    are done'
    """
    cost = change["cost"]
    return (
        f"at {change['at_seconds']:g} s the layout becomes {change['layout']}: nobody is served for "
        f"{duration(change['outage_seconds'])} (destroying {duration(cost['destroy'])}, creating "
        f"{duration(cost['create'])}, ending and restarting jobs {duration(cost['drain'])}, for which the "
        f"literature has 10 to 30 s) once the requests in service are done"
    )
