from __future__ import annotations

import math
import statistics

import pytest

from mig_explorer.gpus import gpu
from mig_explorer.model import constant
from mig_explorer.model.bands import Spread, band, half_width, spread
from mig_explorer.model.fit import cases, errors, left_out
from mig_explorer.model.published import step_times
from mig_explorer.model.scaling import Anchor, curve_of, default_equation, share_of

A100 = gpu("A100-SXM4-40GB")
EQUATION = default_equation()


def anchor(profile: str, seconds: float) -> Anchor:
    return Anchor(share_of(A100.slice(profile), A100), seconds)


def test_what_was_measured_is_uncertain_by_its_noise_alone() -> None:
    ends = [anchor("7g.40gb", 0.05), anchor("1g.5gb", 0.2)]
    unknown = spread(ends, ends[1].share, EQUATION)
    assert unknown == pytest.approx((1.0, 0.0), abs=1e-9)
    low, high = band(ends, ends[1].share, EQUATION)
    assert (low, high) == pytest.approx((0.2 / math.exp(0.025), 0.2 * math.exp(0.025)))


def test_a_job_halfway_between_host_and_gpu_is_the_least_certain() -> None:
    share = share_of(A100.slice("3g.20gb"), A100)
    widths = [
        spread([anchor("7g.40gb", 0.05), anchor("1g.5gb", seconds)], share, EQUATION).ambiguity
        for seconds in (0.0501, 0.15, 0.37)
    ]
    assert widths[0] < widths[1] > widths[2]


def test_predicting_far_from_close_anchors_is_less_certain_than_between_far_ones() -> None:
    share = share_of(A100.slice("1g.5gb"), A100)
    near = spread([anchor("7g.40gb", 0.05), anchor("4g.20gb", 0.07)], share, EQUATION)
    wide = spread([anchor("7g.40gb", 0.05), anchor("2g.10gb", 0.11)], share, EQUATION)
    assert near.leverage > wide.leverage > 1


def test_one_anchor_has_a_wider_band_than_two() -> None:
    share = share_of(A100.slice("3g.20gb"), A100)
    one = band([anchor("7g.40gb", 0.05)], share, EQUATION)
    two = band([anchor("7g.40gb", 0.05), anchor("1g.5gb", 0.2)], share, EQUATION)
    assert math.log(one[1] / one[0]) > 2 * math.log(two[1] / two[0])


def test_a_known_host_part_that_hid_the_gpu_leaves_the_upper_end_open() -> None:
    share = share_of(A100.slice("1g.5gb"), A100)
    size, of_anchor = EQUATION.size(share), EQUATION.size(share_of(A100.slice("7g.40gb"), A100))
    low, high = band([anchor("7g.40gb", 0.011)], share, EQUATION, host_seconds=0.011)
    assert low < 0.011
    assert high == pytest.approx(0.011 * size / of_anchor)


def test_the_band_holds_the_share_it_states_of_jobs_that_its_constants_did_not_know() -> None:
    inside = [
        abs(errors([case], equation)[0]) <= half_width(spread(case.anchors, case.share, equation))
        for case, equation in left_out(cases(step_times("miso")))
    ]
    assert constant("band_coverage") <= statistics.fmean(inside) < 0.9


@pytest.mark.parametrize("source", ["miso", "migperf"])
def test_with_one_anchor_nearly_all_measured_times_lie_in_the_band(source: str) -> None:
    inside = []
    for case in cases(step_times(source), ends=True):
        largest = case.anchors[-1:]
        low, high = band(largest, case.share, EQUATION)
        assert low <= curve_of(largest, EQUATION).seconds(EQUATION.size(case.share)) <= high
        inside.append(low <= case.seconds <= high)
    assert statistics.fmean(inside) >= 0.9


def test_a_band_grows_with_what_is_not_known() -> None:
    assert half_width(Spread(1.0, 0.0)) == constant("time_noise")
    assert half_width(Spread(1.0, 0.2)) == pytest.approx(
        constant("time_noise") + 0.2 * constant("ambiguity_weight")
    )
