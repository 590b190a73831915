import math
from pathlib import Path
from typing import Any

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu
from mig_explorer.model import step_time
from mig_explorer.scenarios.jobs import JOBS, job
from mig_explorer.scenarios.scale import scale
from mig_explorer.scenarios.scale_beyond import board_limit_w, by_nodes, language_models
from mig_explorer.scenarios.scale_seats import ASKS, LAYOUTS, MOST_ON_A_SPARK, Class
from mig_explorer.scenarios.scale_sparks import Sparks, SparkUsers, Times
from mig_explorer.scenarios.scale_verdict import CHOICES, verdict

A100, SPARK = gpu("A100-SXM4-40GB"), gpu("GB10")


def seconds(name, where, board, end="seconds"):
    return getattr(step_time(job(name), where, board), end)


@pytest.fixture(scope="module")
def streaming():
    return scale(job="streaming")


def figure(outcome: Any, what: str) -> Any:
    (found,) = (each for each in outcome.verdict.figures if each.what == what)
    return found


def test_56_users_have_56_slices_and_one_spark_is_far_slower(streaming):
    said = streaming.verdict
    assert said.answer == "yes"
    assert figure(streaming, "users with a slice of their own all the time").value == 8 * 7
    # By hand: 56 streams share the bandwidth of one Spark; each slice has its own eighth of an A100's.
    alone = seconds("streaming", SPARK.whole, SPARK)
    slice_ = seconds("streaming", A100.slice("1g.5gb"), A100)
    ratio = figure(streaming, "p99 latency on the Sparks over that in the slices")
    assert ratio.value == pytest.approx(56 * alone / slice_, rel=0.02)
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low < ratio.value < ratio.high
    assert f"{ratio.value:.3g} times" in said.headline


def test_as_many_sparks_as_their_bandwidth_says_answer_as_soon(streaming):
    alone = seconds("streaming", SPARK.whole, SPARK)
    slice_ = seconds("streaming", A100.slice("1g.5gb"), A100)
    each = math.floor(1.005 * slice_ / alone)
    assert figure(streaming, "DGX Sparks that answer as soon as the slices").value == math.ceil(56 / each)
    assert streaming.right_choice == "17 or more"


def test_the_two_throughputs_are_of_the_same_workload_and_carry_bands(streaming):
    slices = figure(streaming, "answers a second, all users of the slices")
    sparks = figure(streaming, "answers a second, all users of the Sparks")
    assert slices.value == pytest.approx(56 / seconds("streaming", A100.slice("1g.5gb"), A100), rel=0.03)
    assert sparks.value == pytest.approx(1 / seconds("streaming", SPARK.whole, SPARK), rel=0.02)
    assert slices.source == sparks.source
    for each in (slices, sparks):
        assert each.low < each.value < each.high


def test_the_band_of_the_number_of_sparks_sets_opposite_ends_against_each_other():
    of = Class(56, 1, 1, "7 small a board", "small", "MPS", 90, node_lost=False)
    work = job("large matmul")
    slice_ = step_time(work, A100.slice("1g.5gb"), A100)
    level = Times(slice_.seconds, slice_.low_seconds, slice_.high_seconds)
    found: Any = SparkUsers(of, work, 0.0).fewest(level)
    spark = step_time(work, SPARK.whole, SPARK)
    for count, mine, theirs in (
        (found.value, slice_.seconds, spark.seconds),
        (found.low, slice_.high_seconds, spark.low_seconds),
        (found.high, slice_.low_seconds, spark.high_seconds),
    ):
        # A kernel that fills the board: k of them take k times as long.
        assert count == pytest.approx(math.ceil(56 / math.floor(1.005 * mine / theirs)), rel=0.15)
    assert found.low < found.value < found.high


def test_what_the_boards_do_without_mig_is_said_too(streaming):
    uncut = figure(streaming, "p99 latency on the same A100s by MPS, without MIG")
    # Seven streams share the bandwidth of a whole A100: more than seven eighths of it in slices.
    assert uncut.value == pytest.approx(1e3 * 7 * seconds("streaming", A100.whole, A100), rel=0.02)
    assert uncut.value < figure(streaming, "p99 latency in the slices").value
    assert streaming.verdict.headline.endswith(
        "the speed is that of the boards, and what MIG adds is that users are kept apart."
    )


def test_it_depends_where_the_bands_meet_and_it_is_no_where_users_think_for_long():
    some = scale(job="large matmul", think_seconds=2.0)
    assert some.verdict.answer == "it depends"
    long = scale(job="streaming", think_seconds=60.0)
    ratio = figure(long, "p99 latency on the Sparks over that in the slices")
    assert ratio.high <= 1.01
    assert long.verdict.answer == "no"
    assert long.right_choice == "one"


def test_the_longer_users_think_the_fewer_sparks_it_takes(streaming):
    table = streaming.tables["With more time to think"]
    assert table["sparks_that_answer_as_soon"].is_monotonic_decreasing
    assert table["sparks_that_answer_as_soon"].iloc[-1] < table["sparks_that_answer_as_soon"].iloc[0]
    assert table["slices_latency_p99_s"].round(9).nunique() == 1  # a slice has its own user only


def test_nobody_has_a_slice_once_the_only_node_is_lost():
    gone = scale(node_lost="yes")
    assert gone.verdict.answer == "no"
    assert gone.right_choice == CHOICES[-1]
    assert gone.verdict.headline == (
        "On 1 DGX A100, cut into 56 slices, 0 of 56 users have a slice of their own all the time; 56 lost it "
        "with the node for good. On 1 DGX Spark 0 have a share of a GPU all the time."
    )
    assert "By number of Sparks" not in gone.charts
    power = figure(gone, "power limit of the A100 boards over that of as many GB10s as answer as soon")
    assert power.value is None


def test_a_second_node_takes_the_users_of_the_first_if_it_is_lost():
    of = Class(40, 2, 2, "7 small a board", "small", "MPS", 90, node_lost=True)
    assert of.cut().counts["lost the seat, got another"] == 40
    # A share is no piece of hardware: the other Spark takes the users of the lost one in.
    shared = of.shared()
    assert shared.counts["lost the seat, got another"] == 20
    assert len(shared.taken(shared.fullest_s)) == of.users_on_a_spark == 40


def test_what_a_lost_spark_costs_is_that_the_others_are_fuller():
    lost = scale(users=30, sparks=3, node_lost="yes", nodes=2, job="streaming")
    table = lost.tables["What a user gets"]
    (situation,) = table[table["gpu"] == "GB10"]["situation"]
    assert situation == "GB10, 15 on it, MPS"
    assert "up to 15 users each" in lost.verdict.headline
    assert "20 of them have a place there all the time" in lost.verdict.headline


def test_the_users_over_the_seats_wait_and_the_answer_is_no_longer_yes():
    over = scale(users=60, job="streaming")
    assert over.verdict.answer == "it depends"
    assert "56 of 60 users" in over.verdict.headline
    assert "4 never got one" in over.verdict.headline
    short = Class(60, 1, 1, "7 small a board", "small", "MPS", 30, node_lost=False)
    assert short.cut().counts["waited"] == 4


def test_more_users_than_mps_takes_have_no_share_of_a_spark():
    full = scale(users=112, nodes=2, job="small matmul")
    assert full.verdict.answer == "yes"
    assert "60 of them have a place there all the time" in full.verdict.headline
    turns = Class(112, 2, 1, "7 small a board", "small", "time slicing", 90, node_lost=False)
    assert len(turns.shared().fleet.seats) == 112


def test_one_user_is_better_off_alone_on_a_spark():
    lone = scale(users=1, job="streaming")
    table = lone.tables["What a user gets"]
    latency = dict(zip(table["situation"], table["latency_p50_s"], strict=True))
    assert latency["GB10, 1 on it, MPS"] < latency["1g.5gb"]
    assert lone.right_choice == "one"
    assert lone.verdict.answer in ("no", "it depends")
    assert figure(lone, "memory for one user alone on a Spark").value == 128


def test_large_seats_are_few_and_each_size_is_asked_for_as_often_as_said():
    mixed = scale(seats="6 boards of 7 small, 2 mixed", asks="1 in 8 large, 1 in 8 medium", job="streaming")
    users = mixed.tables["The users"]
    assert users["size"].value_counts().to_dict() == {"1g.5gb": 42, "2g.10gb": 7, "3g.20gb": 7}
    seats = [seat for text in LAYOUTS["6 boards of 7 small, 2 mixed"] for seat in text.split()]
    assert figure(mixed, "slices").value == len(seats) == 50
    at_once = users[users["outcome"] == "seated at once"]
    assert (at_once["seat_size"] == "3g.20gb").sum() == (at_once["seat_size"] == "2g.10gb").sum() == 2
    assert users["bigger"].any()  # who asked for 2g.10gb when both were taken
    assert mixed.verdict.answer == "it depends"
    assert mixed.verdict.headline.startswith("On 1 DGX A100, cut into 50 slices, 46 of 56 users")


def test_hundreds_of_gpus_are_as_many_times_one_node():
    table = by_nodes(56, Sparks(6, 2, None), 56)
    assert table["gpus"].tolist()[-1] == 320
    assert table["users"].tolist()[-1] == 2240
    assert table["sparks"].tolist()[-1] == 240
    assert table["sparks_high"].isna().all()
    assert table["a100_boards_kw"].tolist()[-1] == pytest.approx(320 * 0.4)


def test_power_is_of_listed_limits_and_price_is_unknown(streaming):
    assert (board_limit_w("A100-SXM4-40GB"), board_limit_w("GB10")) == (400, 140)
    sparks = figure(streaming, "DGX Sparks that answer as soon as the slices")
    power = figure(streaming, "power limit of the A100 boards over that of as many GB10s as answer as soon")
    assert power.value == pytest.approx(8 * 400 / (sparks.value * 140))
    assert "listed limits of boards alone" in power.source
    price = figure(streaming, "list price of a DGX A100 over that of a DGX Spark")
    assert price.value is None
    assert str(price).endswith(
        "unknown; no list price that could be cited was found for both; ask for offers"
    )


def test_language_models_have_the_smallest_slice_that_holds_them():
    table = language_models(("1g.5gb", "3g.20gb"))
    assert table["slice"].tolist() == ["1g.5gb", "3g.20gb", "3g.20gb", "fits no seat", "fits no seat"]
    rate: Any = table.iloc[0]
    assert rate["tokens_per_s"] == pytest.approx(174.2e9 / (3 * 2**30))
    assert rate["tokens_low_per_s"] < rate["tokens_per_s"] < rate["tokens_high_per_s"]
    assert table["users_on_a_spark"].tolist()[-1] == 1
    assert math.isnan(table["tokens_per_s"].tolist()[-1])


def test_what_is_said_of_the_decoding_model_is_what_its_page_says(streaming):
    page = Path(verdict.__code__.co_filename).parents[1] / "model" / "README.md"
    (row,) = (
        line
        for line in page.read_text(encoding="utf-8").splitlines()
        if "| spark_decode" in line and "batch" in line
    )
    said = streaming.tables["One language model for each user"].attrs["provenance"]
    cells = [cell.strip() for cell in row.split("|")]
    assert f"within {cells[4]} (median of {cells[3]} published figures)" in said
    assert "30 to 110 % too high" in said
    assert "30 to 110 % too high" in page.read_text(encoding="utf-8")


def test_every_chart_and_table_says_where_its_figures_are_from(streaming):
    for name, table in streaming.tables.items():
        assert table.attrs["provenance"], name
    for name, chart in streaming.charts.items():
        assert any(word in chart.description for word in ("odelled", "ounted")), name
    assert set(streaming.charts) == {"Seats", "The class over time", "By number of Sparks"}


def test_the_same_settings_give_the_same():
    first, again = (scale(users=9, think_seconds=0.5, sparks=2) for _ in range(2))
    assert str(again.verdict) == str(first.verdict)
    for name, table in first.tables.items():
        assert table.equals(again.tables[name]), name


@pytest.mark.parametrize("name", JOBS)
def test_every_job_fits_every_seat_and_a_spark_that_is_full(name):
    needs = job(name).cost.working_set_bytes / 2**20
    assert needs < (A100.profile("1g.5gb").memory_mib or 0)
    assert needs * MOST_ON_A_SPARK < (SPARK.memory_mib or 0)


def test_thousands_of_users_on_few_sparks_are_not_all_taken():
    of = Class(2240, 1, 2, "7 small a board", "small", "time slicing", 90, node_lost=False)
    assert of.shared().counts["seated at once"] == 2 * MOST_ON_A_SPARK


def test_every_layout_and_wish_can_be_chosen():
    for seats in LAYOUTS:
        of = Class(56, 1, 1, seats, next(iter(ASKS)), "MPS", 90, node_lost=False)
        assert len(of.cut().fleet.seats) == sum(len(text.split()) for text in LAYOUTS[seats])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"users": 0}, "users is a whole number from 1 to 2240, not 0. For example 56."),
        ({"spark_mode": "MIG"}, "spark_mode is MPS or time slicing, not 'MIG'. Known: MPS, time slicing."),
        (
            {"gpus": 8},
            (
                "scale has no setting 'gpus'. Known: users, nodes, seats, asks, job, think_seconds, "
                "session_minutes, sparks, spark_mode, node_lost."
            ),
        ),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(InvalidExperiment) as error:
        scale(**settings)
    assert str(error.value) == message
