"""Profiles of GPU instances and of the compute instances inside them."""

from __future__ import annotations

import pytest

from mig_explorer.errors import UnknownProfile
from mig_explorer.gpus import Placement, gpu, gpus

A100 = gpu("A100-SXM4-40GB")
ALL = [(board.name, name) for board in gpus() for name in board.profiles]


def test_the_placements_cover_their_memory_slices():
    assert A100.profile("3g.20gb").placements == (Placement(0, 4), Placement(4, 4))
    assert Placement(6, 2).memory_slices == (6, 7)


FAMILIES = {
    "1g.24gb": ("", ()),
    "1g.24gb+me": ("+me", ("me",)),
    "1g.24gb-me": ("-me", ("-me",)),
    "1g.24gb+gfx": ("+gfx", ("gfx",)),
    "1g.24gb+me.all": ("+me.all", ("me.all",)),
}


@pytest.mark.parametrize(("name", "family"), FAMILIES.items())
def test_the_family_is_what_follows_the_size(name, family):
    profile = gpu("RTX-PRO-6000-BLACKWELL-SERVER").profile(name)
    assert (profile.family, profile.attributes) == family


@pytest.mark.parametrize(("board", "name"), ALL)
def test_exactly_one_compute_profile_fills_a_gpu_instance(board, name):
    profile = gpu(board).profile(name)
    (full,) = (each for each in profile.compute_profiles if each.full)
    assert profile.full is full
    assert (full.name, full.sms, full.compute_slices) == (name, profile.sms, profile.compute_slices)
    assert (full.max_instances, full.starts) == (1, (0,))
    assert profile.compute_profile(f"{profile.compute_slices}c") is full


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("1c", "1c.3g.20gb"),
        ("1c.3g.20gb", "1c.3g.20gb"),
        ("2c", "2c.3g.20gb"),
        ("3c", "3g.20gb"),
        ("3c.3g.20gb", "3g.20gb"),
        ("3g.20gb", "3g.20gb"),
        ("1c.3g.20gb+me", "1c.3g.20gb+me"),
    ],
)
def test_a_compute_profile_answers_to_its_full_and_its_short_name(name, found):
    assert A100.profile("3g.20gb").compute_profile(name).name == found


def test_the_short_name_never_means_the_second_revision():
    for board, name in ALL:
        assert gpu(board).profile(name).compute_profiles[0].nvml_profile != 7
        for each in gpu(board).profile(name).compute_profiles:
            if each.nvml_profile == 7:
                assert gpu(board).profile(name).compute_profile("1c") is not each


KNOWN = "Known: 1c.3g.20gb, 1c.3g.20gb+me, 2c.3g.20gb, 3g.20gb."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("4c", f"'4c'. {KNOWN}"),
        ("1c.3g.20g", "'1c.3g.20g'. Nearest: 1c.3g.20gb, 2c.3g.20gb, 1c.3g.20gb+me."),
        (None, f"None. {KNOWN}"),
    ],
)
def test_an_unknown_compute_profile_gets_the_nearest_names(name, message):
    with pytest.raises(UnknownProfile) as caught:
        A100.profile("3g.20gb").compute_profile(name)
    assert str(caught.value) == f"3g.20gb has no compute profile {message}"


def test_another_name_that_drivers_print_leads_to_the_profile():
    board = gpu("GB200-186GB")
    assert board.profile("7g.189gb") is board.profile("7g.186gb")
    assert board.slice("7g.189gb").name == "7g.186gb"


def test_a_name_that_is_no_text_gets_the_known_names():
    with pytest.raises(UnknownProfile) as caught:
        gpu("A30").profile(["1g.6gb"])  # type: ignore[arg-type]
    assert str(caught.value) == "A30 has no profile ['1g.6gb']. Nearest: 1g.6gb."
