"""The parts of Numba's CUDA target that infer types: numba-cuda's where it is installed, else Numba's own."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import UnsupportedKernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEEPEST_CALL = 40
CAPABILITY = (8, 0)
"""Compute capability that types are inferred for. They are the same for all; Numba wants one named."""


@dataclass(frozen=True, eq=False)
class Toolchain:
    """What `typing` needs of Numba.

    Parameters
    ----------
    compiler, flags
        Numba's CUDA compiler and its flags.
    home
        The module that Numba's base of all compilers lives in.
    typing, target
        A typing context and a target context, apart from those that Numba compiles with.
    calls
        The device functions that are being typed, the outermost first.
    """

    compiler: Any
    flags: Any
    home: Any
    typing: Any
    target: Any
    calls: list[Any] = field(default_factory=list)


@cache
def toolchain(type_call: Callable[[Any, tuple[Any, ...]], Any]) -> Toolchain:
    """Return the toolchain in which calls of device functions are typed by a function, not compiled.

    Parameters
    ----------
    type_call
        Takes a Python function and Numba's types of its arguments, returns the type of its result.
    """
    compiler = importlib.import_module("numba.cuda.compiler")
    target = importlib.import_module("numba.cuda.descriptor").cuda_target
    templates = importlib.import_module(type(target.typing_context).__mro__[1].__module__)
    calls: list[Any] = []

    class Typing(type(target.typing_context)):  # type: ignore[misc]
        """Numba's typing for CUDA, in which a call of a device function is typed and not compiled."""

        def resolve_function_type(self, func: Any, args: Any, kws: Any) -> Any:
            dispatcher = getattr(func, "dispatcher", None)
            if getattr(func, "typing_key", None) in (min, max) and len(args) > 1 and not kws:
                # Numba 0.68 stops with a TypeError at three arguments.
                unified = self.unify_types(*(getattr(each, "literal_type", each) for each in args))
                if unified is not None and hasattr(unified, "bitwidth"):
                    return templates.templates.signature(unified, *args)
            if dispatcher is None or not hasattr(dispatcher, "py_func"):
                return super().resolve_function_type(func, args, kws)
            signature, folded = dispatcher.fold_argument_types(tuple(args), dict(kws))
            with _entered(calls, dispatcher.py_func):
                returned = type_call(dispatcher.py_func, tuple(folded))
            return templates.templates.signature(returned, *folded).replace(pysig=signature)

    typing = Typing()
    return Toolchain(
        compiler=compiler.CUDACompiler,
        flags=compiler.CUDAFlags,
        home=sys.modules[compiler.CUDACompiler.__mro__[1].__module__],
        typing=typing,
        target=type(target.target_context)(typing),
        calls=calls,
    )


@contextmanager
def _entered(calls: list[Any], function: Any) -> Iterator[None]:
    if function in calls or len(calls) >= DEEPEST_CALL:
        line = function.__code__.co_firstlineno
        msg = (
            f"{function.__name__}, line {line}: it calls itself, or calls go more than {DEEPEST_CALL} deep. "
            "The emulator knows no recursion; use a loop."
        )
        raise UnsupportedKernel(msg)
    calls.append(function)
    try:
        yield
    finally:
        calls.pop()


@contextmanager
def some_device() -> Iterator[None]:
    """Let Numba's overloaded functions be typed, which ask for the device that they are compiled for."""
    dispatcher: Any = importlib.import_module("numba.cuda.dispatcher")
    real = dispatcher.get_current_device
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=CAPABILITY)
    try:
        yield
    finally:
        dispatcher.get_current_device = real
