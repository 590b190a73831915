"""Kernels made at random, in a plain interpreter and on all that the emulator has to run them.

RANDOM_KERNELS asks for so many times as many; RANDOM_SEED repeats what a failure names.
"""

from __future__ import annotations

import gc
import os
import secrets

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mig_explorer.emulator import emulate, native, simt
from mig_explorer.emulator.geometry import geometry
from mig_explorer.emulator.rewrite import rewrite
from tests.emulator.interpreted import run_rewritten
from tests.emulator.random_kernels import (
    BLOCK,
    COLUMNS,
    GRID,
    collected,
    kernel_of,
    kernel_of_all,
    kernels,
    of_threads,
    small_kernels,
    tiny_kernels,
    waiting,
)
from tests.emulator.reference import run_reference

TIMES = int(os.environ.get("RANDOM_KERNELS", "1"))
SEED = int(os.environ.get("RANDOM_SEED", "0")) or secrets.randbelow(2**31) + 1
REWRITTEN, LANE_BY_LANE, NATIVE = 50 * TIMES, 2000 * TIMES, 150 * TIMES
"""How many kernels: 30 ms each, 12 ms and 110 ms on one core."""
PARTS = 4
"""One in so many tests has larger kernels: with more statements, or with barriers between them."""
LANES_AT_ONCE, NATIVE_AT_ONCE = 500, 75
"""Kernels of one test, so that none takes long."""
TOGETHER = 10
"""Kernels that are compiled as one."""
INPUTS = 5


def made(n):
    out = np.arange(GRID * BLOCK * COLUMNS).reshape(GRID * BLOCK, COLUMNS)
    return out, np.arange(17), np.arange(20) * 7 % 11, np.zeros(2, np.int64), (5, 8), n


def left(arguments):
    return [each.tolist() for each in arguments if isinstance(each, np.ndarray)]


def reference(kernel, n, *also):
    arguments = (*made(n), *also)
    run_reference(kernel, (GRID, 1, 1), (BLOCK, 1, 1), arguments)
    return left(arguments)


@given(kernels, st.integers(0, INPUTS - 1))
@settings(max_examples=REWRITTEN, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_a_kernel_is_rewritten_to_computes_what_its_threads_do_one_by_one(lines, n):
    kernel = kernel_of(lines)
    arguments, rewritten = made(n), rewrite(kernel)
    run_rewritten(rewritten, GRID, BLOCK, arguments)
    assert left(arguments) == reference(kernel, n)
    if rewritten.independence.holds(geometry("kernel", (GRID, BLOCK))):
        other_way = made(n)
        run_rewritten(rewritten, GRID, BLOCK, other_way, blocks=[1, 0])
        assert left(other_way) == left(arguments)


@pytest.fixture
def no_collecting():
    """Keep Python from looking through all that Numba makes, again and again: a sixth of the time."""
    gc.disable()
    yield
    gc.enable()


def check(run, strategy, number, seed):
    """Hold a way to run kernels to the interpreter."""
    found = collected(strategy, number, seed)
    for first in range(0, len(found), TOGETHER):
        many = found[first : first + TOGETHER]
        kernel = kernel_of_all(many)
        launch = run(kernel)
        for which, lines in enumerate(many):
            n = (first // TOGETHER + which) % INPUTS
            arguments = (*made(n), which)
            launch(*arguments)
            told = "\n".join([f"kernel {first + which}, RANDOM_SEED={SEED}, n = {n}:", *lines])
            assert left(arguments) == reference(kernel, n, which), told


@pytest.mark.usefixtures("no_collecting")
@pytest.mark.parametrize("part", range(LANE_BY_LANE // LANES_AT_ONCE))
def test_kernels_run_lane_by_lane_compute_what_their_threads_do_one_by_one(part):
    def run(kernel):
        return lambda *arguments: simt.run(kernel, (GRID, 1, 1), (BLOCK, 1, 1), arguments)

    check(run, tiny_kernels if part % PARTS else small_kernels, LANES_AT_ONCE, SEED + part)


@pytest.mark.usefixtures("no_collecting")
@pytest.mark.parametrize("part", range(NATIVE // NATIVE_AT_ONCE))
def test_compiled_kernels_compute_what_their_threads_do_one_by_one(part, monkeypatch):
    # The other engine has Numba give types to such kernels for a GPU; here that is a tenth of the time.
    monkeypatch.setattr(native, "_check_for_gpu", lambda *_: None)

    def run(kernel):
        emulated = emulate(kernel)
        assert emulated.rewritten, emulated.why

        def launch(*arguments):
            emulated[GRID, BLOCK](*arguments)
            assert emulated.engine == "native", emulated.why

        return launch

    check(run, of_threads(1) if part % PARTS else tiny_kernels, NATIVE_AT_ONCE, SEED + part)


def test_large_kernels_compiled_alone_compute_what_their_threads_do_one_by_one():
    for n, lines in enumerate(collected(kernels, 4 * TIMES, SEED)):
        kernel, arguments = kernel_of(lines), made(n % INPUTS)
        emulate(kernel)[GRID, BLOCK](*arguments)
        assert left(arguments) == reference(kernel, n % INPUTS), "\n".join([f"RANDOM_SEED={SEED}:", *lines])


def test_every_kernel_made_here_ends():
    inner = waiting(1, "(cuda.threadIdx.x * 600)", ["p += 1"])
    outer = waiting(2, "0", ["if cuda.threadIdx.x == 0:", "    return", *inner])
    assert reference(kernel_of(outer), 1)
