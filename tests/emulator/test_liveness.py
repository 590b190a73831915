# mypy: disable-error-code="has-type"

from __future__ import annotations

import ast

import pytest
from numba import cuda, float32

from mig_explorer.emulator.fission import split
from mig_explorer.emulator.liveness import flow, liveness
from mig_explorer.emulator.lower import lower
from mig_explorer.emulator.source import read
from mig_explorer.emulator.uniform import uniformity
from tests.emulator.refusals import assert_refused


def live(kernel):
    lowered = lower(read(kernel))
    uniform = uniformity(lowered)
    found = liveness(lowered, split(lowered.body, uniform), uniform)
    return found.kept, [ast.unparse(each) for each in found.recomputed]


@pytest.mark.parametrize(
    ("text", "exposed", "certain"),
    [
        ("x = 1\ny = x", "", "xy"),
        ("y = x\nx = 1", "x", "xy"),
        ("x += 1", "x", "x"),
        ("a[i] = x", "aix", ""),
        ("if c: x = 1\nelse: x = 2", "c", "x"),
        ("if c: x = 1\nelse: y = 2\nz = x", "cx", "z"),
        ("if c: return\nelse: x = 1\ny = x", "c", "xy"),
        ("if c: return\nx = 1", "c", "x"),
        ("for k in r: x = k\ny = x", "rx", "y"),
        ("for k in r: pass\ny = k", "rk", "y"),
        ("while c:\n  if x: continue\n  y = 1\n  z = y", "cx", ""),
        ("while c:\n  y = p\n  p = 1", "cp", ""),
        ("x, y = y, 1", "y", "xy"),
        ("return", "", ""),
    ],
)
def test_variables_are_followed_on_every_way(text, exposed, certain):
    found = flow(ast.parse(text).body)
    assert (found.exposed, found.certain) == (frozenset(exposed), frozenset(certain))


def test_nothing_is_kept_where_nothing_crosses_a_barrier():
    def kernel(a):
        x = a[cuda.threadIdx.x]
        a[cuda.threadIdx.x] = x + 1
        cuda.syncthreads()
        x = a[0]
        a[cuda.threadIdx.x + 1] = x

    assert live(kernel) == ((), [])


def test_what_is_read_after_a_barrier_is_kept():
    def kernel(a):
        x = a[cuda.threadIdx.x]
        cuda.syncthreads()
        a[cuda.threadIdx.x + 1] = x

    assert live(kernel) == (("x",), [])


def test_what_only_the_last_round_of_a_loop_left_is_kept():
    def kernel(a):
        for k in range(3):
            cuda.syncthreads()
            if k > 0:
                a[cuda.threadIdx.x] = before  # noqa: F821 - assigned in the round before
            before = a[k]  # noqa: F841

    assert live(kernel) == (("before",), [])


def test_indices_and_what_follows_from_them_are_computed_again():
    def kernel(a, n):
        x, y = cuda.grid(2)
        size = a.shape[0]
        place = y * size + x + n
        first = a[0]
        root = float32(2)
        a[place] = root
        cuda.syncthreads()
        a[place + 1] = first

    assert live(kernel) == (
        ("first",),
        [
            "x, y = (block_x * block_dim_x + thread_x, block_y * block_dim_y + thread_y)",
            "size = a.shape[0]",
            "place = y * size + x + n",
            "root = np.float32(2)",
        ],
    )


def test_what_is_assigned_twice_or_under_a_condition_is_not_computed_again():
    def kernel(a):
        i = cuda.threadIdx.x
        if a[0] > 1:
            j = cuda.threadIdx.x
        k = cuda.threadIdx.x
        k = k + 1
        m = k
        cuda.syncthreads()
        a[i] = j + k + m

    assert live(kernel) == (("j", "k", "m"), ["i = thread_x"])


def undecided(a):
    if cuda.blockIdx.x == 0:  # refused
        rounds = 3
    for _k in range(rounds):
        cuda.syncthreads()
    a[0] = 1


def test_a_decision_about_a_barrier_that_may_not_be_made_is_refused():
    assert_refused(
        undecided,
        "rounds decides about cuda.syncthreads() and may be read before it is assigned.",
        native=True,
    )
