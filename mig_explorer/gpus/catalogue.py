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
        If a file is not JSON, a record contradicts itself, or two boards share a name or a PCI id.

    Examples
    --------
    >>> sorted(read_catalogue(BOARDS))[:2]
    ['A100-PCIE-40GB', 'A100-PCIE-80GB']
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
        for identifier in board.pci_device_ids:
            holder = _board_with(boards, identifier)
            if holder is not None:
                message = f"{path.name}: the PCI id {identifier} belongs to {holder.name} already."
                raise InconsistentRecord(message)
        boards[board.name] = board
    return MappingProxyType(dict(sorted(boards.items(), key=lambda item: (not item[1].has_mig, item[0]))))


def gpus() -> tuple[Gpu, ...]:
    """Return every board of the catalogue, those with MIG first.

    Examples
    --------
    >>> len(gpus()), sum(board.has_mig for board in gpus())
    (24, 19)
    >>> [board.name for board in gpus() if not board.has_mig]
    ['GB10', 'L4', 'L40S', 'RTX-4090', 'T4']
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
        If no board has that name; the message gives the nearest names, or the boards that it could mean.

    Examples
    --------
    >>> gpu("dgx spark").name
    'GB10'
    >>> gpu("H200")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.UnknownGpu: 'H200' could be H200-NVL or H200-SXM-141GB. Name one of them.
    """
    boards = _catalogue()
    board = (boards.get(name) or _names(boards).get(_folded(name))) if isinstance(name, str) else None
    if board is None:
        message = _could_mean(boards, name) if isinstance(name, str) else ""
        raise UnknownGpu(message or f"No GPU {name!r} in the catalogue. {nearest_names(name, boards)}")
    return board


def gpu_by_pci(identifier: str | int) -> Gpu | None:
    """Return the board with a PCI device id, None where the catalogue has none.

    Parameters
    ----------
    identifier : str or int
        Device and vendor as NVML gives them (``pciDeviceId``) and mig-parted writes them:
        ``"0x20B010DE"``.

    Examples
    --------
    >>> gpu_by_pci("0x20b010de").name, gpu_by_pci(0x20B710DE).name, gpu_by_pci("0x0")
    ('A100-SXM4-40GB', 'A30', None)
    """
    text = f"0x{identifier:08X}" if isinstance(identifier, int) else identifier
    return _board_with(_catalogue(), text)


@functools.cache
def _catalogue() -> Mapping[str, Gpu]:
    return read_catalogue(BOARDS)


def _names(boards: Mapping[str, Gpu]) -> dict[str, Gpu]:
    return {
        _folded(name): board
        for board in boards.values()
        for name in (board.name, board.product_name, *board.aliases)
    }


def _could_mean(boards: Mapping[str, Gpu], name: str) -> str:
    """Say which boards have every word of a shorter name, like "H100" or "RTX PRO 6000"; empty if none."""
    words = set(_folded(name).split()) - {"nvidia"}
    meant = [
        board.name
        for board in boards.values()
        if words and any(words <= set(_folded(each).split()) for each in (board.name, board.product_name))
    ]
    if len(meant) < 2:
        return f"{name!r} could be {meant[0]}: ask for it by that name." if meant else ""
    return f"{name!r} could be {', '.join(meant[:-1])} or {meant[-1]}. Name one of them."


def _board_with(boards: Mapping[str, Gpu], identifier: str) -> Gpu | None:
    wanted = identifier.casefold()
    for board in boards.values():
        if wanted in (each.casefold() for each in board.pci_device_ids):
            return board
    return None


def _folded(name: str) -> str:
    return " ".join(name.replace("-", " ").casefold().split())
