from __future__ import annotations

import math

import numpy as np

from tests.emulator.counts.fake_launch import counter, floats, line

LANES = np.arange(64)

EXPECTED = """
  line    bytes read    sectors read    loads coalesced    FLOPs fp32    branches    barriers  source
------  ------------  --------------  -----------------  ------------  ----------  ----------  --------
     2                                                                          2
     3           256              64              12.5%            64
     4                                                                                      4
 total           256              64              12.5%            64           2           4
"""


def counted():
    made = counter(grid=4)
    made.branch(line(2), LANES[:32], LANES[32:])
    made.load(floats(), 8 * LANES, LANES, line(3))
    made.operation("mul", np.dtype("f4"), 64, line(3))
    made.barrier(np.arange(4), line(4), "syncthreads")
    return made.counts("kernel.py")


def test_the_text_has_a_column_for_what_was_done_and_no_other():
    assert counted().text.splitlines() == [
        "kernel: 4 blocks of 64 threads. Counted while emulated.",
        *(line.rstrip() for line in EXPECTED.strip("\n").splitlines()),
    ]
    assert str(counted()) == counted().text


def test_the_text_of_a_launch_that_does_nothing_says_so():
    nothing = counter(grid=1, block=1).counts("kernel.py")
    assert nothing.text == (
        "kernel: 1 block of 1 thread. Counted while emulated.\nNothing that is counted here was done."
    )


def test_the_table_has_a_row_for_each_line_and_the_total():
    table = counted().table
    assert list(table.index) == [2, 3, 4, "total"]
    assert list(table["load_sectors"]) == [0, 64, 0, 64]
    assert table.loc[3, "load_efficiency"] == 0.125
    assert math.isnan(table.loc[2, "load_efficiency"])
    assert list(table.columns[:3]) == ["function", "source", "load_bytes"]


def test_the_representation_is_short():
    assert repr(counted()) == "<Counts of kernel: 4 blocks of 64 threads, 3 lines>"
