import pytest

from mig_explorer.experiments import Experiment, tenants
from mig_explorer.gpus import gpu
from mig_explorer.model import constant
from mig_explorer.scenarios.efficiency import at_the_limit, per_joule, work_per_watt
from mig_explorer.scenarios.ways_to_share import ways_to_share
from mig_explorer.workloads import mlp


def watts(name, count=4):
    board = gpu(name)
    return work_per_watt(
        Experiment(board, tenants(mlp(), count), ways_to_share(board, count).modes).modelled()
    )


def test_the_power_of_an_a100_lies_between_its_sms_in_use_and_full_use():
    table = watts("A100-SXM4-40GB")
    assert (table["power_low_w"] < table["power_high_w"]).all()
    assert set(table["power_high_w"]) == {constant("power_at_full_use")}
    served = table["throughput_per_s"]
    assert (table["requests_per_joule_low"] * table["power_high_w"]).tolist() == pytest.approx(
        served.tolist()
    )
    assert (table["requests_per_joule_high"] * table["power_low_w"]).tolist() == pytest.approx(
        served.tolist()
    )


@pytest.mark.parametrize("name", ["A30", "GB10"])
def test_of_other_boards_only_the_limit_is_known(name):
    table = watts(name)
    assert table[["power_low_w", "power_high_w", "requests_per_joule_low"]].isna().all(axis=None)
    at_limit = table["requests_per_joule_at_limit"] * gpu(name).value("tdp_w")
    assert at_limit.tolist() == pytest.approx(table["throughput_per_s"].tolist())
    assert table.attrs["provenance"] == f"power of {name} under load: unknown"


def test_work_per_joule_grows_by_no_more_than_work():
    table = watts("A100-SXM4-40GB")
    slug = str(table["mode"].iloc[-1])
    figure = per_joule(table, slug, 4.0)
    assert figure.high == 4.0
    assert figure.low is not None
    assert 1 < figure.low < 4.0


def test_what_is_unknown_stays_unknown():
    table = watts("A30")
    slug = str(table["mode"].iloc[-1])
    assert per_joule(table, slug, 4.0).value is None


@pytest.mark.parametrize("name", ["A100-SXM4-40GB", "GB10"])
def test_the_listed_limit_gives_the_least_that_a_joule_does(name):
    table, listed = watts(name), gpu(name).facts["tdp_w"]
    figure = at_the_limit(table, "mps", listed, "here")
    served = table.set_index("mode")["throughput_per_s"]["mps"]
    assert figure.value == pytest.approx(served / listed.value)
    assert str(listed.note or "the board without its host") in figure.source
    assert at_the_limit(table, "mps", None, "here").value is None
