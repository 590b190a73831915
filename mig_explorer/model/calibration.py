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

MODEL_VERSION = "roofline 1"
"""Goes into every trace; changes whenever a constant or an equation does."""


@functools.cache
def constants() -> Mapping[str, Fact]:
    """Return every constant by name.

    Examples
    --------
    >>> for name, fact in constants().items():
    ...     print(f"{name}: {fact.text} ({fact.confidence})")
    overlap_exponent: 1.5 (derived)
    compute_efficiency: 0.15 of peak (low)
    launch_overhead: 1.41e-05 s (low)
    bandwidth_per_sm: 31.1 GB/s (derived)
    warp_size: 32 threads (verified)
    reserved_shared_bytes: 1024 B (recalled)
    """
    text = Path(__file__).with_name("calibration.json").read_text(encoding="utf-8")
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
    1.5
    """
    return float(constants()[name].value)
