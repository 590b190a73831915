"""The names in the rewritten source, kept apart from those of the kernel."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

AXES = "xyz"
INDICES = {"threadIdx": "thread", "blockIdx": "block", "blockDim": "block_dim", "gridDim": "grid_dim"}
GENERATED = (
    *("thread_", "block_", "grid_dim_", "first_block", "end_block", "kept_", "unset_", "local_", "running"),
    *("device_", "constant_", "vote_", "votes_", "dynamic_", "guard_", "base_", "room_", "gpu_"),
)


@dataclass(frozen=True)
class Names:
    """Makes names that the kernel does not use itself.

    Examples
    --------
    >>> Names.avoiding({"total", "x"}).kept("total")
    'kept_total'
    >>> Names.avoiding({"thread_x"}).index("threadIdx", "x")
    '_thread_x'
    """

    prefix: str

    @classmethod
    def avoiding(cls, taken: Iterable[str]) -> Names:
        """Return the maker with the shortest prefix that can't clash with the names taken."""
        prefix = ""
        while any(name.startswith(f"{prefix}{each}") for name in taken for each in GENERATED):
            prefix += "_"
        return cls(prefix)

    def index(self, kind: str, axis: str) -> str:
        """Return the name of ``cuda.threadIdx.x`` and its like."""
        return f"{self.prefix}{INDICES[kind]}_{axis}"

    def indices(self, kind: str) -> tuple[str, ...]:
        """Return the names of the three axes of an index."""
        return tuple(self.index(kind, axis) for axis in AXES)

    @property
    def thread(self) -> str:
        """The number of a thread in its block, x fastest."""
        return f"{self.prefix}thread_number"

    @property
    def line(self) -> str:
        """The number of a row of threads in its block."""
        return f"{self.prefix}thread_line"

    @property
    def lines(self) -> str:
        """How many rows of threads a block has."""
        return f"{self.prefix}thread_lines"

    @property
    def thread_count(self) -> str:
        """How many threads a block has."""
        return f"{self.prefix}thread_count"

    @property
    def row(self) -> str:
        """The number of the first thread in a row of a block."""
        return f"{self.prefix}thread_row"

    @property
    def running(self) -> str:
        """Which threads of the block have not returned."""
        return f"{self.prefix}running"

    @property
    def block(self) -> str:
        """The number of a block in its grid, x fastest."""
        return f"{self.prefix}block_number"

    @property
    def blocks(self) -> tuple[str, str]:
        """The first block to run, and the one to stop before."""
        return f"{self.prefix}first_block", f"{self.prefix}end_block"

    @property
    def scratch(self) -> str:
        """The bytes for the arrays of a block."""
        return f"{self.prefix}block_bytes"

    @property
    def dynamic(self) -> str:
        """The bytes of dynamic shared memory; the launch gives their number."""
        return f"{self.prefix}dynamic_shared"

    @property
    def dynamic_bytes(self) -> str:
        """The number of those bytes."""
        return f"{self.prefix}dynamic_bytes"

    def numbered(self, kind: str, number: int | str) -> str:
        """Return the name of the so-many-th guard, vote, constant and the like."""
        return f"{self.prefix}{kind}_{number}"

    def kept(self, variable: str) -> str:
        """Return the name of the array that holds a variable of every thread across a barrier."""
        return f"{self.prefix}kept_{variable}"

    def unset(self, variable: str) -> str:
        """Return the name of the value that such a variable has before it is assigned."""
        return f"{self.prefix}unset_{variable}"

    def local(self, array: str) -> str:
        """Return the name of the storage of a ``cuda.local.array`` of every thread."""
        return f"{self.prefix}local_{array}"

    @staticmethod
    def argument(parameter: str, taken: Iterable[str]) -> str:
        """Return another name for a parameter whose own name the kernel assigns to."""
        name = f"{parameter}_argument"
        while name in taken:
            name += "_"
        return name


def read_names(node: ast.AST) -> set[str]:
    """Return the variables that a piece of source mentions, assigned ones included.

    Examples
    --------
    >>> sorted(read_names(ast.parse("a[i] = n")))
    ['a', 'i', 'n']
    """
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def assigned_names(node: ast.AST) -> set[str]:
    """Return the variables that a piece of source assigns.

    Examples
    --------
    >>> sorted(assigned_names(ast.parse("x, y = a[i], n")))
    ['x', 'y']
    """
    return {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
