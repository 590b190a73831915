"""What the functions of a rewritten module share: names given out, and what stands beside the kernel."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType

    from mig_explorer.emulator.names import Names


@dataclass(frozen=True)
class DeviceFunction:
    """A device function, rewritten to a function of the same module.

    Parameters
    ----------
    name
        What it is called there.
    hidden
        Indices and constant arrays that it takes before its own parameters.
    parameters, body
        Its own parameters and statements.
    impure
        Whether it writes to an array, so that each thread must call it by itself.
    """

    name: str
    hidden: tuple[str, ...]
    parameters: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    impure: bool


@dataclass
class Unit:
    """Collects, while a kernel is lowered, what its module needs.

    Parameters
    ----------
    names
        The names of indices, the same in every function of the module.
    taken
        All names that the kernel and its device functions use.
    intrinsics
        Functions of the modules `atomics` and `intrinsics` that are called.
    constants
        Global arrays by the name they are given.
    devices
        Device functions by the Python function they were.
    fenced
        Whether there is a memory fence, by which blocks hand values to one another.
    plain
        Whether a plain function is called, which Numba's CUDA target would refuse until it is decorated.
    counts
        How many names of each kind were given.
    """

    names: Names
    taken: set[str]
    intrinsics: set[str] = field(default_factory=set)
    constants: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    devices: dict[FunctionType, DeviceFunction] = field(default_factory=dict)
    fenced: bool = False
    plain: bool = False
    counts: dict[str, int] = field(default_factory=dict)

    def fresh(self, kind: str) -> str:
        """Return the next name of a kind: ``guard_0``, then ``guard_1``."""
        number = self.counts.get(kind, 0)
        self.counts[kind] = number + 1
        return self.names.numbered(kind, number)

    def renamed(self, function: str, variable: str) -> str:
        """Return a name that nobody has for a variable of a function that is written out in its caller."""
        return self._untaken(f"{variable}_of_{function}")

    def device_name(self, function: str) -> str:
        """Return a name for a device function; two of one name are told apart."""
        return self._untaken(self.names.numbered("device", function))

    def _untaken(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name

    def intrinsic(self, name: str, arguments: list[ast.expr]) -> ast.Call:
        """Return a call of a function of `atomics` or `intrinsics`."""
        self.intrinsics.add(name)
        return ast.Call(ast.Name(self.names.numbered("gpu", name), ast.Load()), arguments, [])

    def constant(self, array: np.ndarray[Any, Any]) -> ast.Name:
        """Return the name of a global array, which is copied as Numba does when it compiles a kernel."""
        for name, known in self.constants.items():
            if (
                known.dtype == array.dtype
                and known.shape == array.shape
                and known.tobytes() == array.tobytes()
            ):
                return ast.Name(name, ast.Load())
        copy = np.array(array, order="C")
        copy.flags.writeable = False
        name = self.fresh("constant")
        self.constants[name] = copy
        return ast.Name(name, ast.Load())

    @property
    def impure(self) -> frozenset[str]:
        """Names of functions that each thread must call by itself."""
        atomics = {self.names.numbered("gpu", each) for each in self.intrinsics if each.startswith("atomic")}
        return frozenset(atomics | {each.name for each in self.devices.values() if each.impure})


def calls(node: ast.AST, wanted: Callable[[str], bool]) -> bool:
    """Say whether a function with a wanted name is called somewhere in a piece of source.

    Examples
    --------
    >>> calls(ast.parse("x = a[f(1)]"), "f".__eq__)
    True
    """
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and wanted(each.func.id)
        for each in ast.walk(node)
    )
