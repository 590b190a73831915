from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch, nbody
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def test_cost_of_three_bodies_counted_by_hand():
    # Nine pairs of 20 FLOPs; twelve float32 read, nine written.
    assert nbody(bodies=3).cost == Cost(
        flops=180, bytes=84, launches=1, working_set_bytes=84, precision="fp32"
    )


@pytest.mark.parametrize("bodies", [1, 130])
def test_the_cost_is_what_the_kernel_does(bodies):
    work = nbody(bodies=bodies)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (work.cost.flops, work.cost.bytes)


@pytest.mark.parametrize(("bodies", "blocks"), [(1, 1), (128, 1), (129, 2), (2**16, 512)])
def test_one_thread_a_body_and_a_tile_of_128(bodies, blocks):
    assert nbody(bodies=bodies).launch == Launch(grid=(blocks,), block=(128,), shared_bytes=2048)


@given(st.integers(1, 500), st.integers(0, 2**32))
@settings(max_examples=50)
def test_it_is_right_at_any_size_and_seed(bodies, seed):
    assert emulated(nbody(bodies=bodies), seed).correct


def test_the_reference_is_softened_gravity_pair_by_pair():
    work = nbody(bodies=4)
    bodies, _ = arguments = work.inputs(1)
    expected = np.zeros((3, 4))
    for i in range(4):
        for j in range(4):
            towards = [float(bodies[axis, j]) - float(bodies[axis, i]) for axis in range(3)]
            distance = (sum(each**2 for each in towards) + 1 / 16) ** 0.5
            expected[:, i] += [float(bodies[3, j]) * each / distance**3 for each in towards]
    assert work.reference(arguments)[1] == pytest.approx(expected, rel=1e-12)


def test_pulls_balance_as_newton_has_it():
    work = nbody(bodies=300)
    arguments = work.inputs(1)
    forces = np.asarray(work.reference(arguments)[1]) * arguments[0][3]
    assert np.abs(forces.sum(axis=1)).max() < 1e-6 * np.abs(forces).sum()


def test_no_sum_of_pulls_is_larger_than_the_tolerance_takes_it_to_be():
    for seed in range(5):
        bodies = nbody(bodies=200).inputs(seed)[0].astype(np.float64)
        towards = bodies[:3, :, np.newaxis] - bodies[:3, np.newaxis, :]
        squares = (towards**2).sum(axis=0)
        pulls = bodies[3][:, np.newaxis] * np.sqrt(squares) / (squares + 1 / 16) ** 1.5
        assert pulls.sum(axis=0).max() < 2 * 1.5 * 16 / 3**1.5


def test_one_body_of_a_thousand_that_does_not_pull_is_caught():
    work = nbody(bodies=1000)
    bodies, accelerations = arguments = work.inputs(1)
    without = bodies.copy()
    without[3, -1] = 0
    accelerations[:] = work.reference((without, accelerations))[1]
    assert not work.check(arguments, work.reference(arguments)).correct


def test_more_bodies_than_can_be_indexed_are_refused():
    with pytest.raises(InvalidWorkload) as caught:
        nbody(bodies=2**29)
    assert str(caught.value) == (
        "nbody(bodies=536870912): bodies must be a whole number from 1 to 536870911 "
        "(the index of an element must fit 32 bits). nbody(bodies=262144) would work."
    )


def test_title():
    assert nbody(bodies=1000).title == "N-body, 1,000 bodies"
