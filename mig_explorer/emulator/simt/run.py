"""Running a kernel lane by lane: its arguments, its program, the engine."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import typeof

from mig_explorer.emulator.simt.casting import dtype_of
from mig_explorer.emulator.simt.engine import DEADLINE_SECONDS, run_program
from mig_explorer.emulator.simt.frames import constant_value
from mig_explorer.emulator.simt.memory import global_array
from mig_explorer.emulator.simt.translate import program
from mig_explorer.emulator.source import python_function
from mig_explorer.errors import InvalidWorkload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.emulator.simt.observer import Observer


def run(  # noqa: PLR0913 - a launch has these parts
    kernel: Any,
    grid: tuple[int, int, int],
    block: tuple[int, int, int],
    arguments: Sequence[Any],
    *,
    dynamic_shared: int = 0,
    observer: Observer | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> None:
    """Run a kernel over a grid, all its threads as a GPU would, in NumPy arrays.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.
    grid, block
        How many blocks and threads, along x, y and z.
    arguments
        NumPy arrays, which are changed in place, numbers, and tuples of these.
    dynamic_shared
        Bytes of dynamic shared memory of each block.
    observer
        Who is told of everything that happens.
    deadline_seconds
        After how long it is ended.

    Raises
    ------
    UnsupportedKernel
        If something in it is not known; before anything runs.
    KernelFault
        At an index out of bounds, threads that wait for each other for ever, or when time is up.

    Examples
    --------
    >>> from numba import cuda
    >>> @cuda.jit
    ... def total_of_each_warp(values, totals):
    ...     value = values[cuda.grid(1)]
    ...     for step in (16, 8, 4, 2, 1):
    ...         value += cuda.shfl_down_sync(0xFFFFFFFF, value, step)
    ...     if cuda.laneid == 0:
    ...         totals[cuda.grid(1) // cuda.warpsize] = value
    >>> totals = np.zeros(2)
    >>> run(total_of_each_warp, (1, 1, 1), (64, 1, 1), (np.arange(64.0), totals))
    >>> totals
    array([ 496., 1520.])
    """
    function = python_function(kernel)
    names = tuple(inspect.signature(function).parameters)
    if len(arguments) != len(names):
        plural = "" if len(names) == 1 else "s"
        taken = f"{len(names)} argument{plural} ({', '.join(names)})"
        msg = f"{function.__name__} takes {taken}, not {len(arguments)}."
        raise InvalidWorkload(msg)
    types = tuple(
        _type_of(f"{function.__name__}: argument {place + 1} ({name})", each)
        for place, (name, each) in enumerate(zip(names, arguments, strict=True))
    )
    compiled = program(function, types)
    values: list[Any] = []
    written_back: list[tuple[Any, Any]] = []
    for register, value, kind in zip(compiled.parameters, arguments, types, strict=True):
        name = register.removeprefix("arg.")
        values.append(_prepared(name, value, kind, written_back))
    run_program(
        compiled,
        grid,
        block,
        tuple(values),
        dynamic_shared=dynamic_shared,
        observer=observer,
        deadline_seconds=deadline_seconds,
    )
    for original, copy in written_back:
        original[...] = copy


def _type_of(asked: str, value: Any) -> Any:
    if hasattr(value, "__cuda_array_interface__"):
        msg = (
            f"{asked} lies in a GPU's memory, and the emulator has none. Pass a NumPy array, such as its "
            "copy_to_host()."
        )
        raise InvalidWorkload(msg)
    try:
        return typeof(value)
    except (ValueError, TypeError) as error:
        msg = (
            f"{asked} is a {type(value).__name__}; a kernel takes NumPy arrays, numbers and tuples of them. "
            "Try np.asarray(...)."
        )
        raise InvalidWorkload(msg) from error


def _prepared(name: str, value: Any, kind: Any, written_back: list[tuple[Any, Any]]) -> Any:
    if isinstance(value, np.ndarray):
        size = value.dtype.itemsize
        if value.size and any(stride % size for stride in value.strides):
            copy = value.copy()
            if value.flags.writeable:
                written_back.append((value, copy))
            value = copy
        return global_array(name, value)
    if isinstance(value, tuple):
        kinds = kind.types
        return tuple(
            _prepared(f"{name}[{place}]", each, its, written_back)
            for place, (each, its) in enumerate(zip(value, kinds, strict=True))
        )
    if dtype_of(kind) is None and isinstance(value, np.void):
        return value
    return constant_value(value, kind)
