import json
import math
from pathlib import Path

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu
from mig_explorer.model import step_time
from mig_explorer.scenarios.figure import PROVENANCES
from mig_explorer.scenarios.jobs import JOBS, job
from mig_explorer.scenarios.utilisation import utilisation
from mig_explorer.scenarios.utilisation_verdict import CHOICES, in_a_sentence
from mig_explorer.scenarios.ways_to_share import slices_for

A100 = gpu("A100-SXM4-40GB")
SMALL, FULL, STREAM = utilisation(), utilisation(job="large matmul"), utilisation(job="streaming")
FOURTEEN, ALONE, SPARK = utilisation(jobs=14), utilisation(jobs=1), utilisation(gpu="GB10")
A30 = utilisation(gpu="A30", job="small inference", jobs=4)
EVERY = {
    "small": SMALL,
    "full": FULL,
    "stream": STREAM,
    "14": FOURTEEN,
    "1": ALONE,
    "GB10": SPARK,
    "A30": A30,
}


def gained(found):
    return found.verdict.figures[0].value


def row(found, mode):
    return found.tables["Work done"].set_index("mode").loc[mode]


def test_seven_small_jobs_do_more_on_slices():
    assert SMALL.verdict.answer == "yes"
    assert SMALL.tables["Work done"].set_index("mode")["gain_low_times"]["mig-7x1g-5gb"] > 1.03
    assert "none slows another" in SMALL.verdict.headline


@pytest.mark.parametrize("name", JOBS)
def test_the_gain_is_seven_times_the_whole_gpu_s_time_over_a_slice_s(name):
    work = job(name)
    whole, piece = (step_time(work, each, A100).seconds for each in (A100.whole, A100.slice("1g.5gb")))
    kinds = SMALL.tables["Kinds of job"].set_index("job")
    assert kinds.loc[name, "gain_times"] == pytest.approx(7 * whole / piece)
    found = {"small matmul": SMALL, "large matmul": FULL, "streaming": STREAM}.get(name)
    if found is not None:
        assert gained(found) == pytest.approx(7 * whole / piece, rel=0.03)  # a window of 40 rounds


def test_a_job_that_fills_the_sms_loses_those_that_no_slice_has():
    assert FULL.verdict.answer == "no"
    assert gained(FULL) == pytest.approx(98 / 108, rel=0.03)
    assert "Nothing does more than one job after another" in FULL.verdict.headline


def test_a_job_that_fills_the_bandwidth_loses_an_eighth():
    assert STREAM.verdict.answer == "no"
    assert gained(STREAM) == pytest.approx(7 / 8, rel=0.03)


def test_more_jobs_than_slices_queue():
    assert FOURTEEN.verdict.answer == "it depends"
    assert row(FOURTEEN, "mig-7x1g-5gb")["isolation_times"] == pytest.approx(2)
    assert "There are 14 jobs: the others queue for their slice." in FOURTEEN.verdict.reasons


def test_one_job_alone_has_nobody_to_share_with():
    assert ALONE.verdict.answer == "no"
    assert ALONE.verdict.headline.startswith("One 'small matmul' alone on MIG 7g.40gb: modelled, ")
    assert "There is nobody to share with" in ALONE.verdict.headline


def test_a_board_without_mig_says_nothing_of_the_claim():
    assert SPARK.verdict.answer == "not supported"
    assert SPARK.right_choice == "none: this GPU has no MIG"
    assert SPARK.verdict.headline.startswith(
        "GB10 has no MIG, so nothing here speaks for the claim or against"
    )
    assert any(each.startswith("Left out: 7 tenants are too many for green") for each in SPARK.verdict.limits)
    assert "Kinds of job" not in SPARK.tables


def test_the_headline_names_what_does_more_than_mig():
    mps, mig = row(SMALL, "mps")["gain_times"], row(SMALL, "mig-7x1g-5gb")["gain_times"]
    assert mps > mig
    assert "The most work is done without MIG's walls between tenants:" in SMALL.verdict.headline
    assert "MPS" in SMALL.verdict.headline


@pytest.mark.parametrize("name", EVERY)
def test_the_right_prediction_is_the_one_that_the_figure_makes_right(name):
    found = EVERY[name]
    assert found.right_choice in CHOICES
    if name == "GB10":
        return
    least, most = {
        CHOICES[0]: (0, 0.97),
        CHOICES[1]: (0.97, 1.03),
        CHOICES[2]: (1.03, 2),
        CHOICES[3]: (2, 4),
        CHOICES[4]: (4, math.inf),
    }[found.right_choice]
    assert least < gained(found) <= most


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_says_what_kind_it_is_and_whence(name):
    figures = EVERY[name].verdict.figures
    assert all(each.provenance in PROVENANCES and each.source for each in figures)
    modelled = [each for each in figures if each.provenance == "modelled" and "joule" not in each.what]
    assert all("seed 7" in each.source and EVERY[name].settings["gpu"] in each.source for each in modelled)
    assert all("https://" in each.source for each in figures if each.provenance == "published")
    assert all(each.low is not None for each in figures if each.what.startswith("work of "))


@pytest.mark.parametrize("name", EVERY)
def test_every_table_and_chart_says_so_too(name):
    found = EVERY[name]
    assert all(table.attrs["provenance"] for table in found.tables.values())
    for chart in found.charts.values():
        said = " ".join(chart.to_dict()["title"]["subtitle"])
        assert "odelled" in said or "Published" in said


def test_the_power_of_a_slice_is_unknown_and_that_of_another_board_too():
    by_name = {each.what: each for each in SMALL.verdict.figures}
    assert by_name["power of one slice"].value is None
    joules = next(each for name, each in by_name.items() if name.startswith("work per joule"))
    assert None not in (joules.low, joules.value, joules.high)
    other = next(each for each in A30.verdict.figures if each.what.startswith("work per joule"))
    assert str(other) == (
        "work per joule, MIG 4 × 1g.6gb over one after another: unknown; power of A30 under load: unknown"
    )


def test_published_figures_are_those_of_their_sources():
    by_name = {each.what: each.value for each in SMALL.verdict.figures if each.provenance == "published"}
    assert by_name == {
        "work with MIG over one alone": pytest.approx(7 / 0.34425 * 0.08796),
        "work with MPS over one alone": pytest.approx(7 / 0.31982 * 0.08796),
        "work with time slicing over one alone": pytest.approx(7 / 0.68488 * 0.08796),
        "seven 1g slices over 7g, BERT-base inference, batch 1": pytest.approx(7 * 90 / 90, rel=0.01),
        "seven 1g slices over 7g, BERT-base inference, batch 256": pytest.approx(7 * 642 / 4836, rel=0.01),
        "training of a small ResNet, seven at once with MIG over one, about": 3,
        "training of small models, sharing over one, at the most (MPS did best)": 4,
        "energy saved by mixed MIG slices, six training workloads, at the most": 33,
    }


def test_the_same_settings_give_the_same_words():
    assert str(utilisation().verdict) == str(SMALL.verdict)


def test_a_setting_out_of_range_is_refused():
    with pytest.raises(InvalidExperiment) as refused:
        utilisation(jobs=15)
    assert str(refused.value) == "jobs is a whole number from 1 to 14, not 15. For example 7."
    with pytest.raises(InvalidExperiment) as refused:
        utilisation(gpu="A40")
    assert str(refused.value) == (
        "gpu is A100-SXM4-40GB, A100-SXM4-80GB, A30, H100-SXM5-80GB or GB10, not 'A40'. Known: "
        "A100-SXM4-40GB, A100-SXM4-80GB, A30, H100-SXM5-80GB, GB10."
    )


def test_names_inside_a_sentence():
    assert in_a_sentence("MIG 7 × 1g.5gb") == "MIG 7 × 1g.5gb"
    assert in_a_sentence("Green contexts") == "green contexts"


def test_what_the_notebook_says_of_the_board_is_so():
    path = Path(__file__).resolve().parents[2] / "notebooks" / "11_utilisation.ipynb"
    said = " ".join("".join(each["source"]) for each in json.loads(path.read_text("utf-8"))["cells"])
    layout = slices_for(A100, 7)
    sms = sum(each.profile.sms or 0 for each in layout.instances)
    memory = sum(each.profile.memory_slices for each in layout.instances)
    assert (
        f"Seven slices have {sms} of the A100's {A100.sms} SMs and {memory} of its {A100.memory_slices} parts"
        in (" ".join(said.split()))
    )
    assert "matrix multiplication of 256 × 256, fifty times" in " ".join(said.split())
    assert job("small matmul").title == "Tiled matmul, 256 × 256, 50 launches"
