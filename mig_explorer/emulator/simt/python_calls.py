"""Calls of Python's own functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt import iterate
from mig_explorer.emulator.simt.casting import converted, dtype_of
from mig_explorer.emulator.simt.values import Slice

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.call import Call
    from mig_explorer.emulator.simt.turn import Turn


def _number(call: Call) -> None:
    """Translate ``int(x)``, ``float32(x)`` and the like."""
    to = dtype_of(call.returns)
    if to is None or len(call.given) != 1 or dtype_of(call.have[0]) is None:
        raise call.frame.refusal(
            f"the emulator does not know {call.returns} of {', '.join(map(str, call.have))}."
        )
    call.frame.copy(call.target, call.frame.cast(call.given[0], call.have[0], call.returns))


def _complex(call: Call) -> None:
    to = dtype_of(call.returns)
    if to is None or to.kind != "c" or len(call.given) == 1:
        _number(call)
        return
    call.emit(lambda _turn, real, imag: converted(real, to) + converted(imag, to) * to.type(1j))


def _len(call: Call) -> None:
    owner = call.have[0]
    if hasattr(owner, "layout"):
        call.frame.emit([call.target], call.given, lambda _turn, array: _as_int64(array.shape[0]))
    elif hasattr(owner, "count"):
        call.frame.hold(call.target, np.int64(owner.count))
    else:
        raise call.frame.refusal(f"the emulator does not know len of {owner}.")


def _as_int64(number: Any) -> Any:
    return np.int64(number) if isinstance(number, int) else number


def _range(call: Call) -> None:
    registers = call.converted
    count = len(registers)
    dtype = dtype_of(call.want[0]) or np.dtype(np.int64)
    zero, one = dtype.type(0), dtype.type(1)

    def act(_turn: Turn, *bounds: Any) -> Any:
        if count == 1:
            return iterate.range_of(zero, bounds[0], one)
        return iterate.range_of(bounds[0], bounds[1], bounds[2] if count == 3 else one)

    call.frame.emit([call.target], registers, act)


def _slice(call: Call) -> None:
    places = [str(each) != "none" for each in call.have]

    def act(_turn: Turn, *given: Any) -> Slice:
        bounds = [value if known else None for value, known in zip(given, places, strict=True)]
        if len(bounds) == 1:
            return Slice(None, bounds[0], None)
        return Slice(bounds[0], bounds[1], bounds[2] if len(bounds) == 3 else None)

    call.frame.emit([call.target], call.given, act)


def _extreme(function: str) -> Callable[[Call], None]:
    def translate(call: Call) -> None:
        dtype = dtype_of(call.returns)
        if dtype is None or len(call.given) < 2 or any(dtype_of(each) is None for each in call.want):
            raise call.frame.refusal(f"the emulator knows {function} of numbers, at least two of them.")
        numpy_function = {
            ("max", True): np.fmax,
            ("min", True): np.fmin,
            ("max", False): np.maximum,
            ("min", False): np.minimum,
        }[function, dtype.kind == "f"]

        def act(turn: Turn, first: Any, *others: Any) -> Any:
            result = converted(first, dtype)
            for each in others:
                turn.note(function, dtype)
                result = numpy_function(result, converted(each, dtype))
            return result

        call.frame.emit([call.target], call.given, act)

    return translate


def _exception(call: Call) -> None:
    call.frame.hold(call.target, None)


def _enumerate(call: Call) -> None:
    call.frame.emit([call.target], call.given, iterate.counted)


def _zip(call: Call) -> None:
    call.frame.emit([call.target], call.given, iterate.zipped)


PYTHON_CALLS: dict[str, Callable[[Call], None]] = {
    "number": _number,
    "exception": _exception,
    "builtins.int": _number,
    "builtins.float": _number,
    "builtins.bool": _number,
    "builtins.complex": _complex,
    "builtins.len": _len,
    "builtins.range": _range,
    "builtins.slice": _slice,
    "builtins.max": _extreme("max"),
    "builtins.min": _extreme("min"),
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
}
"""What translates a call of each."""
