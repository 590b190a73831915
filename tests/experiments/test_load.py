"""Every expected load here is worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mig_explorer.experiments.load import loads
from mig_explorer.experiments.sending import arrivals_event, arrivals_of, requests_expected
from mig_explorer.model.arrivals import Bursty, ClosedLoop, Poisson, Replay

if TYPE_CHECKING:
    from collections.abc import Callable


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


def shared(compute: float = 0.02, **more: float) -> Callable[..., dict[str, Any]]:
    """Return pieces whose tenants are served side by side, one request of each at a time."""

    def of(*names: str) -> dict[str, Any]:
        asked = {"compute_seconds": compute, "compute_share": 1.0} | more
        return piece(*names, at_once=0, switching=asked.pop("switching", 0.0)) | {
            what: dict.fromkeys(names, value) for what, value in asked.items()
        }

    return of


def test_each_tenant_side_by_side_has_a_queue_of_its_own() -> None:
    two = header(tenant("ann", Poisson(20.0)), tenant("bob", Poisson(10.0)))
    mode = {"slices": [shared(compute_share=0.5)("ann", "bob")]}
    assert loads(two, mode) == {"ann": pytest.approx(0.4), "bob": pytest.approx(0.2)}


def test_side_by_side_tenants_that_are_alike_take_a_and_b_times_their_number() -> None:
    three = header(*(tenant(name, Poisson(5.0)) for name in ("ann", "bob", "cy")))
    found = loads(three, {"slices": [shared(compute=0.015)("ann", "bob", "cy")]})
    assert found == dict.fromkeys(("ann", "bob", "cy"), pytest.approx(5 * (0.005 + 0.015 * 3)))


def test_whoever_asks_for_less_is_busy_for_less_of_the_time() -> None:
    two = header(tenant("ann", Poisson(20.0)), tenant("bob", Poisson(5.0)))
    found = loads(two, {"slices": [shared()("ann", "bob")]})
    # While the queue of ann is never empty, bob takes a quarter of what she does; and she is always there.
    assert found == {"ann": pytest.approx(20 * 0.02 * 1.25), "bob": pytest.approx(5 * 0.02 * 2)}


def test_turns_cost_their_switching_only_where_there_are_two() -> None:
    one, turns = tenant("ann", Poisson(10.0)), shared(switching=0.11)
    assert loads(header(one), {"slices": [turns("ann")]}) == {"ann": pytest.approx(10 * 0.02)}
    two = header(one, tenant("bob", Poisson(10.0)))
    assert loads(two, {"slices": [turns("ann", "bob")]})["ann"] == pytest.approx(10 * 0.02 * 2 * 1.11)


@pytest.mark.parametrize(("thinks", "served"), [(0.0, 0.5), (0.04, 0.75)])
def test_a_neighbour_in_a_closed_loop_is_company_and_has_no_load(thinks: float, served: float) -> None:
    two = header(tenant("ann", Poisson(10.0)), tenant("bob", ClosedLoop(thinks)))
    found = loads(two, {"slices": [shared()("ann", "bob")]})
    # Beside ann, who is always there, bob takes 0.04 s for a request; with pauses he is there half of the
    # time, so that she has all of the GPU for one half and half of it for the other. The rule says 6 % more.
    assert found == {"ann": pytest.approx(10 * 0.02 / served, rel=0.07)}


def test_places_that_share_bandwidth_only_are_company_where_it_runs_short() -> None:
    def part(name: str, share: float) -> dict[str, Any]:
        return shared(compute=0.0, memory_seconds=0.02, memory_share=share)(name) | {
            "name": name,
            "memory_group": "all",
        }

    two = header(tenant("ann", Poisson(10.0)), tenant("bob", Poisson(10.0)))
    for share, longer in ((0.5, 1.0), (0.75, 1.5)):
        found = loads(two, {"slices": [part("ann", share), part("bob", share)]})
        assert found == dict.fromkeys(("ann", "bob"), pytest.approx(0.2 * longer))


def test_the_link_to_the_host_is_shared_by_all_slices() -> None:
    pieces = [piece(name, transfer_seconds={name: 0.01}) | {"name": name} for name in ("ann", "bob")]
    two = header(tenant("ann", Poisson(40.0)), tenant("bob", Poisson(30.0)))
    assert loads(two, {"slices": pieces}) == {"ann": pytest.approx(0.8), "bob": pytest.approx(0.7)}


def test_who_copies_nothing_is_not_held_up_by_the_link() -> None:
    copying = [piece(name, transfer_seconds={name: 0.02}) | {"name": name} for name in ("ann", "bob")]
    three = header(*(tenant(name, Poisson(40.0)) for name in ("ann", "bob", "cy")))
    found = loads(three, {"slices": [*copying, piece("cy") | {"name": "cy"}]})
    assert found == {name: pytest.approx(each) for name, each in {"ann": 1.6, "bob": 1.6, "cy": 0.8}.items()}


def test_a_neighbour_that_never_stops_copying_leaves_half_of_the_link() -> None:
    copying = [piece(name, transfer_seconds={name: 0.02}) | {"name": name} for name in ("ann", "bob")]
    two = header(tenant("ann", Poisson(20.0)), tenant("bob", ClosedLoop()))
    assert loads(two, {"slices": copying}) == {"ann": pytest.approx(20 * 0.02 * 2)}


def test_after_a_change_the_last_layout_counts() -> None:
    after = {"name": "b", "tenants": [], "serves": ["ann"], "step_seconds": {"ann": 0.01}, "layout": 1}
    mode = {"slices": [piece("ann"), after], "changes": [{}]}
    assert loads(header(tenant("ann", Poisson(60.0))), mode) == {"ann": pytest.approx(0.6)}


def test_other_times_load_as_much_more() -> None:
    slow = piece("ann", high_seconds={"ann": 0.03}, compute_seconds={"ann": 0.02}, compute_share={"ann": 1.0})
    one = header(tenant("ann", Poisson(20.0)))
    assert loads(one, {"slices": [slow]}, times="high_seconds") == {"ann": pytest.approx(0.6)}
