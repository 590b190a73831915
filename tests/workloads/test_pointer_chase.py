from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpu
from mig_explorer.model import step_time
from mig_explorer.workloads import Cost, Launch, pointer_chase
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def test_cost_of_three_chains_counted_by_hand():
    # 3 * 20 elements on the way, three starts, three ends; the table has 100.
    assert pointer_chase(elements=100, steps=20, chains=3).cost == Cost(
        flops=0, bytes=264, launches=1, working_set_bytes=424, precision="fp32", dependent_reads=20
    )


@pytest.mark.parametrize(("elements", "steps", "chains"), [(1000, 20, 40), (50, 90, 2), (1, 5, 1)])
def test_the_cost_is_what_the_kernel_does(elements, steps, chains):
    work = pointer_chase(elements=elements, steps=steps, chains=chains)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (0, work.cost.bytes)


@pytest.mark.parametrize(("chains", "blocks"), [(1, 1), (32, 1), (33, 2)])
def test_one_thread_a_chain_and_one_warp_a_block(chains, blocks):
    assert pointer_chase(chains=chains).launch == Launch(grid=(blocks,), block=(32,), shared_bytes=0)


@given(st.integers(1, 2000), st.integers(1, 3000), st.data(), st.integers(0, 2**32))
def test_it_is_right_at_any_size_and_seed(elements, steps, data, seed):
    chains = data.draw(st.integers(1, elements))
    check = emulated(pointer_chase(elements=elements, steps=steps, chains=chains), seed)
    assert (check.correct, check.max_error) == (True, 0)


@given(st.integers(1, 500), st.integers(0, 2**32))
def test_the_table_is_one_cycle_through_all_elements(elements, seed):
    following, (start,), _, _ = pointer_chase(elements=elements).inputs(seed)
    at, seen = start, set()
    for _ in range(elements):
        seen.add(int(at))
        at = following[at]
    assert (len(seen), at) == (elements, start)


@given(st.integers(1, 500), st.data())
def test_chains_start_at_elements_of_their_own(elements, data):
    chains = data.draw(st.integers(1, elements))
    starts = pointer_chase(elements=elements, chains=chains).inputs(1)[1]
    assert np.unique(starts).size == chains


def test_a_chain_that_stops_one_step_early_is_caught():
    work = pointer_chase(elements=100, steps=10, chains=5)
    following, starts, steps, ends = arguments = work.inputs(1)
    ends[:] = work.reference((following, starts, steps - 1, ends))[3]
    assert not work.check(arguments, work.reference(arguments)).correct


@pytest.mark.parametrize(
    ("parameters", "parameter", "most", "why", "example"),
    [
        ({"elements": 2**31}, "elements", 2**31 - 1, "an index must fit 32 bits", 2**26),
        ({"steps": 1_000_001}, "steps", 1_000_000, "steps of one chain", 4096),
        ({"elements": 8, "chains": 9}, "chains", 8, "each chain starts at an element of its own", 1),
    ],
)
def test_a_chase_that_has_no_room_is_refused(parameters, parameter, most, why, example):
    with pytest.raises(InvalidWorkload) as caught:
        pointer_chase(**parameters)
    assert str(caught.value) == (
        f"pointer_chase({parameter}={parameters[parameter]}): {parameter} must be a whole number "
        f"from 1 to {most} ({why}). pointer_chase({parameter}={example}) would work."
    )


def test_it_says_where_the_model_describes_it():
    work = pointer_chase()
    assert work.note.startswith(
        "The modelled time takes each step to wait for the memory where its latency is"
    )
    named = set(re.findall(r"[0-9]+\.[0-9]", work.note))
    for name in ("A100-SXM4-40GB", "A30", "H100-SXM5-80GB", "B200-180GB", "L4", "T4", "GB10"):
        board = gpu(name)
        step = step_time(work, board.whole, board)
        known = "{}.{}".format(*board.compute_capability) in named
        assert known == (step.latency_seconds is not None), name
        assert known == (step.seconds > 1e-3), "4096 steps of some 400 ns"


def test_title():
    assert pointer_chase().title == "Pointer chase, 2^12 steps in 2^26"
    assert pointer_chase(chains=2**15).title == "Pointer chase, 2^12 steps in 2^26, 2^15 chains"
