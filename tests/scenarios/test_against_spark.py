import math

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.scenarios.against_spark import CHOICES, OWN, TRAINING, against_spark
from mig_explorer.scenarios.jobs_of_users import JOBS_OF_USERS
from mig_explorer.scenarios.spark_study import A_WINS, EITHER, NEITHER, S_WINS, Enough, Need, SparkStudy


@pytest.fixture(scope="module")
def found():
    return against_spark()


def machines(outcome):
    figures = {each.what: each.value for each in outcome.verdict.figures}
    return figures["A100s with MIG needed"], figures["DGX Sparks needed"]


def test_small_jobs_are_bound_by_memory_and_sparks_have_more(found):
    """Nine users of 4 GiB fit the slices of an A100 of 40 GB at most, 32 a Spark of 128."""
    assert machines(found) == (math.ceil(56 / 9), math.ceil(56 / 32))
    assert (found.verdict.answer, found.right_choice) == ("no", "it takes several of either")


def test_each_with_a_slice_or_a_spark_to_itself_turns_it_round():
    own = against_spark(isolation=OWN)
    assert machines(own) == (56 / 7, 56)
    assert own.verdict.answer == "yes"
    assert "If each may share memory and SMs" in own.verdict.headline


def test_the_headline_tells_the_other_side(found):
    own = "If each must have its own memory and SMs, it takes 8 A100s with MIG or 56 DGX Sparks"
    assert f"{own}; better then: {A_WINS}." in found.verdict.headline


def test_memory_that_no_a100_has_leaves_the_sparks():
    study = SparkStudy(Need(2, "exercise: small network", 64, 1.0, 0.1), "A100-SXM4-40GB")
    assert study.enough(study.need) == Enough(None, 1)
    assert study.judged(study.need) == S_WINS


def test_what_neither_can_do_is_said():
    study = SparkStudy(Need(2, "chat, 32B in 16 bits", 4, 1.0, 0.1), "A100-SXM4-40GB")
    assert study.judged(study.need) == NEITHER


def test_a_target_that_no_spark_meets_leaves_the_a100s():
    quick = against_spark(job="streaming", users=7, latency=0.8, load=1)
    assert machines(quick)[1] is None
    assert quick.right_choice == "only A100s with MIG can do it"
    # One A100 without MIG does as well: the advantage is not that of MIG.
    assert quick.verdict.answer == "it depends"
    assert "the advantage is the larger GPU's" in quick.verdict.headline


def test_training_is_said_to_be_unsupported():
    training = against_spark(job=TRAINING)
    assert (training.verdict.answer, training.right_choice) == ("not supported", CHOICES[-1])
    assert training.verdict.headline == (
        "No step of a training job was published for a DGX Spark, nor its dense tensor rate, so training a "
        "network (tensor cores) cannot be compared. For A100s there are published times (scenario 1)."
    )


@pytest.mark.parametrize(
    ("enough", "winner"),
    [
        (Enough(1, 1), S_WINS),
        (Enough(7, 19), S_WINS),  # 2.71 each, and 2.86 draw the chip power of an A100
        (Enough(7, 20), EITHER),
        (Enough(1, 3), EITHER),
        (Enough(1, 6), EITHER),
        (Enough(1, 7), A_WINS),
        (Enough(None, 112), S_WINS),
        (Enough(112, None), A_WINS),
        (Enough(None, None), NEITHER),
    ],
)
def test_who_is_better_goes_by_power_and_price(enough, winner):
    study = SparkStudy(Need(1, "streaming", 4, 1.0, 0.1), "A100-SXM4-40GB")
    assert study.winner(enough) == winner


def test_a_band_that_holds_two_answers_leaves_it_open():
    outcome = against_spark(job="chat, 7B in 8 bits", users=7, latency=5)
    study = SparkStudy(Need(7, "chat, 7B in 8 bits", 4, 5.0, 0.1), "A100-SXM4-40GB")
    assert len(set(study.winners(study.need))) > 1 or study.winner(study.enough(study.need)) == EITHER
    assert outcome.verdict.answer == "it depends"
    assert any("30 to 110 % too fast" in limit for limit in outcome.verdict.limits)


def test_the_cases_are_counted_right(found):
    cases = found.tables["By users and job"]
    assert len(cases) == 8 * len(JOBS_OF_USERS)
    counts = cases["winner"].value_counts()
    assert f"better choice in {counts.get(A_WINS, 0)}, Sparks in {counts.get(S_WINS, 0)};" in (
        found.verdict.headline
    )
    asked = cases[(cases["job"] == "exercise: small network") & (cases["users"] == 56)].iloc[0]
    assert (asked["a100s"], asked["sparks"]) == machines(found)


def test_more_users_never_need_fewer_machines(found):
    for _, rows in found.tables["By users and job"].groupby("job"):
        for column in ("a100s", "sparks"):
            known = rows.sort_values("users")[column].dropna()
            assert known.is_monotonic_increasing


def test_the_table_of_machines_has_power_and_room(found):
    table = found.tables["The machines"].set_index("machine")
    assert table.loc["8 × A100 with MIG", "chip_power_w"] == 8 * 400
    assert table.loc["DGX Spark", "room_gib_each"] == pytest.approx(128 / 56)
    assert not table.loc["DGX Spark", "in_time"]
    assert table.loc["8 × A100 with MIG", "own_memory_and_sms"]
    assert not table.loc["2 × DGX Spark", "own_memory_and_sms"]


def test_what_nobody_lists_stays_unknown(found):
    price = next(each for each in found.verdict.figures if each.what == "price of one A100 board")
    assert (price.value, price.amount) == (None, "unknown")


def test_the_same_seed_gives_the_same(found):
    study = SparkStudy(Need(56, "exercise: small network", 4, 1.0, 0.1), "A100-SXM4-40GB")
    assert study.by_memory.equals(found.tables["By users and memory"])
    assert study.by_users.equals(SparkStudy(study.need, "A100-SXM4-40GB").by_users)


def test_a_setting_that_there_is_not_is_refused():
    with pytest.raises(InvalidExperiment) as refused:
        against_spark(user=3)
    assert str(refused.value) == "against_spark has no setting 'user'. Nearest: users."
