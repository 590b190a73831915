"""A kernel and the device functions that it can call."""

from __future__ import annotations

import inspect
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.source import function_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType


def reachable_functions(kernel: FunctionType) -> list[FunctionType]:
    """Return a kernel and every function that its code or theirs mentions, the kernel first.

    Libraries' functions are left out.

    Examples
    --------
    >>> def half(value):
    ...     return value / 2
    >>> def kernel(values):
    ...     values[0] = half(values[0])
    >>> [each.__name__ for each in reachable_functions(kernel)]
    ['kernel', 'half']
    """
    found = {kernel: None}
    waiting = [kernel]
    while waiting:
        for value in _mentioned(waiting.pop()):
            function = function_of(value)
            if function is not None and function not in found:
                found[function] = None
                waiting.append(function)
    return list(found)


def _mentioned(function: FunctionType) -> Iterator[Any]:
    scope = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    names = [*function.__code__.co_names, *function.__code__.co_freevars]
    yield from (scope[name] for name in names if name in scope)
    # What stands in a module of the user's: helpers.half
    for first, second in pairwise(names):
        if inspect.ismodule(scope.get(first)) and hasattr(scope[first], second):
            yield getattr(scope[first], second)
