"""What a mode's event says of its slices, with what is meant where an old trace does not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.experiments.trace import Event

DEFAULTS: Mapping[str, Any] = {"at_once": 1, "switching": 0.0, "layout": 0}
"""Of traces of format 1, whose slices served one request at a time and had nothing in common."""


def setting(piece: Mapping[str, Any], name: str, tenant: str | None = None) -> Any:
    """Return a property of a slice, or of a tenant's requests on it.

    Examples
    --------
    >>> piece = {"name": "whole GPU", "tenants": ["ann"], "step_seconds": {"ann": 0.02}}
    >>> setting(piece, "at_once"), setting(piece, "compute_group"), setting(piece, "serves")
    (1, 'whole GPU', ['ann'])
    >>> setting(piece, "step_seconds", "ann"), setting(piece, "compute_share", "ann")
    (0.02, 0.0)
    """
    if tenant is not None:
        return piece.get(name, {}).get(tenant, 0.0)
    if name == "serves":
        return piece.get(name, piece["tenants"])
    if name in ("compute_group", "memory_group"):
        return piece.get(name, piece["name"])
    return piece.get(name, DEFAULTS[name])


def pieces_of(mode: Event, layout: int) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the slices of one of a mode's layouts, each with its number among all slices of the mode."""
    return [
        (number, piece) for number, piece in enumerate(mode["slices"]) if setting(piece, "layout") == layout
    ]
