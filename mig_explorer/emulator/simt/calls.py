"""Calls: CUDA's functions, Python's and NumPy's, device functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.simt.call import Call
from mig_explorer.emulator.simt.casting import dtype_of
from mig_explorer.emulator.simt.cuda_calls import CUDA_CALLS
from mig_explorer.emulator.simt.expressions import apply_operator
from mig_explorer.emulator.simt.mathematics import number_function
from mig_explorer.emulator.simt.naming import callee, readable
from mig_explorer.emulator.simt.operations import operator_name
from mig_explorer.emulator.simt.python_calls import PYTHON_CALLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.frames import Frame

CALLS: dict[str, Callable[[Call], None]] = {**CUDA_CALLS, **PYTHON_CALLS}
"""What translates a call of each function that is more than a computation on numbers."""


def translate_call(
    frame: Frame, target: str, expression: Any, site: Any, inline: Callable[..., None]
) -> None:
    """Add the instructions of a call.

    Parameters
    ----------
    frame, target
        The function that it stands in, and the register for the result.
    expression
        The call in Numba's IR.
    site
        What tells it from every other in the function.
    inline
        Puts a device function in: takes the call, the function and Numba's signature.
    """
    function = frame.type(expression.func)
    name = callee(function)
    signature = frame.kernel.calls[expression]
    variables = _in_order(expression, signature)
    have = tuple(None if each is None else frame.type(each) for each in variables)
    given = tuple("" if each is None else frame.register(each.name) for each in variables)
    want = tuple(signature.args)
    if expression.vararg is not None:
        more = frame.type(expression.vararg).types
        have = (*have, *more)
        given = (*given, *_spread(frame, expression.vararg, len(more)))
    if name.startswith("method."):
        have, want = (function.this, *have), (function.this, *want)
        given = (frame.register(expression.func.name), *given)
    call = Call(frame, name, target, given, have, want, signature.return_type, site)
    if name == "device":
        inline(call, function.dispatcher.py_func, signature)
    elif name in CALLS:
        CALLS[name](call)
    elif name.startswith("operator."):
        apply_operator(frame, target, operator_name(function.typing_key), tuple(variables), expression)
    else:
        act = number_function(name, tuple(dtype_of(each) for each in want), call.returns)
        if act is None:
            raise frame.refusal(f"the emulator does not know {readable(name)}.")
        call.emit(act)


def _spread(frame: Frame, variable: Any, count: int) -> list[str]:
    """Return registers for the items of a tuple that is given with a star."""
    registers = [frame.temporary() for _ in range(count)]
    frame.emit(registers, [frame.register(variable.name)], lambda _turn, items: items)
    return registers


def _in_order(expression: Any, signature: Any) -> list[Any]:
    """Return the arguments in the order of the parameters; None for one that is left out."""
    if not expression.kws:
        return list(expression.args)
    named = dict(expression.kws)
    if signature.pysig is None:
        return [*expression.args, *named.values()]
    bound = signature.pysig.bind(*expression.args, **named).arguments
    parameters = list(signature.pysig.parameters)
    last = max(place for place, name in enumerate(parameters) if name in bound)
    return [bound.get(name) for name in parameters[: last + 1]]
