from __future__ import annotations

import re

import pytest

from mig_explorer.formats.kubernetes_names import (
    LABEL_LENGTH,
    configuration_name,
    mig_resource,
    object_name,
    single_label,
)
from mig_explorer.gpus import Gpu, gpu, gpus

# What Kubernetes' API takes: k8s.io/apimachinery, pkg/util/validation.
LABEL_VALUE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*)?[A-Za-z0-9]")
DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
RESOURCE = re.compile(r"nvidia\.com/[a-z0-9]([a-z0-9.-]*[a-z0-9])?")

WITH_MIG = [board for board in gpus() if board.has_mig]


@pytest.mark.parametrize("board", WITH_MIG, ids=lambda board: board.name)
def test_every_profile_has_names_that_kubernetes_takes_and_no_two_share_one(board: Gpu) -> None:
    resources = [mig_resource(name) for name in board.profiles]
    objects = [object_name(name) for name in board.profiles]
    assert all(RESOURCE.fullmatch(each) and len(each) <= LABEL_LENGTH for each in resources)
    assert all(DNS_LABEL.fullmatch(each) and len(each) <= LABEL_LENGTH for each in objects)
    assert len(set(resources)) == len(set(objects)) == len(board.profiles)


@pytest.mark.parametrize("board", WITH_MIG, ids=lambda board: board.name)
def test_every_label_is_one(board: Gpu) -> None:
    for name in board.profiles:
        label, value = single_label(board, name)
        assert label.startswith("nvidia.com/")
        assert LABEL_VALUE.fullmatch(value)
        assert len(value) <= LABEL_LENGTH


def test_the_names_of_profiles_with_attributes() -> None:
    names = ["1g.24gb", "1g.24gb+me", "1g.24gb+gfx", "1g.24gb+me.all", "1g.24gb-me"]
    assert [mig_resource(name) for name in names] == [
        "nvidia.com/mig-1g.24gb",
        "nvidia.com/mig-1g.24gb.me",
        "nvidia.com/mig-1g.24gb.gfx",
        "nvidia.com/mig-1g.24gb.me.all",
        "nvidia.com/mig-1g.24gb-me",
    ]
    assert [object_name(name) for name in names] == [
        "mig-1g-24gb",
        "mig-1g-24gb-me",
        "mig-1g-24gb-gfx",
        "mig-1g-24gb-me-all",
        "mig-1g-24gb-no-me",
    ]


def test_a_product_too_long_for_a_label_leaves_only_the_strategy_to_go_by() -> None:
    long = gpu("RTX-PRO-6000-BLACKWELL-WORKSTATION")
    assert single_label(long, "1g.24gb") == (
        "nvidia.com/gpu.product",
        "NVIDIA-RTX-PRO-6000-Blackwell-Workstation-Edition-MIG-1g.24gb",
    )
    assert single_label(long, "1g.24gb-me") == ("nvidia.com/mig.strategy", "single")


def test_a_configuration_is_named_after_its_devices_while_that_fits() -> None:
    assert configuration_name({"7g.40gb": 1}) == "1x7g.40gb"
    many = {"2g.48gb+me.all": 1, "1g.24gb+gfx": 1, "1g.24gb+me": 1, "1g.24gb": 1, "1g.24gb-me": 1}
    long = configuration_name(many)
    assert re.fullmatch("mig-5-devices-[0-9a-f]{8}", long)
    assert configuration_name({**many, "1g.24gb": 2}) != long
    assert configuration_name(many) == long
