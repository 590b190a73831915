"""Finding workloads by name: a kernel file in this folder is a workload, with nothing else to change."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from importlib import import_module
from pkgutil import iter_modules

from mig_explorer.errors import InvalidWorkload, nearest_names
from mig_explorer.workloads.workload import Workload

Factory = Callable[..., Workload]

PACKAGE = "mig_explorer.workloads"


def factories(folders: Iterable[str] | None = None) -> dict[str, Factory]:
    """Return the curated workloads by name, in alphabetical order.

    A module counts if it has a function of its own name that is annotated to return a `Workload`.

    Parameters
    ----------
    folders
        Where to look; by default where this package is installed.

    Examples
    --------
    >>> list(factories())
    ['attention', 'histogram', 'mandelbrot', 'matmul', 'mlp', 'nbody', 'pointer_chase', 'prefix_sum',
     'reduction', 'saxpy', 'saxpy_grid_stride', 'spmv', 'stencil', 'transpose_naive', 'transpose_padded',
     'transpose_tiled', 'triad']
    """
    found = {}
    for module in iter_modules(import_module(PACKAGE).__path__ if folders is None else folders):
        factory = getattr(import_module(f"{PACKAGE}.{module.name}"), module.name, None)
        if inspect.isfunction(factory) and factory.__annotations__.get("return") in {"Workload", Workload}:
            found[module.name] = factory
    return dict(sorted(found.items()))


def workload(name: str, **parameters: int) -> Workload:
    """Return the curated workload of that name.

    Parameters
    ----------
    name
        ``"triad"``, ``"matmul"``, ``"nbody"``, or the name of another file in this folder.
    **parameters
        What its factory takes, such as ``elements=2**26``.

    Raises
    ------
    InvalidWorkload
        If there is no such workload, it takes no such parameter, or a value is out of range.

    Examples
    --------
    >>> workload("triad", elements=2**20).title
    'STREAM triad, 2^20 elements'
    """
    known = factories()
    if name not in known:
        msg = f"there is no workload {name!r}. {nearest_names(name, known)}"
        raise InvalidWorkload(msg)
    accepted = list(inspect.signature(known[name]).parameters)
    for parameter in parameters:
        if parameter not in accepted:
            msg = f"{name} takes no parameter {parameter!r}; it takes {' and '.join(accepted)}."
            raise InvalidWorkload(msg)
    return known[name](**parameters)
