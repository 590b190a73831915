"""Expressions of Numba's IR other than calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt import iterate, records, views
from mig_explorer.emulator.simt.casting import dtype_of
from mig_explorer.emulator.simt.frames import constant_value
from mig_explorer.emulator.simt.operations import binary, operator_name, unary
from mig_explorer.emulator.simt.program import READS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.frames import Frame


def translate_expression(frame: Frame, target: str, expression: Any) -> None:
    """Add the instructions of an expression."""
    translate = _TRANSLATORS.get(expression.op)
    if translate is None:
        raise frame.refusal(f"the emulator does not know {expression.op.replace('_', ' ')}.")
    translate(frame, target, expression)


def _binary(frame: Frame, target: str, expression: Any) -> None:
    function = expression.immutable_fn if expression.op == "inplace_binop" else expression.fn
    apply_operator(frame, target, operator_name(function), (expression.lhs, expression.rhs), expression)


def _unary(frame: Frame, target: str, expression: Any) -> None:
    apply_operator(frame, target, operator_name(expression.fn), (expression.value,), expression)


def apply_operator(frame: Frame, target: str, name: str, variables: tuple[Any, ...], call: Any) -> None:
    """Add an operator on one or two variables."""
    signature = frame.kernel.calls[call]
    operands = [
        frame.cast(frame.register(each.name), frame.type(each), want)
        for each, want in zip(variables, signature.args, strict=True)
    ]
    given = tuple(dtype_of(each) for each in signature.args)
    result = dtype_of(signature.return_type)
    act: Callable[..., Any] | None = None
    if result is not None and not any(each is None for each in given):
        act = binary(name, given, result) if len(given) == 2 else unary(name, result)  # type: ignore[arg-type]
    elif all(hasattr(each, "types") for each in signature.args):
        act = _ON_TUPLES.get(name)
    elif name == "contains" and hasattr(signature.args[0], "types"):
        act = _contains
    if act is None:
        kinds = " and ".join(str(each) for each in signature.args)
        raise frame.refusal(f"the emulator does not know the operator {name} for {kinds}.")
    frame.emit([target], operands, act)


def _contains(_turn: Any, items: tuple[Any, ...], value: Any) -> Any:
    found: Any = np.False_
    for each in items:
        found = found | (each == value)
    return found


def _equal(_turn: Any, a: tuple[Any, ...], b: tuple[Any, ...]) -> Any:
    alike: Any = np.bool_(len(a) == len(b))
    for one, other in zip(a, b, strict=False):
        alike = alike & (one == other)
    return alike


_ON_TUPLES: dict[str, Callable[..., Any]] = {
    "add": lambda _turn, a, b: a + b,
    "eq": _equal,
    "ne": lambda turn, a, b: ~_equal(turn, a, b),
}


def _getattr(frame: Frame, target: str, expression: Any) -> None:
    name, owner = expression.attr, frame.type(expression.value)
    if type(owner).__name__ == "Module":
        _module_attribute(frame, target, name, owner)
        return
    register = frame.register(expression.value.name)
    if type(frame.kernel.types[target.removeprefix(frame.prefix)]).__name__ == "BoundFunction":
        frame.copy(target, register)  # the call knows the method by its type, and finds here whose it is
    elif str(owner) == "Dim3":
        axis = "xyz".index(name)
        frame.emit([target], [register], lambda _turn, value: value[axis])
    elif hasattr(owner, "instance_class"):
        kind = frame.kernel.types[target.removeprefix(frame.prefix)]
        frame.hold(target, constant_value(owner.instance_class[name].value, kind))
    elif hasattr(owner, "ndim") and hasattr(owner, "layout"):
        if name not in views.ATTRIBUTES:
            raise frame.refusal(f"the emulator does not know .{name} of an array.")
        frame.emit([target], [register], lambda _turn, array: views.attribute(array, name))
    elif type(owner).__name__ == "Record":
        frame.emit([target], [register], records.reader(frame, owner, name), ticks=READS)
    elif dtype_of(owner) is not None and name in ("real", "imag"):
        frame.emit([target], [register], lambda _turn, value: getattr(value, name))
    else:
        raise frame.refusal(f"the emulator does not know .{name} of {owner}.")


def _module_attribute(frame: Frame, target: str, name: str, module: Any) -> None:
    kind = frame.kernel.types[target.removeprefix(frame.prefix)]
    if str(kind) == "Dim3":
        frame.emit([target], [], _POSITIONS[name])
    elif name == "laneid":
        frame.emit([target], [], lambda turn: turn.mine(turn.batch.lane_id))
    elif name == "warpsize":
        frame.hold(target, constant_value(32, kind))
    elif dtype_of(kind) is not None or hasattr(kind, "types"):
        frame.hold(target, constant_value(getattr(module.pymod, name), kind))
    elif hasattr(kind, "layout"):
        frame.hold(target, records.constant_array(name, getattr(module.pymod, name)))


_POSITIONS: dict[str, Callable[[Any], Any]] = {
    "threadIdx": lambda turn: tuple(turn.mine(each) for each in turn.batch.thread),
    "blockIdx": lambda turn: tuple(turn.mine(each) for each in turn.batch.block),
    "blockDim": lambda turn: turn.batch.block_size,
    "gridDim": lambda turn: turn.batch.grid_size,
}


def _getitem(frame: Frame, target: str, expression: Any) -> None:
    owner = frame.type(expression.value)
    register = frame.register(expression.value.name)
    index = expression.index_var if expression.op == "static_getitem" else expression.index
    if type(owner).__name__ == "Record":
        frame.emit([target], [register], records.reader(frame, owner, expression.index), ticks=READS)
        return
    if hasattr(owner, "types") or hasattr(owner, "count"):
        if expression.op == "static_getitem":
            place = expression.index
            frame.emit([target], [register], lambda _turn, items: items[place])
        else:
            frame.emit([target], [register, frame.register(index.name)], iterate.chosen)
        return
    if not hasattr(owner, "layout"):
        raise frame.refusal(f"the emulator does not know an index into {owner}.")
    frame.emit([target], [register, index_register(frame, index, expression)], views.item, ticks=READS)


def index_register(frame: Frame, index: Any, expression: Any) -> str:
    """Return the register with an index into an array."""
    if index is None:
        return frame.constant(_static_index(expression.index))
    kind = frame.type(index)
    parts = kind.types if hasattr(kind, "types") else (kind,)
    for each in parts:
        if hasattr(each, "layout"):
            raise frame.refusal("the emulator does not know an array as an index into an array.")
        if type(each).__name__ == "NoneType":
            raise frame.refusal("the emulator does not know None as an index into an array.")
    return frame.register(index.name)


def _static_index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_static_index(each) for each in index)
    return np.int64(index) if isinstance(index, int) else index


def _build_tuple(frame: Frame, target: str, expression: Any) -> None:
    frame.emit(
        [target], [frame.register(each.name) for each in expression.items], lambda _turn, *items: items
    )


def _passed_on(frame: Frame, target: str, expression: Any) -> None:
    have = frame.type(expression.value)
    want = frame.kernel.types[target.removeprefix(frame.prefix)]
    frame.copy(target, frame.cast(frame.register(expression.value.name), have, want))


def _getiter(frame: Frame, target: str, expression: Any) -> None:
    frame.emit([target], [frame.register(expression.value.name)], iterate.begun)


def _iternext(frame: Frame, target: str, expression: Any) -> None:
    state = frame.register(expression.value.name)
    is_range = str(frame.type(expression.value)).startswith("range_iter")
    frame.emit([target, state], [state], iterate.following, ticks=0 if is_range else READS)


def _first(frame: Frame, target: str, expression: Any) -> None:
    frame.emit([target], [frame.register(expression.value.name)], lambda _turn, pair: pair[0])


def _second(frame: Frame, target: str, expression: Any) -> None:
    frame.emit([target], [frame.register(expression.value.name)], lambda _turn, pair: pair[1])


def _null(frame: Frame, target: str, _expression: Any) -> None:
    """Translate what a variable holds where it has not been assigned."""
    dtype = dtype_of(frame.kernel.types[target.removeprefix(frame.prefix)])
    frame.hold(target, None if dtype is None else dtype.type(0))


_TRANSLATORS: dict[str, Callable[[Frame, str, Any], None]] = {
    "binop": _binary,
    "inplace_binop": _binary,
    "unary": _unary,
    "getattr": _getattr,
    "getitem": _getitem,
    "static_getitem": _getitem,
    "typed_getitem": _getitem,
    "build_tuple": _build_tuple,
    "exhaust_iter": _passed_on,
    "cast": _passed_on,
    "getiter": _getiter,
    "iternext": _iternext,
    "pair_first": _first,
    "pair_second": _second,
    "null": _null,
}
