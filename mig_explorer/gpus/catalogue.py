"""The boards the package knows: every JSON record in ``gpus/boards/``."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mig_explorer.errors import InconsistentRecord, UnknownGpu, nearest_names
from mig_explorer.gpus.record import read_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus.board import Gpu

BOARDS = Path(__file__).parent / "boards"


def read_catalogue(folder: Path) -> Mapping[str, Gpu]:
    """Read every record of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Holds one JSON file a board.

    Returns
    -------
    mapping of str to Gpu
        By name, boards with MIG first.

    Raises
    ------
    InconsistentRecord
        If a file is not JSON, a record contradicts itself, or two boards share a name.

    Examples
    --------
    >>> sorted(read_catalogue(BOARDS))[:2]
    ['A100-SXM4-40GB', 'A100-SXM4-80GB']
    """
    boards: dict[str, Gpu] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            message = f"{path.name}: not a JSON file ({error})."
            raise InconsistentRecord(message) from error
        board = read_record(record, path.name)
        taken = _names(boards)
        for name in (board.name, board.product_name, *board.aliases):
            if _folded(name) in taken:
                message = f"{path.name}: the name {name!r} belongs to {taken[_folded(name)].name} already."
                raise InconsistentRecord(message)
        boards[board.name] = board
    return MappingProxyType(dict(sorted(boards.items(), key=lambda item: (not item[1].has_mig, item[0]))))


def gpus() -> tuple[Gpu, ...]:
    """Return every board of the catalogue, those with MIG first.

    Examples
    --------
    >>> [board.name for board in gpus()]
    ['A100-SXM4-40GB', 'A100-SXM4-80GB', 'A30', 'GB10']
    """
    return tuple(_catalogue().values())


def gpu(name: str) -> Gpu:
    """Return a board by its name, its product name or an alias, in any case.

    Parameters
    ----------
    name : str
        For example ``"A100-SXM4-40GB"``, ``"NVIDIA A30"`` or ``"DGX Spark"``.

    Raises
    ------
    UnknownGpu
        If no board has that name; the message gives the nearest names.

    Examples
    --------
    >>> gpu("dgx spark").name
    'GB10'
    >>> gpu("A100-SXM4-40G")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.UnknownGpu: No GPU 'A100-SXM4-40G' in the catalogue. Nearest: A100-SXM4-40GB,
    A100-SXM4-80GB.
    """
    board = _names(_catalogue()).get(_folded(name)) if isinstance(name, str) else None
    if board is None:
        message = f"No GPU {name!r} in the catalogue. {nearest_names(name, _catalogue())}"
        raise UnknownGpu(message)
    return board


@functools.cache
def _catalogue() -> Mapping[str, Gpu]:
    return read_catalogue(BOARDS)


def _names(boards: Mapping[str, Gpu]) -> dict[str, Gpu]:
    return {
        _folded(name): board
        for board in boards.values()
        for name in (board.name, board.product_name, *board.aliases)
    }


def _folded(name: str) -> str:
    return " ".join(name.replace("-", " ").casefold().split())
