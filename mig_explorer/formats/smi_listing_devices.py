"""Reads ``nvidia-smi -L``: the GPUs of a machine and their MIG devices, with UUIDs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mig_explorer.formats.smi_listing_lines import refuse, rows

LISTING = "nvidia-smi -L"

_UUID = r"\(UUID: (?P<uuid>[A-Za-z0-9/-]{4,200})\)"
_GPU = re.compile(rf"GPU (?P<index>\d{{1,4}}): (?P<name>\S.{{0,99}}?) {_UUID}", re.ASCII)
_DEVICE = re.compile(rf"MIG (?P<name>[\w.+-]{{1,40}}) Device (?P<index>\d{{1,4}}): {_UUID}", re.ASCII)
_NO_HEADINGS = re.compile(r"(?!)")


@dataclass(frozen=True)
class DeviceRow:
    """A MIG device: one compute instance, as CUDA sees it.

    Parameters
    ----------
    name : str
        ``"3g.20gb"``, or ``"1c.3g.20gb"`` if it does not fill its GPU instance.
    index : int
        Number among the devices of its GPU.
    uuid : str
        What ``CUDA_VISIBLE_DEVICES`` takes; before driver R470 with the ids of its two
        instances, ``MIG-GPU-…/2/0``.
    """

    name: str
    index: int
    uuid: str


@dataclass(frozen=True)
class GpuRow:
    """A GPU and its MIG devices.

    Parameters
    ----------
    index : int
        Number in the machine.
    name : str
        Product name as the driver gives it.
    uuid : str
        ``GPU-…``
    devices : tuple of DeviceRow
        Empty if MIG is off or nothing was created.
    """

    index: int
    name: str
    uuid: str
    devices: tuple[DeviceRow, ...] = ()


def read_devices(text: str) -> tuple[GpuRow, ...]:
    """Read what ``nvidia-smi -L`` printed.

    Parameters
    ----------
    text : str
        The listing, of one GPU or several.

    Raises
    ------
    UnreadableDocument
        If a line is none of this listing, or a MIG device stands before any GPU; the message has the line.

    Examples
    --------
    >>> found = read_devices('''GPU 0: NVIDIA A30 (UUID: GPU-7c5d)
    ...   MIG 2g.12gb     Device  0: (UUID: MIG-8fb6)''')
    >>> found[0].name, found[0].devices
    ('NVIDIA A30', (DeviceRow(name='2g.12gb', index=0, uuid='MIG-8fb6'),))
    """
    found: list[GpuRow] = []
    for number, line in rows(text, _NO_HEADINGS, LISTING):
        board, device = _GPU.fullmatch(line), _DEVICE.fullmatch(line)
        if board is not None:
            found.append(GpuRow(int(board["index"]), board["name"], board["uuid"]))
        elif device is not None and found:
            row = DeviceRow(device["name"], int(device["index"]), device["uuid"])
            found[-1] = replace(found[-1], devices=(*found[-1].devices, row))
        else:
            refuse(number, line, LISTING)
    return tuple(found)
