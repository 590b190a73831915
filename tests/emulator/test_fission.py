from __future__ import annotations

import ast
from typing import Any

from numba import cuda

from mig_explorer.emulator.fission import BlockControl, BlockStatement, Region, regions, split
from mig_explorer.emulator.lower import lower
from mig_explorer.emulator.source import read
from mig_explorer.emulator.uniform import uniformity


def parts_of(kernel):
    lowered = lower(read(kernel))
    return split(lowered.body, uniformity(lowered))


def outline(parts):
    """Write parts as nested lists of text."""
    lines: list[Any] = []
    for part in parts:
        if isinstance(part, Region):
            lines.append(" ; ".join(ast.unparse(each).partition("\n")[0] for each in part.statements))
        elif isinstance(part, BlockStatement):
            lines.append(f"block: {ast.unparse(part.statement)}")
        else:
            head = ast.unparse(part.statement).partition("\n")[0]
            lines.append([head, outline(part.body), outline(part.orelse)])
    return lines


def test_without_a_barrier_there_is_one_region():
    def kernel(a):
        a[0] = 1
        for k in range(3):
            a[k] = 2

    assert outline(parts_of(kernel)) == ["a[0] = 1 ; for k in range(3):"]


def test_barriers_end_regions_and_leave_no_empty_ones():
    def kernel(a):
        cuda.syncthreads()
        a[0] = 1
        cuda.syncthreads()
        cuda.syncthreads()
        a[1] = 2
        cuda.syncthreads()

    assert outline(parts_of(kernel)) == ["a[0] = 1", "a[1] = 2"]


def test_what_the_block_decides_stands_between_regions():
    def kernel(a):
        a[0] = 1
        width = 4
        while width > 0:
            a[1] = width
            cuda.syncthreads()
            width -= 1
            if a[0] > 3:
                break
            for k in range(width):
                a[k] = k
        a[2] = 1

    assert outline(parts_of(kernel)) == [
        "a[0] = 1",
        "block: width = 4",
        [
            "while width > 0:",
            [
                "a[1] = width",
                "block: width -= 1",
                ["if a[0] > 3:", ["block: break"], []],
                "for k in range(width):",
            ],
            [],
        ],
        "a[2] = 1",
    ]


def test_both_branches_are_split():
    def kernel(a):
        if a[0] > 1:
            a[1] = 1
            cuda.syncthreads()
            a[2] = 2
        else:
            a[3] = 3

    (part,) = parts = parts_of(kernel)
    assert isinstance(part, BlockControl)
    assert outline(parts) == [["if a[0] > 1:", ["a[1] = 1", "a[2] = 2"], ["a[3] = 3"]]]
    assert len(list(regions(parts))) == 3


def test_a_break_of_a_loop_that_is_one_threads_own_stays_with_the_thread():
    def kernel(a):
        for _r in range(3):
            cuda.syncthreads()
            for k in range(5):
                if a[k] > cuda.threadIdx.x:
                    break

    assert outline(parts_of(kernel)) == [["for _r in range(3):", ["for k in range(5):"], []]]
