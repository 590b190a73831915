"""Shadows of memories that overlap, names of elements, stores of the same value, parcels."""

from __future__ import annotations

import linecache

import numpy as np
import pytest
from numba import cuda, float32

from mig_explorer.emulator.checks.latest import packed
from mig_explorer.emulator.checks.naming import ElementNames, declared_shapes
from mig_explorer.emulator.checks.parcel import Parcel, Values, pickled, sources
from mig_explorer.emulator.checks.same_value import same_value_lines
from mig_explorer.emulator.checks.shadow import Shadows
from mig_explorer.emulator.geometry import Geometry
from mig_explorer.emulator.simt import Memory
from mig_explorer.emulator.simt.memory import global_array
from mig_explorer.emulator.source import python_function

SIZE = 6
SHAPE = (2, SIZE)


def written(window, index):
    units, _ = window.spread(np.array([index]), np.array([0]))
    return (~window.shadow.unset(units)).tolist()


def write(window, index):
    units, lanes = window.spread(np.array([index]), np.array([0]))
    window.shadow.write(units, packed(1, lanes))


def test_what_was_known_of_a_memory_stays_when_others_overlap_it():
    raw = np.zeros(64, np.uint8)
    shadows = Shadows(32)
    left = Memory("global", "left", raw[:16].view(np.float64))
    right = Memory("global", "right", raw[32:48].view(np.float32))
    write(shadows.window(left), 1)
    write(shadows.window(right), 0)
    whole = Memory("global", "whole", raw[:60].view(np.int16))
    window = shadows.window(whole)
    assert [each for each in range(30) if written(window, each) == [True]] == [4, 5, 6, 7, 16, 17]
    assert shadows.window(left).shadow is shadows.window(right).shadow is window.shadow
    assert written(shadows.window(left), 1) == [True] * 4
    assert written(shadows.window(right), 1) == [False] * 2
    assert shadows.window(right).element(19) == 1


def test_fields_of_records_do_not_overlap():
    records = np.zeros(3, np.dtype([("x", np.float32), ("y", np.float64)]))
    memory = Memory("global", "points", records)
    shadows = Shadows(32)
    write(shadows.window(memory.field("y")), 1)
    assert written(shadows.window(memory.field("x")), 1) == [False]
    assert written(shadows.window(memory.field("y")), 1) == [True, True]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24).reshape(2, 3, 4),
        np.asfortranarray(np.arange(24).reshape(2, 3, 4)),
        np.arange(96).reshape(4, 6, 4)[::-2, 1::2, ::-1],
        np.arange(4).reshape(1, 4, 1),
    ],
)
def test_elements_of_arrays_have_the_index_that_a_kernel_writes(array):
    reference = global_array("values", array)
    names = ElementNames({"values": array}, {})
    for index in np.ndindex(array.shape):
        place = reference.offset + sum(i * s for i, s in zip(index, reference.strides, strict=True))
        assert names.index(reference.memory, int(place)) == index


def test_elements_of_unknown_arrays_are_counted():
    names = ElementNames({}, {"tile": (2, 3)})
    assert names.index(Memory("global", "other", np.zeros(4)), 3) == (3,)
    assert names.index(Memory("shared", "tile", np.zeros(14), 7), 8) == (1,)


def declares(out):
    plain = cuda.shared.array(SIZE, float32)
    table = cuda.shared.array(shape=SHAPE, dtype=float32)
    padded = cuda.local.array((SIZE, SIZE + 1), float32)
    unknown = cuda.shared.array(len(SHAPE), float32)
    twice = cuda.shared.array(2, float32)
    twice = cuda.shared.array(3, float32)
    out[0] = plain[0] + table[0, 0] + padded[0, 0] + unknown[0] + twice[0]


def test_shapes_are_read_where_they_can_be():
    assert declared_shapes([python_function(declares)]) == {"plain": (6,), "table": (2, 6), "padded": (6, 7)}


@cuda.jit(device=True)
def device(values, number):
    values[0] = number
    values[0] = 7  # same


def stores(values, number, out):
    thread = cuda.threadIdx.x
    block = cuda.blockIdx.x * 2
    changing = 1
    if thread > 3:
        changing = 2
    values[0] = 1  # same
    values[0] = number + min(SIZE, block)  # same
    values[0] = out[block] + out.size  # same
    values[0] = -float32(3) if number else 2
    values[0] = thread
    values[0] = changing
    values[0] = out[thread]
    values[0] += 1
    before = values[0]
    values[0] = before + 1
    device(values, thread)


def test_stores_of_the_same_value_by_construction():
    lines = linecache.getlines(__file__)
    marked = {(__file__, number) for number, text in enumerate(lines, 1) if text.rstrip().endswith("# same")}
    assert same_value_lines(python_function(stores), [python_function(device)]) == marked


def test_values_that_share_memory_are_sent_once():
    whole = np.arange(12.0)
    apart = np.zeros(3)
    values = Values.of((whole[2:5], whole[4:], (apart, whole[::-1]), 3))
    assert len(values.buffers) == 2
    first, second, (third, fourth), number = values.unpacked()
    second[0] = -1
    third[0] = 5
    assert (first[2], fourth[7], number) == (-1, -1, 3)
    values.give_back((whole[2:5], whole[4:], (apart, whole[::-1]), 3))
    assert whole.tolist() == [0, 1, 2, 3, -1, 5, 6, 7, 8, 9, 10, 11]
    assert apart.tolist() == [5, 0, 0]


def test_a_parcel_brings_the_kernels_source():
    kernel = python_function(stores)
    parcel = Parcel(
        pickled(kernel), sources(kernel), Geometry((1, 1, 1), (1, 1, 1)), Values.of(()), deadline_seconds=1
    )
    assert list(parcel.sources) == [__file__]
    function = parcel.function()
    assert function is not stores
    assert function.__code__ == stores.__code__
    assert parcel.function() is function
