"""Last step: the Python source that Numba compiles for the CPU.

It is a module of its own: ``run_grid`` runs some blocks in a row, and device functions stand before it. It
runs without Numba's compiler too, slowly. One function instead of two, without Numba's own functions for
arrays, compiles in half the time.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.emulator.fission import BlockControl, BlockStatement, Part, Region, regions
from mig_explorer.emulator.geometry import MOST_IN_GRID, MOST_THREADS
from mig_explorer.emulator.liveness import Liveness, flow, without
from mig_explorer.emulator.markers import BlockLoop, Within, written
from mig_explorer.emulator.names import assigned_names, read_names
from mig_explorer.emulator.scratch import Scratch, block_arrays
from mig_explorer.emulator.uniform import header

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mig_explorer.emulator.lower import LoweredKernel
    from mig_explorer.emulator.unit import DeviceFunction

INDENT = "    "
MOST_THREADS_MASK = 2 * MOST_THREADS - 1
MOST_BLOCKS_MASK = MOST_IN_GRID[0]
MOST_PLACES_MASK = 2**48 - 1
"""These cut nothing off: they tell LLVM that an index is not negative, and it can load and store vectors."""
IN_A_BLOCK = 2
"""How far what a block does is indented."""
LOOPS = (ast.For, ast.While)


@dataclass(frozen=True)
class Line:
    """A line of source and how far it is indented."""

    depth: int
    text: str

    def __str__(self) -> str:
        return INDENT * self.depth + self.text


def emit(kernel: LoweredKernel, parts: Sequence[Part], live: Liveness) -> tuple[str, Scratch]:
    """Return the source of the module that runs a kernel on the CPU, and the memory it needs for it."""
    emitter = _Emitter(kernel, parts, live)
    return emitter.module(), emitter.scratch


class _Emitter:
    def __init__(self, kernel: LoweredKernel, parts: Sequence[Part], live: Liveness) -> None:
        self.kernel = kernel
        self.names = kernel.names
        self.parts = parts
        self.live = live
        self.masked = _needs_mask(kernel, parts)
        self.arrays, self.scratch = block_arrays(kernel, live.kept, masked=self.masked)
        self.loops = 0
        """How many loops that the block makes are around a part."""
        names = kernel.names
        self.rooms = dict(zip(names.indices("threadIdx"), names.indices("blockDim"), strict=True))
        """How many threads run, by the name of their index: fewer under a test of bounds."""

    # The functions

    def module(self) -> str:
        names = self.names
        geometry = [*names.indices("gridDim"), *names.indices("blockDim")]
        unset = [names.unset(each) for each in self.live.kept]
        dynamic = [names.dynamic_bytes] if self.kernel.stored("dynamic") else []
        first, end = names.blocks
        constants = list(self.kernel.unit.constants)
        given = [*geometry, names.scratch, *dynamic, *self.kernel.parameters, *constants, *unset]
        within = [*self._fresh(), *self._parts(self.parts, IN_A_BLOCK)]
        lines = [
            Line(0, f"# {self.kernel.source.name}, rewritten: each loop over threads ends at a barrier."),
            Line(0, "import math"),
            Line(0, ""),
            Line(0, "import numpy as np"),
            *self._imports(),
            *(line for each in self.kernel.unit.devices.values() for line in _device(each)),
            Line(0, ""),
            Line(0, ""),
            Line(0, f"def run_grid({', '.join([first, end, *given])}):"),
            *(Line(1, each) for each in [*self._sizes_not_negative(), *self._storage()]),
            Line(1, f"for {names.block} in range({first}, {end}):"),
            *(Line(2, each) for each in self._place_of_block()),
            *within,
        ]
        return "\n".join(str(each) for each in lines) + "\n"

    def _imports(self) -> list[Line]:
        called = sorted(self.kernel.unit.intrinsics)
        of = {
            "atomics": [each for each in called if each.startswith("atomic_")],
            "intrinsics": [each for each in called if not each.startswith("atomic_")],
            "parts": ["fill", "part", *["some"] * self.masked] if self.arrays else [],
        }
        lines = []
        for module, needed in of.items():
            if needed:
                named = [f"{each} as {self.names.numbered('gpu', each)}" for each in needed]
                lines.append(Line(0, f"from mig_explorer.emulator.{module} import {', '.join(named)}"))
        return [Line(0, ""), *lines] if lines else []

    def _storage(self) -> list[str]:
        """Return the statements that say where the arrays of a block are, for all blocks."""
        names = self.names
        wide, high, deep = names.indices("blockDim")
        lines = f"{names.lines} = {high} * {deep}"
        if not self.arrays:
            return [lines]
        threads, found = names.thread_count, []
        for each in self.arrays:
            start = f"{each.fixed} + {each.per_thread} * {threads}" if each.per_thread else str(each.fixed)
            shape = ", ".join([threads] * each.of_threads + [str(size) for size in each.shape])
            place = f"({shape},)" if "," not in shape else f"({shape})"
            make = names.numbered("gpu", "part")
            found.append(f"{each.name} = {make}({names.scratch}, {start}, {place}, {each.kind})")
        return [lines, f"{threads} = {names.lines} * {wide}", *found]

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
        fill = self.names.numbered("gpu", "fill")
        return [Line(IN_A_BLOCK, f"{fill}({each.name}, {each.unset})") for each in self.arrays if each.unset]

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
        is_loop = not isinstance(part.statement, ast.If)
        self.loops += is_loop
        body = self._parts(part.body, depth + 1) or [Line(depth + 1, "pass")]
        self.loops -= is_loop
        if isinstance(part.statement, BlockLoop) and part.statement.is_place:
            base = ast.unparse(part.statement.target)
            body.insert(0, Line(depth + 1, f"{base} = {base} & {MOST_PLACES_MASK}"))
        lines = [Line(depth, opening), *body]
        if is_loop and self.masked and any(_region_returns(each) for each in regions(part.body)):
            lines += self._gone_on_from(depth)
        otherwise = self._parts(part.orelse, depth + 1)
        return [*lines, Line(depth, "else:"), *otherwise] if otherwise else lines

    def _gone_on_from(self, depth: int) -> list[Line]:
        """Go on with the next block if all threads of this one have returned."""
        some = self.names.numbered("gpu", "some")
        leave = "break" if self.loops else "continue"
        return [Line(depth, f"if not {some}({self.names.running}):"), Line(depth + 1, leave)]

    def _region(self, region: Region, depth: int) -> list[Line]:
        own = without(region, self.live.recomputed)
        if all(isinstance(each, ast.Pass) for each in own):
            return []
        body, outside = self._of_a_thread(own), depth
        loops, row = self._loops(body)
        lines = []
        for place, opening in enumerate(loops):
            if place == len(loops) - 1 and body and self.names.row in body[0].text:
                lines.append(Line(depth, f"{self.names.row} = {row} & {MOST_THREADS_MASK}"))
            lines.append(Line(depth, opening))
            depth += 1
        lines += [Line(depth + each.depth, each.text) for each in body]
        if self.masked and _region_returns(region):
            lines += self._gone_on_from(outside)
        return lines

    def _loops(self, body: list[Line]) -> tuple[list[str], str]:
        """Return the loops over the threads, and what gives the number of the first thread in a row.

        A region that does not look at y and z makes one loop over all rows, which compiles sooner.
        """
        x, y, z = self.names.indices("threadIdx")
        width, height, depth = self.names.indices("blockDim")
        named = set().union(*(re.findall(r"\w+", each.text) for each in body))
        inner = f"for {x} in range({self.rooms[x]}):"
        if not {y, z} & named and (self.rooms[y], self.rooms[z]) == (height, depth):
            line = self.names.line
            return [f"for {line} in range({self.names.lines}):", inner], f"{line} * {width}"
        outer = [f"for {index} in range({self.rooms[index]}):" for index in (z, y)]
        return [*outer, inner], f"({z} * {height} + {y}) * {width}"

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


def _region_returns(region: Region) -> bool:
    return any(_returns(each) for each in region.statements)


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
