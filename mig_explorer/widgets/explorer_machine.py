"""The explorer on a GPU of this machine: where its layout comes from, and what is not done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.errors import UnknownGpu
from mig_explorer.formats import Where
from mig_explorer.layouts import Layout

if TYPE_CHECKING:
    from mig_explorer.devices import Device

HANDS_OFF = "Nothing done in this widget changes the GPU."


def first_layout(device: Device) -> Layout:
    """Return the layout to start from: what the GPU holds, or nothing where that is not known.

    Parameters
    ----------
    device : Device
        A GPU of this machine.

    Raises
    ------
    UnknownGpu
        If neither the catalogue nor the driver says enough of the GPU to lay out anything on it.
    """
    if device.layout is not None:
        return device.layout
    if device.gpu is None:
        raise UnknownGpu(
            f"There is nothing to lay out on GPU {device.index} of this machine: "
            f"{' '.join(device.problems) or f'{device.product_name} is not in the catalogue.'} "
            "mig.gpus() lists the boards that can be tried instead."
        )
    return Layout(device.gpu)


def machine_part(device: Device | None, layout: Layout) -> dict[str, Any] | None:
    """Return what the page says of the GPU that the layout came from, None if it came from no machine.

    Parameters
    ----------
    device : Device, optional
        The GPU.
    layout : Layout
        What the widget shows.

    Returns
    -------
    dict or None
        ``headline``, ``detail`` and ``title`` in words; ``back`` says whether there is a real layout to
        return to.
    """
    if device is None:
        return None
    named, problems = f"GPU {device.index} of this machine", " ".join(device.problems)
    part = {"title": f"{device.product_name}, {device.uuid or 'UUID unknown'}", "back": False}
    if device.layout is None:
        why = problems or "The driver did not say."
        detail = f"{why} So the board starts empty. {HANDS_OFF}"
        return {**part, "headline": f"{named}: what it holds is unknown.", "detail": detail}
    if layout != device.layout:
        detail = f"Read with NVML, it holds {_held(device)}. {HANDS_OFF}"
        return {**part, "headline": f"A plan, not what {named} holds.", "detail": detail, "back": True}
    detail = " ".join(filter(None, (_when_read(device), problems, HANDS_OFF)))
    return {**part, "headline": f"{named}, read with NVML.", "detail": detail}


def _when_read(device: Device) -> str:
    if not device.instances and device.mig_mode is False:
        return "MIG mode was off, so it held no GPU instance."
    return "This is what it held when it was read." if device.mig_mode else ""


def _held(device: Device) -> str:
    return str(device.layout) if device.instances else "no GPU instance"


def where(device: Device | None, layout: Layout) -> Where:
    """Return what formats may know of the machine.

    Parameters
    ----------
    device : Device, optional
        The GPU that the widget was opened on.
    layout : Layout
        The layout to write.

    Returns
    -------
    Where
        The GPU's index while its board is shown, and the UUIDs while the layout is the one it holds: those
        of a layout that is only planned cannot be known.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> where(None, Layout(gpu("A30"))) == Where()
    True
    """
    if device is None or layout.gpu != device.gpu:
        return Where()
    if layout != device.layout:
        return Where(gpu_index=device.index)
    return Where(gpu_index=device.index, uuids=_uuids(device, layout))


def _uuids(device: Device, layout: Layout) -> tuple[str, ...]:
    # Where the driver does not say which compute instance is which, none is given a UUID.
    nameless = any(
        len(each.compute) > 1 and any(one.start is None for one in each.compute) for each in device.instances
    )
    wanted = sum(len(each.compute_instances) for each in layout.instances)
    return () if nameless or len(device.uuids) != wanted else device.uuids
