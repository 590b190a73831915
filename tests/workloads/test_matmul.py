from __future__ import annotations

import numpy as np
import pytest

from mig_explorer.workloads import Cost, Launch, matmul


def test_cost_of_two_by_two_counted_by_hand():
    # Four elements of two multiplications and two additions; eight float32 read, four written.
    assert matmul(size=2).cost == Cost(flops=16, bytes=48, launches=1, working_set_bytes=48, precision="fp32")


def test_cost_of_the_default_size():
    cost = matmul().cost
    assert (cost.flops, cost.bytes) == (2_147_483_648, 12_582_912)


def test_a_small_size_with_many_launches_is_one_request():
    cost = matmul(size=256, repeats=100).cost
    assert (cost.launches, cost.flops, cost.working_set_bytes) == (100, 3_355_443_200, 786_432)


@pytest.mark.parametrize(("size", "tiles"), [(1, 1), (16, 1), (17, 2), (256, 16), (1000, 63)])
def test_one_block_for_each_tile_of_the_result(size, tiles):
    # Two tiles of 16 x 16 float32 in shared memory.
    assert matmul(size=size).launch == Launch(grid=(tiles, tiles), block=(16, 16), shared_bytes=2048)


def test_reference_is_the_product_in_float64():
    work = matmul(size=3)
    a, b, _ = arguments = work.inputs(1)
    expected = [[sum(float(a[i, k]) * float(b[k, j]) for k in range(3)) for j in range(3)] for i in range(3)]
    assert work.reference(arguments)[2] == pytest.approx(np.array(expected), rel=1e-15)


def test_a_product_with_its_factors_swapped_is_caught():
    work = matmul(size=64)
    a, b, c = arguments = work.inputs(1)
    c[:] = b @ a
    assert not work.check(arguments, work.reference(arguments)).correct


def test_a_product_that_lacks_one_term_of_512_is_caught():
    work = matmul(size=512)
    a, b, c = arguments = work.inputs(1)
    c[:] = a[:, :-1] @ b[:-1, :]
    assert not work.check(arguments, work.reference(arguments)).correct


def test_title():
    assert matmul(size=256, repeats=50).title == "Tiled matmul, 256 × 256, 50 launches"
