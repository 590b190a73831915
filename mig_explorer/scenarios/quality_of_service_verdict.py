"""What the figures of the second scenario say of its claim."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mig_explorer.charts.drawing import records
from mig_explorer.charts.in_time import share
from mig_explorer.experiments.words import counted, duration, number, times
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.published_sharing import MODES, OF_LATENCY, neighbours_cost, nos
from mig_explorer.scenarios.qos_load import FLOOD
from mig_explorer.scenarios.utilisation_verdict import ASSUMED, in_a_sentence
from mig_explorer.scenarios.verdict import ClaimVerdict

if TYPE_CHECKING:
    from mig_explorer.charts.drawing import Row
    from mig_explorer.model import Mig
    from mig_explorer.scenarios.qos_findings import Findings

CLAIM = (
    "MIG guarantees a latency-critical tenant its quality of service: its tail latency stays, however many "
    "others come and whatever they do."
)
GOAL = 99.0
"""Percent of answers that a deadline asks for, so that the p99 latency is what counts."""

CHOICES = (
    "with none of the modes",
    "with MIG alone",
    "with MIG and green contexts",
    "with MIG, green contexts and MPS",
    "with another set of modes",
    "with green contexts: this GPU has no MIG",
    "with another mode: this GPU has no MIG",
)


def right_choice(found: Findings) -> str:
    """Return the prediction that was right."""
    held = set(found.held)
    if found.ways.mig is None:
        if not held:
            return CHOICES[0]
        return CHOICES[5] if held == {"green-contexts"} else CHOICES[6]
    sets: list[set[str]] = [set(), {found.ways.mig.slug}]
    sets.append(sets[-1] | {"green-contexts"})
    sets.append(sets[-1] | {"mps"})
    return CHOICES[sets.index(held)] if held in sets else CHOICES[4]


def verdict(found: Findings) -> ClaimVerdict:
    """Return what the figures say.

    Yes where nobody moves the tail of the tenant on its slice and its answers come in time; no where they
    move it, or the slice cannot serve what is asked of it; else it depends: undisturbed, and too slow.
    """
    mig = found.ways.mig
    if mig is None:
        return _without_mig(found)
    row, full = found.in_crowd[mig.slug], found.full[mig.slug]
    overloaded = math.isnan(row["alone_p99_s"])
    if overloaded or not found.holds(mig.slug):
        answer = "no"
    elif full["in_time_percent"] >= GOAL and row["load_high"] < 1:
        answer = "yes"
    else:
        answer = "it depends"
    return ClaimVerdict(
        CLAIM,
        answer,
        _too_small(found, mig) if overloaded else _headline(found, mig),
        _figures(found),
        reasons=_reasons(found, mig),
        limits=_limits(found),
        would_change=_would_change(),
        sources=[_source_of_nos()],
    )


def _headline(found: Findings, mig: Mig) -> str:
    row, full = found.in_crowd[mig.slug], found.full[mig.slug]
    whole = found.in_crowd["monolithic"]["alone_p99_s"]
    others = number(found.crowd)
    own = mig.servers(found.critical.board, ["critical"])[0].profile
    text = (
        f"On its own {own} slice the tenant's modelled p99 is {duration(row['latency_p99_s'])}, "
        f"{times(row['isolation_times'])} what it is alone there, beside {others} busy others and beside one "
        f"that {found.does}; {share(full['in_time_percent'])} of its answers are in time."
    )
    if row["load_high"] >= 1:
        text += " At the longer end of the model's band the slice could not keep up with it."
    text += f" The price: alone on the whole GPU its p99 is {duration(whole)}."
    as_well = [each["title"] for slug, each in found.in_crowd.items() if slug in found.held - {mig.slug}]
    if as_well:
        text += f" {' and '.join(as_well)} hold it as well, without walls between memories and faults."
    moved = [
        f"{in_a_sentence(str(each['title']))} {_grown(each['isolation_times'])}"
        for slug, each in found.in_crowd.items()
        if slug not in found.held
    ]
    if moved:
        text += f" Beside the others it grows: {', '.join(moved)}."
    late = [
        f"{in_a_sentence(str(each['title']))} {share(each['in_time_percent'])}"
        for slug, each in found.full.items()
        if slug not in found.held and each["in_time_percent"] >= GOAL
    ]
    return f"{text} Even so these answer in time beside this crowd: {', '.join(late)}." if late else text


def _too_small(found: Findings, mig: Mig) -> str:
    load = found.full[mig.slug]["load"]
    own = mig.servers(found.critical.board, ["critical"])[0].profile
    return (
        f"The {own} slice is asked for {times(load)} what it can serve, so its queue grows without end with "
        "nobody else there: a guarantee of too little is none. The whole GPU alone could serve it."
    )


def _grown(ratio: float) -> str:
    return (
        "without end even alone"
        if math.isnan(ratio)
        else "without end"
        if math.isinf(ratio)
        else times(ratio)
    )


def _figures(found: Findings) -> list[Figure]:
    figures = []
    mig = found.ways.mig.slug if found.ways.mig else ""
    crowd = counted(found.crowd, "other")
    for slug in sorted(found.in_crowd, key=lambda each: each != mig):
        title, full = found.in_crowd[slug]["title"], found.full[slug]
        figures.append(_ratio(f"p99 beside {crowd} over alone, {title}", found.in_crowd[slug], found))
        figures.append(
            _figure(f"answers in time beside {crowd}, {title}", full["in_time_percent"], "%", found)
        )
        if slug in found.in_noise:
            what = f"p99 beside a neighbour that {found.does} over alone, {title}"
            figures.append(_ratio(what, found.in_noise[slug], found))
    for slug in (mig, "monolithic"):
        if slug in found.in_crowd:
            row, where = found.in_crowd[slug], "on its slice" if slug == mig else "on the whole GPU"
            figures.append(_alone(f"p99 alone {where}", row, found))
    return [*figures, *_published()]


def _alone(what: str, row: Row, found: Findings) -> Figure:
    value, low, high = (1e3 * float(row[f"alone_p99_{end}s"]) for end in ("", "ci_low_", "ci_high_"))
    if math.isnan(low) or math.isnan(high):
        return _figure(what, value, "ms", found)
    source = f"{found.source}; in brackets what another seed could give"
    return Figure(what, value, "ms", "modelled", source, low, high)


def _figure(what: str, value: float, unit: str, found: Findings) -> Figure:
    if not math.isfinite(value):
        return Figure(what, None, unit, "modelled", f"its queue grows without end; {found.source}")
    return Figure(what, value, unit, "modelled", found.source)


def _ratio(what: str, row: Row, found: Findings) -> Figure:
    value, low, high = (float(row[f"isolation_{end}times"]) for end in ("", "low_", "high_"))
    if not math.isfinite(value):
        return _figure(what, value, "times", found)
    return Figure(what, value, "times", "modelled", found.source, low, high)


def _published() -> list[Figure]:
    mean = {(row["sharing"], row["tenants"]): float(row["latency_mean_s"]) for row in records(nos())}
    source = f"{_source_of_nos()}, YOLOS-small"
    grown = [
        Figure(
            f"mean latency with seven tenants over one, {mode}",
            mean[mode, 7] / mean[mode, 1],
            "times",
            "published",
            source,
        )
        for mode in reversed(MODES)
    ]
    alone = mean["MIG", 1] / mean["MPS", 1]
    price = Figure("mean latency of one tenant, MIG over MPS", alone, "times", "published", source)
    return [*grown, price, *OF_LATENCY]


def _reasons(found: Findings, mig: Mig) -> list[str]:
    board = found.critical.board
    own = mig.servers(board, ["critical"])[0]
    row, whole = found.in_crowd[mig.slug], found.in_crowd["monolithic"]
    reasons = [f"The slice has {own.slice.sms} of {board.sms} SMs that no other tenant is ever sent to."]
    if not math.isnan(row["alone_p99_s"]):
        ratio = times(row["alone_p99_s"] / whole["alone_p99_s"])
        reasons.append(
            f"The same slice is all it ever gets: alone there its p99 is {ratio} that of the whole GPU."
        )
    reasons.append(
        "Monolithic has one queue for all; time slicing shares the time, and MPS the SMs, by demand."
    )
    return reasons


def _limits(found: Findings) -> list[str]:
    lost = f"{100 * neighbours_cost():.1f} %"
    flood = f"A flood asks for {FLOOD:g} times what the whole GPU could serve."
    return [
        "Time is modelled, not measured; bands are the model's, all times at one end of what it knows.",
        f"{ASSUMED} {lost} (GPUless thesis, SPCL, ETH Zurich).",
        "Slices share power, clocks and PCIe; kernels here copy nothing over PCIe, so that is not shown.",
        "The length of a time slice is unknown: turns are taken as infinitely short, which flatters it.",
        *([flood] if found.does == "floods" else []),
        *(f"Left out beside the crowd: {reason}" for reason in found.ways.refused),
    ]


def _would_change() -> list[str]:
    return [
        "A larger slice for the tenant, or fewer requests: its own load is what its tail then depends on.",
        "A looser deadline, or a crowd that pauses: MPS then keeps it too, and is quicker for few tenants.",
        "Copies over PCIe, which no sharing mode divides.",
    ]


def _source_of_nos() -> str:
    return str(nos().attrs["provenance"]).removeprefix("published: ")


def _without_mig(found: Findings) -> ClaimVerdict:
    name = found.critical.board.name
    held = [found.in_crowd[slug]["title"] for slug in found.in_crowd if slug in found.held]
    best = min(
        (row for row in found.in_crowd.values() if not math.isnan(row["latency_p99_s"])),
        key=lambda row: float(row["latency_p99_s"]),
        default=None,
    )
    text = f"{name} has no MIG, so nothing here speaks for the claim or against it."
    if held:
        text += (
            f" {' and '.join(held)} hold the tenant's tail there, with one memory and one process for all."
        )
    elif best is not None:
        text += (
            f" No mode it has holds the tenant's tail: the least p99 beside {number(found.crowd)} others is "
            f"{duration(best['latency_p99_s'])} with {in_a_sentence(str(best['title']))}, "
            f"{_grown(best['isolation_times'])} what it is alone."
        )
    return ClaimVerdict(
        CLAIM,
        "not supported",
        text,
        _figures(found),
        limits=_limits(found),
        would_change=["A board with MIG, such as A100-SXM4-40GB.", "A smaller crowd, or one that pauses."],
        sources=[_source_of_nos()],
    )
