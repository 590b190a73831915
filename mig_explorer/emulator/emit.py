"""Last step: the Python source that Numba compiles for the CPU.

It is a module of its own, with two functions: ``run_block`` runs one block of threads, ``run_grid`` all
blocks, one after another. It needs nothing but NumPy to run, slowly, without Numba too.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.emulator.fission import BlockControl, BlockStatement, Part, Region, regions
from mig_explorer.emulator.liveness import Liveness, flow, without
from mig_explorer.emulator.names import AXES, assigned_names, read_names
from mig_explorer.emulator.uniform import header

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mig_explorer.emulator.lower import LoweredKernel
    from mig_explorer.emulator.storage import Storage

INDENT = "    "
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

    # The two functions

    def module(self) -> str:
        geometry = [*self.names.indices("gridDim"), *self.names.indices("blockDim")]
        kept = [self.names.kept(each) for each in self.live.kept]
        unset = [self.names.unset(each) for each in self.live.kept]
        given = [*geometry, *self.kernel.parameters, *kept, *unset]
        threads = " * ".join(self.names.indices("blockDim"))
        storage = [f"{each.name} = np.empty({each.shape}, {each.type})" for each in self.kernel.shared]
        storage += [
            f"{self.names.local(each.name)} = np.empty(({threads}, {_sizes(each)}), {each.type})"
            for each in self.kernel.local
        ]
        if self.masked:
            storage.append(f"{self.names.running} = np.empty({threads}, np.bool_)")
        made = [each.partition(" = ")[0] for each in storage]
        blocks = self.names.indices("blockIdx")
        handed = ", ".join([*blocks, *given, *made])
        lines = [
            Line(0, f"# {self.kernel.source.name}, rewritten: each loop over threads ends at a barrier."),
            Line(0, "import math"),
            Line(0, ""),
            Line(0, "import numpy as np"),
            Line(0, ""),
            Line(0, ""),
            Line(0, f"def run_block({handed}):"),
            *self._fresh(),
            *self._parts(self.parts, 1),
            Line(1, "return"),
            Line(0, ""),
            Line(0, ""),
            Line(0, f"def run_grid({', '.join(given)}):"),
            *(Line(1, each) for each in storage),
        ]
        for depth, axis in enumerate(reversed(AXES), start=1):
            index, count = self.names.index("blockIdx", axis), self.names.index("gridDim", axis)
            lines.append(Line(depth, f"for {index} in range({count}):"))
        lines.append(Line(len(AXES) + 1, f"run_block({handed})"))
        return "\n".join(str(each) for each in lines) + "\n"

    def _fresh(self) -> list[Line]:
        """Set everything a block starts with to values that show that nothing was written yet."""
        fills = {each.name: each.unset for each in self.kernel.shared}
        fills |= {self.names.local(each.name): each.unset for each in self.kernel.local}
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

    def _control(self, part: BlockControl, depth: int) -> list[Line]:
        test = ast.unparse(header(part.statement))
        if isinstance(part.statement, ast.For):
            opening = f"for {ast.unparse(part.statement.target)} in {test}:"
        else:
            opening = f"{'while' if isinstance(part.statement, ast.While) else 'if'} {test}:"
        lines = [Line(depth, opening), *(self._parts(part.body, depth + 1) or [Line(depth + 1, "pass")])]
        otherwise = self._parts(part.orelse, depth + 1)
        return [*lines, Line(depth, "else:"), *otherwise] if otherwise else lines

    def _region(self, region: Region, depth: int) -> list[Line]:
        own = without(region, self.live.recomputed)
        if all(isinstance(each, ast.Pass) for each in own):
            return []
        lines = []
        for axis in reversed(AXES):
            index, count = self.names.index("threadIdx", axis), self.names.index("blockDim", axis)
            lines.append(Line(depth, f"for {index} in range({count}):"))
            depth += 1
        body = self._of_a_thread(own)
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
        local = [each.name for each in self.kernel.local if each.name in used]
        here = self.names.thread
        lines = []
        if fetched or returned or local or self.masked:
            x, y, z = self.names.indices("threadIdx")
            width, height, _ = self.names.indices("blockDim")
            lines.append(Line(0, f"{here} = ({z} * {height} + {y}) * {width} + {x}"))
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


def _source(statements: Iterable[ast.stmt], depth: int) -> list[Line]:
    module = ast.fix_missing_locations(ast.Module(list(statements), []))
    return [Line(depth, text) for text in ast.unparse(module).splitlines()]
