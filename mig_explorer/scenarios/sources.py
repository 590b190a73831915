"""Where a stated fact was read: a publication, its address, and how much of it was read."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = Path(__file__).parent

READ = ("read", "in part", "in a copy", "abstract", "title", "second hand", "recalled")
"""How much was read of a source: all that is cited, parts, a copy elsewhere, or less; ``second hand`` is what
others quote of it, ``recalled`` is from memory and was not read again."""


@dataclass(frozen=True)
class Source:
    """A publication that something is stated from.

    Parameters
    ----------
    title, url : str
        What it is and where.
    read : str
        One of `READ`.

    Examples
    --------
    >>> print(Source("NVIDIA, MIG User Guide", "https://docs.nvidia.com", "in part"))
    NVIDIA, MIG User Guide: https://docs.nvidia.com (read in part)
    """

    title: str
    url: str
    read: str

    def __str__(self) -> str:
        how = {"abstract": "abstract read", "title": "only its title read", "recalled": "recalled"} | {
            "second hand": "quoted by others"
        }
        said = how.get(self.read, f"read {self.read.removeprefix('read')}".strip())
        return f"{self.title}: {self.url} ({said})"


@functools.cache
def document(name: str) -> Mapping[str, Any]:
    """Return a JSON file of facts that lies beside the scenarios.

    Examples
    --------
    >>> list(document("isolation_facts"))
    ['sources', 'properties', 'cells', 'beyond']
    """
    return MappingProxyType(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


@functools.cache
def sources(name: str) -> Mapping[str, Source]:
    """Return the sources of a file of facts by their keys.

    Examples
    --------
    >>> sources("isolation_facts")["gpuless"].url
    'https://github.com/spcl/gpuless-thesis'
    """
    return MappingProxyType({key: Source(**fields) for key, fields in document(name)["sources"].items()})


def cited(name: str, keys: Iterable[str]) -> str:
    """Return the addresses behind some keys, for a cell of a table.

    Examples
    --------
    >>> cited("isolation_facts", ["gpuless"])
    'https://github.com/spcl/gpuless-thesis'
    >>> cited("isolation_facts", [])
    'none found'
    """
    return " ; ".join(sources(name)[key].url for key in keys) or "none found"
