"""A plain interpreter of kernels, to compare with: each thread is a generator that stops at its barriers.

It shares nothing with the emulator. Python itself runs the kernel's source, in which only calls with a
barrier in them are changed: ``cuda.syncthreads()`` to a ``yield``, and a device function that has one to
``yield from``.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BARRIERS = ("syncthreads", "syncthreads_count", "syncthreads_and", "syncthreads_or")
Place = tuple[int, int, int]


def run_reference(
    kernel: Any, grid: Place, block: Place, arguments: tuple[Any, ...], dynamic: int = 0
) -> None:
    """Run a kernel, its threads in step from barrier to barrier."""
    function = getattr(kernel, "py_func", kernel)
    namespace = dict(function.__globals__)
    for where in _places(grid):
        shared = _Shared(np.full(dynamic, 255, np.uint8))
        threads = [_Thread(here, where, block, grid, shared) for here in _places(block)]
        _in_step([_as_generator(function, namespace, each)(*arguments) for each in threads])


def _places(size: Place) -> Iterator[Place]:
    for z, y, x in product(*(range(each) for each in reversed(size))):
        yield x, y, z


def _in_step(threads: list[Any]) -> None:
    """Take all threads to their next barrier, again and again; each is told what all of them say there."""
    votes: dict[int, Any] = dict.fromkeys(range(len(threads)))
    answer = None
    while votes:
        said = {}
        for number in votes:
            try:
                said[number] = threads[number].send(answer)
            except StopIteration:
                continue
        votes = said
        answer = _answer(list(said.values()))


def _answer(said: list[Any]) -> int | None:
    if not said or said[0] is None:
        return None
    kinds = {kind for kind, _ in said}
    assert len(kinds) == 1, "threads stand at different barriers"
    true = [bool(int(value)) for _, value in said]
    return {"count": sum(true), "and": int(all(true)), "or": int(any(true))}[kinds.pop()]


@dataclass
class _Shared:
    """The shared memory of a block."""

    dynamic: np.ndarray[Any, Any]
    arrays: dict[tuple[str, int], Any] = field(default_factory=dict)


class _Thread:
    """What ``cuda`` is for one thread."""

    def __init__(self, thread: Place, block: Place, sizes: Place, grid: Place, shared: _Shared) -> None:
        self.threadIdx, self.blockIdx, self.blockDim, self.gridDim = (
            SimpleNamespace(x=x, y=y, z=z) for x, y, z in (thread, block, sizes, grid)
        )
        self._shared = shared
        self.shared = SimpleNamespace(array=self._shared_array)
        self.local = SimpleNamespace(array=lambda shape, dtype: np.full(shape, -7, _dtype(dtype)))
        self.const = SimpleNamespace(array_like=lambda array: array)
        self.atomic = SimpleNamespace(**{name: _atomic(new) for name, new in ATOMICS.items()}, cas=_cas)

    def grid(self, axes: int) -> Any:
        at = [
            getattr(self.blockIdx, a) * getattr(self.blockDim, a) + getattr(self.threadIdx, a) for a in "xyz"
        ]
        return at[0] if axes == 1 else tuple(at[:axes])

    def gridsize(self, axes: int) -> Any:
        sizes = [getattr(self.gridDim, a) * getattr(self.blockDim, a) for a in "xyz"]
        return sizes[0] if axes == 1 else tuple(sizes[:axes])

    def _shared_array(self, shape: Any, dtype: Any) -> Any:
        if shape == 0:
            return self._shared.dynamic.view(_dtype(dtype))
        caller = inspect.currentframe()
        assert caller
        assert caller.f_back
        key = (caller.f_back.f_code.co_name, caller.f_back.f_lineno)
        if key not in self._shared.arrays:
            self._shared.arrays[key] = np.full(shape, -7, _dtype(dtype))
        return self._shared.arrays[key]


def _dtype(dtype: Any) -> Any:
    return np.dtype(str(dtype)) if not isinstance(dtype, type) else np.dtype(dtype)


ATOMICS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda old, value: old + value,
    "sub": lambda old, value: old - value,
    "max": max,
    "min": min,
    "and_": lambda old, value: old & value,
    "or_": lambda old, value: old | value,
    "xor": lambda old, value: old ^ value,
    "exch": lambda _, value: value,
}


def _atomic(new: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    def atomic(array: Any, index: Any, value: Any) -> Any:
        old = array[index]
        array[index] = new(old, value)
        return old

    return atomic


def _cas(array: Any, index: Any, expected: Any, value: Any) -> Any:
    old = array[index]
    if old == expected:
        array[index] = value
    return old


def _as_generator(function: Any, namespace: dict[str, Any], cuda: _Thread) -> Callable[..., Any]:
    """Return a kernel as a generator in which ``cuda`` is one thread's, and so in all it calls."""
    inside = {**namespace, "cuda": cuda}
    for each in _reached(function):
        exec(_code(each), inside)
    made: Callable[..., Any] = inside[function.__name__]
    return made


@lru_cache(maxsize=64)
def _reached(function: Any) -> tuple[Any, ...]:
    """Return a function and the device functions that it reaches, those first."""
    found: dict[Any, None] = {}
    for name in function.__code__.co_names:
        each = function.__globals__.get(name)
        each = getattr(each, "py_func", each)
        if inspect.isfunction(each) and each is not function:
            found |= dict.fromkeys(_reached(each))
    return (*found, function)


@lru_cache(maxsize=64)
def _code(function: Any) -> Any:
    """Return the code that defines a function anew, as a generator if it is a kernel or has a barrier."""
    stopping = {each.__name__ for each in _reached(function) if _has_barrier(each)}
    tree = _tree(function)
    is_kernel = not any(isinstance(each, ast.Return) and each.value for each in ast.walk(tree))
    tree.decorator_list = []
    tree = _Stops(stopping).visit(tree)
    if is_kernel:
        tree.body += ast.parse("if False:\n    yield").body
    module = ast.fix_missing_locations(ast.Module([tree], []))
    return compile(module, function.__code__.co_filename, "exec")


def _tree(function: Any) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


def _has_barrier(function: Any) -> bool:
    return any(_barrier(each) for each in ast.walk(_tree(function)))


def _barrier(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in BARRIERS:
        return node.func.attr
    return None


class _Stops(ast.NodeTransformer):
    def __init__(self, stopping: set[str]) -> None:
        self.stopping = stopping

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        barrier = _barrier(node)
        if barrier:
            kind = ast.Constant(barrier.removeprefix("syncthreads").removeprefix("_"))
            return ast.Yield(ast.Tuple([kind, *node.args], ast.Load()) if node.args else None)
        if isinstance(node.func, ast.Name) and node.func.id in self.stopping:
            return ast.YieldFrom(node)
        return node
