"""The neighbour that takes all the bandwidth: figures, table and chart of what was modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.charts.drawing import still, styles
from mig_explorer.charts.latency_by_tenants import provenance_of
from mig_explorer.charts.neighbour_timeline import Visit, drawing, figures
from mig_explorer.charts.theme import PRINTED
from mig_explorer.errors import InvalidExperiment, InvalidWorkload
from mig_explorer.experiments.words import times
from mig_explorer.model.calibration import MODEL_VERSION
from mig_explorer.model.published import records
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.isolation_case import QUIET, UNNOTICED, Case, answers_of, label_of, under
from mig_explorer.scenarios.noisy_neighbour import (
    HOGS,
    JOINS,
    LEAVES,
    SECONDS,
    SEEDS,
    VICTIM,
    NoisyNeighbour,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt
    import pandas as pd

    from mig_explorer.gpus import Gpu
    from mig_explorer.scenarios.noisy_neighbour import Waits


def noisy_case(gpu: Gpu, ways: tuple[str, ...]) -> Case:
    """Return what neighbours that stream do to Ann, under those of the ways that can be modelled.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> noisy_case(gpu("A30"), ("MIG", "MPS")).answers
    {'MIG': 'isolated', 'MPS': 'shared'}
    """
    known, limits = [], []
    for way in ways:
        try:
            NoisyNeighbour(gpu, (way,)).result(noisy=False)
        except (InvalidExperiment, InvalidWorkload) as error:
            limits.append(f"{way} could not be modelled: {error}")
        else:
            known.append(way)
    found = NoisyNeighbour(gpu, tuple(known))
    waits = found.waits
    loud, _ = found.shown
    answers = answers_of("takes the bandwidth", ways)
    answers |= {
        way: "isolated" if max(each.factors) <= UNNOTICED else "shared" for way, each in waits.items()
    }
    source = f"{gpu.name}, model {MODEL_VERSION}, seeds {SEEDS[0]} to {SEEDS[-1]}"
    shown = [
        Figure(
            f"p99 of {VICTIM} {under(way)} beside the neighbours, over the same without them",
            each.factor,
            "times",
            "modelled",
            source,
            min(each.factors),
            max(each.factors),
        )
        for way, each in waits.items()
    ]
    limits += [
        "Bandwidth: that it costs nothing with MIG is put in, as others measured it; the rest is modelled.",
        "Bandwidth: the bands are what other seeds give, not what the model itself may be off by.",
    ]
    return Case(
        answers,
        _said_of_waits(waits),
        (*shown, *_price(waits, source), _stream()),
        tuple(limits),
        {f"{VICTIM} and the neighbours": _table(waits, source)},
        {"A neighbour takes the bandwidth": _timeline(found, known)},
        {"a neighbour takes the bandwidth": loud},
    )


def _said_of_waits(waits: Mapping[str, Waits]) -> str:
    said = [
        f"{'no longer' if each.factor <= UNNOTICED else f'{times(each.factor)} as long'} {under(way)}"
        for way, each in waits.items()
    ]
    lead = f"Beside neighbours that take all the bandwidth {VICTIM} waits {' and '.join(said)}"
    if len(waits) < 2 or "MIG" not in waits:
        return f"{lead}."
    sliced, shared = waits.values()
    slower = sliced.quiet_seconds / shared.quiet_seconds
    return f"{lead}; while they are quiet, her slice makes her wait {times(slower)} as long as sharing does."


def _price(waits: Mapping[str, Waits], source: str) -> list[Figure]:
    if len(waits) < 2:
        return []
    sliced, shared = waits.values()
    return [
        Figure(
            f"p99 of {VICTIM} on her slice over that without one, {how}",
            one / other,
            "times",
            "modelled",
            source,
        )
        for how, one, other in (
            (QUIET, sliced.quiet_seconds, shared.quiet_seconds),
            ("neighbours busy", sliced.beside_seconds, shared.beside_seconds),
        )
    ]


def _stream() -> Figure:
    """Return by how much the bandwidth of a slice changed at most when its neighbours streamed too."""
    alone: dict[tuple[str, str | None], float] = {}
    beside = []
    for each in records("gpuless_stream"):
        if "layout" not in each.details:
            alone[each.quantity, each.profile] = each.value
        elif "c" not in str(each.details["layout"]):
            beside.append(each)
    change = max(abs(each.value / alone[each.quantity, each.profile] - 1) for each in beside)
    url = beside[0].url
    return Figure(
        "greatest change of STREAM on a MIG slice once its neighbours stream too",
        100 * change,
        "%",
        "published",
        f"A100-SXM4-40GB, {len(beside)} figures, {url}",
    )


def _table(waits: Mapping[str, Waits], source: str) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    table = pd.DataFrame(
        [
            (way, each.quiet_seconds, each.beside_seconds, each.factor, min(each.factors), max(each.factors))
            for way, each in waits.items()
        ],
        columns=["way", "p99_quiet_s", "p99_beside_s", "factor", "factor_low", "factor_high"],
    )
    table.attrs["provenance"] = f"modelled; {source}"
    return table


def _timeline(found: NoisyNeighbour, ways: list[str]) -> alt.TopLevelMixin:
    loud, calm = found.shown
    titles = {found.modes[way].slug: label_of(way) for way in ways}
    visit = Visit(VICTIM, HOGS, JOINS, LEAVES, SECONDS, does="stream")
    mine, quiet = (
        run.requests[run.requests["tenant"] == VICTIM].assign(mode=lambda frame: frame["mode"].astype(str))
        for run in (loud, calm)
    )
    drawn = figures(mine, styles(titles, PRINTED), provenance_of(loud), visit, quiet=quiet)
    return still([drawing(PRINTED, labels=200)], drawn, PRINTED)
