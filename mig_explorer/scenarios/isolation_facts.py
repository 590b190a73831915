"""What each way to share a GPU keeps apart, as publications say it: an answer with its sources for each cell.

Nothing here was tried on a GPU for this package. What nobody says is ``unknown``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.scenarios.sources import cited, document, sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

FACTS = "isolation_facts"

ANSWERS = ("isolated", "partly", "shared", "unknown")

PROVENANCE = "published: stated by the sources that the table of evidence gives; nothing was measured here"


@dataclass(frozen=True)
class Kept:
    """Whether one way to share keeps one thing apart.

    Parameters
    ----------
    answer : str
        One of `ANSWERS`.
    why : str
        What the sources say, in a sentence.
    sources : tuple of str
        Their keys; none where the answer is unknown.
    """

    answer: str
    why: str
    sources: tuple[str, ...]


def ways() -> tuple[str, ...]:
    """Return the ways to share, MIG's last.

    Examples
    --------
    >>> ways()
    ('time slicing', 'MPS', 'green contexts', 'MIG', 'compute instances')
    """
    return tuple(document(FACTS)["cells"])


def properties() -> Mapping[str, str]:
    """Return what may or may not be kept apart, with what that means.

    Examples
    --------
    >>> properties()["PCIe link"]
    'whether transfers to and from the host share a link'
    """
    found: Mapping[str, str] = document(FACTS)["properties"]
    return found


def kept(way: str, what: str) -> Kept:
    """Return the answer for a way to share and a property.

    Examples
    --------
    >>> kept("MIG", "L2 cache").answer, kept("compute instances", "program faults").answer
    ('partly', 'unknown')
    """
    answer, why, keys = document(FACTS)["cells"][way][what]
    return Kept(answer, why, tuple(keys))


def tally(way: str) -> Mapping[str, int]:
    """Count the answers of a way to share.

    Examples
    --------
    >>> tally("MIG")
    {'isolated': 6, 'partly': 1, 'shared': 5, 'unknown': 0}
    """
    counts = Counter(kept(way, what).answer for what in properties())
    return {answer: counts[answer] for answer in ANSWERS}


def matrix() -> pd.DataFrame:
    """Return the answers: a row for each property, a column for each way to share.

    Examples
    --------
    >>> matrix().loc["memory bandwidth"].to_dict()
    {'time slicing': 'shared', 'MPS': 'shared', 'green contexts': 'shared', 'MIG': 'isolated',
    'compute instances': 'shared'}
    """
    import pandas as pd  # noqa: PLC0415

    rows = {what: {way: kept(way, what).answer for way in ways()} for what in properties()}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "property"
    table.attrs["provenance"] = PROVENANCE
    return table


def evidence(way: str = "") -> pd.DataFrame:
    """Return what each answer rests on: a row for each cell, with the addresses of its sources.

    Parameters
    ----------
    way : str
        Only of this way to share; by default of all.

    Examples
    --------
    >>> list(evidence().columns), len(evidence("MIG")) == len(properties())
    (['way', 'property', 'answer', 'why', 'sources', 'how_read'], True)
    """
    import pandas as pd  # noqa: PLC0415

    rows = []
    for each in [way] if way else ways():
        for what in properties():
            cell = kept(each, what)
            read = ", ".join(dict.fromkeys(sources(FACTS)[key].read for key in cell.sources))
            rows.append((each, what, cell.answer, cell.why, cited(FACTS, cell.sources), read))
    table = pd.DataFrame(rows, columns=["way", "property", "answer", "why", "sources", "how_read"])
    table.attrs["provenance"] = PROVENANCE
    return table


def beyond() -> pd.DataFrame:
    """Return what MIG does not isolate, each with what is said of it and where.

    Examples
    --------
    >>> beyond()["what"].tolist()[0]
    'The kernel driver and the host'
    """
    import pandas as pd  # noqa: PLC0415

    rows = [(what, why, cited(FACTS, keys)) for what, why, keys in document(FACTS)["beyond"]]
    table = pd.DataFrame(rows, columns=["what", "why", "sources"])
    table.attrs["provenance"] = PROVENANCE
    return table
