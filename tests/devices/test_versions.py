"""Versions of the driver are numbers, not texts."""

from __future__ import annotations

import pytest

from mig_explorer.devices.versions import older
from mig_explorer.gpus import gpus


@pytest.mark.parametrize(
    ("driver", "needed", "expected"),
    [
        ("450.51.06", "450.80.02", True),
        ("450.80.02", "450.80.02", False),
        ("1000.10.01", "525.85.12", False),
        ("99.99", "450.80.02", True),
        ("525.85", "525.85.12", True),
        ("470.57.02", "R525", True),
        ("525.85.12", "R525", False),
        ("580.65.06", "R535/R550 era", False),
        ("580.65.06", None, False),
        ("", "450.80.02", False),
        ("580.65.06-beta", "999", False),
    ],
)
def test_a_driver_is_older_only_if_both_versions_say_so(driver: str, needed: object, expected: bool) -> None:
    assert older(driver, needed) is expected


def test_every_board_whose_least_driver_is_known_refuses_one_of_2019() -> None:
    known = [board for board in gpus() if board.value("min_driver_mig")]
    too_old = [board.name for board in known if older("430.26", board.value("min_driver_mig"))]
    assert len(too_old) >= 18
