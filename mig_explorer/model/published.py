"""Figures that others published: what tunes the model's constants, and what only scores it."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).with_name("published")
SPLITS = ("calibrate", "validate", "context")
"""May set constants; may only score them; is shown and does neither."""


@dataclass(frozen=True)
class Record:
    """One published figure.

    Parameters
    ----------
    family : str
        Which source it is of: the name of its file.
    quantity, value, unit
        What was measured.
    gpu : str
        The board, as in the catalogue where it is there.
    profile : str or None
        The slice, ``"whole GPU"`` without MIG; None where it is no matter of one.
    split : str
        One of `SPLITS`.
    source, url : str
        Who says so, and where.
    details : mapping
        What else is needed: ``model``, ``batch``, ``layout``, ``tenants``, …

    Examples
    --------
    >>> first = records("nos")[0]
    >>> first.value, first.unit, first.details["mode"], first.details["tenants"], first.split
    (0.68488, 's', 'time slicing', 7, 'validate')
    """

    family: str
    quantity: str
    value: float
    unit: str
    gpu: str
    profile: str | None
    split: str
    source: str
    url: str
    details: Mapping[str, Any] = field(hash=False)


def families() -> tuple[str, ...]:
    """Return the names of the sources.

    Examples
    --------
    >>> "miso" in families()
    True
    """
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


@functools.cache
def records(family: str, split: str | None = None) -> tuple[Record, ...]:
    """Return the records of a source, of one split if that is given.

    Raises
    ------
    KeyError
        If there is no such source.

    Examples
    --------
    >>> len(records("nos", "calibrate")), len(records("nos", "validate"))
    (4, 8)
    """
    if family not in families():
        raise KeyError(family)
    document = json.loads((FOLDER / f"{family}.json").read_text(encoding="utf-8"))
    shared = {name: document[name] for name in ("split", "source", "url")}
    found = (_record(family, shared | row) for row in document["records"])
    return tuple(each for each in found if split in (None, each.split))


@functools.cache
def step_times(family: str) -> Mapping[tuple[Any, ...], Mapping[str, float]]:
    """Return the seconds of every job of a source on every slice that it was measured on.

    A throughput is taken as the batch over it, which is finer than a latency rounded to a millisecond.

    Returns
    -------
    mapping
        From (model, batch, and what else tells jobs apart) to seconds by profile.

    Examples
    --------
    >>> step_times("miso")["transformer", 128, None, None]
    {'3g.20gb': 0.2567, '4g.20gb': 0.2299, '7g.40gb': 0.1311}
    """
    jobs: dict[tuple[Any, ...], dict[str, float]] = {}
    for each in records(family):
        details = each.details
        if each.quantity not in ("step time", "throughput", "wall time") or each.profile is None:
            continue
        seconds = details["batch"] / each.value if each.quantity == "throughput" else each.value
        job = (details["model"], details["batch"], details.get("sequence"), details.get("task"))
        jobs.setdefault(job, {})[each.profile] = seconds
    return MappingProxyType(jobs)


def _record(family: str, row: dict[str, Any]) -> Record:
    own = {name: row.pop(name) for name in ("quantity", "value", "unit", "gpu", "split", "source", "url")}
    return Record(family=family, profile=row.pop("profile", None), details=MappingProxyType(row), **own)
