"""Last step: the Python source that Numba compiles for the CPU.

It is a module of its own: ``run_block`` runs one block of threads, ``run_grid`` some blocks in a row,
and device functions stand before them. It runs without Numba's compiler too, slowly.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.emulator.fission import BlockControl, BlockStatement, Part, Region, regions
from mig_explorer.emulator.geometry import MOST_IN_GRID, MOST_THREADS
from mig_explorer.emulator.liveness import Liveness, flow, without
from mig_explorer.emulator.markers import BlockLoop, Within, written
from mig_explorer.emulator.names import AXES, assigned_names, read_names
from mig_explorer.emulator.uniform import header

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mig_explorer.emulator.lower import LoweredKernel
    from mig_explorer.emulator.storage import Storage
    from mig_explorer.emulator.unit import DeviceFunction

INDENT = "    "
MOST_THREADS_MASK = 2 * MOST_THREADS - 1
MOST_BLOCKS_MASK = MOST_IN_GRID[0]
MOST_PLACES_MASK = 2**48 - 1
"""These cut nothing off: they tell LLVM that an index is not negative, and it can load and store vectors."""
MOST_HANDED = 24
"""Python calls a function with more than 30 arguments in a way that Numba can't inline."""
LOOPS = (ast.For, ast.While)


@dataclass(frozen=True)
class Line:
    """A line of source and how far it is indented."""

    depth: int
    text: str

    def __str__(self) -> str:
        return INDENT * self.depth + self.text


def emit(kernel: LoweredKernel, parts: Sequence[Part], live: Liveness) -> str:
    """Return the source of the module that runs a kernel on the CPU."""
    return _Emitter(kernel, parts, live).module()


class _Emitter:
    def __init__(self, kernel: LoweredKernel, parts: Sequence[Part], live: Liveness) -> None:
        self.kernel = kernel
        self.names = kernel.names
        self.parts = parts
        self.live = live
        self.masked = _needs_mask(kernel, parts)
        names = kernel.names
        self.rooms = dict(zip(names.indices("threadIdx"), names.indices("blockDim"), strict=True))
        """How many threads run, by the name of their index: fewer under a test of bounds."""

    # The functions

    def module(self) -> str:
        names, stored = self.names, self.kernel.stored
        geometry = [*names.indices("gridDim"), *names.indices("blockDim")]
        unset = [names.unset(each) for each in self.live.kept]
        dynamic = [names.dynamic_bytes] if stored("dynamic") else []
        first, end = names.blocks
        constants = list(self.kernel.unit.constants)
        given = [*geometry, *dynamic, *self.kernel.parameters, *constants, *unset]
        storage = self._storage()
        made = [each.partition(" = ")[0] for each in storage]
        everything = [*names.indices("blockIdx"), *given, *made]
        rest = everything[MOST_HANDED:]
        packed = f"({', '.join(rest)},)"
        handed = ", ".join([*everything[:MOST_HANDED], *([packed] if rest else [])])
        taken = ", ".join([*everything[:MOST_HANDED], *([names.rest] if rest else [])])
        lines = [
            Line(0, f"# {self.kernel.source.name}, rewritten: each loop over threads ends at a barrier."),
            Line(0, "import math"),
            Line(0, ""),
            Line(0, "import numpy as np"),
            *self._imports(),
            *(line for each in self.kernel.unit.devices.values() for line in _device(each)),
            Line(0, ""),
            Line(0, ""),
            Line(0, f"def run_block({taken}):"),
            *([Line(1, f"{packed} = {names.rest}")] if rest else []),
            *self._fresh(),
            *self._parts(self.parts, 1),
            Line(1, "return"),
            Line(0, ""),
            Line(0, ""),
            Line(0, f"def run_grid({', '.join([first, end, *given])}):"),
            *(Line(1, each) for each in [*self._sizes_not_negative(), *storage]),
            Line(1, f"for {names.block} in range({first}, {end}):"),
            *(Line(2, each) for each in self._place_of_block()),
            Line(2, f"run_block({handed})"),
        ]
        return "\n".join(str(each) for each in lines) + "\n"

    def _imports(self) -> list[Line]:
        unit = self.kernel.unit
        needed = [f"{each} as {unit.names.numbered('gpu', each)}" for each in sorted(unit.intrinsics)]
        if not needed:
            return []
        return [
            Line(0, ""),
            Line(0, "from mig_explorer.emulator.intrinsics import ("),
            *(Line(1, f"{each},") for each in needed),
            Line(0, ")"),
        ]

    def _storage(self) -> list[str]:
        """Return the statements that make the arrays of a block, once for all blocks."""
        names, stored = self.names, self.kernel.stored
        threads = " * ".join(names.indices("blockDim"))
        made = [f"{each.name} = np.empty({each.shape}, {each.type})" for each in stored("shared", "votes")]
        if stored("dynamic"):
            made.append(f"{names.dynamic} = np.empty({names.dynamic_bytes}, np.uint8)")
        for each in stored("dynamic"):
            size = each.dtype.itemsize
            whole = f"{names.dynamic}[:{names.dynamic_bytes} // {size} * {size}]"
            made.append(f"{each.name} = {whole}.view({each.type})")
        made += [
            f"{names.local(each.name)} = np.empty(({threads}, {_sizes(each)}), {each.type})"
            for each in stored("local")
        ]
        made += [f"{names.kept(each)} = np.full({threads}, {names.unset(each)})" for each in self.live.kept]
        if self.masked:
            made.append(f"{names.running} = np.empty({threads}, np.bool_)")
        return made

    def _place_of_block(self) -> list[str]:
        x, y, z = self.names.indices("blockIdx")
        width, height, _ = self.names.indices("gridDim")
        block = self.names.block
        return [
            f"{x} = np.int32({block} % {width} & {MOST_BLOCKS_MASK})",
            f"{y} = np.int32({block} // {width} % {height} & {MOST_BLOCKS_MASK})",
            f"{z} = np.int32({block} // {width} // {height} & {MOST_BLOCKS_MASK})",
        ]

    def _sizes_not_negative(self) -> list[str]:
        return [
            *(f"{each} = np.int32({each} & {MOST_BLOCKS_MASK})" for each in self.names.indices("gridDim")),
            *(f"{each} = np.int32({each} & {MOST_THREADS_MASK})" for each in self.names.indices("blockDim")),
        ]

    def _fresh(self) -> list[Line]:
        """Set everything a block starts with to values that show that nothing was written yet."""
        stored = self.kernel.stored
        fills = {each.name: each.unset for each in stored("shared")}
        fills |= {each.name: "0" for each in stored("votes")}
        if stored("dynamic"):
            fills[self.names.dynamic] = "255"
        fills |= {self.names.local(each.name): each.unset for each in stored("local")}
        fills |= {self.names.kept(each): self.names.unset(each) for each in self.live.kept}
        if self.masked:
            fills[self.names.running] = "True"
        return [Line(1, f"{name}.fill({value})") for name, value in fills.items()]

    # The parts of a block

    def _parts(self, parts: Iterable[Part], depth: int) -> list[Line]:
        lines: list[Line] = []
        for part in parts:
            if isinstance(part, Region):
                lines += self._region(part, depth)
            elif isinstance(part, BlockStatement):
                lines += _source([part.statement], depth)
            else:
                lines += self._control(part, depth)
        return lines

    def _within(self, part: BlockControl, test: Within, depth: int) -> list[Line]:
        """Run what stands under a test of bounds with the threads that pass it."""
        outside, lines = dict(self.rooms), []
        for axis, room in test.rooms:
            limit = self.kernel.unit.fresh("room")
            most = self.rooms[axis]
            count = f"{self.names.numbered('gpu', 'room')}({ast.unparse(room)}, {most})"
            lines.append(Line(depth, f"{limit} = {count}"))
            self.rooms[axis] = limit
        lines += self._parts(part.body, depth)
        self.rooms = outside
        return lines

    def _control(self, part: BlockControl, depth: int) -> list[Line]:
        if isinstance(part.statement, Within):
            return self._within(part, part.statement, depth)
        test = ast.unparse(header(part.statement))
        if isinstance(part.statement, ast.For):
            opening = f"for {ast.unparse(part.statement.target)} in {test}:"
        else:
            opening = f"{'while' if isinstance(part.statement, ast.While) else 'if'} {test}:"
        body = self._parts(part.body, depth + 1) or [Line(depth + 1, "pass")]
        if isinstance(part.statement, BlockLoop) and part.statement.is_place:
            base = ast.unparse(part.statement.target)
            body.insert(0, Line(depth + 1, f"{base} = {base} & {MOST_PLACES_MASK}"))
        lines = [Line(depth, opening), *body]
        otherwise = self._parts(part.orelse, depth + 1)
        return [*lines, Line(depth, "else:"), *otherwise] if otherwise else lines

    def _region(self, region: Region, depth: int) -> list[Line]:
        own = without(region, self.live.recomputed)
        if all(isinstance(each, ast.Pass) for each in own):
            return []
        lines = []
        body = self._of_a_thread(own)
        x, y, z = self.names.indices("threadIdx")
        for index in (z, y, x):
            if index == x and body and self.names.row in body[0].text:
                width, height, _ = self.names.indices("blockDim")
                lines.append(
                    Line(depth, f"{self.names.row} = ({z} * {height} + {y}) * {width} & {MOST_THREADS_MASK}")
                )
            lines.append(Line(depth, f"for {index} in range({self.rooms[index]}):"))
            depth += 1
        lines += [Line(depth + each.depth, each.text) for each in body]
        if self.masked and any(isinstance(each, ast.Return) for one in own for each in ast.walk(one)):
            outside = depth - len(AXES)
            lines += [Line(outside, f"if not {self.names.running}.any():"), Line(outside + 1, "return")]
        return lines

    def _of_a_thread(self, statements: list[ast.stmt]) -> list[Line]:
        """Return what one thread does in a region, variables fetched and put back around it."""
        through = flow(statements)
        repeated = self._repeated(through.exposed | through.assigned)
        used = set(through.exposed | through.assigned).union(*(read_names(each) for each in repeated))
        fetched = [
            each
            for each in self.live.kept
            if each in through.exposed or each in through.assigned - through.certain
        ]
        returned = [each for each in self.live.kept if each in through.assigned]
        local = [each.name for each in self.kernel.stored("local") if each.name in used]
        here = self.names.thread
        lines = []
        if fetched or returned or local or self.masked:
            lines.append(Line(0, f"{here} = {self.names.row} + {self.names.index('threadIdx', 'x')}"))
        if self.masked:
            lines += [Line(0, f"if not {self.names.running}[{here}]:"), Line(1, "continue")]
        lines += [Line(0, f"{each} = {self.names.local(each)}[{here}]") for each in local]
        lines += _source(repeated, 0)
        lines += [Line(0, f"{each} = {self.names.kept(each)}[{here}]") for each in fetched]
        lines += _source(self._without_returns(statements, in_loop=False), 0)
        lines += [Line(0, f"{self.names.kept(each)}[{here}] = {each}") for each in returned]
        return lines

    def _repeated(self, used: frozenset[str]) -> list[ast.stmt]:
        """Return the recomputed assignments that a region needs, and those that these need."""
        wanted, chosen = set(used), []
        for each in reversed(self.live.recomputed):
            if assigned_names(each) & wanted:
                wanted |= read_names(each)
                chosen.append(each)
        return list(reversed(chosen))

    # Returns

    def _without_returns(self, statements: Sequence[ast.stmt], *, in_loop: bool) -> list[ast.stmt]:
        """Turn each ``return`` into going on with the next thread, marking this one as gone."""
        result: list[ast.stmt] = []
        for each in statements:
            if isinstance(each, ast.Return):
                if self.masked:
                    result += ast.parse(f"{self.names.running}[{self.names.thread}] = False").body
                result.append(ast.Break() if in_loop else ast.Continue())
            elif isinstance(each, ast.If):
                body = self._without_returns(each.body, in_loop=in_loop)
                orelse = self._without_returns(each.orelse, in_loop=in_loop)
                result.append(ast.If(each.test, body, orelse))
            elif isinstance(each, LOOPS):
                result += self._loop_without_returns(each, in_loop=in_loop)
            else:
                result.append(each)
        return result

    def _loop_without_returns(self, loop: ast.For | ast.While, *, in_loop: bool) -> list[ast.stmt]:
        body = self._without_returns(loop.body, in_loop=True)
        if isinstance(loop, ast.For):
            new: ast.stmt = ast.For(loop.target, loop.iter, body, [])
        else:
            new = ast.While(loop.test, body, [])
        if not _returns(loop):
            return [new]
        gone = ast.parse(f"not {self.names.running}[{self.names.thread}]", mode="eval").body
        return [new, ast.If(gone, [ast.Break() if in_loop else ast.Continue()], [])]


def _needs_mask(kernel: LoweredKernel, parts: Sequence[Part]) -> bool:
    """Say whether threads that have returned must be remembered.

    Not if they return from the only region, outside of its loops: then there is nothing left to skip.
    """
    if not any(_returns(each) for each in kernel.body):
        return False
    only = len(parts) == 1 and isinstance(parts[0], Region)
    loops = [each for part in regions(parts) for one in part.statements for each in ast.walk(one)]
    return not only or any(isinstance(each, LOOPS) and _returns(each) for each in loops)


def _sizes(storage: Storage) -> str:
    return ", ".join(str(each) for each in storage.shape)


def _returns(statement: ast.AST) -> bool:
    return any(isinstance(each, ast.Return) for each in ast.walk(statement))


def _device(function: DeviceFunction) -> list[Line]:
    given = ", ".join([*function.hidden, *function.parameters])
    return [
        *(Line(0, ""), Line(0, "")),
        Line(0, f"def {function.name}({given}):"),
        *(_source(function.body, 1) or [Line(1, "return")]),
    ]


def _source(statements: Iterable[ast.stmt], depth: int) -> list[Line]:
    return [Line(depth, text) for text in written(statements)]
