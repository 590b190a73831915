"""Tables as an experiment would give them, small and made up."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import PRINTED

SVG = "{http://www.w3.org/2000/svg}"
TITLES = {"monolithic": "Monolithic", "time-slicing": "Time slicing", "mps": "MPS", "mig": "MIG 7 × 1g.5gb"}
LOOKS = parts.styles(TITLES, PRINTED)
SAID = "Modelled time (model 1), not measured; seed 7."


def sweep(**seconds: list[float]) -> pd.DataFrame:
    """Return p99 latencies by number of tenants, from 1 on, by mode."""
    return pd.DataFrame(
        [
            {"mode": mode.replace("_", "-"), "tenants": count, "latency_p99_s": value}
            for mode, values in seconds.items()
            for count, value in enumerate(values, start=1)
        ]
    )


def layouts(*rows: tuple[str, float, float, bool], tenants: int = 7) -> pd.DataFrame:
    """Return a sweep over layouts: title, requests/s, p99 in seconds, whether none beats it."""
    names = ("title", "throughput_per_s", "latency_p99_s", "best")
    frame = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows], columns=names)
    frame.attrs |= {"provenance": SAID, "tenants": tenants}
    return frame


def texts(spec: Any) -> set[str]:
    """Return all words of an SVG."""
    root = ET.fromstring(spec)
    return {
        words for kind in ("text", "tspan") for node in root.iter(f"{SVG}{kind}") for words in node.itertext()
    }
