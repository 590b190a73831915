from __future__ import annotations

import numpy as np
import pytest
from numba import cuda, float64, types

from mig_explorer.emulator.simt import LaunchView, Observer, engine, run
from mig_explorer.emulator.simt.translate import program
from mig_explorer.errors import InvalidWorkload, KernelFault, UnsupportedKernel
from tests.emulator.simt.launching import launch


@cuda.jit
def much_memory(out):
    tile = cuda.shared.array(4096, float64)
    mine = cuda.local.array(100, float64)
    tile[cuda.threadIdx.x] = 1
    mine[0] = tile[cuda.threadIdx.x]
    cuda.syncthreads()
    out[cuda.grid(1)] = mine[0]


def test_a_batch_keeps_to_its_budget_of_memory_and_lanes():
    compiled = program(much_memory.py_func, (types.float64[::1],))
    assert (compiled.shared_bytes, compiled.local_bytes) == (32768, 800)
    view = LaunchView("much_memory", (10**6, 1, 1), (256, 1, 1))
    blocks = engine.blocks_at_once(compiled, view, 0)
    assert 1 <= blocks * 256 <= engine.MOST_LANES
    assert blocks * (32768 + 256 * 800) <= engine.MOST_BYTES
    assert engine.blocks_at_once(compiled, view, 2**30) == 1


def test_batches_follow_each_other_and_see_what_was_written(monkeypatch):
    monkeypatch.setattr(engine, "MOST_LANES", 8)
    batches = []

    class Batches(Observer):
        def begin_batch(self, batch):
            batches.append((batch.first_block, batch.blocks))

    out = np.zeros(40)
    launch(much_memory, 10, 4, out, observer=Batches())
    assert batches == [(0, 2), (2, 2), (4, 2), (6, 2), (8, 2)]
    assert out.tolist() == [1] * 40


@cuda.jit
def where_am_i(out):
    x, y, z = cuda.grid(3)
    block = cuda.blockIdx.x + cuda.gridDim.x * (cuda.blockIdx.y + cuda.gridDim.y * cuda.blockIdx.z)
    out[x, y, z] = 1 + block


def test_batches_of_a_grid_of_three_dimensions(monkeypatch):
    whole = np.zeros((6, 4, 4), np.int64)
    launch(where_am_i, (3, 2, 2), (2, 2, 2), whole)
    assert sorted(set(whole.ravel().tolist())) == list(range(1, 13))
    monkeypatch.setattr(engine, "MOST_LANES", 40)
    parts = np.zeros_like(whole)
    launch(where_am_i, (3, 2, 2), (2, 2, 2), parts)
    np.testing.assert_array_equal(parts, whole)


@cuda.jit
def raises(values):
    i = cuda.grid(1)
    if values[i] < 0:
        raise ValueError("no roots")


def test_what_a_kernel_raises():
    launch(raises, 1, 4, np.zeros(4))
    with pytest.raises(KernelFault) as refused:
        launch(raises, 1, 4, np.array([1, 2, -1, -1.0]))
    line = raises.py_func.__code__.co_firstlineno + 4
    assert str(refused.value) == (
        f"raises, line {line}: raises ValueError: no roots (thread (2, 0, 0) of block (0, 0, 0))."
    )


@cuda.jit
def prints(values):
    i = cuda.grid(1)
    if i % 2 == 1:
        print("thread", i, values[i])  # noqa: T201 - that is what is tried


def test_what_a_kernel_prints(capsys):
    launch(prints, 1, 4, np.array([0.5, 1.5, 2.5, 3.5]))
    assert capsys.readouterr().out == "thread 1 1.5\nthread 3 3.5\n"


def test_the_wrong_number_of_arguments():
    with pytest.raises(InvalidWorkload) as refused:
        launch(raises, 1, 4, np.zeros(4), 3)
    assert str(refused.value) == "raises takes 1 argument (values), not 2."


class OnAGpu:
    __cuda_array_interface__ = {"shape": (4,), "typestr": "<f8", "data": (0, False), "version": 3}  # noqa: RUF012


def test_an_array_in_the_memory_of_a_gpu():
    with pytest.raises(InvalidWorkload) as refused:
        launch(raises, 1, 4, OnAGpu())
    assert str(refused.value) == (
        "raises: argument 1 (values) lies in a GPU's memory, and the emulator has none. Pass a NumPy array, "
        "such as its copy_to_host()."
    )


def test_an_argument_that_is_no_array_and_no_number():
    with pytest.raises(InvalidWorkload) as refused:
        launch(raises, 1, 4, {"a": 1})
    assert str(refused.value) == (
        "raises: argument 1 (values) is a dict; a kernel takes NumPy arrays, numbers and tuples of them. Try "
        "np.asarray(...)."
    )


def test_a_plain_function_is_a_kernel_too():
    def plain(out):
        out[cuda.grid(1)] = 3

    out = np.zeros(2)
    launch(plain, 1, 2, out)
    assert out.tolist() == [3, 3]


def test_the_same_array_twice():
    @cuda.jit
    def shifts(source, target):
        i = cuda.grid(1)
        target[i] = source[i + 1]

    values = np.arange(5.0)
    launch(shifts, 1, 4, values, values[:4])
    assert values.tolist() == [1, 2, 3, 4, 4]


@cuda.jit
def uses_uninitialised(out, n):
    i = cuda.grid(1)
    if n > 100:
        value = 5.0
    out[i] = value


def test_a_variable_that_was_not_assigned_is_zero():
    out = np.ones(2)
    launch(uses_uninitialised, 1, 2, out, 3)
    assert out.tolist() == [0, 0]


def test_nothing_runs_of_a_kernel_that_is_refused():
    @cuda.jit
    def half_known(out):
        out[0] = 1
        grid = cuda.cg.this_grid()
        grid.sync()

    out = np.zeros(1)
    with pytest.raises(UnsupportedKernel):
        run(half_known, (1, 1, 1), (1, 1, 1), (out,))
    assert out[0] == 0


def test_a_long_way_back_to_lanes_that_wait_does_not_lose_them():
    @cuda.jit
    def one_takes_long(out):
        i = cuda.grid(1)
        if i == 0:
            for k in range(3000):
                out[0] += k % 2
        out[i] += 1

    out = np.zeros(4)
    launch(one_takes_long, 1, 4, out)
    assert out.tolist() == [1501, 1, 1, 1]
