"""From Numba's typed IR to a program: device functions are put in where they are called."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import typeof

from mig_explorer.emulator.simt import records
from mig_explorer.emulator.simt.access import store
from mig_explorer.emulator.simt.calls import translate_call
from mig_explorer.emulator.simt.casting import dtype_of
from mig_explorer.emulator.simt.expressions import index_register, translate_expression
from mig_explorer.emulator.simt.fill import fill
from mig_explorer.emulator.simt.frames import Builder, Frame, constant_value
from mig_explorer.emulator.simt.order import fused, order, spinning, with_latches
from mig_explorer.emulator.simt.program import (
    SPINS,
    Exit,
    Fork,
    Jump,
    Meet,
    Program,
    Raise,
    live_after,
    live_at_start,
    redirected,
    successors,
)
from mig_explorer.emulator.simt.typing import typed_function, typed_kernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType

    from mig_explorer.emulator.simt.call import Call
    from mig_explorer.emulator.simt.typing import TypedKernel

MOST_FUNCTIONS = 1000
"""Calls of device functions that are put in; a kernel with more is refused."""


@lru_cache(maxsize=128)
def program(function: FunctionType, argument_types: tuple[Any, ...]) -> Program:
    """Return a kernel's program for given types of its arguments.

    Parameters
    ----------
    function
        The kernel's Python function.
    argument_types
        Numba's types of its arguments.

    Raises
    ------
    UnsupportedKernel
        If Numba gives it no types on a GPU, or the engine does not know something in it.

    Examples
    --------
    >>> from numba import cuda, types
    >>> def scale(values, factor):
    ...     i = cuda.grid(1)
    ...     if i < values.size:
    ...         values[i] *= factor
    >>> len(program(scale, (types.float32[::1], types.float64)).segments)
    3
    """
    return translated(typed_kernel(function, argument_types))


def translated(kernel: TypedKernel) -> Program:
    """Return the program of a typed kernel."""
    builder = Builder()
    frame = Frame(kernel, builder)
    _function(frame)
    start = frame.label(min(kernel.blocks))
    pieces = with_latches(start, fused(start, builder.segments))
    labels = order(start, {label: successors(piece.end) for label, piece in pieces.items()})
    numbers = {label: number for number, label in enumerate(labels)}
    segments = [replace(pieces[label], end=redirected(pieces[label].end, numbers)) for label in labels]
    live = live_at_start(segments)
    kept: set[str] = set()
    for number, segment in enumerate(segments):
        needed = live_after(segment.end, live)
        if isinstance(segment.end, Meet):
            needed |= set(segment.end.operands)
        written = [name for each in segment.instructions for name in each.targets]
        keeps = tuple(dict.fromkeys(name for name in written if name in needed))
        kept.update(keeps)
        ticks = max((each.ticks for each in segment.instructions), default=0)
        segments[number] = replace(segment, keeps=keeps, ticks=ticks)
    for number in spinning(segments, live):
        segments[number] = replace(segments[number], ticks=SPINS)
    parameters = tuple(f"arg.{name}" for name in inspect.signature(kernel.function).parameters)
    constants = dict(builder.constants)
    for name in live[0] - set(parameters) - set(constants):
        # Read where it may not have been assigned: on a GPU it is whatever the register holds.
        dtype = dtype_of(builder.types.get(name))
        constants[name] = None if dtype is None else dtype.type(0)
    bytes_of = {
        kind: sum(size for each, size in builder.declared.values() if each == kind)
        for kind in ("shared", "local")
    }
    return Program(
        kernel.name, parameters, tuple(segments), constants, len(kept), bytes_of["shared"], bytes_of["local"]
    )


def _function(frame: Frame) -> None:
    """Add all the blocks of a function."""
    for name, kind in frame.kernel.types.items():
        frame.builder.types[frame.register(name)] = kind
    for label, block in sorted(frame.kernel.blocks.items()):
        frame.builder.begin(frame.label(label))
        for place, statement in enumerate(block.body):
            frame.at(statement.loc)
            _STATEMENTS.get(type(statement).__name__, _unknown)(frame, statement, (label, place))


def _inline(call: Call, function: FunctionType, signature: Any) -> None:
    """Put a device function in: its parameters are given values, and its return leads back here."""
    frame, builder = call.frame, call.frame.builder
    kernel = typed_function(function, tuple(signature.args))
    number = builder.fresh()
    builder.functions += 1
    if builder.functions > MOST_FUNCTIONS:
        raise frame.refusal(f"it calls device functions in more than {MOST_FUNCTIONS} places.")
    of_numba = str(function.__module__).startswith("numba.")
    after = frame.label(("after", number))
    called_at = frame.line if of_numba or frame.called_at else None
    inner = Frame(kernel, builder, f"{number}:", after, call.target, called_at)
    names = list(inspect.signature(function).parameters)
    for place, (name, want) in enumerate(zip(names, kernel.argument_types, strict=True)):
        register = inner.register(f"arg.{name}")
        if type(want).__name__ == "Omitted":
            builder.constants[register] = constant_value(want.value, typeof(want.value))
        else:
            frame.copy(register, frame.cast(call.given[place], call.have[place], want))
    line = frame.line
    builder.finish(Jump(inner.label(min(kernel.blocks))), line)
    _function(inner)
    builder.begin(after)


def _unknown(frame: Frame, statement: Any, _site: Any) -> None:
    raise frame.refusal(f"the emulator does not know {type(statement).__name__}.")


def _assign(frame: Frame, statement: Any, site: Any) -> None:
    value, target = statement.value, frame.register(statement.target.name)
    kind = type(value).__name__
    if kind == "Expr" and value.op == "call":
        translate_call(frame, target, value, site, _inline)
    elif kind == "Expr":
        translate_expression(frame, target, value)
    elif kind == "Var":
        have, want = frame.type(value), frame.type(statement.target)
        unset = dtype_of(want) if dtype_of(have) is None else None
        if unset is None:
            frame.copy(target, frame.cast(frame.register(value.name), have, want))
        else:  # not assigned on this way
            frame.copy(target, frame.constant(unset.type(0)))
    elif kind == "Arg":
        frame.copy(target, frame.register(f"arg.{value.name}"))
    elif kind in ("Const", "Global", "FreeVar"):
        _constant(frame, statement, value)
    elif kind != "UndefinedType":
        raise frame.refusal(f"the emulator does not know {kind}.")


def _constant(frame: Frame, statement: Any, value: Any) -> None:
    target, numba_type = frame.register(statement.target.name), frame.type(statement.target)
    held: Any
    if isinstance(value.value, np.ndarray):
        held = records.constant_array(getattr(value, "name", "constant"), value.value)
    else:
        held = constant_value(value.value, numba_type)
    frame.hold(target, held)


def _setitem(frame: Frame, statement: Any, _site: Any) -> None:
    array, owner = frame.register(statement.target.name), frame.type(statement.target)
    value, have = frame.register(statement.value.name), frame.type(statement.value)
    static = type(statement).__name__ == "StaticSetItem"
    if type(owner).__name__ == "Record":
        frame.emit([], [array, value], records.writer(frame, owner, statement.index))
        return
    index_variable = statement.index_var if static else statement.index
    kind = frame.type(index_variable)
    parts = kind.types if hasattr(kind, "types") else (kind,)
    index = index_register(frame, index_variable, statement)
    dtype = dtype_of(owner.dtype)
    if len(parts) != owner.ndim or any(dtype_of(each) is None for each in parts):
        _fill(frame, array, index, statement.value, owner)
        return
    if dtype is None and type(have).__name__ == "Record":
        frame.emit([], [array, index, value], _store_record)
    elif dtype is None or dtype_of(have) is None:
        raise frame.refusal(f"the emulator does not know how to write {have} into {owner}.")
    else:
        frame.emit([], [array, index, frame.cast(value, have, owner.dtype)], _store_element)


def _fill(frame: Frame, array: str, index: str, variable: Any, owner: Any) -> None:
    value, have = frame.register(variable.name), frame.type(variable)
    if dtype_of(owner.dtype) is not None and dtype_of(have) is not None:
        value = frame.cast(value, have, owner.dtype)
    elif not hasattr(have, "layout") or have.dtype != owner.dtype:
        raise frame.refusal(f"the emulator does not know how to write {have} into a part of {owner}.")
    frame.emit([], [array, index, value], fill)


def _store_element(turn: Any, array: Any, index: Any, value: Any) -> None:
    store(turn, array, index if type(index) is tuple else (index,), value)


def _store_record(turn: Any, array: Any, index: Any, value: Any) -> None:
    records.copy_record(turn, array, index if type(index) is tuple else (index,), value)


def _setattr(frame: Frame, statement: Any, _site: Any) -> None:
    owner = frame.type(statement.target)
    if type(owner).__name__ != "Record":
        raise frame.refusal(f"the emulator does not know how to set .{statement.attr} of {owner}.")
    registers = [frame.register(statement.target.name), frame.register(statement.value.name)]
    frame.emit([], registers, records.writer(frame, owner, statement.attr))


def _jump(frame: Frame, statement: Any, _site: Any) -> None:
    frame.builder.finish(Jump(frame.label(statement.target)), frame.line)


def _branch(frame: Frame, statement: Any, _site: Any) -> None:
    yes, no = frame.label(statement.truebr), frame.label(statement.falsebr)
    frame.builder.finish(Fork(frame.register(statement.cond.name), yes, no, frame.line), frame.line)


def _return(frame: Frame, statement: Any, _site: Any) -> None:
    if frame.returns_to is None:
        frame.builder.finish(Exit(frame.line), frame.line)
        return
    if frame.result is not None and str(frame.kernel.returns) != "none":
        have = frame.type(statement.value)
        value = frame.cast(frame.register(statement.value.name), have, frame.kernel.returns)
        frame.copy(frame.result, value)
    frame.builder.finish(Jump(frame.returns_to), frame.line)


def _raise(frame: Frame, statement: Any, _site: Any) -> None:
    kind = getattr(statement, "exc_class", None)
    name = getattr(kind, "__name__", "an exception")
    arguments = getattr(statement, "exc_args", None) or ()
    text = f"raises {name}" + (f": {arguments[0]}" if arguments and isinstance(arguments[0], str) else "")
    frame.builder.finish(Raise(text, frame.line), frame.line)


def _print(frame: Frame, statement: Any, _site: Any) -> None:
    fixed = {place: getattr(each, "value", each) for place, each in statement.consts.items()}
    registers = [frame.register(each.name) for each in statement.args]

    def act(turn: Any, *values: Any) -> None:
        columns = [
            turn.spread(each) if isinstance(each, (np.ndarray, np.generic)) else None for each in values
        ]
        for lane in range(turn.count):
            words = [
                fixed.get(place, values[place]) if column is None else column[lane]
                for place, column in enumerate(columns)
            ]
            print(*words)  # noqa: T201 - the kernel prints

    for place, each in enumerate(statement.args):
        if place in fixed:
            frame.builder.constants[frame.register(each.name)] = fixed[place]
    frame.emit([], registers, act)


def _nothing(_frame: Frame, _statement: Any, _site: Any) -> None:
    return


_STATEMENTS: dict[str, Callable[[Frame, Any, Any], None]] = {
    "Assign": _assign,
    "SetItem": _setitem,
    "StaticSetItem": _setitem,
    "SetAttr": _setattr,
    "Jump": _jump,
    "Branch": _branch,
    "Return": _return,
    "StaticRaise": _raise,
    "DynamicRaise": _raise,
    "Raise": _raise,
    "Print": _print,
    "Del": _nothing,
}
