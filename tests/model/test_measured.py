from __future__ import annotations

import itertools
import math
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import DoesNotFit, InvalidWorkload, UnknownGpu, UnknownProfile
from mig_explorer.gpus import gpu
from mig_explorer.model import MeasuredWorkload, bands, constant
from mig_explorer.model.published import step_times
from mig_explorer.model.scaling import curve_of

A100 = gpu("A100-SXM4-40GB")
SLICES = ("1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb", "whole GPU")
SECONDS = st.floats(1e-4, 10.0)


@pytest.mark.parametrize("job", step_times("miso").items(), ids=lambda job: f"{job[0][0]} b{job[0][1]}")
def test_two_measured_times_are_given_back_and_lie_in_their_bands(job: Any) -> None:
    times = job[1]
    ends = {name: times[name] for name in (min(times, key=SLICES.index), "7g.40gb")}
    work = MeasuredWorkload(str(job[0]), ends)
    assert work.board is A100
    for profile, seconds in ends.items():
        there = work.predict(profile)
        assert there.seconds == pytest.approx(seconds)
        assert there.low < seconds < there.high
        together = (there.host_seconds**1.6 + there.gpu_seconds**1.6) ** (1 / 1.6)
        assert together == pytest.approx(seconds)


def test_a_launch_bound_job_takes_the_same_time_everywhere() -> None:
    work = MeasuredWorkload("bert b1", {"7g.40gb": 0.011, "1g.5gb": 0.011})
    for profile in SLICES:
        there = work.predict(profile)
        assert there.seconds == pytest.approx(0.011)
        assert there.limited_by == "host"


def test_slices_of_one_bandwidth_differ_by_their_sms() -> None:
    work = MeasuredWorkload("gnn", {"7g.40gb": 0.03, "1g.5gb": 0.1258})
    three, four = work.predict("3g.20gb"), work.predict("4g.20gb")
    assert four.seconds < three.seconds
    assert (three.limited_by, four.limited_by) == ("compute", "memory")


def test_the_whole_board_is_a_little_faster_than_the_largest_slice() -> None:
    work = MeasuredWorkload("matmul", {"7g.40gb": 1.0, "1g.5gb": 7.6})
    ratio = work.predict("7g.40gb").seconds / work.predict("whole GPU").seconds
    assert ratio == pytest.approx((108 / 98) ** 0.4 * (1384.6 / 1378.4) ** 0.6, rel=1e-3)


@given(small=SECONDS, large=SECONDS)
def test_a_smaller_slice_is_never_faster_and_every_band_holds_its_time(small: float, large: float) -> None:
    work = MeasuredWorkload("any", {"1g.5gb": small, "7g.40gb": large})
    there = [work.predict(profile) for profile in SLICES]
    for smaller, larger in itertools.pairwise(there):
        assert smaller.seconds >= larger.seconds * (1 - 1e-9)
    assert all(0 < each.low <= each.seconds <= each.high < math.inf for each in there)


@pytest.mark.parametrize("anchor", SLICES)
def test_one_measured_time_is_enough_for_a_wider_band(anchor: str) -> None:
    one = MeasuredWorkload("job", {anchor: 0.1}, "A100-SXM4-40GB")
    assert one.predict(anchor).seconds == pytest.approx(0.1)
    for profile in set(SLICES) - {anchor}:
        there = one.predict(profile)
        assert there.low < there.seconds < there.high
        assert there.high / there.low > 1.05


def test_more_than_two_times_are_met_as_well_as_can_be() -> None:
    times = step_times("miso")["resnet", 512, None, None]
    work = MeasuredWorkload("resnet", times)
    for profile, seconds in times.items():
        assert work.predict(profile).seconds == pytest.approx(seconds, rel=0.12)


def test_a_known_host_part_hides_the_gpu_until_it_is_longer() -> None:
    work = MeasuredWorkload("bert b32", {"7g.40gb": 0.0108, "1g.5gb": 0.053}, host_seconds=0.0108)
    assert work.predict("7g.40gb").limited_by == "host"
    assert work.predict("2g.10gb").seconds == pytest.approx(0.053 / 2, rel=0.01)
    assert work.predict("2g.10gb").exponent == math.inf


def test_a_slice_with_fewer_sms_can_be_asked_for() -> None:
    work = MeasuredWorkload("job", {"7g.40gb": 0.05, "1g.5gb": 0.3})
    half = replace(A100.whole, sms=54)
    assert work.predict(half).seconds > work.predict("whole GPU").seconds
    assert work.predict(half).limited_by == "compute"


@pytest.mark.parametrize(
    ("times", "board"),
    [
        ({"1g.5gb": 1, "7g.40gb": 1}, "A100-SXM4-40GB"),
        ({"1g.6gb": 1}, "A30"),
        ({"1g.5gb": 1, "whole GPU": 1}, "A100-SXM4-40GB"),
    ],
)
def test_profiles_tell_their_board(times: dict[str, float], board: str) -> None:
    assert MeasuredWorkload("job", times).board.name == board


@pytest.mark.parametrize("board", ["A100-SXM4-80GB", "A30", "H100-SXM5-80GB"])
def test_other_boards_go_by_their_own_shares(board: str) -> None:
    where = gpu(board)
    smallest = next(iter(where.profiles))
    work = MeasuredWorkload("job", {"whole GPU": 1.0, smallest: 6.0}, where)
    for profile in where.profiles:
        piece = where.slice(profile)
        if piece.sms is not None:
            assert 0.99 <= work.predict(profile).seconds <= 6.01


def test_it_travels_to_a_worker_and_back() -> None:
    work = MeasuredWorkload("job", {"7g.40gb": 0.05, "1g.5gb": 0.3}, memory_gib=3.0)
    again = pickle.loads(pickle.dumps(work))  # noqa: S301 - just written
    assert again == work
    assert again.predict("3g.20gb").seconds == work.predict("3g.20gb").seconds
    assert hash(work) == hash(again)


def test_what_was_measured_stays_as_it_was_given() -> None:
    times = {"7g.40gb": 0.05, "1g.5gb": 0.3}
    work = MeasuredWorkload("job", times)
    times["1g.5gb"] = 99.0
    assert work.seconds["1g.5gb"] == 0.3


def test_a_prediction_says_what_it_was_made_from() -> None:
    work = MeasuredWorkload("job", {"7g.40gb": 0.05, "1g.5gb": 0.3}, host_seconds=0.01)
    assert work.predict("3g.20gb").provenance == (
        "modelled (roofline 3) from measured 0.05 s on 7g.40gb, 0.3 s on 1g.5gb of A100-SXM4-40GB, 0.01 s of "
        "it on the host; band: 80%"
    )
    assert work.note == ("Measured on 7g.40gb, 1g.5gb of A100-SXM4-40GB; modelled from that on other slices.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"seconds": {}},
            (
                'job has no measured time. Give at least one, such as {"7g.40gb": 0.053, "1g.5gb": 0.399} in '
                "seconds."
            ),
        ),
        ({"seconds": {"1g.5gb": 0}}, "job, on 1g.5gb: 0 is no number of seconds greater than 0."),
        (
            {"seconds": {"1g.5gb": math.nan}},
            "job, on 1g.5gb: nan is no number of seconds greater than 0.",
        ),
        (
            {"seconds": {"1g.5gb": 1.0}, "host_seconds": -1.0},
            "job, host_seconds: -1.0 is no number of seconds greater than 0.",
        ),
        (
            {"seconds": {"1g.5gb": 1.0}, "memory_gib": math.inf},
            "job, memory_gib: inf is no number of GiB greater than 0.",
        ),
        (
            {"seconds": {"1g.10gb": 1.0, "7g.80gb": 1.0}},
            (
                "job: which board was measured is not clear: 1g.10gb and 7g.80gb are on A100-PCIE-80GB, "
                'A100-SXM4-80GB, H100-PCIE-80GB, H100-SXM5-80GB. Say which: gpu="A100-PCIE-80GB".'
            ),
        ),
        (
            {"seconds": {"whole GPU": 1.0}},
            (
                'job: which board was measured is not clear: "whole GPU" is on every board. Say which: '
                'gpu="A100-SXM4-40GB".'
            ),
        ),
        (
            {"seconds": {"9g.5gb": 1.0}},
            (
                "job: which board was measured is not clear: no board of the catalogue has 9g.5gb. Say "
                'which: gpu="A100-SXM4-40GB".'
            ),
        ),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidWorkload) as caught:
        MeasuredWorkload("job", **arguments)
    assert str(caught.value) == message


def test_unknown_boards_and_profiles_are_refused() -> None:
    with pytest.raises(UnknownGpu):
        MeasuredWorkload("job", {"1g.5gb": 1.0}, "A1000")
    with pytest.raises(UnknownProfile) as caught:
        MeasuredWorkload("job", {"3g.40gb": 1.0}, A100)
    assert str(caught.value) == "A100-SXM4-40GB has no profile '3g.40gb'. Nearest: 7g.40gb, 3g.20gb, 4g.20gb."
    with pytest.raises(UnknownProfile):
        MeasuredWorkload("job", {"1g.5gb": 1.0}).predict("1g.6gb")


@pytest.mark.parametrize(
    ("gibibytes", "profile", "message"),
    [
        (6.0, "1g.5gb", ("job needs 6 GiB, but 1g.5gb of A100-SXM4-40GB has 4.75 GiB. The smallest profile "
         "with room is 1g.10gb.")),
        (39.5, "3g.20gb", ("job needs 39.5 GiB, but 3g.20gb of A100-SXM4-40GB has 19.50 GiB. Only the whole "
         "GPU has room.")),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_size_that_does(
    gibibytes: float, profile: str, message: str
) -> None:
    work = MeasuredWorkload("job", {"whole GPU": 1.0}, A100, memory_gib=gibibytes)
    with pytest.raises(DoesNotFit) as caught:
        work.predict(profile)
    assert str(caught.value) == message


def test_what_was_measured_where_it_cannot_have_run_is_refused() -> None:
    with pytest.raises(DoesNotFit) as caught:
        MeasuredWorkload("job", {"1g.5gb": 1.0}, memory_gib=50.0)
    assert str(caught.value) == (
        "job needs 50 GiB, but 1g.5gb of A100-SXM4-40GB has 4.75 GiB. No slice of this board has room."
    )


def test_the_band_says_how_much_it_is_meant_to_hold() -> None:
    assert constant("band_coverage") == 0.8


def test_times_are_fitted_once_for_all_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[object] = []

    def counted(*given: Any) -> Any:
        fits.append(given)
        return curve_of(*given)

    monkeypatch.setattr(bands, "curve_of", counted)
    job = MeasuredWorkload("bert", {"7g.40gb": 0.053, "3g.20gb": 0.11, "1g.5gb": 0.399}, gpu=A100)
    job.predict("2g.10gb")
    before = len(fits)
    for name in ("1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb", "whole GPU"):
        job.predict(name)
    assert len(fits) == before == len(set(fits))
    assert job == MeasuredWorkload("bert", dict(job.seconds), gpu=A100), "what was fitted is no part of it"
