import json
import math
from pathlib import Path

import pytest

from mig_explorer.charts.drawing import records
from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments.words import number
from mig_explorer.gpus import gpu
from mig_explorer.model import step_time
from mig_explorer.scenarios.figure import PROVENANCES
from mig_explorer.scenarios.jobs import job
from mig_explorer.scenarios.qos_figures import in_time, latencies_of_first
from mig_explorer.scenarios.qos_load import CRITICAL, JOB
from mig_explorer.scenarios.quality_of_service import quality_of_service as qos
from mig_explorer.scenarios.quality_of_service_verdict import CHOICES

A100 = gpu("A100-SXM4-40GB")
USUAL = qos()
HURRIED, TOO_SMALL = qos(deadline=1.5), qos(slice_size="smallest", load=40)
FLOODED, CROWDED = qos(neighbour="floods", crowd=1), qos(crowd=13)
SPARK, A30 = (
    qos(gpu="GB10"),
    qos(gpu="A30", crowd=2, slice_size="half of the GPU", neighbour="streams without a pause"),
)
EVERY = {
    "usual": USUAL,
    "hurried": HURRIED,
    "too small": TOO_SMALL,
    "flooded": FLOODED,
    "crowded": CROWDED,
    "GB10": SPARK,
    "A30": A30,
}


def beside(found, mode, what="Beside the crowd"):
    return found.tables[what].set_index("mode").loc[mode]


def mig_of(found):
    return next(mode for mode in found.tables["Beside the crowd"]["mode"] if mode.startswith("mig"))


def test_a_tail_on_a_slice_of_its_own_stays_and_comes_in_time():
    assert USUAL.verdict.answer == "yes"
    assert beside(USUAL, mig_of(USUAL))["isolation_times"] == pytest.approx(1, abs=0.01)
    assert "The price: alone on the whole GPU its p99 is" in USUAL.verdict.headline


def test_however_many_come_nobody_is_sent_to_its_slice():
    assert CROWDED.verdict.answer == "yes"
    assert beside(CROWDED, mig_of(CROWDED))["isolation_high_times"] == pytest.approx(1, abs=0.01)
    own = next(mode for mode in CROWDED.results["beside a crowd"].modes if mode["mode"] == mig_of(CROWDED))
    assert own["slices"][0]["serves"] == [CRITICAL]
    assert sum(len(piece["serves"]) for piece in own["slices"][1:]) == 13


def test_undisturbed_is_not_in_time():
    assert HURRIED.verdict.answer == "it depends"
    rows = HURRIED.tables["By size of the crowd"]
    assert rows.query(f"mode == '{mig_of(HURRIED)}' and tenants == 7")["in_time_percent"].iloc[0] < 99


def test_a_slice_that_is_too_small_guarantees_nothing():
    whole, piece = (step_time(job(JOB), each, A100).seconds for each in (A100.whole, A100.slice("1g.5gb")))
    assert 0.4 * piece / whole > 1  # what is asked of the slice, over what it can serve
    assert TOO_SMALL.verdict.answer == "no"
    assert "MIG" not in TOO_SMALL.right_choice
    assert TOO_SMALL.verdict.headline.startswith("The 1g.5gb slice is asked for 1.1")
    assert math.isnan(beside(TOO_SMALL, mig_of(TOO_SMALL))["alone_p99_s"])


def test_a_board_without_mig_says_nothing_of_the_claim():
    assert SPARK.verdict.answer == "not supported"
    assert SPARK.right_choice in {CHOICES[0], *CHOICES[5:]}
    assert SPARK.verdict.headline.startswith(
        "GB10 has no MIG, so nothing here speaks for the claim or against it."
    )


def test_in_a_line_the_tenant_waits_for_about_as_many_as_there_are_others():
    alone = step_time(job(JOB), A100.whole, A100).seconds
    rows = USUAL.tables["By size of the crowd"].query("mode == 'monolithic'").set_index("tenants")
    # Others are always six in the line; of the one in service half is left on average. Its own may be there.
    assert rows["latency_p50_s"][7] == pytest.approx(7.5 * alone, rel=0.15)


def test_on_its_slice_it_waits_as_pollaczek_and_khinchine_say():
    piece = step_time(job(JOB), A100.slice("2g.10gb"), A100).seconds
    load = 0.15 * piece / step_time(job(JOB), A100.whole, A100).seconds
    mean = latencies_of_first(USUAL.results["beside a crowd"], mig_of(USUAL)).mean()
    assert mean == pytest.approx(piece * (1 + load / (2 * (1 - load))), rel=0.05)


def test_the_tail_beside_the_crowd_grows_where_everybody_shares_one_gpu():
    for mode in ("monolithic", "time-slicing", "mps"):
        assert beside(USUAL, mode)["isolation_times"] > 1.5
    assert beside(USUAL, "monolithic")["isolation_times"] > beside(USUAL, "mps")["isolation_times"]


def test_a_large_kernel_in_front_is_what_the_tail_of_one_line_is_made_of():
    large = step_time(job("large matmul"), A100.whole, A100).seconds
    row = beside(USUAL, "monolithic", "Beside a noisy neighbour")
    assert large < row["latency_p99_s"] < 2 * large


def test_a_flood_leaves_one_line_without_an_end_and_says_unknown():
    row = beside(FLOODED, "monolithic", "Beside a noisy neighbour")
    assert math.isinf(row["isolation_times"])
    assert math.isnan(row["latency_p99_s"])
    figure = next(
        each
        for each in FLOODED.verdict.figures
        if each.what == "p99 beside a neighbour that floods over alone, Monolithic"
    )
    assert figure.value is None
    assert figure.source.startswith("its queue grows without end; ")
    assert "A flood asks for 2 times what the whole GPU could serve." in FLOODED.verdict.limits
    assert beside(FLOODED, mig_of(FLOODED), "Beside a noisy neighbour")["isolation_times"] == pytest.approx(1)


@pytest.mark.parametrize("name", EVERY)
def test_the_right_prediction_names_the_modes_that_hold(name):
    found = EVERY[name]
    moved = {
        str(row["mode"])
        for each in ("Beside the crowd", "Beside a noisy neighbour")
        for row in records(found.tables[each])
        if not (row["isolation_times"] <= 1.05 and row["isolation_high_times"] <= 1.05)
    }
    held = {*found.tables["Beside the crowd"]["mode"]} - moved
    if name == "GB10":
        assert (found.right_choice == CHOICES[0]) == (not held)
        return
    mig = mig_of(found)
    assert ("MIG" in found.right_choice) == (mig in held)
    assert (found.right_choice == "with MIG alone") == (held == {mig})
    assert (found.right_choice == "with MIG and green contexts") == (held == {mig, "green-contexts"})


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_says_what_kind_it_is_and_whence(name):
    found = EVERY[name]
    assert all(each.provenance in PROVENANCES and each.source for each in found.verdict.figures)
    modelled = [each for each in found.verdict.figures if each.provenance == "modelled"]
    assert all("seed 7" in each.source and found.settings["gpu"] in each.source for each in modelled)
    assert all("https://" in each.source for each in found.verdict.figures if each.provenance == "published")


@pytest.mark.parametrize("name", EVERY)
def test_every_table_and_chart_says_so_too(name):
    found = EVERY[name]
    assert all(table.attrs["provenance"] for table in found.tables.values())
    for chart in found.charts.values():
        said = " ".join(chart.to_dict()["title"]["subtitle"])
        assert "odelled" in said or "Published" in said


def test_published_figures_are_those_of_their_sources():
    published = {each.what: each.value for each in USUAL.verdict.figures if each.provenance == "published"}
    assert published == {
        "mean latency with seven tenants over one, MIG": pytest.approx(0.34425 / 0.34237),
        "mean latency with seven tenants over one, MPS": pytest.approx(0.31982 / 0.08796),
        "mean latency with seven tenants over one, time slicing": pytest.approx(0.68488 / 0.08815),
        "mean latency of one tenant, MIG over MPS": pytest.approx(0.34237 / 0.08796),
        "p95 latency of one of seven language-model servers, no partition over MIG": pytest.approx(
            1.8946, 1e-4
        ),
        "mean latency of speech synthesis, MIG over time slicing": pytest.approx(1.1624, 1e-4),
    }


def test_a_share_in_time_counts_what_is_on_the_dot():
    waits = latencies_of_first(USUAL.results["beside a crowd"], "monolithic")
    assert in_time(waits, float(waits.max())) == 100
    assert in_time(waits, 0.0) == 0
    assert math.isnan(in_time(waits[:0], 1.0))


def test_the_same_settings_give_the_same_words():
    assert str(qos().verdict) == str(USUAL.verdict)


def test_a_setting_out_of_range_is_refused():
    with pytest.raises(InvalidExperiment) as refused:
        qos(load=80)
    assert str(refused.value) == "load is a whole number from 5 to 60 %, not 80. For example 15."


def test_what_the_notebook_says_of_the_settings_is_so():
    path = Path(__file__).resolve().parents[2] / "notebooks" / "12_quality_of_service.ipynb"
    said = " ".join("".join(each["source"]) for each in json.loads(path.read_text("utf-8"))["cells"])
    assert f"Beside it are {number(qos.defaults['crowd'])} others who never pause" in " ".join(said.split())
    assert qos.defaults["neighbour"] == "computes without a pause"
    assert qos.defaults["slice_size"] != "smallest"
