import heapq
import itertools
import math

import numpy as np
import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.fleet import Fleet, Node, NodeLost, User, arriving, dgx_a100, dgx_spark, seat
from mig_explorer.fleet.outcome import AT_ONCE, MOVED, NEVER, OUT, WAITED
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout

A100 = gpu("A100-SXM4-40GB")
SEVENTHS = parse_layout(A100, " ".join(["1g.5gb"] * 7))
MIXED = parse_layout(A100, "3g.20gb 2g.10gb 1g.5gb 1g.5gb")
ONE_NODE = Fleet([dgx_a100("dgx 1", SEVENTHS)])


def test_56_users_have_56_seats_and_the_57th_has_none():
    seating = seat(ONE_NODE, arriving(57, 300.0))
    assert seating.counts == {AT_ONCE: 56, WAITED: 0, MOVED: 0, OUT: 0, NEVER: 1}
    assert len(set(seating.table["seat"].dropna())) == 56
    assert seating.table["outcome"].iloc[-1] == NEVER


def test_nobody_sits_on_a_seat_of_another_at_any_time():
    seating = seat(ONE_NODE, arriving(200, 4000.0, stays_s=1500.0), lost=[])
    by_seat: dict[int, list[tuple[float, float]]] = {}
    for stay in seating.stays:
        by_seat.setdefault(stay.seat, []).append((stay.from_s, stay.to_s))
    for stays in by_seat.values():
        stays.sort()
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(stays))
    assert seating.counts[NEVER] == 0
    table = seating.over_time
    assert table["seated"].max() == 56
    assert (table["seated"] + table["waiting"] <= table["arrived"]).all()
    assert table["seated"].iloc[-1] == table["waiting"].iloc[-1] == 0
    waiting_while_free = table[(table["waiting"] > 0) & (table["seated"] < 56)]
    assert waiting_while_free.empty


def queue(load: float, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    arrivals = np.cumsum(random.exponential(100.0 / (14 * load), count))
    return arrivals, random.exponential(100.0, count)


def waits(arrivals: np.ndarray, stays: np.ndarray) -> np.ndarray:
    pairs = zip(arrivals, stays, strict=True)
    users = [User(str(number), float(comes), float(stay)) for number, (comes, stay) in enumerate(pairs)]
    return seat(Fleet([Node("two", [SEVENTHS] * 2)]), users).table["waited_s"].to_numpy()


def test_equal_seats_are_a_queue_with_that_many_servers():
    arrivals, stays = queue(0.95, 3_000, seed=5)
    free, expected = [0.0] * 14, []
    for comes, stay in zip(arrivals, stays, strict=True):  # the recursion of Kiefer and Wolfowitz
        begins = max(comes, heapq.heappop(free))
        heapq.heappush(free, begins + stay)
        expected.append(begins - comes)
    assert waits(arrivals, stays) == pytest.approx(expected, abs=1e-6)


def test_as_many_wait_as_erlang_c_says():
    offered, term = 14 * 0.7, 0.0
    term = offered**14 / math.factorial(14) / (1 - 0.7)
    erlang_c = term / (sum(offered**k / math.factorial(k) for k in range(14)) + term)
    waited = [(waits(*queue(0.7, 8_000, seed))[1_000:] > 0).mean() for seed in range(1, 5)]
    assert np.mean(waited) == pytest.approx(erlang_c, rel=0.1)


def test_the_smallest_seat_that_suits_is_taken_and_a_bigger_one_if_there_is_no_other():
    room = Fleet([Node("one", [MIXED])])
    wants = ["1g.5gb", "1g.5gb", "1g.5gb", "3g.20gb", "2g.10gb"]
    users = [User(f"user {n}", float(n), 100.0, size) for n, size in enumerate(wants)]
    table = seat(room, users).table
    assert list(table["seat_size"]) == ["1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb", "2g.10gb"]
    assert list(table["bigger"]) == [False, False, True, False, False]
    assert list(table["waited_s"]) == [0, 0, 0, 0, 98.0]


def test_who_waits_for_a_large_seat_keeps_no_small_one_empty():
    room = Fleet([Node("one", [MIXED])])
    users = [
        User("a", 0.0, 50.0, "3g.20gb"),
        User("b", 1.0, 50.0, "3g.20gb"),
        User("c", 2.0, 50.0, "1g.5gb"),
    ]
    table = seat(room, users).table
    assert list(table["waited_s"]) == [0.0, 49.0, 0.0]


def test_a_size_that_no_seat_has_is_never_seated_and_one_that_does_not_exist_is_refused():
    assert seat(ONE_NODE, [User("ann", 0.0, 1.0, "3g.20gb")]).counts[NEVER] == 1
    with pytest.raises(InvalidExperiment) as error:
        seat(ONE_NODE, [User("ann", 0.0, 1.0, "3g.20g")])
    assert str(error.value) == "No board of the fleet has a profile '3g.20g'. Nearest: 3g.20gb, 4g.20gb."


def test_a_lost_node_takes_its_seats_and_its_users_come_before_those_who_came_later():
    room = Fleet([Node("a", [SEVENTHS]), Node("b", [SEVENTHS])])
    users = [User(f"user {n}", float(n), 1000.0) for n in range(15)]
    seating = seat(room, users, lost=[NodeLost("a", 500.0)])
    table = seating.table
    assert seating.counts == {AT_ONCE: 7, WAITED: 1, MOVED: 7, OUT: 0, NEVER: 0}
    assert list(table["lost_seat"]) == [True] * 7 + [False] * 8
    # User 7, the first on b, leaves at 1007: user 0, who came first, gets the seat before user 14.
    assert table["waited_again_s"][0] == pytest.approx(507.0)
    assert table["next_seat"][:7].str.startswith("b,").all()
    assert table["waited_s"][14] > table["waited_again_s"][:7].max()
    # Each still has all of the time that was wanted: 500 - n seconds before, the rest after.
    kept = {
        number: sum(stay.to_s - stay.from_s for stay in seating.stays if stay.user == number)
        for number in range(15)
    }
    assert list(kept.values()) == pytest.approx([1000.0] * 15)


def test_free_seats_elsewhere_are_taken_at_once_when_a_node_is_lost():
    room = Fleet([dgx_a100("dgx 1", SEVENTHS), dgx_a100("dgx 2", SEVENTHS)])
    seating = seat(room, arriving(56, 60.0), lost=[NodeLost("dgx 1", 600.0)])
    assert seating.counts[MOVED] == 56
    assert seating.table["waited_again_s"].max() == 0
    assert {place.node for place in seating.taken(seating.fullest_s).values()} == {"dgx 2"}
    assert seating.fullest_s == 600.0


def test_the_only_node_lost_leaves_nobody_a_seat():
    seating = seat(ONE_NODE, arriving(56, 60.0), lost=[NodeLost("dgx 1", 600.0)])
    assert seating.counts[OUT] == 56
    assert seating.over_time.iloc[-1][["seated", "waiting"]].tolist() == [0, 56]
    assert seating.taken(700.0) == {}


def test_doors_that_close_leave_who_still_waits_without_a_seat():
    users = [User(f"user {n}", 0.0, 100.0) for n in range(8)]
    room = Fleet([Node("a", [SEVENTHS])])
    assert seat(room, users, until_s=99.0).counts[NEVER] == 1
    assert seat(room, users, until_s=101.0).counts[WAITED] == 1


def test_users_go_round_the_sparks():
    room = Fleet([dgx_spark(f"spark {n}", 4) for n in (1, 2, 3)])
    table = seat(room, arriving(5, 10.0)).table
    nodes = table["seat"].str.partition(",")[0]
    assert list(nodes) == ["spark 1", "spark 2", "spark 3", "spark 1", "spark 2"]


def test_hundreds_of_boards_are_seated():
    room = Fleet([dgx_a100(f"dgx {n}", SEVENTHS) for n in range(40)])
    seating = seat(room, arriving(2240, 600.0, stays_s=3600.0))
    assert seating.counts[AT_ONCE] == 2240 == 40 * 8 * 7


def test_a_class_is_the_same_for_the_same_seed_only():
    assert arriving(9, 60.0, stays_s=60.0) == arriving(9, 60.0, stays_s=60.0)
    assert arriving(9, 60.0) != arriving(9, 60.0, seed=8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Fleet([]),
            "A fleet has at least one node. For example dgx_spark('spark 1', users=8).",
        ),
        (
            lambda: Fleet([dgx_spark("a", 1), dgx_spark("a", 1)]),
            "2 nodes are named 'a'. Give each node a name of its own.",
        ),
        (
            lambda: Node(" ", [SEVENTHS]),
            "A node's name is a text of at least one letter, not ' '. For example 'dgx 1'.",
        ),
        (lambda: Node("a", []), "a has no board. Give a Layout or Shared(gpu, users) for each."),
        (
            lambda: Node("a", ["7g"]),  # type: ignore[list-item]
            "a: a board is a Layout or Shared(gpu, users), not '7g'.",
        ),
        (
            lambda: dgx_a100("a", [SEVENTHS] * 7),
            (
                "a: a DGX A100 has 8 boards, not 7. Give one layout for all, or one for each; for another "
                "machine use "
                "Node(name, boards)."
            ),
        ),
        (
            lambda: dgx_a100("a", parse_layout(gpu("A30"), "4g.24gb")),
            (
                "a: the boards of a DGX A100 are A100-SXM4-40GB or A100-SXM4-80GB, not A30. For another "
                "machine use Node(name, boards)."
            ),
        ),
        (
            lambda: dgx_spark("a", 0),
            "users=0: a board is shared by a whole number of 1 or more. For example 8.",
        ),
        (
            lambda: dgx_spark("a", 56),
            (
                "56 tenants are too many for MPS: its server takes 48 clients on GB10. Use fewer tenants, "
                "max_clients=60 if the driver is of CUDA 13.1 or later, or TimeSlicing()."
            ),
        ),
        (lambda: arriving(0, 1.0), "count=0: a class has a whole number of 1 or more. For example 56."),
        (
            lambda: arriving(3, -1.0),
            (
                "within_s=-1.0, stays_s=inf: a class arrives within 0 or more seconds and stays more than 0. "
                "For example within_s=300, stays_s=3600."
            ),
        ),
        (
            lambda: arriving(3, 1.0, sizes={"1g.5gb": 0}),
            (
                "sizes={'1g.5gb': 0}: give how many of each profile are asked for, 0 or more, and not all 0. "
                "For example {'1g.5gb': 6, '3g.20gb': 1}."
            ),
        ),
        (
            lambda: User("ann", -1.0),
            (
                "ann arrives at -1.0 s and stays inf s: the first is 0 or more and finite, the second more "
                "than 0. For example User('ann', 30.0, 3600.0)."
            ),
        ),
        (
            lambda: seat(ONE_NODE, arriving(3, 1.0), lost=[NodeLost("dgx 2", 1.0)]),
            "The fleet has no node 'dgx 2'. Nearest: dgx 1.",
        ),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(InvalidExperiment) as error:
        make()
    assert str(error.value) == message
