"""The verdict of a what-if: which sharing mode serves most, which answers soonest, which cannot keep up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mig_explorer.experiments.comparison import DRAW
from mig_explorer.experiments.words import digits, duration, tenant_count, times
from mig_explorer.widgets.whatif_settings import MODES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.widgets.whatif_figures import Answer


def verdict(answer: Answer) -> dict[str, str]:
    """Return a headline and what stands behind it."""
    settings = answer.settings
    who = f"With {tenant_count(settings.tenants)}"
    if not settings.modes:
        return {"headline": "Choose a sharing mode.", "detail": "Two of them can be compared."}
    known = {slug: row for slug, row in answer.totals.items() if math.isfinite(row["throughput_per_s"])}
    if not known:
        return {"headline": f"{who} nothing can be served.", "detail": "What is the matter stands above."}
    steady = {slug: row for slug, row in known.items() if math.isfinite(row["latency_p99_s"])}
    lost = [slug for slug in known if slug not in steady]
    if not steady:
        return {
            "headline": f"{who} {named(lost)} cannot keep up.",
            "detail": "More is asked for than can be served, so queues grow for as long as one watches. "
            "Lower the load, take fewer tenants or a smaller size.",
        }
    if settings.rate is None:
        return _closed(who, steady)
    return _open(who, settings.rate, steady, lost)


def number(value: float) -> str:
    """Return a figure to three digits, and to the last before the point.

    Examples
    --------
    >>> number(86652.7), number(34.51), number(0.5)
    ('86,653', '34.5', '0.500')
    """
    return f"{value:,.0f}" if value >= 1000 else digits(value, 3)


def named(slugs: Sequence[str]) -> str:
    """Return modes as a list in words.

    Examples
    --------
    >>> named(["mps"]), named(["monolithic", "mps", "mig"])
    ('MPS', 'Monolithic, MPS and MIG')
    """
    *first, last = [MODES[slug] for slug in slugs]
    return f"{', '.join(first)} and {last}" if first else last


def _closed(who: str, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    rates = {slug: float(row["throughput_per_s"]) for slug, row in rows.items()}
    most = max(rates, key=lambda slug: rates[slug])
    alike = [slug for slug in rates if rates[slug] > rates[most] * (1 - DRAW)]
    rate = f"{number(rates[most])} requests/s"
    if len(rows) == 1:
        return {"headline": f"{who} {MODES[most]} serves {rate}.", "detail": _soonest(rows)}
    if len(alike) == len(rows):
        return {"headline": f"{who} it is a draw: about {rate} whatever the mode.", "detail": _soonest(rows)}
    least = min(rates, key=lambda slug: rates[slug])
    compared = "monolithic" if "monolithic" in rates and "monolithic" not in alike else least
    lead = f"{rate}, {times(rates[most] / rates[compared])} those of {MODES[compared]}"
    serve = "serve" if len(alike) > 1 else "serves"
    return {"headline": f"{who} {named(alike)} {serve} the most: {lead}.", "detail": _soonest(rows)}


def _open(
    who: str, rate: float, steady: Mapping[str, Mapping[str, Any]], lost: Sequence[str]
) -> dict[str, str]:
    asked = f"{who} of {number(rate)} requests/s each"
    if not lost:
        keeps = "keeps up" if len(steady) == 1 else "all keep up"
        return {"headline": f"{asked} {named(list(steady))} {keeps}.", "detail": _soonest(steady)}
    keep = "keeps" if len(steady) == 1 else "keep"
    queue = "its queue grows" if len(lost) == 1 else "their queues grow"
    return {
        "headline": f"{asked} {named(list(steady))} {keep} up, {named(lost)} cannot.",
        "detail": f"There {queue} for as long as one watches. {_soonest(steady)}",
    }


def _soonest(rows: Mapping[str, Mapping[str, Any]]) -> str:
    waits = {slug: float(row["latency_p99_s"]) for slug, row in rows.items()}
    least, most = min(waits, key=lambda slug: waits[slug]), max(waits, key=lambda slug: waits[slug])
    if len(rows) == 1:
        return f"Its p99 latency is {duration(waits[least])}."
    if waits[least] > waits[most] * (1 - DRAW):
        return f"The p99 latency is about {duration(waits[least])} on all of them."
    alike = [slug for slug in waits if waits[slug] < waits[least] * (1 + DRAW)]
    return (
        f"The lowest p99 latency is {duration(waits[least])}, on {named(alike)}; the highest "
        f"{duration(waits[most])}, on {MODES[most]}."
    )
