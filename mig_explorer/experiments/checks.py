"""What an experiment refuses, with what would work instead."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments.tenants import Tenant
from mig_explorer.gpus import Gpu, gpu
from mig_explorer.model import SharingMode

if TYPE_CHECKING:
    from collections.abc import Iterable

MODES = "Monolithic(), TimeSlicing(), Mps(), GreenContexts() and Mig(layout)"


def checked_gpu(given: object) -> Gpu:
    """Return the board, looked up if it was named.

    Raises
    ------
    UnknownGpu
        If no board has that name.
    InvalidExperiment
        If it is neither a board nor a name.
    """
    board = gpu(given) if isinstance(given, str) else given
    if not isinstance(board, Gpu):
        message = f'An experiment needs a GPU of the catalogue, not {board!r}. For example "A100-SXM4-40GB".'
        raise InvalidExperiment(message)
    return board


def checked_tenants(given: Iterable[object]) -> tuple[Tenant, ...]:
    """Return the tenants as a tuple: at least one, names apart, workloads that a worker can import.

    Raises
    ------
    InvalidExperiment
        If not.
    """
    each: tuple[Any, ...] = (given,) if isinstance(given, Tenant) else tuple(given)
    for item in each:
        if not isinstance(item, Tenant):
            message = f"{item!r} is not a tenant. Make some: tenants(workload, 7), or Tenant(name, workload)."
            raise InvalidExperiment(message)
    if not each:
        message = "An experiment needs at least one tenant, and has none. For example tenants(workload, 7)."
        raise InvalidExperiment(message)
    names = [tenant.name for tenant in each]
    for name in names:
        if names.count(name) > 1:
            message = f"{names.count(name)} tenants are named {name!r}. Give each tenant a name of its own."
            raise InvalidExperiment(message)
    for tenant in each:
        factory = getattr(tenant.workload, "factory", "")
        if factory.startswith("__main__"):
            message = (
                f"The workload of {tenant.name} is defined in the notebook or script itself "
                f"({factory}), where worker processes cannot import it. Move its factory "
                f"into a module beside it."
            )
            raise InvalidExperiment(message)
    return each


def checked_modes(given: object) -> tuple[SharingMode, ...]:
    """Return the sharing modes as a tuple: at least one, and each once.

    Raises
    ------
    InvalidExperiment
        If not.
    """
    each: tuple[Any, ...] = tuple(given) if isinstance(given, list | tuple) else (given,)
    for mode in each:
        if isinstance(mode, type) or not isinstance(mode, SharingMode):
            message = f"{mode!r} is not a sharing mode. The modes are {MODES}."
            raise InvalidExperiment(message)
    if not each:
        message = f"An experiment needs at least one sharing mode. The modes are {MODES}."
        raise InvalidExperiment(message)
    slugs = [mode.slug for mode in each]
    for mode in each:
        if slugs.count(mode.slug) > 1:
            message = f"{mode.title} is among the modes {slugs.count(mode.slug)} times. Give each mode once."
            raise InvalidExperiment(message)
    return each


def check_positive(name: str, value: object, example: str) -> None:
    """Check that a value is a finite number greater than 0.

    Raises
    ------
    InvalidExperiment
        If not.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or value <= 0:  # type: ignore[operator]
        message = f"{name} must be a finite number greater than 0, not {value!r}. For example {example}."
        raise InvalidExperiment(message)


def check_seed(seed: object) -> None:
    """Check that a seed is a whole number of 0 or more.

    Raises
    ------
    InvalidExperiment
        If not.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        message = f"seed must be a whole number of 0 or more, not {seed!r}. For example 7."
        raise InvalidExperiment(message)
