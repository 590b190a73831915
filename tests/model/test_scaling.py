from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpu
from mig_explorer.model.scaling import (
    Anchor,
    Curve,
    Equation,
    Point,
    Share,
    curve_of,
    curve_with_host,
    default_equation,
    fit_curve,
    joined,
    share_of,
)

A100 = gpu("A100-SXM4-40GB")
SECONDS = st.floats(1e-4, 10.0)


def test_the_equation_is_the_one_that_the_documents_give() -> None:
    share = share_of(A100.slice("3g.20gb"), A100)
    assert share == Share(42 / 108, 682.2 / 1384.6)
    assert default_equation() == Equation(exponent=1.6, memory_weight=0.6)
    assert default_equation().size(share) == pytest.approx((108 / 42) ** 0.4 * (1384.6 / 682.2) ** 0.6)


def test_two_points_are_met_by_hand_computed_parts() -> None:
    # t0 = 3, T = 1, k = 2: sqrt(9 + 16) = 5 at x = 4 and sqrt(9 + 144 / 9) = 5 at x = 4; at x = 1, sqrt(10).
    curve = fit_curve([Point(1.0, math.sqrt(10)), Point(4.0, 5.0)], exponent=2.0)
    assert curve.host_seconds == pytest.approx(3.0)
    assert curve.gpu_seconds == pytest.approx(1.0)
    assert curve.seconds(8.0) == pytest.approx(math.sqrt(9 + 64))


@given(host=SECONDS, on_gpu=SECONDS, exponent=st.floats(1.0, 3.0))
def test_times_that_the_equation_made_give_its_parts_back(
    host: float, on_gpu: float, exponent: float
) -> None:
    made = Curve(host, on_gpu, exponent)
    for sizes in ((1.0, 7.6), (1.0, 2.0, 3.9, 7.6)):
        found = fit_curve([Point(size, made.seconds(size)) for size in sizes], exponent)
        for size in (1.0, 2.5, 7.6):
            assert found.seconds(size) == pytest.approx(made.seconds(size), rel=1e-4)


@given(first=SECONDS, second=SECONDS)
def test_a_curve_goes_through_both_its_points_or_lies_flat_between_them(first: float, second: float) -> None:
    curve = fit_curve([Point(1.0, first), Point(7.6, second)], exponent=1.6)
    if second > first:
        assert curve.seconds(1.0) == pytest.approx(first)
        assert curve.seconds(7.6) == pytest.approx(second)
    else:
        assert curve.seconds(1.0) == curve.seconds(7.6) == pytest.approx(math.sqrt(first * second))


def test_times_that_grow_faster_than_slices_shrink_are_still_met() -> None:
    curve = fit_curve([Point(1.0, 1.0), Point(4.0, 8.0)], exponent=1.6)
    assert curve.host_seconds == 0.0
    assert curve.steepness == pytest.approx(1.5)
    assert curve.seconds(4.0) == pytest.approx(8.0)
    three = fit_curve([Point(1.0, 1.0), Point(2.0, 2.0**1.5), Point(4.0, 8.0)], exponent=1.6)
    assert three.steepness == pytest.approx(1.5)


def test_three_points_are_met_as_well_as_can_be() -> None:
    points = [Point(1.0, 1.0), Point(3.0, 2.2), Point(8.0, 5.0)]
    found = fit_curve(points, exponent=1.6)

    def misfit(curve: Curve) -> float:
        return sum(math.log(curve.seconds(x) / t) ** 2 for x, t in points)

    for host, on_gpu in ((1.01, 1.0), (0.99, 1.0), (1.0, 1.01), (1.0, 0.99)):
        near = Curve(found.host_seconds * host, found.gpu_seconds * on_gpu, 1.6)
        assert misfit(found) < misfit(near)


def test_slices_of_one_size_count_as_one_anchor() -> None:
    share, equation = Share(0.25, 0.25), Equation(1.6, 0.6)
    one = curve_of([Anchor(share, 2.0)], equation)
    assert curve_of([Anchor(share, 1.0), Anchor(share, 4.0)], equation) == one


def test_a_known_host_part_decides_where_it_is_the_longer_one() -> None:
    curve = curve_with_host([Point(1.0, 11.0), Point(8.0, 24.0)], host_seconds=11.0)
    assert [round(curve.seconds(size), 6) for size in (1.0, 3.0, 4.0, 8.0)] == [11.0, 11.0, 12.0, 24.0]
    hidden = curve_with_host([Point(1.0, 11.0)], host_seconds=11.0)
    assert hidden.seconds(8.0) == 11.0
    two = curve_with_host([Point(4.0, 16.0), Point(8.0, 64.0)], host_seconds=1.0)
    assert two.steepness == pytest.approx(2.0)


@given(first=SECONDS, second=SECONDS)
def test_joining_lies_between_the_longer_and_the_sum(first: float, second: float) -> None:
    longer, total = joined(first, second, math.inf), joined(first, second, 1.0)
    assert longer <= joined(first, second, 1.6) <= total * (1 + 1e-12)
    assert joined(0.0, 0.0, 1.6) == 0.0


def test_a_slice_of_unknown_sms_has_no_share() -> None:
    board = gpu("H100-PCIE-80GB")
    with pytest.raises(InvalidWorkload) as caught:
        share_of(board.slice("3g.40gb"), board)
    assert str(caught.value) == (
        "The SMs of 3g.40gb of H100-PCIE-80GB are unknown, so no time can be predicted on it."
    )
