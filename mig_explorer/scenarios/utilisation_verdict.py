"""What the figures of the first scenario say of its claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.charts.drawing import records
from mig_explorer.experiments.comparison import DRAW
from mig_explorer.experiments.words import number, percent, times
from mig_explorer.scenarios.efficiency import at_the_limit, per_joule
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.published_sharing import OF_WORK, neighbours_cost, nos, slices_against_whole
from mig_explorer.scenarios.verdict import ClaimVerdict

if TYPE_CHECKING:
    from mig_explorer.layouts import Layout
    from mig_explorer.scenarios.utilisation_findings import Findings

CLAIM = (
    "Small jobs leave most of a large GPU idle; MIG runs up to seven of them at once, none slowed by "
    "another, and so gets more work out of the GPU."
)
CHOICES = (
    "less",
    "about as much",
    "up to twice as much",
    "two to four times as much",
    "more than four times as much",
    "none: this GPU has no MIG",
)
STEPS = (1 - DRAW, 1 + DRAW, 2.0, 4.0)
"""Where one of the choices ends and the next begins."""

LIMITS = {
    "compute": "arithmetic",
    "memory": "memory traffic",
    "host": "launching its kernels",
    "copies": "copying over PCIe",
}

ASSUMED = (
    "That no slice slows another is put into the model, not found by it: the most bandwidth that a slice was "
    "measured to lose to its neighbours is"
)
BATCHES = (
    "Batching is compared as if requests were ready at the same moment in one process; tenants with code of "
    "their own cannot do that."
)

UNDISTURBED = 1.05
"""A p99 latency that grows by less than this, whoever joins, is called undisturbed."""


def right_choice(found: Findings) -> str:
    """Return the prediction that was right."""
    if found.ways.mig is None:
        return CHOICES[-1]
    return CHOICES[sum(float(found.mig["gain_times"]) > step for step in STEPS)]


def verdict(found: Findings) -> ClaimVerdict:
    """Return what the figures say.

    Yes where MIG does more at both ends of the model's band and no job is slowed by another; no where it does
    no more at either; else it depends.
    """
    if found.ways.mig is None:
        return _without_mig(found)
    gained, isolation = found.figure(found.mig), float(found.mig["isolation_times"])
    disturbed = isolation > UNDISTURBED
    answer = "it depends"
    if (gained.high or 0.0) <= 1 + DRAW:
        answer = "no"
    elif (gained.low or 0.0) > 1 + DRAW and not disturbed:
        answer = "yes"
    return ClaimVerdict(
        CLAIM,
        answer,
        _headline(found, gained, disturbed=disturbed),
        _figures(found, gained),
        reasons=_reasons(found, found.ways.mig.layout),
        limits=_limits(found),
        would_change=_would_change(found),
        sources=_sources(),
    )


def _headline(found: Findings, gained: Figure, *, disturbed: bool) -> str:
    slower = times(float(found.mig["slower_alone_times"]))
    work = f"modelled, {gained.amount} the work of one job after another"
    if found.jobs == 1:
        return (
            f"One '{found.name}' alone on {found.mig['title']}: {work}. There is nobody to share with; the "
            f"slice takes {slower} as long as the whole GPU."
        )
    waits = f"each waits {times(float(found.mig['isolation_times']))} as long as alone on its slice"
    text = (
        f"{number(found.jobs).capitalize()} at once, '{found.name}' on {found.mig['title']}: {work}, and "
        f"{waits if disturbed else 'none slows another'}; by itself on a slice a job takes {slower} as long "
        "as on the whole GPU."
    )
    rivals = found.ahead[:2]
    if rivals:
        more = " and ".join(
            f"{in_a_sentence(row['title'])} {times(float(row['gain_times']))}" for row in rivals
        )
        text += f" The most work is done without MIG's walls between tenants: {more}."
    elif (gained.value or 0.0) < 1 - DRAW:
        text += " Nothing does more than one job after another on the whole GPU."
    return text


def _figures(found: Findings, gained: Figure) -> list[Figure]:
    others = [found.by_mode[slug] for slug in found.by_mode if slug not in ("monolithic", found.mig["mode"])]
    used = found.idle.set_index("mode")["warp_slots_used_percent"]
    source = found.source
    alone = float(found.mig["slower_alone_times"])
    isolation = float(found.mig["isolation_times"])
    return [
        gained,
        Figure("p99 latency among the others over alone, MIG", isolation, "times", "modelled", source),
        Figure("a job alone on its slice over alone on the whole GPU", alone, "times", "modelled", source),
        *map(found.figure, others),
        Figure(
            "warp slots filled by one job after another", float(used["monolithic"]), "%", "modelled", source
        ),
        Figure("warp slots filled with MIG", float(used[found.mig["mode"]]), "%", "modelled", source),
        per_joule(found.watts, str(found.mig["mode"]), gained.value or 0.0),
        _least_per_joule(found, str(found.mig["mode"])),
        *_published(),
        Figure("power of one slice", None, "W", "measured", "nobody published it"),
    ]


def _least_per_joule(found: Findings, slug: str) -> Figure:
    return at_the_limit(found.watts, slug, found.board.facts.get("tdp_w"), found.source)


def _published() -> list[Figure]:
    seven = nos().set_index(["sharing", "tenants"])["gain_times"]
    source = f"{nos().attrs['provenance'].removeprefix('published: ')}, YOLOS-small, seven pods"
    figures = [
        Figure(f"work with {mode} over one alone", float(seven[mode, 7]), "times", "published", source)
        for mode in ("MIG", "MPS", "time slicing")
    ]
    jobs = slices_against_whole().query("source == 'migperf' and model == 'bert-base' and sequence == 64")
    for _, row in jobs[jobs["batch"].isin([1, 256])].iterrows():
        what = f"seven 1g slices over 7g, BERT-base inference, batch {row['batch']}"
        source = (
            "MIGPerf (2022), seven times the figure of one slice, https://github.com/MLSysOps/MIGProfiler"
        )
        figures.append(Figure(what, float(row["gain_times"]), "times", "published", source))
    return [*figures, *OF_WORK]


def _reasons(found: Findings, layout: Layout) -> list[str]:
    kind = next(row for row in records(found.kinds) if row["job"] == found.name)
    board, piece = found.board, found.board.slice(layout.instances[0].profile.name)
    filled, limit = percent(float(kind["fills_percent"]) / 100), LIMITS[str(kind["limited_by"])]
    used = f"{number(found.slices)} of them {'is' if found.slices == 1 else 'are'} in use"
    share = percent(piece.memory_share)
    reasons = [
        f"One job on the whole GPU fills {filled} of its warp slots and is limited by {limit}.",
        f"A {piece.name} slice has {piece.sms} of {board.sms} SMs and {share} of the memory; {used}.",
    ]
    if found.jobs > found.slices:
        reasons.append(f"There are {found.jobs} jobs: the others queue for their slice.")
    if "mps" in {row["mode"] for row in found.ahead}:
        reasons.append("With MPS, blocks of every job go to whatever SM has room, and no SM is left out.")
    if any(str(row["mode"]).startswith("batch") for row in found.ahead):
        reasons.append("A process that batches requests launches once for many and fills the whole GPU.")
    return reasons


def in_a_sentence(title: str) -> str:
    """Return a mode's title as it stands inside a sentence.

    Examples
    --------
    >>> in_a_sentence("Time slicing"), in_a_sentence("MPS"), in_a_sentence("One process, batch of 7")
    ('time slicing', 'MPS', 'one process with a batch of 7')
    """
    plain = title.replace(", batch of", " with a batch of")
    return plain[0].lower() + plain[1:] if plain[1:2].islower() else plain


def _limits(found: Findings) -> list[str]:
    lost = f"{100 * neighbours_cost():.1f} %"
    return [
        "Time is modelled, not measured: the whole bar, not its dot, is what the model knows of a kernel.",
        "What a few blocks get out of an SM is not known; it is the lower end of the bands.",
        f"{ASSUMED} {lost} (GPUless thesis, SPCL, ETH Zurich). Slices share power, clocks and PCIe.",
        BATCHES,
        "One job after another includes the launching of its kernels, during which the GPU stands idle.",
        "Work per joule rests on one published series of an A100-40GB; no source gives the power of a slice.",
        *(f"Left out: {reason}" for reason in found.ways.refused),
    ]


def _would_change(found: Findings) -> list[str]:
    others = [row for row in records(found.kinds) if row["job"] != found.name]
    return [
        *(f"Another job: '{row['job']}' {times(row['gain_times'])} on the same slices." for row in others),
        "Tenants who trust each other and need no limit on memory: MPS needs no slices.",
    ]


def _sources() -> list[str]:
    tables = (nos(), slices_against_whole())
    return [str(table.attrs["provenance"]).removeprefix("published: ") for table in tables]


def _without_mig(found: Findings) -> ClaimVerdict:
    best = found.best
    others = [found.by_mode[slug] for slug in found.by_mode if slug != "monolithic"]
    headline = f"{found.board.name} has no MIG, so nothing here speaks for the claim or against it."
    if float(best["gain_times"]) > 1 + DRAW:
        work = f"modelled, {times(float(best['gain_times']))} the work of one job after another"
        headline += f" What does the most without it is {in_a_sentence(best['title'])}: {work}."
    else:
        headline += " Without it no way of sharing does more than one job after another."
    return ClaimVerdict(
        CLAIM,
        "not supported",
        headline,
        [
            *map(found.figure, others),
            *(_least_per_joule(found, slug) for slug in found.by_mode if slug in found.shared),
            *_published(),
        ],
        limits=[
            "Time is modelled, not measured.",
            *(f"Left out: {reason}" for reason in found.ways.refused),
        ],
        would_change=["A board with MIG, such as A100-SXM4-40GB."],
        sources=_sources(),
    )
