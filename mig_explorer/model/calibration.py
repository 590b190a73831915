"""The constants of the performance model, each with its source and confidence."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mig_explorer.gpus import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("calibration.json")

MODEL_VERSION = "roofline 3"
"""Goes into every trace; changes whenever a constant or an equation does."""


@functools.cache
def constants() -> Mapping[str, Fact]:
    """Return every constant by name.

    Examples
    --------
    >>> for name in ("overlap_exponent", "launch_overhead", "bandwidth_per_sm"):
    ...     print(f"{name}: {constants()[name].text} ({constants()[name].confidence})")
    overlap_exponent: 1.6 (derived)
    launch_overhead: 1.41e-05 s (low)
    bandwidth_per_sm: 31.1 GB/s (derived)
    """
    text = FILE.read_text(encoding="utf-8")
    return MappingProxyType({name: Fact(**fields) for name, fields in json.loads(text).items()})


def constant(name: str) -> float:
    """Return one constant's value.

    Raises
    ------
    KeyError
        If the model has no such constant.

    Examples
    --------
    >>> constant("overlap_exponent")
    1.6
    """
    return float(constants()[name].value)
