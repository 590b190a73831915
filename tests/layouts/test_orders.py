"""For every set of profiles that an A100 can hold: the orders that fail, and one that works."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from mig_explorer.errors import InvalidLayout, UnknownProfile
from mig_explorer.gpus import gpu
from mig_explorer.layouts import (
    create_sequence,
    explicit_starts,
    failing_orders,
    layouts,
    parse_layout,
    working_order,
)

A100 = gpu("A100-SXM4-40GB")
SETS = sorted(
    {tuple(sorted(each.profile.name for each in one.instances)) for one in layouts(A100, maximal=False)}
)


def test_the_sets_are_those_that_are_counted_elsewhere():
    assert len(SETS) == 127


def test_every_set_has_an_order_that_works_or_needs_explicit_starts_for_a_doubled_memory_profile():
    needs_starts = []
    for names in SETS:
        order = working_order(A100, names)
        if order is None:
            needs_starts.append(names)
            assert all(create_sequence(A100, one).error for one in set(permutations(names)))
            layout = explicit_starts(A100, names)
            assert layout is not None
            order = tuple(f"{each.profile.name}:{each.start}" for each in layout.instances)
        run = create_sequence(A100, order)
        assert run.error is None
        assert Counter(each.profile.name for each in run.layout.instances) == Counter(names)
    assert len(needs_starts) == 14
    assert all("1g.10gb" in names for names in needs_starts)


def test_which_orders_fail_agrees_with_playing_every_one():
    counted = {}
    for names in SETS:
        played = {order for order in set(permutations(names)) if create_sequence(A100, order).error}
        fail = failing_orders(A100, names)
        assert set(fail) == played, names
        assert len(set(fail)) == len(fail)
        counted[names] = len(fail)
    assert counted["1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb"] == 9
    # 28 of the 127 sets have orders that fail, 612 of all 1322 orders do.
    assert (sum(count > 0 for count in counted.values()), sum(counted.values())) == (28, 612)


def test_the_documented_pitfall_is_among_the_failing_orders():
    fail = failing_orders(A100, ["1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb"])
    assert ("1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb") in fail
    assert ("3g.20gb", "1g.5gb", "2g.10gb", "1g.5gb") not in fail


def test_a_set_that_does_not_fit_has_no_order_and_fails_in_every_one():
    names = ["4g.20gb", "3g.20gb", "1g.5gb"]
    assert working_order(A100, names) is None
    assert set(failing_orders(A100, names)) == set(permutations(names))


def test_what_stands_is_taken_into_account():
    stands = parse_layout(A100, "1g.5gb@4")
    assert working_order(A100, ["3g.20gb", "1g.10gb"], layout=stands) == ("3g.20gb", "1g.10gb")
    assert working_order(A100, ["3g.20gb", "3g.20gb"], layout=stands) is None


def test_a_set_that_needs_explicit_starts_is_advised_so_and_the_advice_works():
    run = create_sequence(A100, "15,15,15,19,19")
    assert run.advice == (
        "No order works as long as the driver chooses the starts; with these starts it works: "
        "15:0,15:2,19:4,19:5,15:6."
    )
    assert create_sequence(A100, run.advice.rpartition(" ")[2].rstrip(".")).error is None


def test_too_many_orders_are_refused():
    names = [
        "1g.5gb",
        "1g.5gb+me",
        "1g.10gb",
        "2g.10gb",
        "3g.20gb",
        "4g.20gb",
        "7g.40gb",
        "1g.5gb",
        "2g.10gb",
    ]
    with pytest.raises(InvalidLayout) as caught:
        failing_orders(A100, names)
    assert str(caught.value) == "These profiles have 90720 orders; at most 50000 can be listed."


def test_an_unknown_profile_is_named():
    with pytest.raises(UnknownProfile) as caught:
        working_order(A100, ["3g.20g"])
    assert str(caught.value) == "A100-SXM4-40GB has no profile '3g.20g'. Nearest: 3g.20gb, 4g.20gb."
