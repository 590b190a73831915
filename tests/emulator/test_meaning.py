from __future__ import annotations

import ast
import math

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import cuda

from mig_explorer.emulator.meaning import UNKNOWN, constant_expression, cuda_path, meaning, scalar_type

NUMBERS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.integers(0, 255).map(np.uint8),
    st.floats(width=32).map(np.float32),
)


def parsed(text):
    return ast.parse(text, mode="eval").body


def written(value):
    expression = constant_expression(value)
    assert expression is not None
    return eval(ast.unparse(ast.Expression(expression)), {"np": np})  # noqa: S307 - numbers of this test


@given(NUMBERS)
def test_a_number_written_out_is_the_same_number_of_the_same_type(value):
    again = written(value)
    assert (type(again), repr(again)) == (type(value), repr(value))


@given(st.lists(NUMBERS, max_size=4).map(tuple))
def test_a_tuple_of_numbers_is_written_out(value):
    assert repr(written(value)) == repr(value)


@pytest.mark.parametrize("value", ["text", None, 1j, [1], (1, "a"), np.arange(3), object()])
def test_what_is_no_number_is_not_written_out(value):
    assert constant_expression(value) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("cuda.grid", "grid"),
        ("numba.cuda.shared.array", "shared.array"),
        ("there.blockIdx.y", "blockIdx.y"),
        ("barrier", "syncthreads"),
        ("own.threadIdx.x", None),
        ("cuda", ""),
        ("1 + 1", None),
    ],
)
def test_parts_of_cuda_are_found_by_what_they_are_and_not_by_their_name(text, path):
    scope = {"cuda": cuda, "numba": numba, "there": cuda, "barrier": cuda.syncthreads, "own": math}
    assert cuda_path(parsed(text), scope) == path


def test_only_global_names_and_what_is_in_modules_has_a_meaning():
    scope = {"m": math, "n": 4}
    assert meaning(parsed("m.pi"), scope) == math.pi
    assert meaning(parsed("n"), scope) == 4
    assert meaning(parsed("n.real"), scope) is UNKNOWN
    assert meaning(parsed("m.nonsense"), scope) is UNKNOWN
    assert meaning(parsed("n + 1"), scope) is UNKNOWN


@pytest.mark.parametrize(
    "value", [numba.types.float16, np.float16, np.longdouble, "datetime64[s]", 4, float, None]
)
def test_what_numba_does_not_compile_for_a_cpu_is_no_number_type(value):
    assert scalar_type(value) is None


def test_booleans_are_number_types():
    assert scalar_type(numba.types.boolean) == scalar_type(np.bool_) == scalar_type("bool") == np.dtype(bool)
