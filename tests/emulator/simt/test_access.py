from __future__ import annotations

import numpy as np
import pytest
from numba import cuda, float64

from mig_explorer.emulator.simt import Observer
from mig_explorer.errors import KernelFault, UnsupportedKernel
from tests.emulator.simt.launching import launch


@cuda.jit
def reads_beyond(values, out):
    i = cuda.grid(1)
    out[i] = values[i + 2]


@cuda.jit
def writes_beyond(values, out):
    x, y = cuda.grid(2)
    out[y, x - 9] = values[0]


def line_of(kernel, offset):
    return kernel.py_func.__code__.co_firstlineno + offset


def test_reading_beyond_the_end():
    with pytest.raises(KernelFault) as refused:
        launch(reads_beyond, 2, 4, np.zeros(8), np.zeros(8))
    assert str(refused.value) == (
        f"reads_beyond, line {line_of(reads_beyond, 3)}: reads values[8], outside of its shape (8,) "
        "(thread (2, 0, 0) of block (1, 0, 0))."
    )
    assert refused.value.findings == ()


def test_writing_before_the_beginning():
    with pytest.raises(KernelFault) as refused:
        launch(writes_beyond, 1, (2, 2), np.ones(1), np.zeros((2, 8)))
    assert str(refused.value) == (
        f"writes_beyond, line {line_of(writes_beyond, 3)}: writes out[0, -9], outside of its shape (2, 8) "
        "(thread (0, 0, 0) of block (0, 0, 0))."
    )


@cuda.jit
def negative(values, out):
    i = cuda.grid(1)
    out[i] = values[i - 4] + values[-1]
    cuda.atomic.add(out, i - 4, 100)


def test_a_negative_index_counts_from_the_end_as_in_what_numba_compiles():
    out = np.zeros(4)
    launch(negative, 1, 4, np.arange(4.0), out)
    assert out.tolist() == [103, 104, 105, 106]


class Watcher(Observer):
    negative_indices_wrap = False

    def __init__(self):
        self.seen = []

    def out_of_bounds(self, array, indices, lanes, line, writing):
        self.seen.append(
            (array.name, [each.tolist() for each in indices], lanes.tolist(), int(line), writing)
        )


def test_an_observer_hears_of_negative_indices_and_lanes_go_on_without_access():
    watcher, out = Watcher(), np.full(4, 7.0)
    launch(negative, 1, 4, np.arange(4.0), out, observer=watcher)
    first = line_of(negative, 3)
    assert watcher.seen == [
        ("values", [[-4, -3, -2, -1]], [0, 1, 2, 3], first, False),
        ("values", [[-1, -1, -1, -1]], [0, 1, 2, 3], first, False),
        ("out", [[-4, -3, -2, -1]], [0, 1, 2, 3], first + 1, True),
    ]
    assert out.tolist() == [0, 0, 0, 0]


def test_lanes_inside_are_served_beside_those_outside():
    watcher, out = Watcher(), np.zeros(8)
    launch(reads_beyond, 2, 4, np.arange(8.0), out, observer=watcher)
    assert watcher.seen == [("values", [[8, 9]], [6, 7], line_of(reads_beyond, 3), False)]
    assert out.tolist() == [2, 3, 4, 5, 6, 7, 0, 0]


@cuda.jit
def takes_a_row(values, out):
    i = cuda.grid(1)
    row = values[i]
    out[i] = row[0]


def test_a_row_that_is_not_there():
    with pytest.raises(KernelFault) as refused:
        launch(takes_a_row, 1, 4, np.zeros((3, 2)), np.zeros(4))
    assert str(refused.value) == (
        f"takes_a_row, line {line_of(takes_a_row, 3)}: takes row 3 along axis 0 of values, which has 3 "
        "(thread (3, 0, 0) of block (0, 0, 0))."
    )


@cuda.jit
def doubles(values):
    x, y = cuda.grid(2)
    if y < values.shape[0] and x < values.shape[1]:
        values[y, x] = 2 * values[y, x]


VIEWS = {
    "C": lambda: np.arange(24.0).reshape(4, 6),
    "F": lambda: np.asfortranarray(np.arange(24.0).reshape(4, 6)),
    "every other": lambda: np.arange(96.0).reshape(8, 12)[::2, ::2],
    "backwards": lambda: np.arange(24.0).reshape(4, 6)[::-1, ::-1],
    "transposed": lambda: np.arange(24.0).reshape(6, 4).T,
    "of one field": lambda: np.array([(k, k) for k in range(24)], "f8, i2").reshape(4, 6)["f0"],
}


@pytest.mark.parametrize("layout", list(VIEWS))
def test_arrays_of_any_strides_are_changed_in_place(layout):
    values = VIEWS[layout]()
    expected = 2 * values
    launch(doubles, 2, (3, 4), values)
    np.testing.assert_array_equal(values, expected)


@cuda.jit
def reads_constant_memory_and_writes_it(values):
    values[0] = 1


def test_an_array_that_may_not_be_written_is_refused_by_numba():
    values = np.zeros(2)
    values.flags.writeable = False
    with pytest.raises(UnsupportedKernel) as refused:
        launch(reads_constant_memory_and_writes_it, 1, 1, values)
    assert str(refused.value) == (
        f"reads_constant_memory_and_writes_it, line {line_of(reads_constant_memory_and_writes_it, 2)}: "
        "Numba can't compile it for a GPU with arguments (readonly array(float64, 1d, C)): No implementation "
        "of function Function(<built-in function setitem>) found for signature: >>> setitem(readonly "
        "array(float64, 1d, C), Literal[int](0), Literal[int](1))"
    )


@cuda.jit
def never_written(out):
    tile = cuda.shared.array(4, float64)
    mine = cuda.local.array(4, float64)
    whole = cuda.local.array(4, "int32")
    i = cuda.grid(1)
    out[i] = tile[i] + mine[i]
    out[4 + i] = whole[i]


def test_what_was_never_written_shows():
    out = np.zeros(8)
    launch(never_written, 1, 4, out)
    np.testing.assert_array_equal(out, [np.nan] * 4 + [-(2**31)] * 4)


@cuda.jit
def two_types_of_dynamic_shared_memory(out):
    numbers = cuda.shared.array(0, "float32")
    bits = cuda.shared.array(0, "uint32")
    i = cuda.threadIdx.x
    numbers[i] = cuda.grid(1)
    cuda.syncthreads()
    out[cuda.grid(1)] = bits[i]


def test_dynamic_shared_memory_is_one_stretch_for_all_types():
    out = np.zeros(8, np.uint32)
    launch(two_types_of_dynamic_shared_memory, 2, 4, out, shared=20)
    assert out.tolist() == np.arange(8, dtype=np.float32).view(np.uint32).tolist()


def test_dynamic_shared_memory_ends_where_it_was_said_to():
    with pytest.raises(KernelFault) as refused:
        launch(two_types_of_dynamic_shared_memory, 1, 8, np.zeros(8, np.uint32), shared=20)
    line = line_of(two_types_of_dynamic_shared_memory, 5)
    assert str(refused.value) == (
        f"two_types_of_dynamic_shared_memory, line {line}: writes numbers[5], outside of its shape (5,) "
        "(thread (5, 0, 0) of block (0, 0, 0))."
    )


@cuda.jit
def two_on_one_line(out):
    a, b = cuda.shared.array(4, float64), cuda.shared.array(4, float64)
    i = cuda.threadIdx.x
    a[i] = 1
    b[i] = 2
    out[i] = a[i] + 10 * b[i]


def test_two_shared_arrays_on_one_line_are_two():
    out = np.zeros(4)
    launch(two_on_one_line, 1, 4, out)
    assert out.tolist() == [21.0] * 4


@cuda.jit(device=True)
def in_its_own_tile(value):
    tile = cuda.shared.array(4, float64)
    tile[cuda.threadIdx.x] = value
    cuda.syncthreads()
    found = tile[3 - cuda.threadIdx.x]
    cuda.syncthreads()
    return found


@cuda.jit
def calls_twice(out):
    i = cuda.grid(1)
    out[i] = in_its_own_tile(i) + 100 * in_its_own_tile(i * 2)


def test_a_device_function_may_have_shared_memory_and_barriers():
    out = np.zeros(8)
    launch(calls_twice, 2, 4, out)
    turned = np.array([3, 2, 1, 0, 7, 6, 5, 4])
    assert out.tolist() == (201 * turned).tolist()
