import pytest

from mig_explorer.errors import DoesNotFit, InvalidExperiment
from mig_explorer.experiments import Experiment, tenants
from mig_explorer.fleet import Fleet, Node, dgx_a100, dgx_spark, experience
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Monolithic, TimeSlicing, step_time
from mig_explorer.workloads import triad

A100, SPARK = gpu("A100-SXM4-40GB"), gpu("GB10")
SEVENTHS = parse_layout(A100, " ".join(["1g.5gb"] * 7))
MIXED = parse_layout(A100, "3g.20gb 2g.10gb 1g.5gb 1g.5gb")
WORK = triad(elements=2**26)
CLASS = Fleet([dgx_a100("dgx 1", SEVENTHS)])


def test_every_seat_takes_what_one_request_takes_on_its_slice():
    room = Fleet([Node("one", [MIXED])])
    table = experience(room, room.seats, WORK).table.set_index("size")
    assert dict(table["seats"]) == {"3g.20gb": 1, "2g.10gb": 1, "1g.5gb": 2}
    for size, row in table.iterrows():
        alone = step_time(WORK, A100.slice(str(size)), A100)
        assert row["latency_p50_s"] == pytest.approx(alone.seconds)
        assert row["latency_p99_low_s"] == pytest.approx(alone.low_seconds)
        assert row["latency_p99_high_s"] == pytest.approx(alone.high_seconds)
        assert row["throughput_per_s"] == pytest.approx(1 / alone.seconds, rel=0.05)
        assert row["memory_mib"] == A100.profile(str(size)).memory_mib


def test_boards_that_are_taken_alike_are_modelled_once():
    found = experience(CLASS, CLASS.seats, WORK)
    assert list(found.results) == ["7 × 1g.5gb"]
    assert found.table[["boards", "seats"]].to_numpy().tolist() == [[8, 56]]
    some = experience(CLASS, CLASS.seats[:17], WORK)
    assert some.table.set_index("situation")["seats"].to_dict() == {"7 × 1g.5gb": 14, "3 × 1g.5gb": 3}


def test_it_does_not_matter_which_slices_of_a_board_are_taken():
    first, second = Fleet([Node("a", [SEVENTHS, SEVENTHS])]), CLASS
    scattered = [place for place in first.seats if place.name in ("1g.5gb@0", "1g.5gb@3")]
    assert experience(first, scattered, WORK).table["boards"].tolist() == [2]
    either = experience(second, [second.seats[0], second.seats[6]], WORK).table
    assert either["situation"].tolist() == ["2 × 1g.5gb"]


def test_a_shared_board_is_as_its_mode_has_it():
    room = Fleet([dgx_spark("spark 1", 8, TimeSlicing()), dgx_spark("spark 2", 8, TimeSlicing())])
    table = experience(room, room.seats[:12], WORK).table
    assert table[["boards", "seats"]].to_numpy().tolist() == [[2, 12]]
    alone = step_time(WORK, SPARK.whole, SPARK).seconds
    # Six in turn, with 11 % lost to switching: the equation of time slicing.
    assert table["latency_p50_s"][0] == pytest.approx(6 * alone * 1.11)
    assert table["memory_mib"][0] == pytest.approx(131072 / 6)


def test_the_throughput_is_that_of_all_users_with_the_ends_of_its_band():
    found = experience(CLASS, CLASS.seats, WORK)
    middle, low, high = found.throughput
    assert low < middle < high
    result = Experiment(A100, tenants(WORK, 1), [Monolithic()]).modelled()
    whole = float(result.table["throughput_per_s"].iloc[-1])
    # Seven slices reach 7/8 of the bandwidth that a board has, eight times.
    assert middle / whole == pytest.approx(8 * 7 * 174.2 / 1384.6, rel=0.05)


def test_users_who_think_send_less_and_everything_follows_from_the_seed():
    busy = experience(CLASS, CLASS.seats, WORK).table
    first, again, other = (
        experience(CLASS, CLASS.seats, WORK, think_seconds=0.5, seed=seed).table for seed in (7, 7, 8)
    )
    assert first.equals(again)
    assert not first.equals(other)
    assert first["throughput_per_s"][0] == pytest.approx(1 / (0.5 + busy["latency_p50_s"][0]), rel=0.15)


def test_divided_instances_keep_their_names_and_share_their_memory():
    room = Fleet([Node("a", [parse_layout(A100, "3g.20gb@4[1c+2c]")])])
    assert [place.size for place in room.seats] == ["2c.3g.20gb", "1c.3g.20gb"]
    found = experience(room, room.seats, WORK).table.set_index("size")
    half = A100.profile("3g.20gb").memory_mib
    assert half is not None
    assert found["memory_mib"].tolist() == [half / 2] * 2
    lone = experience(room, room.seats[:1], WORK).table
    assert lone["latency_p50_s"][0] < found["latency_p50_s"]["2c.3g.20gb"]


def test_what_does_not_fit_or_is_empty_is_refused():
    with pytest.raises(InvalidExperiment) as error:
        experience(CLASS, [], WORK)
    assert str(error.value) == "Nobody has a seat, so there is nothing to experience. Seat somebody first."
    with pytest.raises(DoesNotFit):
        experience(CLASS, CLASS.seats, triad(elements=2**29))
