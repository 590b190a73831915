"""Device functions: which there are, and those with barriers written out where they are called."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_explorer.emulator import vocabulary
from mig_explorer.emulator.meaning import cuda_path, meaning
from mig_explorer.emulator.names import assigned_names, read_names
from mig_explorer.emulator.source import KernelSource, function_of, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FunctionType

    from mig_explorer.emulator.storage import Storage
    from mig_explorer.emulator.unit import Unit

OF_A_BLOCK = vocabulary.BARRIERS | vocabulary.VOTES | {"shared.array", "local.array"}


def _called(source: KernelSource) -> Iterator[tuple[ast.Call, str | None, FunctionType | None]]:
    """Go through the calls in a function: the part of `numba.cuda` or the device function that each calls."""
    own = set(source.parameters).union(*(assigned_names(each) for each in source.body))
    scope = {name: value for name, value in source.scope.items() if name not in own}
    for node in (each for statement in source.body for each in ast.walk(statement)):
        if isinstance(node, ast.Call):
            path = cuda_path(node.func, scope)
            yield node, path, None if path is not None else function_of(meaning(node.func, scope))


def _reachable(source: KernelSource, seen: set[FunctionType]) -> Iterator[KernelSource]:
    yield source
    for _, _, function in _called(source):
        if function is not None and function not in seen:
            seen.add(function)
            yield from _reachable(read(function), seen)


def reachable_names(source: KernelSource) -> set[str]:
    """Return all names that a kernel and the device functions it reaches mention."""
    found: set[str] = set()
    for each in _reachable(source, set()):
        found |= set(each.parameters).union(*(read_names(one) for one in each.body))
    return found


def needs_writing_out(device: KernelSource) -> bool:
    """Say whether a device function has a barrier or an array of its own, or calls one that has."""
    return any(path in OF_A_BLOCK for each in _reachable(device, set()) for _, path, _ in _called(each))


def arguments_of(call: ast.Call, device: KernelSource, caller: KernelSource) -> list[ast.expr]:
    """Return the arguments of a call in the order of the function's parameters."""
    named = {each.arg or "**": each.value for each in call.keywords}
    given = [*call.args, *(named[name] for name in device.parameters[len(call.args) :] if name in named)]
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    if starred or len(given) != len(device.parameters) or len(call.args) + len(named) != len(given):
        raise caller.refusal(
            call,
            f"{device.name} takes {len(device.parameters)} arguments ({', '.join(device.parameters)}), "
            f"not {ast.unparse(call)}.",
        )
    return given


@dataclass(frozen=True)
class Inlined:
    """A device function written out: its statements, its arrays, and where its value is afterwards."""

    statements: tuple[ast.stmt, ...]
    storage: tuple[Storage, ...]
    result: ast.expr


def inlined(
    device: KernelSource,
    body: list[ast.stmt],
    storage: Sequence[Storage],
    values: Sequence[ast.expr],
    unit: Unit,
) -> Inlined:
    """Write a device function out.

    Parameters
    ----------
    device
        Its source.
    body, storage
        Its statements and arrays, lowered.
    values
        What its parameters are given.
    unit
        Gives the names.

    Raises
    ------
    UnsupportedKernel
        If it returns from anywhere but its ends.
    """
    assigned: set[str] = set().union(*(assigned_names(each) for each in body))
    own = (assigned & _mentioned(device)) | {each.name for each in storage}
    renamed = {name: unit.renamed(device.name, name) for name in sorted(own | set(device.parameters))}
    result = unit.renamed(device.name, "result")
    statements: list[ast.stmt] = []
    stand_for: dict[str, ast.expr] = {}
    for name, value in zip(device.parameters, values, strict=True):
        if name not in assigned and isinstance(value, (ast.Name, ast.Constant)):
            stand_for[name] = value
        else:
            statements.append(_assign(renamed[name], value, value))
    returns = any(isinstance(each, ast.Return) and each.value for one in body for each in ast.walk(one))
    ended = _ended(body, result if returns else None, device)
    substitute = _Substitute(renamed, stand_for)
    statements += [substitute.visit(each) for each in ended]
    arrays = tuple(replace(each, name=renamed.get(each.name, each.name)) for each in storage)
    value = ast.Name(result, ast.Load()) if returns else ast.Constant(0)
    return Inlined(tuple(statements), arrays, value)


def _mentioned(device: KernelSource) -> set[str]:
    return set(device.parameters).union(*(read_names(each) for each in device.body))


def _assign(name: str, value: ast.expr, where: ast.AST) -> ast.stmt:
    node = ast.Assign([ast.Name(name, ast.Store())], value)
    return ast.fix_missing_locations(ast.copy_location(node, where))


def _ended(body: Sequence[ast.stmt], result: str | None, device: KernelSource) -> list[ast.stmt]:
    """Turn returns at the ends of a function into assignments of its result."""
    ended: list[ast.stmt] = []
    for place, each in enumerate(body):
        if isinstance(each, ast.Return):
            return [*ended, _assign(result, each.value, each)] if result and each.value else ended
        if not any(isinstance(one, ast.Return) for one in ast.walk(each)):
            ended.append(each)
            continue
        rest = list(body[place + 1 :])
        if not isinstance(each, ast.If):
            break
        taken = each.body if _always_returns(each.body) else [*each.body, *rest]
        other = each.orelse if _always_returns(each.orelse) else [*each.orelse, *rest]
        if rest and not _always_returns(each.body) and not _always_returns(each.orelse):
            break
        node = ast.If(each.test, _ended(taken, result, device), _ended(other, result, device))
        node.body = node.body or [ast.copy_location(ast.Pass(), each)]
        return [*ended, ast.copy_location(node, each)]
    else:
        return ended
    reason = f"{device.name} has a barrier or arrays of its own and returns out of the middle."
    raise device.not_native(body[place], reason)


def _always_returns(body: Sequence[ast.stmt]) -> bool:
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return _always_returns(last.body) and _always_returns(last.orelse)
    return isinstance(last, ast.Return)


class _Substitute(ast.NodeTransformer):
    def __init__(self, renamed: dict[str, str], stand_for: dict[str, ast.expr]) -> None:
        self.renamed = renamed
        self.stand_for = stand_for

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.stand_for:
            return ast.copy_location(_copied(self.stand_for[node.id]), node)
        node.id = self.renamed.get(node.id, node.id)
        return node


def _copied(value: ast.expr) -> ast.expr:
    return ast.Name(value.id, ast.Load()) if isinstance(value, ast.Name) else value
