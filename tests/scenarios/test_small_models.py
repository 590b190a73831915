import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu
from mig_explorer.scenarios.served_models import SERVED
from mig_explorer.scenarios.serving_study import ServingStudy
from mig_explorer.scenarios.small_models import NOBODY, UNKNOWN, small_models
from mig_explorer.scenarios.ways_to_serve import SLICES, WHOLE


@pytest.fixture(scope="module")
def found():
    return small_models()


def at(table, way):
    return next(row for row in table.to_dict("records") if row["way"].startswith(way))


def test_it_says_what_its_figures_say(found):
    table = found.tables["The ways of sharing"]
    best = max(table.to_dict("records"), key=lambda row: row["most_in_time_per_s"])
    assert best["way"].startswith(found.right_choice)
    for row in table.to_dict("records"):
        assert row["most_in_time_low_per_s"] <= row["most_in_time_per_s"] <= row["most_in_time_high_per_s"]
        assert row["keeps_the_rate"] == (row["most_in_time_per_s"] >= 1000)
        if row["keeps_the_rate"]:
            assert row["latency_p99_s"] <= 0.05 * 1.02


def test_several_models_and_a_tight_target_are_for_slices(found):
    assert found.right_choice == SLICES
    assert found.verdict.answer in {"yes", "it depends"}


def test_one_model_is_for_one_whole_gpu_that_batches():
    alone = small_models(models=1)
    assert alone.verdict.answer == "no"
    ways = alone.tables["The ways of sharing"]
    assert at(ways, WHOLE)["most_in_time_per_s"] > at(ways, SLICES)["most_in_time_per_s"]


def test_with_time_enough_one_whole_gpu_is_as_good():
    assert small_models(target=200).verdict.answer == "no"


def test_the_turns_of_the_models_are_what_the_whole_gpu_needs(found):
    """Each of four models waits for a batch of each, and its own: five times the shortest batch."""
    batch = found.tables["Time of a batch"].query("`where` == 'whole GPU'")["seconds"].min()
    row = at(found.tables["The ways of sharing"], WHOLE)
    assert row["latency_p99_s"] == pytest.approx(5 * batch, rel=0.03)


def test_where_the_lines_cross_is_what_is_said(found):
    wide = found.tables["By number of models"].pivot_table(
        index="models", columns="way", values="most_in_time_per_s"
    )
    ahead = [int(count) for count, row in wide.iterrows() if row[SLICES] > 1.05 * row[WHOLE]]
    assert ahead == list(range(min(ahead), 9))
    assert f"ahead of one whole GPU with {min(ahead)} or more models" in found.verdict.headline


def test_the_notebook_says_what_is_so(found):
    batches = found.tables["Time of a batch"].pivot_table(index="batch", columns="where", values="seconds")
    assert batches.loc[32, "whole GPU"] == pytest.approx(batches.loc[1, "whole GPU"], rel=0.05)
    assert batches.loc[32, "1g.5gb"] > 3 * batches.loc[8, "1g.5gb"]


def test_every_layout_is_there(found):
    layouts = found.tables["Every layout"]
    assert len(layouts) == len(set(layouts["layout"])) > 50
    assert layouts["instances"].min() == 2
    top = layouts["most_in_time_per_s"].iloc[0]
    assert top == at(found.tables["The ways of sharing"], SLICES)["most_in_time_per_s"]


def test_a_target_that_nothing_meets_is_said_to_be_unsupported():
    none = small_models(target=5)
    assert (none.verdict.answer, none.right_choice) == ("not supported", NOBODY)
    assert none.verdict.headline == (
        "With 4 models (BERT-base) and a p99 of 5.00 ms, no way of sharing answers in time: a request alone "
        "on the whole GPU takes 10.8 ms."
    )


def test_a_model_that_nobody_measured_on_the_board_is_unknown():
    unknown = small_models(gpu="A30")
    assert (unknown.verdict.answer, unknown.right_choice) == ("not supported", UNKNOWN)
    assert [figure.value for figure in unknown.verdict.figures] == [None]


def test_modelled_models_run_on_every_board():
    modelled = small_models(gpu="A30", model="MLP (modelled)", batch=256)
    assert modelled.verdict.answer != "not supported"
    assert "modelled" in modelled.verdict.limits[0]


def test_the_same_seed_gives_the_same(found):
    board, bert = gpu("A100-SXM4-40GB"), SERVED["BERT-base (published)"]
    again = ServingStudy(board, bert, models=4, rate_per_s=1000, target_seconds=0.05, most=64)
    assert again.at_the_rate.equals(found.tables["The ways of sharing"])


def test_every_table_and_chart_says_where_it_comes_from(found):
    for table in found.tables.values():
        assert table.attrs["provenance"].startswith("Published times (MIGPerf 2022) of BERT-base")
    for chart in found.charts.values():
        assert "queues modelled, seed 7" in " ".join(chart.title.subtitle)


def test_a_setting_out_of_range_is_refused():
    with pytest.raises(InvalidExperiment) as refused:
        small_models(models=9)
    assert str(refused.value) == "models is a whole number from 1 to 8, not 9. For example 4."
