"""How each sharing mode looks in the what-if, the same whichever are chosen."""

from __future__ import annotations

from dataclasses import replace

from mig_explorer.charts import drawing as parts
from mig_explorer.charts.theme import ON_PAGE
from mig_explorer.widgets.whatif_settings import MODES

THEME = replace(
    ON_PAGE, others=("var(--warm)", "var(--rose)", "var(--olive)", "var(--cool)", "var(--good)", "var(--ink)")
)
"""The widgets' colours, with two more from ``whatif.css`` that stay legible in the dark; MIG has the cool
one, as in the race."""

DASHES = {
    "monolithic": (1, 0),
    "time-slicing": (5, 3),
    "mps": (2, 2),
    "green-contexts": (8, 3, 2, 3),
    "mig": (1, 0),
    "mig-mps": (8, 3),
}

ABOUT = {
    "monolithic": "one tenant after another",
    "time-slicing": "turns on the whole GPU",
    "mps": "side by side, one memory",
    "green-contexts": "own SMs, one memory",
    "mig": "own slices",
    "mig-mps": "side by side in each slice",
}


def looks() -> dict[str, parts.Style]:
    """Return how each mode looks, the same whichever are chosen.

    Examples
    --------
    >>> looks()["mig"].colour, looks()["monolithic"].colour
    ('var(--cool)', 'var(--ink2)')
    """
    given = parts.styles(MODES, THEME)
    return {slug: replace(look, dash=DASHES[slug]) for slug, look in given.items()}
