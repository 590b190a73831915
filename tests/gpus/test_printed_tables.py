"""The records against what nvidia-smi prints on the boards."""

from __future__ import annotations

import pytest

from mig_explorer.gpus import Gpu, Profile, gpu, gpus
from tests.gpus.printed_tables import PROFILES, SAME_PROFILES, printed_profiles

LISTED = [*((board, board) for board in PROFILES), *SAME_PROFILES.items()]


def gib(profile: Profile) -> str:
    assert profile.memory_mib is not None
    return f"{profile.memory_mib / 1024:.2f}"


@pytest.mark.parametrize(("board", "printed"), LISTED)
def test_every_profile_is_what_nvidia_smi_lists(board: str, printed: str) -> None:
    rows = printed_profiles(printed)
    profiles = gpu(board).profiles
    assert list(profiles) == list(rows)
    for name, row in rows.items():
        profile = profiles[name]
        ours = (profile.profile_id, profile.max_instances, gib(profile), profile.sms)
        assert ours == (row.profile_id, row.most, row.gib, row.sms), name
        for engine in ("copy_engines", "decoders", "encoders", "jpeg", "ofa"):
            assert profile.engines(engine) == getattr(row, engine), (name, engine)
        assert (profile.starts, profile.memory_slices) == (row.starts, row.size), name


@pytest.mark.parametrize("board", PROFILES)
def test_the_largest_profile_has_every_engine_of_the_board(board: str) -> None:
    *_, largest = (row for row in printed_profiles(board).values() if "+" not in row.name)
    for engine in ("copy_engines", "decoders", "encoders", "jpeg", "ofa"):
        assert gpu(board).value(engine) == getattr(largest, engine)


# `nvidia-smi mig -lcip` inside each GPU instance of an A100-40GB: profile id, its instances, SMs; * fills it.
COMPUTE_INSTANCES = {
    "1g.5gb": "0* 1 14",
    "2g.10gb": "0 2 14, 1* 1 28",
    "3g.20gb": "0 3 14, 1 1 28, 2* 1 42",
    "4g.20gb": "0 4 14, 1 2 28, 3* 1 56",
    "7g.40gb": "0 7 14, 1 3 28, 2 2 42, 3 1 56, 4* 1 98",
}


@pytest.mark.parametrize(("profile", "listed"), COMPUTE_INSTANCES.items())
def test_compute_profiles_are_what_nvidia_smi_lists_inside_an_a100(profile: str, listed: str) -> None:
    ours = [
        f"{each.profile_id}{'*' if each.full else ''} {each.max_instances} {each.sms}"
        for each in gpu("A100-SXM4-40GB").profile(profile).compute_profiles
        if each.profile_id != 7
    ]
    assert ", ".join(ours) == listed


@pytest.mark.parametrize(
    ("board", "profile", "listed"),
    [
        ("A30", "4g.24gb", ["1c.4g.24gb 4 14", "2c.4g.24gb 2 28", "4g.24gb 1 56"]),
        ("H100-SXM5-80GB", "3g.40gb", ["1c.3g.40gb 3 16", "2c.3g.40gb 1 32", "3g.40gb 1 60"]),
        ("H100-SXM5-80GB", "7g.80gb", ["1c.7g.80gb 7 16", "2c.7g.80gb 3 32", "3c.7g.80gb 2 None",
                                       "4c.7g.80gb 1 None", "7g.80gb 1 132"]),
        ("RTX-PRO-6000-BLACKWELL-SERVER", "2g.48gb", ["1c.2g.48gb 2 None", "2g.48gb 1 94"]),
        ("RTX-PRO-5000-BLACKWELL", "2g.48gb", ["2g.48gb 1 None"]),
    ],
)  # fmt: skip
def test_compute_profiles_of_other_boards(board: str, profile: str, listed: list[str]) -> None:
    ours = gpu(board).profile(profile).compute_profiles
    assert [f"{each.name} {each.max_instances} {each.sms}" for each in ours if each.profile_id != 7] == listed


def test_the_second_revision_of_one_slice_is_known_from_mocks_only() -> None:
    (revised,) = (
        each for each in gpu("A100-SXM4-40GB").profile("3g.20gb").compute_profiles if each.profile_id == 7
    )
    assert (revised.name, revised.nvml_profile, revised.max_instances) == ("1c.3g.20gb+me", 7, 3)
    fact = revised.facts["sms"]
    assert (fact.value, fact.confidence) == (14, "low")
    assert fact.note == "second revision of one slice, listed by NVIDIA's mocks only"


def eight_slices() -> list[Gpu]:
    return [each for each in gpus() if each.memory_slices == 8]


# nvidia-smi's IDs and NVML's numbers (nvml.h) of the seven profiles of every board with 8 memory slices.
IDS = [19, 20, 15, 14, 9, 5, 0]
NVML = [0, 7, 9, 1, 2, 3, 4]


@pytest.mark.parametrize("board", eight_slices(), ids=lambda each: each.name)
def test_every_board_with_eight_memory_slices_numbers_its_profiles_alike(board: Gpu) -> None:
    profiles = board.profiles.values()
    assert [each.profile_id for each in profiles] == IDS
    assert [each.nvml_profile for each in profiles] == NVML
    assert [each.family for each in profiles] == ["", "+me", "", "", "", "", ""]


# How many compute slices NVML's numbers stand for, by nvml.h.
GPU_INSTANCE_SLICES = {
    0: 1,
    1: 2,
    2: 3,
    3: 4,
    4: 7,
    7: 1,
    8: 2,
    9: 1,
    10: 1,
    11: 2,
    12: 4,
    13: 1,
    14: 2,
    15: 1,
    16: 2,
}
COMPUTE_INSTANCE_SLICES = {0: 1, 1: 2, 2: 3, 3: 4, 4: 7, 7: 1}


@pytest.mark.parametrize("board", gpus(), ids=lambda each: each.name)
def test_nvmls_numbers_mean_the_size_of_the_profile(board: Gpu) -> None:
    for profile in board.profiles.values():
        assert GPU_INSTANCE_SLICES[profile.nvml_profile] == profile.compute_slices, profile.name
        for inside in profile.compute_profiles:
            assert COMPUTE_INSTANCE_SLICES[inside.nvml_profile] == inside.compute_slices, inside.name
            assert inside.profile_id in (inside.nvml_profile, None), inside.name
