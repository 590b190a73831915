"""How the fast engine is launched: on how many cores, and with which engine when it can't."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numba import config, cuda

from mig_explorer.emulator import emulate, native
from mig_explorer.emulator.cores import ENOUGH_THREADS, cores_for, shared_out
from mig_explorer.errors import InvalidWorkload, KernelFault, UnsupportedKernel


@cuda.jit
def add_one(values, out):
    i = cuda.grid(1)
    if i < out.size:
        out[i] = values[i] + 1


@cuda.jit
def total(values, out):
    cuda.atomic.add(out, 0, values[cuda.grid(1)])


@pytest.fixture
def stretches(monkeypatch):
    """Return the stretches of blocks that launches are cut into, on a machine with three cores."""
    found = []
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 3)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2}, raising=False)

    def noted(blocks, count, run):
        found.append((blocks, count))
        shared_out(blocks, count, run)

    monkeypatch.setattr(native, "shared_out", noted)
    return found


def test_independent_blocks_are_shared_out_to_the_cores(stretches):
    values = np.arange(2.0**17)
    out = np.zeros_like(values)
    emulate(add_one)[2**9, 2**8](values, out)
    assert (out == values + 1).all()
    assert stretches == [(512, 3)]


def test_arrays_that_overlap_keep_the_blocks_in_turn(stretches):
    values = np.arange(2.0**17 + 1)
    emulate(add_one)[2**9, 2**8](values[:-1], values[1:])
    assert values.tolist() == list(range(2**17 + 1))
    assert stretches == [(512, 1)]


def test_atomics_keep_the_blocks_in_turn(stretches):
    out = np.zeros(1)
    emulate(total)[2**9, 2**8](np.ones(2**17), out)
    assert out[0] == 2**17
    assert stretches == [(512, 1)]


def test_few_threads_are_not_worth_a_second_core():
    assert cores_for(ENOUGH_THREADS - 1, 100) == 1


def test_numba_and_the_machine_say_how_many_cores_there_are(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    for allowed, blocks, count in ((8, 100, 4), (2, 100, 2), (8, 3, 3), (1, 100, 1)):
        monkeypatch.setattr(config, "NUMBA_NUM_THREADS", allowed)
        assert cores_for(ENOUGH_THREADS, blocks) == count


@pytest.mark.parametrize(("blocks", "count"), [(10, 3), (3, 3), (7, 2), (1, 1)])
def test_every_block_is_run_once(blocks, count):
    done: list[int] = []
    shared_out(blocks, count, lambda first, end: done.extend(range(first, end)))
    assert sorted(done) == list(range(blocks))


def test_what_goes_wrong_on_a_core_is_raised():
    def fails(first, _end):
        if first:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shared_out(4, 2, fails)


def test_how_long_compiling_took_is_known_after_the_first_launch():
    @cuda.jit
    def kernel(a):
        a[cuda.grid(1)] = 123.25

    emulated = emulate(kernel)
    assert emulated.compile_seconds is None
    emulated[1, 2](np.zeros(2))
    first = emulated.compile_seconds
    emulated[1, 2](np.zeros(2))
    assert first is not None
    assert first
    assert emulated.compile_seconds == first > 0


@cuda.jit
def doubles_by_a_warp(values):
    i = cuda.grid(1)
    values[i] = cuda.shfl_sync(0xFFFFFFFF, values[i], cuda.laneid) * 2


def test_a_kernel_that_can_not_be_rewritten_runs_lane_by_lane_and_says_why():
    emulated, values = emulate(doubles_by_a_warp), np.arange(32.0)
    line = doubles_by_a_warp.py_func.__code__.co_firstlineno + 3
    assert (emulated.engine, emulated.source) == ("lane by lane", "")
    assert emulated.why == f"doubles_by_a_warp, line {line}: cuda.shfl_sync has no native form."
    emulated[1, 32](values)
    assert values.tolist() == [2 * each for each in range(32)]


@cuda.jit
def counts_what_is_true(values, out):
    out[0] = cuda.syncthreads_count(values[0] > 1)


def test_a_kernel_that_numba_would_refuse_on_a_gpu_is_refused_before_it_runs():
    with pytest.raises(UnsupportedKernel) as caught:
        emulate(counts_what_is_true)[1, 1](np.zeros(2), np.zeros(2))
    line = counts_what_is_true.py_func.__code__.co_firstlineno + 2
    assert str(caught.value).startswith(f"counts_what_is_true, line {line}: Numba can't compile it for a GPU")
    assert "syncthreads_count(bool)" in str(caught.value)


CORNERS = np.dtype([("corners", np.float32, (3,)), ("colour", np.int32)])


@cuda.jit
def sets_a_whole_field(records, values):
    records[0].corners = values


def test_what_numba_stumbles_over_is_refused_in_words():
    with pytest.raises(UnsupportedKernel) as caught:
        emulate(sets_a_whole_field)[1, 1](np.zeros(4, CORNERS), np.zeros(3, np.float32))
    line = sets_a_whole_field.py_func.__code__.co_firstlineno + 2
    assert str(caught.value) == (
        f"sets_a_whole_field, line {line}: the field corners is an array; write its elements in a loop."
    )


def test_a_launch_is_checked_or_counted_and_not_both():
    with pytest.raises(InvalidWorkload) as caught:
        emulate(add_one, check=True, count=True)  # type: ignore[call-overload]
    assert str(caught.value) == (
        "emulate(check=True, count=True): a launch is checked or counted; ask for one after the other."
    )


def test_a_kernel_is_checked_and_counted_by_the_same_door():
    with pytest.raises(KernelFault):
        emulate(add_one, check=True)[1, 8](np.zeros(4), np.zeros(8))
    counted = emulate(add_one, count=True)[1, 8](np.zeros(8), np.zeros(8))
    assert counted.counts is not None


def test_neither_engine_is_imported_before_it_is_needed():
    program = (
        "import sys, mig_explorer.emulator; "
        "print([each for each in sys.modules if each.startswith('mig_explorer.emulator.') "
        "and each.split('.')[2] in ('simt', 'checks', 'counts', 'compiler')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == "[]\n"
