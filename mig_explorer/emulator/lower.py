"""First step: what is CUDA in a kernel becomes plain names, constants, calls and markers.

Thread and block indices become variables, global constants their values, atomics calls of `atomics`,
``cuda.syncthreads()`` a `Barrier`; shared and local arrays are taken out as `Storage`. Device functions
become functions of the module, or are written out where they are called. What can't be rewritten is refused
here.
"""

# ruff: noqa: N802 - ast.NodeTransformer calls visit_ and the name of the node

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from mig_explorer.emulator import vocabulary
from mig_explorer.emulator.barriers import held_up, is_alone, vote
from mig_explorer.emulator.devices import arguments_of, inlined, needs_writing_out, reachable_names
from mig_explorer.emulator.expressions import Expressions, at
from mig_explorer.emulator.markers import Barrier
from mig_explorer.emulator.meaning import cuda_path, meaning
from mig_explorer.emulator.names import INDICES, Names, assigned_names, read_names
from mig_explorer.emulator.source import KernelSource, read
from mig_explorer.emulator.storage import Storage, check_size, declared, is_declaration
from mig_explorer.emulator.unit import DeviceFunction, Unit, calls

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FunctionType


@dataclass(frozen=True)
class LoweredKernel:
    """A kernel without CUDA in it, still written for one thread.

    Parameters
    ----------
    source
        Where it comes from.
    unit
        What stands beside it in its module, and the names given there.
    parameters
        Parameter names; one that the kernel assigns to is renamed, and copied to a variable at the start.
    body
        Its statements, `Barrier` among them.
    storage
        The arrays it declares.
    """

    source: KernelSource
    unit: Unit
    parameters: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    storage: tuple[Storage, ...]

    @property
    def names(self) -> Names:
        """The names the rewriting gives."""
        return self.unit.names

    @property
    def variables(self) -> frozenset[str]:
        """The names that the body assigns."""
        return frozenset().union(*(assigned_names(each) for each in self.body))

    def stored(self, *kinds: str) -> tuple[Storage, ...]:
        """Return the arrays of some kinds: "shared", "local", "dynamic" or "votes"."""
        return tuple(each for each in self.storage if each.kind in kinds)

    @property
    def static_shared_bytes(self) -> int:
        """Bytes of shared memory that a block declares."""
        return sum(each.bytes for each in self.stored("shared"))


def lower(source: KernelSource) -> LoweredKernel:
    """Replace what is CUDA in a kernel, and refuse what is not known.

    Raises
    ------
    UnsupportedKernel
        For a construct that no kernel can have; `NotNative`, a kind of it, for one that can't be rewritten.

    Examples
    --------
    >>> from mig_explorer.emulator.source import read
    >>> from numba import cuda
    >>> def ones(values):
    ...     i = cuda.grid(1)
    ...     values[i] = 1.0
    >>> [ast.unparse(each) for each in lower(read(ones)).body]
    ['i = block_x * block_dim_x + thread_x', 'values[i] = 1.0']
    """
    mentioned = reachable_names(source)
    assigned = set().union(*(assigned_names(each) for each in source.body))
    names = Names.avoiding(mentioned)
    lowering = _Lowering(source, Unit(names, mentioned), assigned | set(source.parameters))
    body = lowering.statements(source.body)
    check_size(source, lowering.storage)
    parameters = [names.argument(each, mentioned) if each in assigned else each for each in source.parameters]
    copies: list[ast.stmt] = [
        at(source.body[0], ast.Assign([ast.Name(old, ast.Store())], ast.Name(new, ast.Load())))
        for old, new in zip(source.parameters, parameters, strict=True)
        if old != new
    ]
    return LoweredKernel(source, lowering.unit, tuple(parameters), (*copies, *body), tuple(lowering.storage))


class _Lowering(Expressions):
    def __init__(
        self,
        source: KernelSource,
        unit: Unit,
        variables: set[str],
        outside: tuple[FunctionType, ...] | None = None,
    ) -> None:
        super().__init__(source, unit, variables)
        self.storage: list[Storage] = []
        self.outside = outside
        """The device functions around this one, itself the last; None for a kernel."""
        self.before: list[ast.stmt] = []
        """What has to be done before the statement that is being lowered."""
        self.whole: ast.expr | None = None
        """The expression that is being lowered, where a barrier may be taken out of it."""

    def statements(self, statements: Iterable[ast.stmt]) -> list[ast.stmt]:
        """Lower a block of statements; declarations of arrays fall out of it."""
        lowered: list[ast.stmt] = []
        for each in statements:
            if not isinstance(each, vocabulary.STATEMENTS):
                self.unknown(each)
            for name in sorted(assigned_names(each) & vocabulary.RESERVED):
                reason = f"the emulator needs the name {name} for itself; rename the variable."
                raise self.source.refusal(each, reason)
            outer, self.before = self.before, []
            result = self.visit(each)
            lowered += self.before
            lowered += result if isinstance(result, list) else [] if result is None else [result]
            self.before = outer
        return lowered

    def _value(self, expression: ast.expr) -> ast.expr:
        """Lower an expression that is evaluated once, where a barrier may be taken out of it."""
        self.whole = expression
        lowered = cast("ast.expr", self.visit(expression))
        self.whole = None
        return lowered

    # Statements

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        if is_declaration(node.value, self.scope):
            self.storage += declared(node, self.source, self.scope)
            return None
        call = node.value
        if isinstance(call, ast.Call) and cuda_path(call.func, self.scope) == "const.array_like":
            return at(node, ast.Assign([self.visit(each) for each in node.targets], self._constant(call)))
        value = self._value(node.value)
        return at(node, ast.Assign([self.visit(each) for each in node.targets], value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.visit_Assign(at(node, ast.Assign([node.target], node.value)))

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        value = self._value(node.value) if isinstance(node.target, ast.Name) else self.visit(node.value)
        if isinstance(node.op, vocabulary.UNKNOWN_OPERATORS):
            self.unknown(node.op, at=node)
        return at(node, ast.AugAssign(self.visit(node.target), node.op, value))

    def _constant(self, call: ast.Call) -> ast.expr:
        value = meaning(call.args[0], self.scope) if len(call.args) == 1 else None
        if not isinstance(value, np.ndarray):
            raise self.source.refusal(call, "cuda.const.array_like takes a global NumPy array.")
        return self.unit.constant(value)

    def visit_For(self, node: ast.For) -> ast.AST:
        if node.orelse:
            raise self.source.not_native(node, "else after a loop has no native form.")
        if not isinstance(node.target, ast.Name):
            raise self.source.not_native(node, "the target of a for loop must be one variable.")
        is_range = isinstance(node.iter, ast.Call) and meaning(node.iter.func, self.scope) is range
        if not is_range:
            raise self.source.not_native(
                node, f"a for loop must run over range(...), not {ast.unparse(node.iter)}."
            )
        header = self._value(node.iter)
        return at(node, ast.For(node.target, header, self.statements(node.body), []))

    def visit_While(self, node: ast.While) -> ast.AST:
        if node.orelse:
            raise self.source.not_native(node, "else after a loop has no native form.")
        waits = held_up(node, lambda each: cuda_path(each.func, self.scope) or "")
        if waits is not None:
            reason = "this loop waits for other threads, and natively they run one after another."
            raise self.source.not_native(waits, reason)
        test = self._value(node.test)
        before, self.before = self.before, []
        body = self.statements(node.body)
        if before:
            leave = ast.If(ast.UnaryOp(ast.Not(), test), [at(node, ast.Break())], [])
            body, test = [*before, at(node, leave), *body], ast.Constant(True)
        return at(node, ast.While(test, body, []))

    def visit_If(self, node: ast.If) -> ast.AST:
        test = self._value(node.test)
        body, otherwise = self.statements(node.body), self.statements(node.orelse)
        return at(node, ast.If(test, body, otherwise))

    def visit_Return(self, node: ast.Return) -> ast.AST:
        is_none = isinstance(node.value, ast.Constant) and node.value.value is None
        if node.value is None or is_none:
            return at(node, ast.Return(None))
        if self.outside is None:
            raise self.source.refusal(
                node, f"a kernel returns nothing, but this returns {ast.unparse(node.value)}."
            )
        return at(node, ast.Return(self._value(node.value)))

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        call = node.value
        if isinstance(call, ast.Constant):
            return None
        path = cuda_path(call.func, self.scope) if isinstance(call, ast.Call) else None
        if path in vocabulary.BARRIERS:
            return at(node, Barrier(path))
        if path in vocabulary.FENCES:
            self.unit.fenced = self.unit.fenced or path != "nanosleep"
            return None
        value = self._value(node.value)
        return at(node, ast.Expr(value)) if isinstance(value, ast.Call) else None

    # Barriers and functions inside an expression

    def _check_alone(self, node: ast.Call, what: str) -> None:
        if self.whole is None or not is_alone(node, self.whole):
            reason = f"{what} must be assigned to a variable of its own: it has a barrier."
            raise self.source.not_native(node, reason)

    def hoisted(self, node: ast.Call, path: str) -> ast.expr:
        self._check_alone(node, f"cuda.{path}(...)")
        if len(node.args) != 1 or node.keywords:
            raise self.source.refusal(node, f"cuda.{path} takes one value.")
        found = vote(path, cast("ast.expr", self.visit(node.args[0])), self.unit)
        self.storage.append(found.storage)
        self.before += [at(node, each) for each in found.statements]
        return found.result

    def device_call(self, node: ast.Call, function: FunctionType) -> ast.expr:
        text = ast.unparse(node.func)
        around = self.outside or ()
        if function in around:
            raise self.source.not_native(node, f"{text} calls itself.")
        self.unit.plain = self.unit.plain or meaning(node.func, self.scope) is function
        device = read(function)
        given = arguments_of(node, device, self.source)
        if not needs_writing_out(device):
            found = self._device(device, function, (*around, function))
            hidden: list[ast.expr] = [ast.Name(each, ast.Load()) for each in found.hidden]
            return ast.Call(
                ast.Name(found.name, ast.Load()), [*hidden, *(self.visit(each) for each in given)], []
            )
        self._check_alone(node, f"{text}(...)")
        values = [cast("ast.expr", self.visit(each)) for each in given]
        inner = _Lowering(device, self.unit, _variables(device), (*around, function))
        written = inlined(device, inner.statements(device.body), inner.storage, values, self.unit)
        self.storage += written.storage
        self.before += written.statements
        return written.result

    def _device(
        self, source: KernelSource, function: FunctionType, outside: tuple[FunctionType, ...]
    ) -> DeviceFunction:
        known = self.unit.devices.get(function)
        if known is not None:
            return known
        inner = _Lowering(source, self.unit, _variables(source), outside)
        body = inner.statements(source.body)
        read = set().union(*(read_names(each) for each in body))
        indices = [name for kind in INDICES for name in self.names.indices(kind)]
        hidden = [each for each in (*indices, *self.unit.constants) if each in read]
        stores = (each for one in body for each in ast.walk(one) if isinstance(each, ast.Subscript))
        impure = any(isinstance(each.ctx, ast.Store) for each in stores)
        impure = impure or any(calls(each, self.unit.impure.__contains__) for each in body)
        found = DeviceFunction(
            self.unit.device_name(source.name), tuple(hidden), source.parameters, tuple(body), impure
        )
        self.unit.devices[function] = found
        return found


def _variables(source: KernelSource) -> set[str]:
    assigned: set[str] = set().union(*(assigned_names(each) for each in source.body))
    return assigned | set(source.parameters)
