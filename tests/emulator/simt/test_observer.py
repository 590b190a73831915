from __future__ import annotations

import numpy as np
import pytest
from numba import cuda, float32

from mig_explorer.emulator.simt import Observer, run
from mig_explorer.emulator.simt.turn import Watch
from mig_explorer.errors import KernelFault
from tests.emulator.simt.launching import launch


class Everything(Observer):
    """Writes down all that it is told, with lines counted from the kernel's first."""

    def __init__(self, kernel):
        self.first = kernel.py_func.__code__.co_firstlineno
        self.told = []

    def _tell(self, name, line, *rest):
        self.told.append((name, int(line) - self.first, *rest))

    def begin(self, launch):
        self.told.append(("begin", launch.kernel, launch.grid, launch.block))

    def begin_batch(self, batch):
        self.batch = batch
        self.told.append(("begin batch", batch.first_block, batch.blocks))

    def end_batch(self):
        self.told.append(("end batch",))

    def end(self):
        self.told.append(("end",))

    def load(self, memory, index, lanes, line):
        self._tell("load", line, memory.kind, memory.name, index.tolist(), lanes.tolist())

    def store(self, memory, index, lanes, line, values):
        self._tell("store", line, memory.kind, memory.name, index.tolist(), lanes.tolist(), values.tolist())

    def atomic(self, memory, index, lanes, line, operation):
        self._tell("atomic", line, memory.name, index.tolist(), lanes.tolist(), operation)

    def barrier(self, blocks, line, kind):
        self._tell("barrier", line, blocks.tolist(), kind)

    def divergent_barrier(self, groups):
        self.told.append(("divergent", [(int(line) - self.first, lanes.tolist()) for line, lanes in groups]))

    def warp_sync(self, mask, lanes, line, kind):
        self._tell("warp", line, mask.tolist(), lanes.tolist(), kind)

    def bad_mask(self, lanes, mask, line, kind, missing):
        self._tell("bad mask", line, lanes.tolist(), mask, kind, missing.tolist())

    def fence(self, lanes, line, scope):
        self._tell("fence", line, lanes.tolist(), scope)

    def branch(self, line, lanes_taken, lanes_not_taken):
        self._tell("branch", line, lanes_taken.tolist(), lanes_not_taken.tolist())

    def operation(self, name, dtype, lanes_count, line):
        self._tell("operation", line, name, str(dtype), lanes_count)


def told(kernel, *arguments, **options):
    observer = Everything(kernel)
    launch(kernel, *arguments, observer=observer, **options)
    return observer.told


@cuda.jit
def something_of_everything(values, counts):
    tile = cuda.shared.array(2, float32)
    i = cuda.grid(1)
    t = cuda.threadIdx.x
    tile[t] = values[i]
    cuda.syncthreads()
    if i == 1:
        values[i] = tile[1 - t] * tile[t]
    cuda.atomic.add(counts, 0, 1)
    cuda.threadfence()


def test_all_that_happens_is_told_with_its_line():
    values, counts = np.array([2, 3, 5, 7], np.float32), np.zeros(1, np.int32)
    events = [each for each in told(something_of_everything, 2, 2, values, counts) if each[0] != "operation"]
    assert events == [
        ("begin", "something_of_everything", (2, 1, 1), (2, 1, 1)),
        ("begin batch", 0, 2),
        ("load", 5, "global", "values", [0, 1, 2, 3], [0, 1, 2, 3]),
        ("store", 5, "shared", "tile", [0, 1, 2, 3], [0, 1, 2, 3], [2, 3, 5, 7]),
        ("barrier", 6, [0, 1], "syncthreads"),
        ("branch", 7, [1], [0, 2, 3]),
        ("load", 8, "shared", "tile", [0], [1]),
        ("load", 8, "shared", "tile", [1], [1]),
        ("store", 8, "global", "values", [1], [1], [6]),
        ("atomic", 9, "counts", [0, 0, 0, 0], [0, 1, 2, 3], "add"),
        ("fence", 10, [0, 1, 2, 3], "device"),
        ("end batch",),
        ("end",),
    ]


@cuda.jit
def arithmetic(values, n):
    i = cuda.grid(1)
    a = values[i] * values[i] + values[i]
    values[i] = cuda.fma(a, a, a) / float32(3) if n > 3 else 0


def test_operations_are_told_in_the_types_they_are_done_in():
    events = told(arithmetic, 1, 4, np.ones(4, np.float32), 5)
    assert [each for each in events if each[0] == "operation" and each[2] != "cast"] == [
        ("operation", 3, "mul", "float32", 4),
        ("operation", 3, "add", "float32", 4),
        ("operation", 4, "gt", "int64", 4),
        ("operation", 4, "fma", "float32", 4),
        ("operation", 4, "truediv", "float32", 4),
    ]


@cuda.jit
def barriers_on_both_sides(values):
    if cuda.threadIdx.x < 2:
        cuda.syncthreads()
    else:
        cuda.syncthreads()
    values[cuda.grid(1)] = 1


def test_divergent_barriers_are_told_and_passed():
    values = np.zeros(4)
    events = told(barriers_on_both_sides, 1, 4, values)
    assert [each for each in events if each[0] in ("divergent", "barrier")] == [
        ("divergent", [(3, [0, 1]), (5, [2, 3])]),
        ("barrier", 3, [0], "syncthreads"),
    ]
    assert values.tolist() == [1, 1, 1, 1]


@cuda.jit
def wrong_masks(values):
    i = cuda.grid(1)
    if i < 2:
        return
    if i < 4:
        values[i] = cuda.shfl_sync(0x3F, i, 2)
    else:
        cuda.syncwarp(0x10)


def test_wrong_masks_are_told_and_passed():
    events = told(wrong_masks, 1, 6, np.zeros(6))
    assert [each for each in events if each[0] in ("bad mask", "warp")] == [
        ("bad mask", 8, [5], 0x10, "syncwarp", []),
        ("warp", 8, [0x10, 0x10], [4, 5], "syncwarp"),
        ("bad mask", 6, [2, 3], 0x3F, "shfl", [0, 1, 4, 5]),
        ("warp", 6, [0x3F, 0x3F], [2, 3], "shfl"),
    ]


@cuda.jit
def names_those_that_have_returned(values):
    i = cuda.grid(1)
    if i < 2:
        return
    values[i] = cuda.shfl_sync(0xFFFFFFFF, i, 2)


def test_a_mask_that_names_threads_that_have_returned_is_told_but_no_error():
    events = told(names_those_that_have_returned, 1, 32, np.zeros(32))
    assert [each for each in events if each[0] == "bad mask"] == [
        ("bad mask", 5, list(range(2, 32)), 0xFFFFFFFF, "shfl", [0, 1])
    ]
    values = np.zeros(32)
    launch(names_those_that_have_returned, 1, 32, values)
    assert values[2:].tolist() == [2] * 30


@cuda.jit
def for_ever(values):
    while values[0] == 0:
        pass


class Clock(Observer):
    def __init__(self):
        self.told = []

    def deadline(self, lanes, line, seconds):
        self.told.append((lanes.tolist(), int(line), seconds))


def test_an_endless_loop_is_told_with_its_line():
    clock = Clock()
    with pytest.raises(KernelFault) as refused:
        run(for_ever, (1, 1, 1), (2, 1, 1), (np.zeros(1),), observer=clock, deadline_seconds=0.05)
    line = for_ever.py_func.__code__.co_firstlineno + 2
    assert clock.told == [([0, 1], line, 0.05)]
    assert str(refused.value) == (
        f"for_ever, line {line}: still running after 0.05 seconds, here: an endless loop, or too much to do "
        "(thread (0, 0, 0) of block (0, 0, 0))."
    )


def test_what_nobody_watches_is_not_told():
    assert not any(vars(Watch.of(Observer())).values())
    watched = [name for name, yes in vars(Watch.of(Everything(arithmetic))).items() if yes]
    assert watched == [
        "load",
        "store",
        "atomic",
        "barrier",
        "divergent_barrier",
        "warp_sync",
        "bad_mask",
        "fence",
        "branch",
        "operation",
    ]


@cuda.jit
def fields(records):
    i = cuda.grid(1)
    records[i].a = records[i].b


def test_fields_of_records_overlap_with_nothing_but_themselves():
    records = np.zeros(2, [("a", np.int32), ("b", np.int32)])
    seen = []

    class Fields(Observer):
        def load(self, memory, *_):
            seen.append((memory.name, memory.stride, memory.address - records.ctypes.data))

        def store(self, memory, *_):
            seen.append((memory.name, memory.stride, memory.address - records.ctypes.data))

    launch(fields, 1, 2, records, observer=Fields())
    assert seen == [("records.b", 8, 4), ("records.a", 8, 0)]
