import pytest

from mig_explorer.model.published import records
from mig_explorer.scenarios.published_sharing import neighbours_cost, nos, slices_against_whole


def test_nos_has_twelve_cells_and_says_which_of_them_set_the_model():
    table = nos()
    assert len(table) == 12
    assert table["set_the_model"].sum() == len(records("nos", "calibrate"))
    assert table.attrs["provenance"].startswith("published: nebuly nos demo")


def test_the_model_is_within_what_its_score_says():
    table = nos()
    error = (table["modelled_latency_mean_s"] / table["latency_mean_s"] - 1).abs()
    assert error.max() < 0.05


def test_nobody_pauses_so_throughput_is_tenants_over_latency():
    table = nos().set_index(["sharing", "tenants"])
    assert table.loc[("MPS", 5), "throughput_per_s"] == pytest.approx(5 / 0.24086)
    assert table.loc[("MPS", 1), "gain_times"] == 1


def test_seven_slices_gain_seven_times_where_a_slice_takes_no_longer():
    jobs = slices_against_whole().query("source == 'migperf' and model == 'bert-base' and sequence == 64")
    gains = jobs.set_index("batch")["gain_times"]
    assert gains[1] == pytest.approx(7)
    assert gains[8] == pytest.approx(7 * 557 / 741, rel=0.01)
    assert (gains.sort_index().diff().dropna() < 0.05).all()


def test_throughputs_and_gains_agree():
    table = slices_against_whole()
    ratio = table["slices_per_s"] / table["whole_per_s"]
    assert ratio.tolist() == pytest.approx(table["gain_times"].tolist())
    assert (table["slices"] / table["slower_times"]).tolist() == pytest.approx(table["gain_times"].tolist())


def test_a_neighbour_costs_a_slice_less_than_a_third_of_a_percent():
    assert neighbours_cost() == pytest.approx(1 - 680.7 / 682.2)
    assert neighbours_cost() < 0.003
