"""Finding scenarios: a file of this folder with a `Scenario` of its own name is one."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from mig_explorer.errors import InvalidExperiment, nearest_names
from mig_explorer.scenarios.scenario import Scenario

PACKAGE = "mig_explorer.scenarios"


def every() -> dict[str, Scenario]:
    """Return the scenarios by name, in their order.

    Examples
    --------
    >>> list(every())[:2]
    ['utilisation', 'quality_of_service']
    """
    found = []
    for module in iter_modules(import_module(PACKAGE).__path__):
        scenario = getattr(import_module(f"{PACKAGE}.{module.name}"), module.name, None)
        if isinstance(scenario, Scenario):
            found.append(scenario)
    return {each.name: each for each in sorted(found, key=lambda each: each.number)}


def named(name: str) -> Scenario:
    """Return the scenario of that name.

    Raises
    ------
    InvalidExperiment
        If there is none; the message gives the nearest names.

    Examples
    --------
    >>> named("quality_of_servise")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.InvalidExperiment: there is no scenario 'quality_of_servise'. Nearest:
    quality_of_service.
    """
    known = every()
    if name not in known:
        raise InvalidExperiment(f"there is no scenario {name!r}. {nearest_names(name, known)}")
    return known[name]
