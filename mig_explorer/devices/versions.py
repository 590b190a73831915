"""Versions of NVIDIA's driver, compared as numbers."""

from __future__ import annotations

import re


def older(driver: str, needed: object) -> bool:
    """Whether a driver is older than the one that is needed; False where either cannot be read.

    Parameters
    ----------
    driver : str
        ``"450.80.02"``.
    needed : object
        A version, or a branch like ``"R525"``; anything else is unknown.

    Examples
    --------
    >>> older("450.51.06", "450.80.02"), older("1000.10", "525.85.12"), older("470.57.02", "R525")
    (True, False, True)
    >>> older("580.65.06", "not published")
    False
    """
    have, want = _numbers(driver), _numbers(str(needed).removeprefix("R"))
    return bool(have and want) and have < want


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d+(\.\d+)*", version) else ()
