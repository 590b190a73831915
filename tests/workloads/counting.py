"""A kernel run by Python itself, thread by thread, that counts what it does.

It shares nothing with the emulator: the kernel's own bytecode runs, one Python thread for each CUDA thread of
a block, with numbers that count operations and arrays that know which of their elements were touched. An
index out of bounds, or below 0, and shared memory that is read before it is written, fail at once.
"""

from __future__ import annotations

import math
import operator
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from mig_explorer.workloads import Workload

PATIENCE = 60


@dataclass
class Tally:
    """What a launch did: floating-point operations, elements touched, and the arguments it left."""

    flops: int = 0
    touched: set[tuple[int, int]] = field(default_factory=set)
    arguments: tuple[Any, ...] = ()

    @property
    def bytes(self) -> int:
        """Bytes of all elements of the arguments that were read or written, each once."""
        return sum(self.arguments[place].itemsize for place, _ in self.touched)


def counted(work: Workload, seed: int = 3) -> Tally:
    """Run one launch of a workload and check its result."""
    tally = Tally(arguments=work.inputs(seed))
    expected = work.reference(tally.arguments)
    given = [_argument(place, each, tally) for place, each in enumerate(tally.arguments)]
    extent = (*work.launch.block, 1, 1)[:3]
    for place in product(*(range(each) for each in (*work.launch.grid, 1, 1)[:3])):
        Block(work, place, extent, tally).run(given)
    assert work.check(tally.arguments, expected).correct
    return tally


class Number:
    """A floating-point number that counts what is done with it; NumPy leaves it alone."""

    __array_ufunc__ = None
    __slots__ = ("tally", "value")

    def __init__(self, value: float, tally: Tally) -> None:
        self.value = float(value)
        self.tally = tally

    def _operation(self, other: Any, operation: Callable[[float, float], float]) -> Number:
        self.tally.flops += 1
        return Number(operation(self.value, float(other)), self.tally)

    def __float__(self) -> float:
        return self.value

    def __add__(self, other: Any) -> Number:
        return self._operation(other, operator.add)

    def __sub__(self, other: Any) -> Number:
        return self._operation(other, operator.sub)

    def __mul__(self, other: Any) -> Number:
        return self._operation(other, operator.mul)

    def __truediv__(self, other: Any) -> Number:
        return self._operation(other, operator.truediv)

    def __rmul__(self, other: Any) -> Number:
        return self._operation(other, operator.mul)

    def __gt__(self, other: Any) -> bool:
        return self.value > float(other)


class Array:
    """An array, global or shared, that watches its indices."""

    def __init__(self, data: Any, tally: Tally, place: int | None = None) -> None:
        self.data, self.tally, self.place = data, tally, place
        self.shape, self.size = data.shape, data.size

    def _flat(self, index: Any) -> int:
        where = index if isinstance(index, tuple) else (index,)
        assert len(where) == len(self.shape)
        assert all(0 <= each < extent for each, extent in zip(where, self.shape, strict=True)), where
        flat = int(np.ravel_multi_index(tuple(int(each) for each in where), self.shape))
        if self.place is not None:
            self.tally.touched.add((self.place, flat))
        return flat

    def __getitem__(self, index: Any) -> Any:
        value = self.data.flat[self._flat(index)]
        assert value is not None, "read before it was written"
        if isinstance(value, np.integer):
            return int(value)
        return Number(float(value), self.tally) if isinstance(value, np.floating) else value

    def __setitem__(self, index: Any, value: Any) -> None:
        self.data.flat[self._flat(index)] = float(value) if self.data.dtype.kind == "f" else value


def _argument(place: int, value: Any, tally: Tally) -> Any:
    if isinstance(value, np.ndarray):
        return Array(value, tally, place)
    return Number(float(value), tally) if isinstance(value, np.floating) else value


@dataclass
class Block:
    """A block of threads that runs, with what its threads share."""

    work: Workload
    place: tuple[int, ...]
    extent: tuple[int, ...]
    tally: Tally
    shared: dict[int, Array] = field(default_factory=dict)
    failures: list[BaseException] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.barrier = threading.Barrier(math.prod(self.extent))

    def run(self, given: list[Any]) -> None:
        """Run all threads to their end."""
        places = product(*(range(each) for each in reversed(self.extent)))
        threads = [
            threading.Thread(target=self._run_thread, args=(place[::-1], given), daemon=True)
            for place in places
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join(PATIENCE)
        for failure in self.failures:
            if not isinstance(failure, threading.BrokenBarrierError):
                raise failure
        assert not self.failures, "some threads wait at a barrier that others never reach"

    def _run_thread(self, thread: tuple[int, ...], given: list[Any]) -> None:
        function = self.work.kernel.py_func
        try:
            FunctionType(function.__code__, {**function.__globals__, **self._scope(thread)})(*given)
        except BaseException as error:  # noqa: BLE001 - raised again by run, in the test's own thread
            self.failures.append(error)
            self.barrier.abort()

    def _scope(self, thread: tuple[int, ...]) -> dict[str, Any]:
        """Return what a kernel's global names mean to one thread."""
        declared = iter(range(100))
        blocks = [*self.work.launch.grid, 1, 1][:3]
        places = [self.place[axis] * self.extent[axis] + thread[axis] for axis in range(3)]
        sizes = [blocks[axis] * self.extent[axis] for axis in range(3)]
        cuda = SimpleNamespace(
            threadIdx=SimpleNamespace(**dict(zip("xyz", thread, strict=True))),
            blockIdx=SimpleNamespace(**dict(zip("xyz", self.place, strict=True))),
            grid=lambda axes: places[0] if axes == 1 else tuple(places[:axes]),
            gridsize=lambda axes: sizes[0] if axes == 1 else tuple(sizes[:axes]),
            shared=SimpleNamespace(array=lambda shape, _: self._shared_array(next(declared), shape)),
            local=SimpleNamespace(array=lambda shape, _: self._array(shape)),
            syncthreads=lambda: self.barrier.wait(PATIENCE),
            atomic=SimpleNamespace(add=self._add),
        )
        return {
            "cuda": cuda,
            "math": SimpleNamespace(
                inf=math.inf, sqrt=self._one_operation(math.sqrt), exp=self._one_operation(math.exp)
            ),
            "float32": lambda value: Number(float(value), self.tally),
        }

    def _array(self, shape: Any) -> Array:
        return Array(np.full(shape, None, object), self.tally)

    def _shared_array(self, number: int, shape: Any) -> Array:
        with self.lock:
            return self.shared.setdefault(number, self._array(shape))

    def _add(self, array: Array, index: Any, amount: Any) -> None:
        with self.lock:
            array[index] = array[index] + amount

    def _one_operation(self, function: Callable[[float], float]) -> Callable[[Number], Number]:
        def operation(number: Number) -> Number:
            self.tally.flops += 1
            return Number(function(number.value), self.tally)

        return operation
