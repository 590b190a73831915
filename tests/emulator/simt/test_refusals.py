"""What is not known is refused by name with its line, before anything runs."""

from __future__ import annotations

import numpy as np
import pytest
from numba import cuda, float32
from numba.cuda import libdevice

from mig_explorer.errors import UnsupportedKernel
from tests.emulator.simt.launching import launch


def refusal(kernel, *arguments):
    with pytest.raises(UnsupportedKernel) as refused:
        launch(kernel, 1, 1, *(arguments or (np.zeros(4),)))
    line = kernel.py_func.__code__.co_firstlineno
    text = str(refused.value)
    for offset in range(12):
        text = text.replace(f"line {line + offset}:", f"line +{offset}:")
    return text


def test_cooperative_groups():
    @cuda.jit
    def waits_for_the_grid(_out):
        cuda.cg.this_grid().sync()

    assert (
        refusal(waits_for_the_grid)
        == "waits_for_the_grid, line +2: the emulator does not know cuda.this_grid."
    )


def test_a_list():
    @cuda.jit
    def has_a_list(out):
        parts = [1, 2]
        out[0] = parts[0]

    assert refusal(has_a_list) == "has_a_list, line +2: the emulator does not know build list."


def test_try():
    @cuda.jit
    def tries(out):
        try:
            out[0] = 1
        except Exception:  # noqa: BLE001 - that is what is tried
            out[0] = 2

    assert refusal(tries) == "tries, line +3: the emulator does not know try."


def test_an_array_seen_as_another_type():
    @cuda.jit
    def views(out):
        bits = out.view(np.int64)
        bits[0] = 1

    assert refusal(views) == "views, line +2: the emulator does not know view."


def test_vector_types():
    @cuda.jit
    def has_vectors(out):
        pair = cuda.float32x2(1.0, 2.0)
        out[0] = pair.x

    assert refusal(has_vectors) == "has_vectors, line +2: the emulator does not know cuda.float32x2."


def test_rounding_in_a_direction():
    @cuda.jit
    def rounds_down(out):
        out[0] = libdevice.dadd_rd(out[0], 1.0)

    assert refusal(rounds_down) == "rounds_down, line +2: the emulator does not know libdevice.dadd_rd."


def test_a_kernel_that_returns_something():
    @cuda.jit
    def returns(out):
        return out[0]

    assert refusal(returns) == (
        "returns, line +0: a kernel returns nothing, and this one returns float64. Write the result into "
        "an array."
    )


def test_a_function_that_calls_itself():
    @cuda.jit(device=True)
    def factorial(n):
        if n > 1:
            return n * factorial(n - 1)
        return 1

    @cuda.jit
    def calls(out):
        out[0] = factorial(5)

    line = factorial.py_func.__code__.co_firstlineno
    with pytest.raises(UnsupportedKernel) as refused:
        launch(calls, 1, 1, np.zeros(1))
    assert str(refused.value) == (
        f"factorial, line {line}: it calls itself, or calls go more than 40 deep. The emulator knows no "
        "recursion; use a loop."
    )


def test_what_numba_has_no_type_for():
    @cuda.jit
    def chooses(out):
        out[0] = np.where(out[0] > 0, 1, 2)

    assert refusal(chooses).startswith(
        "chooses, line +2: Numba can't compile it for a GPU with arguments (array(float64, 1d, C)): "
    )


def test_a_shape_that_is_not_known_beforehand():
    @cuda.jit
    def sized(out, n):
        tile = cuda.shared.array(n, float32)
        out[0] = tile[0]

    assert refusal(sized, np.zeros(1), 3).startswith(
        "sized, line +2: Numba can't compile it for a GPU with arguments (array(float64, 1d, C), int64): No "
        "implementation of function Function(<function shared.array"
    )


def test_a_field_that_is_a_record():
    @cuda.jit
    def reads_a_field(records, out):
        out[0] = records[0].inner.x

    records = np.zeros(2, [("inner", [("x", np.float32)])])
    assert refusal(reads_a_field, records, np.zeros(1)) == (
        "reads_a_field, line +2: the field inner is [('x', '<f4')]; the emulator knows fields that are "
        "numbers or arrays of them."
    )


def test_writing_a_field_that_is_an_array():
    @cuda.jit
    def writes_a_field(records, values):
        records[0].corners = values

    records = np.zeros(2, [("corners", np.float32, (3,))])
    assert refusal(writes_a_field, records, np.zeros(3, np.float32)) == (
        "writes_a_field, line +2: the field corners is an array; write its elements in a loop."
    )
