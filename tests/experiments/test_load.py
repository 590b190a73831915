"""Every expected load here is worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from mig_explorer.experiments.load import loads
from mig_explorer.experiments.sending import arrivals_event, arrivals_of, requests_expected
from mig_explorer.model import constant
from mig_explorer.model.arrivals import Bursty, ClosedLoop, Poisson, Replay


def tenant(name: str, sends: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "arrivals": arrivals_event(sends), **more}


def header(*tenants: dict[str, Any], seconds: float = 10.0) -> dict[str, Any]:
    return {"seconds": seconds, "tenants": list(tenants)}


def piece(*names: str, seconds: float = 0.02, **more: Any) -> dict[str, Any]:
    return {"name": "a", "tenants": list(names), "step_seconds": dict.fromkeys(names, seconds), **more}


@pytest.mark.parametrize(
    "sends",
    [ClosedLoop(0.5), Poisson(3.0), Bursty(1.0, 5.0, mean_calm_s=2.0, mean_burst_s=1.0), Replay([0.5, 1.0])],
)
def test_a_way_of_sending_is_read_back_as_it_was_written(sends: Any) -> None:
    assert arrivals_of(tenant("ann", sends)) == sends


def test_what_is_expected_counts_only_while_a_tenant_is_there() -> None:
    assert requests_expected(tenant("ann", Poisson(10.0), joins=4.0, leaves=None), 10.0) == 60.0
    assert requests_expected(tenant("ann", Poisson(10.0), joins=0.0, leaves=2.5), 10.0) == 25.0
    assert requests_expected(tenant("ann", Poisson(10.0), joins=20.0, leaves=None), 10.0) == 0.0
    assert requests_expected(tenant("ann", Replay([1.0, 2.0, 30.0])), 10.0) == 2.0
    assert requests_expected(tenant("ann", ClosedLoop()), 10.0) is None


def test_requests_that_queue_add_up() -> None:
    two = header(tenant("ann", Poisson(20.0)), tenant("bob", Poisson(10.0)))
    mode = {"slices": [piece("ann", "bob")]}
    assert loads(two, mode) == {"ann": pytest.approx(0.6), "bob": pytest.approx(0.6)}
    assert loads(two, mode, count=1) == {"ann": pytest.approx(0.4)}
    assert loads(two, {"slices": [piece("ann", "bob", at_once=2)]})["ann"] == pytest.approx(0.3)


def test_whoever_waits_for_answers_asks_for_nothing_that_must_be_served() -> None:
    mode = {"slices": [piece("ann", "bob")]}
    assert loads(header(tenant("ann", ClosedLoop()), tenant("bob", ClosedLoop())), mode) == {}
    mixed = header(tenant("ann", ClosedLoop()), tenant("bob", Poisson(25.0)))
    assert loads(mixed, mode) == {"ann": pytest.approx(0.5), "bob": pytest.approx(0.5)}


def test_side_by_side_the_part_of_the_sms_counts() -> None:
    shared: dict[str, Any] = {
        "at_once": 0,
        "compute_seconds": dict.fromkeys(("ann", "bob"), 0.01),
        "compute_share": {"ann": 0.5, "bob": 0.25},
    }
    two = header(tenant("ann", Poisson(80.0)), tenant("bob", Poisson(40.0)))
    found = loads(two, {"slices": [piece("ann", "bob", **shared)]})
    assert found["ann"] == pytest.approx(80 * 0.01 * 0.5 + 40 * 0.01 * 0.25)


def test_turns_cost_their_switching() -> None:
    turns: dict[str, Any] = {
        "at_once": 0,
        "switching": 0.11,
        "compute_seconds": {"ann": 0.02},
        "compute_share": {"ann": 1.0},
    }
    found = loads(header(tenant("ann", Poisson(10.0))), {"slices": [piece("ann", **turns)]})
    assert found["ann"] == pytest.approx(10 * 0.02 * 1.11)


def test_places_that_share_bandwidth_are_loaded_together_and_joined_with_compute() -> None:
    def part(name: str) -> dict[str, Any]:
        return piece(name, memory_group="all", compute_group=name) | {
            "name": name,
            "at_once": 0,
            "compute_seconds": {name: 0.01},
            "compute_share": {name: 1.0},
            "memory_seconds": {name: 0.02},
            "memory_share": {name: 1.0},
        }

    two = header(tenant("ann", Poisson(10.0)), tenant("bob", Poisson(20.0)))
    found, k = loads(two, {"slices": [part("ann"), part("bob")]}), constant("overlap_exponent")
    assert found["ann"] == pytest.approx((0.1**k + 0.6**k) ** (1 / k))
    assert found["bob"] == pytest.approx((0.2**k + 0.6**k) ** (1 / k))


def test_the_link_to_the_host_is_shared_by_all_slices() -> None:
    pieces = [piece(name, transfer_seconds={name: 0.01}) | {"name": name} for name in ("ann", "bob")]
    two = header(tenant("ann", Poisson(40.0)), tenant("bob", Poisson(30.0)))
    assert loads(two, {"slices": pieces}) == {"ann": pytest.approx(0.8), "bob": pytest.approx(0.7)}


def test_after_a_change_the_last_layout_counts() -> None:
    after = {"name": "b", "tenants": [], "serves": ["ann"], "step_seconds": {"ann": 0.01}, "layout": 1}
    mode = {"slices": [piece("ann"), after], "changes": [{}]}
    assert loads(header(tenant("ann", Poisson(60.0))), mode) == {"ann": pytest.approx(0.6)}


def test_other_times_load_as_much_more() -> None:
    slow = piece("ann", high_seconds={"ann": 0.03}, compute_seconds={"ann": 0.02}, compute_share={"ann": 1.0})
    one = header(tenant("ann", Poisson(20.0)))
    assert loads(one, {"slices": [slow]}, times="high_seconds") == {"ann": pytest.approx(0.6)}
