from mig_explorer.widgets.race_events import RaceEvents
from mig_explorer.widgets.race_kernels import failures, kernels
from tests.widgets.recorded_race import recorded_events


def log_of(events) -> RaceEvents:
    log = RaceEvents()
    for event in events:
        log.add(event)
    return log


def until_kernels(count: int):
    events = recorded_events()
    first = next(n for n, event in enumerate(events) if event["kind"].startswith("kernel"))
    return events[: first + count]


def test_the_count_begins_at_none_and_says_how_the_kernels_are_run():
    found = kernels(log_of(until_kernels(0)))
    assert found["words"] == "kernels: emulated, 0 of 14 results correct"
    assert {entry[2] for mode in found["states"] for entry in mode} == {"waiting"}


def test_each_kernel_stands_by_its_tenant_and_slice():
    found = kernels(log_of(until_kernels(3)))
    assert found["states"][0][:3] == [[0, 0, "correct", ""], [1, 0, "running", ""], [2, 0, "waiting", ""]]
    assert found["states"][1][6] == [6, 6, "waiting", ""]
    assert found["words"] == "kernels: emulated at 2^18 elements, 1 of 14 results correct"
    assert found["terms"] == "Modelled time; kernels emulated at 2^18 elements; seed 7."


def test_tenants_of_whom_only_times_are_known_have_no_kernel_to_wait_for():
    events = until_kernels(0)
    for tenant in events[0]["tenants"][:6]:
        tenant["kernel"] = False
    assert kernels(log_of(events))["words"] == "kernels: emulated, 0 of 2 results correct"
    events[0]["tenants"][6]["kernel"] = False
    assert kernels(log_of(events)) == {
        "states": [[], []],
        "words": "kernels: none, only times are known",
        "terms": "Modelled time; no kernels; seed 7.",
    }


def test_sizes_that_differ_are_said_to():
    events = recorded_events()
    checked = [event for event in events if event["kind"] == "kernel-checked"]
    checked[0]["parameters"] = {"size": 64}
    words = kernels(log_of(events))["words"]
    assert words == "kernels: emulated at several sizes, 14 of 14 results correct"


def test_a_lost_kernel_is_named_with_its_slice_and_cause():
    log = log_of(recorded_events(failing="tenant 3"))
    assert kernels(log)["words"] == "kernels: emulated at 2^18 elements, 13 of 14 results correct, 1 failed"
    assert failures(log) == [
        {
            "headline": "tenant 3 on 1g.5gb@2 failed (MIG 7 × 1g.5gb).",
            "detail": "Its worker process was killed by signal 9 (SIGKILL). "
            "The other slices were finished, and their rows are kept.",
        }
    ]


def test_a_wrong_result_counts_as_failed():
    events = recorded_events()
    wrong = next(event for event in events if event["kind"] == "kernel-checked")
    wrong |= {"correct": False, "max_error": 0.5}
    log = log_of(events)
    assert kernels(log)["states"][0][0] == [0, 0, "failed", "the result is wrong"]
    assert failures(log)[0] == {
        "headline": "tenant 1 on whole GPU failed (Monolithic).",
        "detail": "The result is wrong: largest error 0.5. "
        "The other slices were finished, and their rows are kept.",
    }


def test_what_stops_the_race_is_said():
    assert failures(RaceEvents(), OSError("disk full")) == [
        {"headline": "The race stopped.", "detail": "Disk full. What came before it is kept."}
    ]
    assert failures(RaceEvents(), MemoryError())[0]["detail"] == "MemoryError. What came before it is kept."
