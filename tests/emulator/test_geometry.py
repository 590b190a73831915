from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.emulator.geometry import Geometry, geometry
from mig_explorer.errors import InvalidWorkload


@given(
    st.lists(st.integers(1, 8), min_size=1, max_size=3), st.lists(st.integers(1, 8), min_size=1, max_size=3)
)
def test_missing_dimensions_are_one(grid, block):
    shape = geometry("k", (tuple(grid), tuple(block)))
    assert shape.grid[: len(grid)] == tuple(grid)
    assert shape.block[: len(block)] == tuple(block)
    assert set(shape.grid[len(grid) :] + shape.block[len(block) :]) <= {1}
    assert shape.threads_per_block == np.prod(block)


def test_plain_numbers_of_python_and_numpy_are_taken():
    assert geometry("k", (np.int64(3), 4)) == Geometry((3, 1, 1), (4, 1, 1))


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (
            4,
            (
                "k[4]: a launch takes a grid and a block, such as k[64, 256], "
                "and perhaps a stream and the bytes of dynamic shared memory."
            ),
        ),
        (
            (4, 5, 0, 64, 1),
            (
                "k[4, 5, 0, 64, 1]: a launch takes a grid and a block, such as k[64, 256], "
                "and perhaps a stream and the bytes of dynamic shared memory."
            ),
        ),
        (
            (4, 5, 0, -1),
            ("k[4, 5, 0, -1]: dynamic shared memory takes a whole number of bytes from 0 to 232448, not -1."),
        ),
        ((0, 5), "k[0, 5]: the grid's x must be a whole number from 1 to 2147483647, not 0."),
        ((4, 0), "k[4, 0]: the block's x must be a whole number from 1 to 1024, not 0."),
        ((4, -1), "k[4, -1]: the block's x must be a whole number from 1 to 1024, not -1."),
        ((4, 2.0), "k[4, 2.0]: the block's x must be a whole number from 1 to 1024, not 2.0."),
        ((True, 2), "k[True, 2]: the grid's x must be a whole number from 1 to 2147483647, not True."),
        (("4", 2), "k['4', 2]: the grid's x must be a whole number from 1 to 2147483647, not '4'."),
        (
            (4, (1, 1, 65)),
            "k[4, (1, 1, 65)]: the block's z must be a whole number from 1 to 64, not 65.",
        ),
        (
            ((1, 65536), 4),
            "k[(1, 65536), 4]: the grid's y must be a whole number from 1 to 65535, not 65536.",
        ),
        (((), 4), "k[(), 4]: a grid has one to three dimensions, not 0."),
        ((4, (1, 1, 1, 1)), "k[4, (1, 1, 1, 1)]: a block has one to three dimensions, not 4."),
        (
            (4, (33, 32)),
            (
                "k[4, (33, 32)]: a block may have at most 1024 threads, not 1056. "
                "Make the block smaller and the grid larger."
            ),
        ),
    ],
)
def test_a_launch_that_a_gpu_would_refuse_is_refused(configuration, message):
    with pytest.raises(InvalidWorkload) as caught:
        geometry("k", configuration)
    assert str(caught.value) == message


def test_a_stream_changes_nothing_and_dynamic_memory_is_kept():
    assert geometry("k", (4, 5, object())) == geometry("k", (4, 5))
    assert geometry("k", (4, 5, 0, 64)).dynamic_bytes == 64


def test_the_largest_launch_is_allowed():
    assert geometry("k", ((2**31 - 1, 65535, 65535), (1, 16, 64))).threads_per_block == 1024
