import pytest

from mig_explorer.experiments import Experiment, tenants
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic
from mig_explorer.scenarios.idle import RESOURCES, idle
from mig_explorer.scenarios.ways_to_share import ways_to_share
from mig_explorer.workloads import mlp, triad

A100 = gpu("A100-SXM4-40GB")
WORK = triad(elements=2**24)


def looked_at(modes, count=7):
    result = Experiment(A100, tenants(WORK, count), modes).modelled()
    return idle(result, WORK.cost.working_set_bytes).set_index("mode")


SEVEN = looked_at(ways_to_share(A100, 7).modes)


def test_used_idle_and_out_of_reach_are_the_whole_board():
    for name in RESOURCES:
        parts = SEVEN[[f"{name}_{what}_percent" for what in ("used", "idle", "out_of_reach")]]
        assert parts.sum(axis=1).tolist() == pytest.approx([100.0] * len(SEVEN))
        assert (parts >= 0).all(axis=None)


def test_what_no_slice_has_is_counted_from_the_layout():
    mig = SEVEN.loc["mig-7x1g-5gb"]
    assert mig["sms_out_of_reach_percent"] == pytest.approx(100 * (108 - 98) / 108)
    assert mig["bandwidth_out_of_reach_percent"] == pytest.approx(100 / 8)
    assert mig["memory_out_of_reach_percent"] == pytest.approx(100 * (1 - 7 * 4864 / 40960))


def test_without_slices_everything_is_in_reach_but_sms_that_green_contexts_leave_over():
    for mode in ("monolithic", "time-slicing", "mps"):
        assert not SEVEN.loc[mode].filter(like="out_of_reach").any()
    green = SEVEN.loc["green-contexts"]
    assert green["sms_out_of_reach_percent"] == pytest.approx(100 * (108 - 7 * 14) / 108)
    assert green["memory_out_of_reach_percent"] == green["bandwidth_out_of_reach_percent"] == 0


def test_memory_is_used_by_those_who_are_on_the_board_at_once():
    one = 100 * WORK.cost.working_set_bytes / 2**20 / 40960
    assert SEVEN.loc["monolithic", "memory_used_percent"] == pytest.approx(one)
    assert SEVEN.loc["mps", "memory_used_percent"] == pytest.approx(7 * one)
    assert SEVEN.loc["mig-7x1g-5gb", "memory_used_percent"] == pytest.approx(7 * one)


def test_compute_instances_of_one_gpu_instance_have_one_memory():
    divided = looked_at([Monolithic(), Mig(parse_layout(A100, "3g.20gb@4[2c@0+1c@2]"))], 2).iloc[1]
    assert divided["memory_out_of_reach_percent"] == pytest.approx(100 * (1 - 19968 / 40960))
    assert divided["sms_out_of_reach_percent"] == pytest.approx(100 * (1 - 42 / 108))


def test_a_small_job_leaves_more_idle_than_seven_of_them():
    result = Experiment(A100, tenants(mlp(), 7), ways_to_share(A100, 7).modes).modelled()
    found = idle(result, mlp().cost.working_set_bytes).set_index("mode")["warp_slots_used_percent"]
    assert found["mps"] > 5 * found["monolithic"]
