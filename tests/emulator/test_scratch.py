from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import cuda, float64, int8, int32

from mig_explorer.emulator.rewrite import rewrite
from mig_explorer.emulator.scratch import Scratch, aligned


def kernel(values):
    tile = cuda.shared.array((3, 3), int8)
    row = cuda.shared.array(4, float64)
    own = cuda.local.array(5, int8)
    raw = cuda.shared.array(0, int32)
    i = cuda.threadIdx.x
    if values[i] < 0:
        return
    own[0] = i
    kept = values[i]
    tile[0, i] = i
    row[i] = i
    cuda.syncthreads()
    raw[i] = kept + own[0] + tile[0, 0]
    cuda.syncthreads()
    values[i] = raw[i] + row[i]


def test_a_size_is_rounded_up():
    assert [aligned(each, 16) for each in (0, 1, 16, 17)] == [0, 16, 16, 32]


def test_a_block_has_room_for_its_arrays_and_those_of_its_threads_and_the_dynamic_one():
    scratch = rewrite(kernel).scratch
    assert scratch == Scratch(fixed=64 + 64, per_thread=16 + 16 + 16)
    assert scratch.made(threads=10, dynamic=12).size == 128 + 480 + 12


def test_no_two_arrays_of_a_kernel_overlap():
    source, threads, dynamic = rewrite(kernel).source, 7, 40
    places = {}
    for line in source.splitlines():
        name, _, call = line.strip().partition(" = gpu_part(block_bytes, ")
        if call and name != "raw":  # which lies in the dynamic one
            made = {"thread_count": threads, "np": np, "dynamic_bytes": dynamic, "unset_kept": np.float64(0)}
            start, shape, kind = eval(f"({call}", made)  # noqa: S307 - `rewrite` made it
            size = int(np.prod(shape)) * np.dtype(kind if isinstance(kind, type) else type(kind)).itemsize
            places[name] = (start, start + size)
    assert list(places) == ["tile", "row", "local_own", "kept_kept", "running", "dynamic_shared"]
    ordered = list(places.values())
    assert all(end <= start for (_, end), (start, _) in pairwise(ordered))
    assert ordered[-1][1] == rewrite(kernel).scratch.made(threads, dynamic).size
