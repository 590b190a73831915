"""What is believed where public sources disagree, and that the record says so."""

from __future__ import annotations

import pytest

from mig_explorer.gpus import Gpu, gpu, gpus

HOPPER = ["H100-SXM5-80GB", "H100-NVL-94GB", "GH200-96GB", "GH200-144GB", "H200-SXM-141GB", "H200-NVL"]


def column(board: str, name: str) -> list[object]:
    return [profile.facts[name].value for profile in gpu(board).profiles.values()]


@pytest.mark.parametrize("board", HOPPER)
def test_hopper_deals_out_its_sms_unevenly_as_real_boards_print(board: str) -> None:
    assert column(board, "sms") == [16, 16, 26, 32, 60, 64, 132]  # the mocks: 16 for 1g double, 48, 112


@pytest.mark.parametrize("board", [each.name for each in gpus() if each.memory_slices == 8])
def test_placements_are_those_of_real_boards_not_of_the_mocks(board: str) -> None:
    sizes = [(profile.starts, profile.memory_slices) for profile in gpu(board).profiles.values()]
    alone, halves = ((0, 1, 2, 3, 4, 5, 6), 1), ((0, 4), 4)
    assert sizes == [alone, alone, ((0, 2, 4, 6), 2), ((0, 2, 4), 2), halves, ((0,), 4), ((0,), 8)]


def test_engines_of_hopper_are_those_of_the_guide_not_of_the_mocks() -> None:
    assert column("H100-SXM5-80GB", "decoders") == [1, 1, 1, 2, 3, 4, 7]
    assert column("H100-SXM5-80GB", "jpeg") == [1, 1, 1, 2, 3, 4, 7]
    assert column("H100-SXM5-80GB", "ofa") == [0, 1, 0, 0, 0, 0, 1]
    assert gpu("H100-SXM5-80GB").profile("7g.80gb").engines("copy_engines") == 8


def test_memory_of_hopper_is_what_real_boards_print() -> None:
    assert column("H100-SXM5-80GB", "memory_mib") == [9984, 9984, 20096, 20096, 40448, 40448, 81152]


def test_the_b200s_2g_has_the_engines_that_a_board_printed() -> None:
    profile = gpu("B200-180GB").profile("2g.45gb")
    assert [profile.engines(kind) for kind in ("copy_engines", "decoders", "jpeg")] == [4, 2, 2]
    assert "the guide's table has 3 copy engines, 1 decoder and 1 JPEG engine" in profile.note


def test_rows_of_blackwell_that_nobody_printed_are_unknown() -> None:
    for board in ("B200-180GB", "GB200-186GB", "B300-269GB", "GB300-278GB"):
        for name in list(gpu(board).profiles)[4:]:
            profile = gpu(board).profile(name)
            unknown = [fact for fact, each in profile.facts.items() if each.confidence == "unknown"]
            assert unknown == ["sms", "memory_mib", "decoders", "jpeg"], name
            assert profile.confidence == "low"
        assert column(board, "copy_engines") == [2, 2, 2, 4, 6, 8, 16]


def test_sms_of_the_double_memory_profile_of_blackwell() -> None:
    assert column("B200-180GB", "sms") == [18, 18, 30, 36, None, None, None]
    assert column("GB200-186GB", "sms") == [18, 18, 32, 38, None, None, None]
    assert column("B300-269GB", "sms") == [18, 18, None, None, None, None, None]


def test_memory_of_the_b200s_smallest_profile_is_the_later_listing_and_says_that_it_drifts() -> None:
    profile = gpu("B200-180GB").profile("1g.23gb")
    assert profile.memory_mib == 22 * 1024
    assert "20.50 or 22.00 GiB by driver" in profile.note


def test_the_gb200_has_the_names_of_production_boards() -> None:
    assert next(iter(gpu("GB200-186GB").profiles)) == "1g.23gb"
    assert "7g.189gb" in gpu("GB200-186GB").profile("7g.186gb").also_named


def test_the_a30s_smallest_profile_has_the_decoder_that_three_listings_print() -> None:
    profile = gpu("A30").profile("1g.6gb")
    assert profile.engines("decoders") == 1
    assert profile.note == "decoders: three listings print 1, the guide and go-nvml have 0"
    assert column("A30", "memory_mib") == [5952, 5952, 11968, 11968, 24000]


def test_the_a100_80gb_has_no_decoder_in_its_smallest_profile() -> None:
    for board in ("A100-SXM4-80GB", "A100-PCIE-80GB"):
        assert column(board, "decoders") == [0, 1, 1, 1, 2, 2, 5]
        assert column(board, "memory_mib")[0] == 9728


def test_a_double_memory_profile_has_two_of_eight_slices_not_one() -> None:
    for board in gpus():
        for profile in board.profiles.values():
            if board.memory_slices == 8 and profile.profile_id == 15:
                assert profile.memory_slices == 2
                assert board.slice(profile.name).memory_share == 0.25


# The /620/ edition of the guide, not its older table whose rows are swapped.
DRIVERS = {
    "A100-SXM4-40GB": "450.80.02",
    "A30": "460.73.01",
    "H100-SXM5-80GB": "525.85.12",
    "H200-SXM-141GB": "550.90.07",
    "B200-180GB": "570.133.20",
    "GB200-186GB": "570.133.20",
    "B300-269GB": "580.82.07",
    "GB300-278GB": "595.58.03",
    "RTX-PRO-6000-BLACKWELL-SERVER": "575.51.03",
    "RTX-PRO-5000-BLACKWELL": "575.57.08",
    "GH200-144GB": None,
}


@pytest.mark.parametrize(("board", "driver"), DRIVERS.items())
def test_the_first_driver_with_mig(board: str, driver: str | None) -> None:
    assert gpu(board).value("min_driver_mig") == driver


def test_the_level_2_cache_of_gh200_and_h200_is_of_low_confidence() -> None:
    for board in ("GH200-96GB", "GH200-144GB", "H200-SXM-141GB", "H200-NVL"):
        fact = gpu(board).facts["l2_mib"]
        assert (fact.value, fact.confidence) == (60, "low")


def test_the_rtx_pro_5000_follows_the_current_table() -> None:
    board = gpu("RTX-PRO-5000-BLACKWELL")
    assert [(each.name, each.max_instances) for each in board.profiles.values() if not each.family] == [
        ("1g.24gb", 2),
        ("2g.48gb", 1),
    ]
    for profile in board.profiles.values():
        assert (profile.profile_id, profile.sms, profile.memory_mib, profile.confidence) == (
            None,
            None,
            None,
            "low",
        )


@pytest.mark.parametrize("board", [each for each in gpus() if each.has_mig], ids=lambda each: each.name)
def test_what_was_not_read_on_the_board_itself_does_not_pass_for_verified(board: Gpu) -> None:
    read_there = {
        "A100-PCIE-40GB", "A100-PCIE-80GB", "A100-SXM4-40GB", "A100-SXM4-80GB", "A30", "H100-NVL-94GB",
        "H100-SXM5-80GB", "RTX-PRO-6000-BLACKWELL-SERVER", "RTX-PRO-6000-BLACKWELL-WORKSTATION",
    }  # fmt: skip
    confidences = {profile.confidence for profile in board.profiles.values()}
    assert confidences <= ({"verified"} if board.name in read_there else {"derived", "low"})


def test_a_workstation_board_says_what_mig_needs_there() -> None:
    fact = gpu("RTX-PRO-6000-BLACKWELL-WORKSTATION").facts["mig_prerequisites"]
    assert fact.confidence == "verified"
    assert fact.value == "vBIOS 98.02.55.00.00 or later (Max-Q: 98.02.6A.00.00), display mode set to compute"


def test_no_record_names_a_site() -> None:
    for board in gpus():
        facts = [*board.facts.values(), *(f for p in board.profiles.values() for f in p.facts.values())]
        assert not [fact for fact in facts if "://" in fact.source or "www." in fact.source]
