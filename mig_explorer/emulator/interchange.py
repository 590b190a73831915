"""Second step: loops of a thread in which the threads of a block may go together, round by round.

A grid-stride loop makes each thread jump through memory; all threads of a block together walk it in order. So
such a loop is turned inside out: the block makes the rounds, and the loop over its threads becomes the inner
one, which LLVM can vectorise. The same is done to a loop that only sums up along what all threads share, or
follows a chain through memory. Each thread still makes its own rounds in their order, so for a kernel without
races nothing else changes.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from mig_explorer.emulator.liveness import flow
from mig_explorer.emulator.loop_headers import LEAVES, exits, for_header, is_short, placed, while_header
from mig_explorer.emulator.markers import Barrier, BlockLoop, IndexAssign, Within
from mig_explorer.emulator.names import assigned_names, read_names
from mig_explorer.emulator.steady import Steady, assigned_in
from mig_explorer.emulator.stride import Stride, places_may_go_to_any_thread
from mig_explorer.emulator.uniform import CONTROL, Control, Varying
from mig_explorer.emulator.unit import calls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.emulator.lower import LoweredKernel


def interchanged(kernel: LoweredKernel) -> LoweredKernel:
    """Return a kernel with the loops turned inside out that gain by it.

    Examples
    --------
    >>> from mig_explorer.emulator.lower import lower
    >>> from mig_explorer.emulator.source import read
    >>> from numba import cuda
    >>> def total(a, out):
    ...     x = 0.0
    ...     for i in range(cuda.grid(1), a.size, cuda.gridsize(1)):
    ...         x += a[i]
    ...     out[cuda.grid(1)] = x
    >>> print(ast.unparse(interchanged(lower(read(total))).body[1].iter))
    range(block_x * block_dim_x, a.size, grid_dim_x * block_dim_x)
    """
    body = _Interchange(kernel).block(kernel.body, frozenset())
    return replace(kernel, body=tuple(ast.fix_missing_locations(each) for each in body))


class _Interchange:
    def __init__(self, kernel: LoweredKernel) -> None:
        self.kernel = kernel
        self.unit = kernel.unit
        self.threads = kernel.names.indices("threadIdx")
        self.steady = Steady(kernel)
        self.varying = Varying(kernel)
        self.together: frozenset[str] = frozenset()
        """Variables of loops that the block makes as one."""

    def block(
        self, body: Sequence[ast.stmt], later: frozenset[str], context: Sequence[ast.stmt] = ()
    ) -> list[ast.stmt]:
        """Turn loops inside out in statements that every thread of the block comes to.

        Parameters
        ----------
        body
            The statements.
        later
            Variables that may be read after them.
        context
            What was done before them, back to the last loop.
        """
        done: list[ast.stmt] = []
        for place, each in enumerate(body):
            rest = body[place + 1 :]
            before = [*context, *done]
            if isinstance(each, ast.If) and _is_guard_return(each, rest):
                guarded = self._guarded(ast.UnaryOp(ast.Not(), each.test), rest, each, later, before)
                if guarded is not None:
                    return [*done, *guarded]
            if isinstance(each, CONTROL) and (_has_loop(each) or not rest):
                done += self._statement(each, before, flow(rest).exposed | later)
            else:
                done.append(each)
        return done

    def _statement(self, each: Control, before: list[ast.stmt], after: frozenset[str]) -> list[ast.stmt]:
        if _has_barrier(each) and isinstance(each, ast.For):
            self._make_own(each, after)
        if not _has_barrier(each):
            if isinstance(each, ast.If):
                guarded = None if each.orelse else self._guarded(each.test, each.body, each, after, before)
                return guarded or [each]
            strided = self._strided(each, before, after)
            if strided is not None:
                return [self._inside_out(each, strided)]
            if isinstance(each, ast.For) and self._goes_together(each, after):
                self._make_own(each, after)
                return [placed(each, BlockLoop(each.target, each.iter, each.body, []))]
        elif isinstance(each, ast.If):
            each.body = self.block(each.body, after, before)
            each.orelse = self.block(each.orelse, after, before)
        else:
            outside, inside = self.together, after | flow(each.body).exposed
            if isinstance(each, ast.For):
                self.together = outside | assigned_names(each.target)
            each.body = self.block(each.body, inside)
            self.together = outside
        return [each]

    def _make_own(self, loop: ast.For, after: frozenset[str]) -> None:
        """Give the variable of a loop of the block a name that no loop of a single thread has."""
        if not isinstance(loop.target, ast.Name) or loop.target.id in after:
            return
        variable = loop.target.id
        if _mentions(loop, variable) < sum(_mentions(each, variable) for each in self.kernel.body):
            _rename(loop, variable, self.unit.renamed("block", variable))

    # Guards

    def _guarded(
        self,
        test: ast.expr,
        body: Sequence[ast.stmt],
        where: ast.stmt,
        after: frozenset[str],
        before: list[ast.stmt],
    ) -> list[ast.stmt] | None:
        """Push a test of the bounds of the grid into the loops under it; None if there is nothing to gain."""
        returns = any(isinstance(one, ast.Return) for each in body for one in ast.walk(each))
        rooms = self._rooms(test)
        if returns or (rooms is None and not self._is_bounds(test)):
            return None
        inner = self.block(body, after, before)
        gains = any(isinstance(each, (BlockLoop, Within)) for each in inner)
        if rooms is not None and (gains or self._is_all(before, after)):
            return [self._within(where, test, rooms, inner)]
        if not gains:
            return None
        guard = self.unit.fresh("guard")
        assignment = IndexAssign([ast.Name(guard, ast.Store())], test)
        return [placed(where, assignment), *_under(guard, inner)]

    def _is_bounds(self, test: ast.expr) -> bool:
        """Say whether most threads of a grid can be expected to pass a test."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._is_bounds(test.operand)
        if isinstance(test, ast.BoolOp):
            return all(self._is_bounds(each) for each in test.values)
        ordered = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
        if not isinstance(test, ast.Compare) or not all(isinstance(each, ordered) for each in test.ops):
            return False
        return self.steady.is_plain(test) and self.steady.mentions_block_and_thread(test)

    def _is_all(self, before: list[ast.stmt], after: frozenset[str]) -> bool:
        """Say whether nothing but what can be computed again stands before a statement, and nothing after."""
        known = set(self.steady.definitions)
        return not after and all(assigned_names(each) and assigned_names(each) <= known for each in before)

    def _rooms(self, test: ast.expr, *, negated: bool = False) -> tuple[tuple[str, ast.expr], ...] | None:
        """Return for how many threads of a block there is room along each axis, if that is what is tested."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._rooms(test.operand, negated=not negated)
        if isinstance(test, ast.BoolOp):
            if isinstance(test.op, ast.Or) != negated:
                return None
            found = [self._rooms(each, negated=negated) for each in test.values]
            return None if None in found else tuple(room for each in found if each for room in each)
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return None
        kind, place, stop = type(test.ops[0]), test.left, test.comparators[0]
        if kind in (ast.Gt, ast.LtE):
            place, stop = stop, place
        if kind not in ((ast.GtE, ast.LtE) if negated else (ast.Lt, ast.Gt)):
            return None
        slopes = [self.steady.slope(place, axis, self.together) for axis in self.threads]
        if sorted(each for each in slopes if each is not None) != [0, 0, 1] or not self._is_settled(place):
            return None
        if not self.steady.is_uniform(stop, self.together):
            return None
        axis = self.threads[slopes.index(1)]
        return ((axis, ast.BinOp(stop, ast.Sub(), self.steady.expanded(place, axis))),)

    def _within(
        self,
        where: ast.stmt,
        test: ast.expr,
        rooms: tuple[tuple[str, ast.expr], ...],
        body: list[ast.stmt],
    ) -> Within:
        node = placed(where, Within(test, body, []))
        node.rooms = tuple((axis, placed(where, room)) for axis, room in rooms)
        self.unit.intrinsics.add("room")
        return node

    # Grid-stride loops

    def _strided(
        self, loop: ast.For | ast.While, before: list[ast.stmt], after: frozenset[str]
    ) -> Stride | None:
        header = for_header(loop) if isinstance(loop, ast.For) else while_header(loop, before)
        if header is None:
            return None
        variable, start, stop, step, body = header
        slopes = [self.steady.slope(start, axis, self.together) for axis in self.threads]
        changed = assigned_in(body)
        fits = (
            sorted(each for each in slopes if each is not None) == [0, 0, 1]
            and self._is_settled(start)
            and self.steady.is_uniform(stop, self.together)
            and self.steady.is_positive(step)
            and not changed & ({variable} | read_names(stop) | read_names(step))
            and variable not in after
            and not any(True for _ in exits(body))
        )
        axis = self.threads[slopes.index(1)] if fits else ""
        return Stride(variable, start, stop, step, axis, body, after) if fits else None

    def _is_settled(self, expression: ast.expr) -> bool:
        known = self.steady.fixed | set(self.steady.definitions) | self.together
        return self.steady.is_plain(expression) and read_names(expression) <= known

    def _inside_out(self, loop: ast.For | ast.While, stride: Stride) -> BlockLoop:
        base, here = self.unit.fresh("base"), self._place_name(loop, stride)
        for each in stride.body:
            _rename(each, stride.variable, here)
        start = self.steady.expanded(stride.start, stride.axis)
        place = ast.BinOp(ast.Name(base, ast.Load()), ast.Add(), ast.Name(stride.axis, ast.Load()))
        self.steady.definitions |= {base: start, here: place}
        outside, self.together = self.together, self.together | {base}
        inner = self.block(stride.body, flow(stride.body).exposed)
        self.together = outside
        inner = [placed(loop, IndexAssign([ast.Name(here, ast.Store())], place)), *inner]
        test = ast.Compare(place, [ast.Lt()], [stride.stop])
        room = ast.BinOp(stride.stop, ast.Sub(), ast.Name(base, ast.Load()))
        body: list[ast.stmt] = [self._within(loop, test, ((stride.axis, room),), inner)]
        made = BlockLoop(ast.Name(base, ast.Store()), self._rounds(loop, stride, start, here), body, [])
        made.is_place = self.steady.is_not_negative(start)
        made.own = (here, stride.axis) if self._covers(stride, start) else None
        return placed(loop, made)

    def _covers(self, stride: Stride, start: ast.expr) -> bool:
        """Say whether all threads of the grid together come to every place once."""
        width, grid, block = (
            stride.axis.replace("thread", each) for each in ("block_dim", "grid_dim", "block")
        )
        step = ast.unparse(self.steady.followed(stride.step))
        starts = (f"{block} * {width}", f"{width} * {block}")
        return ast.unparse(start) in starts and step in (f"{grid} * {width}", f"{width} * {grid}")

    def _rounds(self, loop: ast.stmt, stride: Stride, start: ast.expr, here: str) -> ast.expr:
        """Return the rounds of a block: every so-many-th stretch, or one long one if it makes no difference.

        It makes none if a thread keeps nothing from round to round, does not look at which one it is, and
        comes to no element again outside of the loop. Then memory is gone through in order.
        """
        free = places_may_go_to_any_thread(self.kernel, self.steady, loop, stride, here)
        if not free or not self._covers(stride, start):
            return _range(start, stride.stop, stride.step)
        width, block = (stride.axis.replace("thread", each) for each in ("block_dim", "block"))
        stretch = f"-(-({ast.unparse(stride.stop)}) // ({ast.unparse(stride.step)})) * {width}"
        end = self.unit.intrinsic("smaller", [_parsed(f"({block} + 1) * ({stretch})"), stride.stop])
        return _range(_parsed(f"{block} * ({stretch})"), end, _parsed(width))

    def _place_name(self, loop: ast.stmt, stride: Stride) -> str:
        """Return the loop's own variable for a thread's place if it is used nowhere else, or a new name."""
        everywhere = sum(_mentions(each, stride.variable) for each in self.kernel.body)
        if isinstance(loop, ast.For) and everywhere == _mentions(loop, stride.variable):
            return stride.variable
        return self.unit.renamed("stride", stride.variable)

    # Loops that all threads make equally often

    def _goes_together(self, loop: ast.For, after: frozenset[str]) -> bool:
        """Say whether a loop gains if all threads make a round of it before any makes the next.

        It does if it sums up over what lies side by side for the threads, and if it follows a chain through
        memory: one thread would wait for each element, where many can wait together.
        """
        header = loop.iter
        if not isinstance(header, ast.Call) or not isinstance(loop.target, ast.Name):
            return False
        changed, through = assigned_in(loop.body), flow(loop.body)
        uniform = all(self.steady.is_uniform(each, self.together) for each in header.args)
        bounded = not (changed & (read_names(header) | {loop.target.id})) and loop.target.id not in after
        carried = changed & through.exposed
        if not uniform or not bounded or not carried or is_short(header):
            return False
        together = self.together | {loop.target.id}
        inner = [one for statement in loop.body for one in ast.walk(statement)]
        if any(isinstance(each, (ast.For, ast.While, ast.Return, *LEAVES)) for each in inner):
            return False
        if any(isinstance(each, ast.Call) and calls(each, self.unit.impure.__contains__) for each in inner):
            return False
        reads = [each for each in inner if isinstance(each, ast.Subscript)]
        if not all(self._is_read_of_block(each) for each in reads):
            return False
        follows = any(read_names(each.slice) & carried for each in reads)
        return follows or all(self._is_side_by_side(each, together) for each in reads)

    def _is_read_of_block(self, read: ast.Subscript) -> bool:
        """Say whether an array is read that is no thread's own."""
        local = {each.name for each in self.kernel.stored("local")}
        loads = not isinstance(read.ctx, ast.Store)
        return loads and isinstance(read.value, ast.Name) and read.value.id not in local

    def _is_side_by_side(self, read: ast.Subscript, together: frozenset[str]) -> bool:
        indices = read.slice.elts if isinstance(read.slice, ast.Tuple) else [read.slice]
        alike = together | (self.kernel.variables - set(self.varying.since))
        slopes = [self.steady.slope(each, self.threads[0], alike) for each in indices]
        return slopes[-1] in (0, 1) and all(each == 0 for each in slopes[:-1])


def _range(start: ast.expr, stop: ast.expr, step: ast.expr) -> ast.Call:
    return ast.Call(ast.Name("range", ast.Load()), [start, stop, step], [])


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _has_loop(statement: ast.stmt) -> bool:
    return any(isinstance(each, (ast.For, ast.While)) for each in ast.walk(statement))


def _has_barrier(statement: ast.stmt) -> bool:
    return any(isinstance(each, Barrier) for each in ast.walk(statement))


def _mentions(node: ast.AST, variable: str) -> int:
    return sum(isinstance(each, ast.Name) and each.id == variable for each in ast.walk(node))


def _rename(node: ast.AST, variable: str, name: str) -> None:
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id == variable:
            each.id = name


def _is_guard_return(each: ast.If, rest: Sequence[ast.stmt]) -> bool:
    only_returns = len(each.body) == 1 and isinstance(each.body[0], ast.Return) and not each.orelse
    later = [one for statement in rest for one in ast.walk(statement)]
    return only_returns and not any(isinstance(one, (Barrier, ast.Return)) for one in later)


def _under(guard: str, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Put statements under a guard, which goes inside of the loops that the block makes."""
    done: list[ast.stmt] = []
    run: list[ast.stmt] = []

    def close() -> None:
        if run:
            done.append(placed(run[0], ast.If(ast.Name(guard, ast.Load()), list(run), [])))
            run.clear()

    for each in statements:
        if isinstance(each, BlockLoop):
            close()
            loop = placed(each, BlockLoop(each.target, each.iter, _under(guard, each.body), []))
            loop.own, loop.is_place = each.own, each.is_place
            done.append(loop)
        elif isinstance(each, Within):
            close()
            inner = placed(each, Within(each.test, _under(guard, each.body), []))
            inner.rooms = each.rooms
            done.append(inner)
        elif isinstance(each, IndexAssign):
            close()
            done.append(each)
        else:
            run.append(each)
    close()
    return done
