"""Pictures of layouts and results: pure functions from values to SVG and Altair charts.

Examples
--------
>>> from mig_explorer import charts
>>> charts.model_accuracy().errors
<AccuracyChart: Error of every prediction, by source>
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mig_explorer.charts.accuracy import model_accuracy

_HOME = {"model_accuracy": "accuracy"}

__all__ = ["model_accuracy"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: Altair takes two seconds on a cold start."""
    if name not in _HOME:
        message = f"module 'mig_explorer.charts' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
