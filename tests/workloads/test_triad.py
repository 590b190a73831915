from __future__ import annotations

import numpy as np

from mig_explorer.workloads import Cost, Launch, triad
from tests.workloads.emulated import exact_reference


def test_cost_of_a_thousand_elements_counted_by_hand():
    # 1000 multiplications, 1000 additions; 2000 float32 read, 1000 written.
    assert triad(elements=1000, repeats=1).cost == Cost(
        flops=2000, bytes=12000, launches=1, working_set_bytes=12000, precision="fp32"
    )


def test_cost_of_the_default_size():
    cost = triad().cost
    assert (cost.flops, cost.bytes) == (134_217_728, 805_306_368)
    assert cost.intensity == 1 / 6


def test_one_thread_an_element_and_the_last_block_in_part():
    assert triad(elements=1000).launch == Launch(grid=(4,), block=(256,), shared_bytes=0)
    assert triad(elements=1024).launch.blocks == 4
    assert triad(elements=1025).launch.blocks == 5


def test_reference_is_b_plus_three_c():
    work = triad(elements=5)
    b, c, _, _ = work.inputs(1)
    expected = [float(x) + 3.0 * float(y) for x, y in zip(b, c, strict=True)]
    assert np.array_equal(exact_reference(work, 1, 3), expected)


def test_two_roundings_are_allowed_and_no_more():
    assert triad().tolerance.rtol < 2.5 * 2.0**-24


def test_a_triad_with_the_wrong_scalar_is_caught():
    work = triad(elements=100)
    b, c, scalar, a = arguments = work.inputs(1)
    a[:] = b + (scalar + np.float32(1e-5)) * c
    assert not work.check(arguments, work.reference(arguments)).correct


def test_title():
    assert triad(elements=2**26).title == "STREAM triad, 2^26 elements"
