from __future__ import annotations

import threading

import numpy as np
import pytest
from numba import cuda

from mig_explorer.emulator import emulate
from mig_explorer.errors import InvalidWorkload, UnsupportedKernel


@cuda.jit
def scale(values, factor, out):
    """Multiply values by a factor."""
    i = cuda.grid(1)
    if i < out.size:
        out[i] = factor * values[i]


def refused(error, *arguments, launch=(2, 4)):
    with pytest.raises(error) as caught:
        emulate(scale)[launch](*arguments)
    return str(caught.value)


A = np.arange(8.0)


def test_a_kernel_is_launched_as_on_a_gpu():
    out = np.zeros(7)
    emulate(scale)[2, 4](A, 3, out)
    assert out.tolist() == [0, 3, 6, 9, 12, 15, 18]


def test_a_plain_function_and_its_dispatcher_do_the_same():
    out = np.zeros(7)
    emulate(scale.py_func)[(2,), (4,)](A, 3, out)
    assert out.tolist() == [0, 3, 6, 9, 12, 15, 18]


def test_one_emulated_kernel_takes_many_launches_and_types():
    emulated = emulate(scale)
    for dtype in (np.float32, np.float64, np.int64):
        out = np.zeros(8, dtype)
        emulated[8, 1](A.astype(dtype), np.int64(2), out)
        assert out.tolist() == (2 * A).tolist()


def test_strided_arrays_are_read_and_written_in_place():
    out = np.zeros((8, 2))
    emulate(scale)[1, 8](A[::-1], 1.0, out[:, 1])
    assert out[:, 1].tolist() == A[::-1].tolist()
    assert not out[:, 0].any()


def test_threads_of_python_launch_side_by_side():
    outs = [np.zeros(8) for _ in range(4)]
    running = [
        threading.Thread(target=emulate(scale)[2, 4], args=(A, factor, out))
        for factor, out in enumerate(outs)
    ]
    for each in running:
        each.start()
    for each in running:
        each.join()
    assert [out.tolist() for out in outs] == [(factor * A).tolist() for factor in range(4)]


def test_the_source_is_there_to_be_read():
    source = emulate(scale).source
    assert source.startswith("# scale, rewritten: each loop over threads ends at a barrier.\n")
    assert "out[i] = factor * values[i]" in source


@pytest.mark.parametrize("arguments", [(A, 2), (A, 2, A, A), ()])
def test_a_wrong_number_of_arguments_is_refused(arguments):
    assert refused(InvalidWorkload, *arguments) == (
        f"scale takes 3 arguments (values, factor, out), not {len(arguments)}."
    )


@pytest.mark.parametrize("value", [3.0, 1, True, np.float32(2)])
def test_a_number_for_an_array_is_refused(value):
    assert refused(InvalidWorkload, A, 2, value) == (
        f"scale: argument 3 (out) is the number {value!r}, but the kernel uses it as an array: "
        "pass a NumPy array."
    )


@pytest.mark.parametrize(
    ("value", "kind"), [([1.0, 2.0], "list"), (None, "NoneType"), ("abc", "str"), ((1, "a"), "str")]
)
def test_what_is_neither_array_nor_number_is_refused(value, kind):
    assert refused(InvalidWorkload, value, 2, A) == (
        f"scale: argument 1 (values) is a {kind}; "
        "a kernel takes NumPy arrays, numbers and tuples of them. Try np.asarray(...)."
    )


@pytest.mark.parametrize("dtype", ["object", "U3", "datetime64[s]", ">f8", "float16", "f4,O"])
def test_an_array_of_something_else_than_numbers_is_refused(dtype):
    value = np.zeros(8, dtype)
    assert refused(InvalidWorkload, value, 2, A) == (
        f"scale: argument 1 (values) is an array of {value.dtype}; "
        "a kernel takes arrays of numbers, or of records of numbers, in native byte order."
    )


def test_a_number_too_large_for_a_gpu_is_refused():
    assert refused(InvalidWorkload, A, 2**70, A) == (
        f"scale: argument 2 (factor) is {2**70}, which no 64 bits hold."
    )


def test_an_array_for_a_number_is_refused_with_numbas_reason():
    assert (
        "Numba can't compile it for a GPU with arguments (array(float64, 1d, C), array(float64, 1d, C), "
        in (refused(UnsupportedKernel, A, A, np.zeros(8)))
    )


def test_an_array_that_may_not_be_written_is_refused():
    fixed = np.zeros(8)
    fixed.flags.writeable = False
    assert "readonly" in refused(UnsupportedKernel, A, 2, fixed)


def test_a_bad_launch_is_refused_before_its_arguments_are_looked_at():
    assert refused(InvalidWorkload, launch=(0, 4)) == (
        "scale[0, 4]: the grid's x must be a whole number from 1 to 2147483647, not 0."
    )


def test_nothing_runs_of_a_kernel_that_is_not_understood():
    def kernel(a):
        a[0] = 1
        with a:
            a[1] = 2

    with pytest.raises(UnsupportedKernel):
        emulate(kernel)


def test_the_same_kernel_with_another_constant_is_another_kernel():
    def made(constant):
        @cuda.jit
        def fill(a):
            a[cuda.grid(1)] = constant

        return fill

    first, second = np.zeros(2), np.zeros(2)
    emulate(made(1))[1, 2](first)
    emulate(made(2))[1, 2](second)
    assert (first.tolist(), second.tolist()) == ([1, 1], [2, 2])


@cuda.jit
def reads_what_it_may_not_have_set(out):
    i = cuda.grid(1)
    if i % 2 == 0:
        x = 1.0
    out[i] = x


def test_a_variable_that_was_never_assigned_is_nan_and_not_what_the_last_thread_had():
    out = np.zeros(4)
    emulate(reads_what_it_may_not_have_set)[1, 4](out)
    np.testing.assert_array_equal(out, [1, np.nan, 1, np.nan])
