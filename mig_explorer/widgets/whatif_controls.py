"""What the page of the what-if is told of its controls: where each stands and what can be chosen."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from mig_explorer.gpus import gpus
from mig_explorer.layouts import preset_layouts
from mig_explorer.widgets.whatif_figures import alone_seconds
from mig_explorer.widgets.whatif_looks import ABOUT, looks
from mig_explorer.widgets.whatif_settings import MODES, MOST_TENANTS, offered, rates, sizes, workloads
from mig_explorer.widgets.whatif_words import number
from mig_explorer.workloads import Workload, factories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import Layout
    from mig_explorer.model.measured import MeasuredWorkload
    from mig_explorer.widgets.whatif_settings import Settings

CLOSED = "closed loop"


def load_words(settings: Settings) -> str:
    """Say how requests arrive.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.widgets.whatif_settings import first
    >>> from mig_explorer.workloads import triad
    >>> load_words(first(gpu("GB10"), triad()))
    'each tenant sends the next request once the last is answered'
    """
    if settings.rate is None:
        return "each tenant sends the next request once the last is answered"
    return f"{number(settings.rate)} requests/s of each tenant, at random times"


def controls(settings: Settings, given: Workload | MeasuredWorkload, problem: str) -> dict[str, Any]:
    """Return where every control stands and what can be chosen."""
    known = {given.name: given.title.split(",", maxsplit=1)[0]} | dict(workloads())
    if given.name not in workloads():
        known[given.name] = given.title
    return {
        "board": _choice({each.name: each.name for each in gpus()}, settings.gpu.name),
        "workload": _choice(known, settings.work.name),
        "tenants": _slider("Tenants", [(n, str(n)) for n in range(1, MOST_TENANTS + 1)], settings.tenants),
        "load": _load(settings),
        "size": _size(settings),
        "layout": _layout(settings, problem),
        "modes": [
            {
                "value": slug,
                "words": MODES[slug],
                "on": slug in settings.modes,
                "colour": look.colour,
                "dash": list(look.dash),
                "about": ABOUT[slug],
            }
            for slug, look in looks().items()
            if slug in offered(settings.gpu)
        ],
    }


def _choice(known: dict[str, str], taken: str) -> dict[str, Any]:
    return {"choices": [{"value": value, "words": words} for value, words in known.items()], "taken": taken}


def _slider(name: str, choices: Sequence[tuple[Any, str]], taken: Any) -> dict[str, Any]:
    values = [value for value, _ in choices]
    return {
        "name": name,
        "choices": [{"value": value, "words": words} for value, words in choices],
        "taken": values.index(taken),
    }


def _load(settings: Settings) -> dict[str, Any]:
    alone = alone_seconds(settings)
    known = sorted({*(rates(alone) if alone else ()), *([settings.rate] if settings.rate else ())})
    # The busiest is to the right, so the closed loop, which leaves no pause, comes last.
    choices = [*((rate, f"{rate:,.4g} requests/s each") for rate in known), (None, CLOSED)]
    return _slider("Load", choices, settings.rate)


def _size(settings: Settings) -> dict[str, Any]:
    if not isinstance(settings.work, Workload) or settings.size is None:
        return _slider("Size", [(None, "as measured")], None)
    known = sorted(
        {*sizes(settings.work.factory, settings.size_name, _own_size(settings.work)), settings.size}
    )
    name = settings.size_name[0].upper() + settings.size_name[1:].replace("_", " ")
    return _slider(name, [(size, _power(size)) for size in known], settings.size)


def _own_size(work: Workload) -> int:
    make = factories().get(work.name)
    return int(next(iter((make() if make else work).parameters.values())))


def _power(size: int) -> str:
    exponent = size.bit_length() - 1
    return f"2^{exponent}" if size >= 2**14 and size == 2**exponent else f"{size:,}"


@functools.cache
def _presets(board: Gpu) -> Mapping[str, Layout]:
    return preset_layouts(board)


def _layout(settings: Settings, problem: str) -> dict[str, Any]:
    presets = _presets(settings.gpu)
    note = (
        "profile@start, or profiles alone; press Enter"
        if settings.gpu.has_mig
        else f"{settings.gpu.name} has no MIG: it cannot be cut into slices."
    )
    return {
        "presets": [
            {"title": title, "layout": str(layout), "on": layout == settings.layout}
            for title, layout in presets.items()
        ],
        "text": str(settings.layout),
        "problem": problem,
        "note": note,
    }
