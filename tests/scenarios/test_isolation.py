"""The scenario on isolation: its facts have sources, its figures agree with other counts."""

from __future__ import annotations

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.gpus import gpu
from mig_explorer.model.calibration import constant
from mig_explorer.scenarios import isolation_facts as facts
from mig_explorer.scenarios.crashing_neighbour import crash_test
from mig_explorer.scenarios.greedy_neighbour import left
from mig_explorer.scenarios.isolation import CHOICES, GPUS, INSTEAD, isolation
from mig_explorer.scenarios.isolation_case import NEIGHBOURS
from mig_explorer.scenarios.noisy_neighbour import (
    JOINS,
    LEAVES,
    VICTIM,
    NoisyNeighbour,
    divided_layout,
    neighbours,
    private_layout,
)
from mig_explorer.scenarios.sources import READ, document, sources

A100 = gpu("A100-SXM4-40GB")


def figure(outcome, beginning):
    return next(each for each in outcome.verdict.figures if each.what.startswith(beginning))


def test_every_answer_has_a_source_unless_it_is_unknown():
    for way in facts.ways():
        for what in facts.properties():
            cell = facts.kept(way, what)
            assert cell.answer in facts.ANSWERS
            assert bool(cell.sources) == (cell.answer != "unknown"), (way, what)
            assert cell.why.endswith("."), (way, what)
            assert set(cell.sources) <= set(sources(facts.FACTS))


def test_every_source_is_used_and_says_how_much_of_it_was_read():
    used = {
        key for way in facts.ways() for what in facts.properties() for key in facts.kept(way, what).sources
    }
    used |= {key for _, _, keys in document(facts.FACTS)["beyond"] for key in keys}
    assert used == set(sources(facts.FACTS))
    for each in sources(facts.FACTS).values():
        assert each.url.startswith("https://")
        assert each.read in READ


def test_mig_is_not_made_more_than_it_is():
    shared = {what for what in facts.properties() if facts.kept("MIG", what).answer == "shared"}
    assert shared >= {"PCIe link", "power and clocks", "driver and host", "timing side channels"}
    assert facts.kept("MIG", "L2 cache").answer == "partly"
    assert len(facts.beyond()) >= len(shared)
    assert all(
        facts.evidence()["sources"].str.startswith("https://") | (facts.evidence()["answer"] == "unknown")
    )


def test_the_headline_says_each_time_that_mig_is_no_virtual_machine():
    for neighbour in NEIGHBOURS:
        said = isolation(gpu="A30", neighbour=neighbour).verdict.headline
        assert said.endswith(
            "MIG is no virtual machine: of twelve things a neighbour may reach it isolates six, one in "
            "part, and "
            "leaves five shared, the PCIe link, power and the kernel driver among them."
        )


def test_slices_and_compute_instances_are_of_the_same_sizes():
    for name in ("A100-SXM4-40GB", "A30", "H100-SXM5-80GB"):
        board = gpu(name)
        private, divided = private_layout(board), divided_layout(board)
        sizes = [each.profile.compute_slices for each in private.instances]
        assert [each.size for each in divided.instances[0].compute_instances] == sizes
        assert neighbours(board) == len(sizes) - 1


def test_neighbours_on_other_gpu_instances_are_not_noticed():
    waits = NoisyNeighbour(A100, ("MIG",)).waits["MIG"]
    assert waits.factors == (1.0,) * 5
    assert waits.beside_seconds == waits.quiet_seconds


def test_in_turns_the_median_is_as_long_as_the_formula_of_time_slicing_says():
    found = NoisyNeighbour(A100, ("time slicing",))
    medians = []
    for result in found.shown:
        requests = result.requests
        mine = requests[(requests["tenant"] == VICTIM) & (requests["arrived"].between(JOINS, LEAVES))]
        medians.append(float((mine["finished"] - mine["arrived"]).median()))
    beside, quiet = medians
    tenants = 1 + neighbours(A100)
    assert beside / quiet == pytest.approx(tenants * (1 + constant("time_slicing_overhead")), rel=0.01)


def test_the_published_figure_is_the_greatest_change_in_the_logs():
    found = figure(isolation(), "greatest change of STREAM")
    assert (found.unit, found.provenance) == ("%", "published")
    assert found.value == pytest.approx(
        100 * (1 - 680.7 / 682.2)
    )  # STREAM copy on 3g.20gb, alone and beside 3g


def test_what_is_left_of_the_memory_is_the_slices_own():
    assert left(A100, "MIG").memory_mib == A100.profiles["3g.20gb"].memory_mib == 19968
    assert [left(A100, way).memory_mib for way in INSTEAD] == [0, 0, 0, 0]


def test_the_greedy_neighbour_alone_is_refused_on_mig_and_all_of_them_without():
    assert left(A100, "MIG").refusal == (
        "neighbour 1 cannot run on 1g.5gb@4 in MIG 3g.20gb + 3 × 1g.5gb: STREAM triad, 2,147,475,456 "
        "elements "
        "needs 24,576 MiB, but a 1g.5gb slice of A100-SXM4-40GB has 4,864 MiB. The smallest profile with "
        "room is "
        "7g.40gb."
    )
    assert left(A100, "MPS").refusal == (
        "MPS does not go: 3 tenants have their memory on the whole GPU of A100-SXM4-40GB at the same time "
        "and need "
        "59,136 MiB together, but it has 40,960 MiB. The 1 largest of them fit: use fewer tenants or smaller "
        "workloads, or Monolithic(), which has one on the GPU at a time."
    )


@pytest.mark.parametrize(
    ("neighbour", "instead", "answer", "right"),
    [
        ("takes the bandwidth", "MPS", "yes", "only MIG shields her"),
        ("takes the bandwidth", "compute instances", "yes", "only MIG shields her"),
        ("fills the memory", "MPS", "it depends", "MIG shields her, the other way in part"),
        ("fills the memory", "time slicing", "yes", "only MIG shields her"),
        ("crashes", "MPS", "yes", "only MIG shields her"),
        ("crashes", "time slicing", "it depends", "MIG shields her, the other way in part"),
        ("crashes", "compute instances", "not supported", "nobody knows"),
        ("fills the PCIe link", "MPS", "no", "neither shields her"),
        ("listens", "MPS", "no", "neither shields her"),
        ("any of these", "MPS", "it depends", "MIG shields her from some, not from all"),
    ],
)
def test_the_verdict_turns_with_the_neighbour(neighbour, instead, answer, right):
    found = isolation(gpu="A30", neighbour=neighbour, instead=instead)
    assert (found.verdict.answer, found.right_choice) == (answer, right)


def test_a_board_without_mig_supports_no_claim_on_it():
    for neighbour in ("crashes", "fills the memory", "listens"):
        found = isolation(gpu="GB10", neighbour=neighbour, instead="compute instances")
        assert (found.verdict.answer, found.right_choice) == ("not supported", CHOICES[-1])
        assert found.verdict.headline.startswith("GB10 has no MIG, so there is nothing to shield anybody.")
        assert "Compute instances need MIG: MPS is shown in their place." in found.verdict.limits


def test_the_default_counts_kinds_of_neighbours():
    found = isolation()
    kinds = found.tables["Kinds of neighbour"].set_index("neighbour")
    assert list(kinds.index) == list(NEIGHBOURS)
    assert (
        (kinds["MIG"] == "isolated").sum()
        == figure(found, "of 5 kinds of neighbour, those that MIG").value
        == 3
    )
    assert (
        (kinds["MPS"] == "isolated").sum()
        == figure(found, "of 5 kinds of neighbour, those that MPS").value
        == 0
    )
    price = figure(found, "p99 of Ann on her slice over that without one, neighbours quiet")
    assert price.value > 2
    assert "on her slice she waits" in found.verdict.headline
    assert list(found.charts) == ["A neighbour takes the bandwidth", "What is isolated"]


def test_the_same_settings_give_the_same_words():
    first, second = isolation(gpu="A30"), isolation(gpu="A30")
    assert str(first.verdict) == str(second.verdict)
    assert first.explanation == second.explanation


def test_what_cannot_be_modelled_is_said():
    found = isolation(gpu="H100-SXM5-80GB", instead="compute instances", neighbour="takes the bandwidth")
    assert found.verdict.limits[0] == (
        "compute instances could not be modelled: The SMs of profile 3c.7g.80gb of H100-SXM5-80GB are "
        "unknown, so "
        "no time can be modelled on it. It can be on: 1g.10gb, 1g.10gb+me, 1g.20gb, 2g.20gb, 3g.40gb, "
        "4g.40gb, "
        "7g.80gb, the whole GPU."
    )


def test_every_setting_gives_a_verdict():
    for board in GPUS:
        for neighbour in ("fills the memory", "crashes", "fills the PCIe link", "listens"):
            for instead in INSTEAD:
                found = isolation(gpu=board, neighbour=neighbour, instead=instead)
                assert all(table.attrs["provenance"] for table in found.tables.values())


def test_a_setting_that_is_not_there_is_refused():
    with pytest.raises(InvalidExperiment) as caught:
        isolation(neighbour="sings")
    assert str(caught.value) == (
        "neighbour is any of these, takes the bandwidth, fills the memory, crashes, fills the PCIe link or "
        "listens, not 'sings'. Known: any of these, takes the bandwidth, fills the memory, crashes, fills "
        "the "
        "PCIe link, listens."
    )
    with pytest.raises(InvalidExperiment) as caught:
        private_layout(gpu("GB10"))
    assert str(caught.value) == "GB10 has no MIG, so there is no slice for anybody."


def test_in_the_emulation_only_the_faulty_process_dies_and_of_a_gpu_the_sources_speak():
    table = crash_test("A30", "MPS")
    assert table["tenant"].tolist() == ["Ann", "Ben", "the neighbour"]
    assert table["emulated_here"].tolist()[:2] == ["right result"] * 2
    assert table["emulated_here"].tolist()[2].startswith("lost: worker killed by signal 9 (SIGKILL)")
    assert table["on_a_gpu_as_published"].tolist() == ["all who share the GPU end"] * 2 + ["faulted"]
    assert table.attrs["provenance"].startswith("emulated: worker processes of this package")
