"""A layout as a configuration of mig-parted, NVIDIA's declarative partition editor, and back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mig_explorer.errors import UnreadableDocument, nearest_names
from mig_explorer.formats.document import Document, Export, Format, Where
from mig_explorer.formats.mig_devices import counted, mig_devices
from mig_explorer.formats.mig_parted_file import MigPartedEntry, read_file
from mig_explorer.formats.mig_parted_order import created
from mig_explorer.layouts import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus import ComputeProfile, Gpu, Profile

NAME = "custom"
"""What the configuration is called in a file that holds one."""


def write(layout: Layout, where: Where) -> Export:
    """Write a file with one configuration, for one GPU.

    Parameters
    ----------
    layout : Layout
        What to write. mig-parted takes counts of MIG devices, so no starts; if its own way of placing them
        would give other GPU instances, nothing is written.
    where : Where
        Its ``gpu_index`` is used.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> layout = Layout(gpu("A100-SXM4-40GB")).place("3g.20gb").place("1g.5gb").place("1g.5gb")
    >>> print(write(layout, Where()).documents[0].text)
    version: v1
    mig-configs:
      custom:
        - devices: [0]
          mig-enabled: true
          mig-devices:
            "3g.20gb": 1
            "1g.5gb": 2
    <BLANKLINE>
    """
    counts = counted(mig_devices(layout))
    again = _placed(layout.gpu, counts)
    why = _why_not(layout, again)
    if why:
        return Export((), (why,))
    lines = [
        "version: v1",
        "mig-configs:",
        f"  {NAME}:",
        f"    - devices: [{where.gpu_index}]",
        "      mig-enabled: true",
        "      mig-devices:",
        *(f'        "{name}": {count}' for name, count in counts.items()),
    ]
    notes = [
        f"Apply it as root with: nvidia-mig-parted apply -f mig-parted.yaml -c {NAME}",
        "mig-parted first clears the GPU, and does not bring the old instances back if it fails.",
        "Starts are not carried: mig-parted lets the driver choose them.",
    ]
    if again != layout:
        notes.append(f"By our model of the driver it will be {again}, not {layout}: the same devices, moved.")
    return Export((Document("mig-parted.yaml", "yaml", "\n".join(lines) + "\n"),), tuple(notes))


def config_names(text: str) -> tuple[str, ...]:
    """Return the names of the configurations in a file.

    Raises
    ------
    UnreadableDocument
        If mig-parted would not read the file.

    Examples
    --------
    >>> config_names("{version: v1, mig-configs: {idle: [{devices: all, mig-enabled: false}]}}")
    ('idle',)
    """
    return tuple(read_file(text))


def read(gpu: Gpu, text: str, config: str | None = None, index: int | None = None) -> Layout:
    """Read the layout that a configuration makes of a board.

    Parameters
    ----------
    gpu : Gpu
        The board; entries whose ``device-filter`` names other boards are passed over.
    text : str
        The file.
    config : str, optional
        Which configuration, if the file holds several (`config_names`).
    index : int, optional
        Which GPU of the machine, if the configuration treats them differently.

    Returns
    -------
    Layout
        Placed as mig-parted would: it tries one order after another until the driver, here our model of it,
        takes all. Empty where MIG is on and no device asked for, or MIG is off.

    Raises
    ------
    UnreadableDocument
        If mig-parted would not read the file, no entry or several are for this GPU, or the devices do not fit
        on the board together.

    Notes
    -----
    Source: NVIDIA/mig-parted, ``api/spec/v1`` and ``pkg/mig/config``.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> text = "{version: v1, mig-configs: {balanced: [{devices: all, mig-enabled: true, mig-devices: "
    >>> text += "{1g.6gb: 2, 2g.12gb: 1}}]}}"
    >>> read(gpu("A30"), text)
    <Layout of A30: 2g.12gb@0 1g.6gb@2 1g.6gb@3>
    """
    configs = read_file(text)
    if config is None and len(configs) > 1:
        message = f"The file holds the configurations {', '.join(configs)}. Say which one, with config=…"
        raise UnreadableDocument(message)
    name = next(iter(configs), "") if config is None else config
    if name not in configs:
        held = nearest_names(name, configs) if configs else "The file holds no configuration."
        message = f"The file has no configuration {name!r}. {held}"
        raise UnreadableDocument(message)
    entry = _chosen(gpu, name, configs[name], index)
    if not entry.enabled or not any(entry.devices.values()):
        return Layout(gpu)
    layout = _placed(gpu, entry.devices)
    if layout is None:
        wanted = " + ".join(f"{count} × {each}" for each, count in entry.devices.items() if count)
        message = f"{gpu.name} cannot hold {wanted} at once, in no order of creation that mig-parted tries."
        raise UnreadableDocument(message)
    return layout


def _chosen(gpu: Gpu, config: str, entries: tuple[MigPartedEntry, ...], index: int | None) -> MigPartedEntry:
    mine = [each for each in entries if each.is_for(gpu.pci_device_ids, index)]
    if not mine:
        which = gpu.name if index is None else f"GPU {index}, {gpu.name}"
        ids = ", ".join(gpu.pci_device_ids) or "its PCI ids are unknown here, so no device-filter can name it"
        message = f"The configuration {config!r} has no entry for {which} ({ids})."
        raise UnreadableDocument(message)
    if any((each.enabled, each.devices) != (mine[0].enabled, mine[0].devices) for each in mine):
        if index is None:
            groups = "; ".join(each.which for each in mine)
            message = (
                f"The configuration {config!r} treats GPUs differently: {groups}. Say which, with index=…"
            )
        else:
            message = (
                f"{len(mine)} entries of the configuration {config!r} are for GPU {index}, and they differ."
            )
        raise UnreadableDocument(message)
    return mine[0]


def _placed(gpu: Gpu, counts: Mapping[str, int]) -> Layout | None:
    wanted: list[tuple[Profile, ComputeProfile]] = []
    for name, count in counts.items():
        device = _device(gpu, name)
        if count > gpu.compute_slices:  # every device needs one at least
            return None
        wanted += [device] * count
    return created(gpu, wanted)


def _device(gpu: Gpu, name: str) -> tuple[Profile, ComputeProfile]:
    known = [(profile, each) for profile in gpu.profiles.values() for each in profile.compute_profiles]
    for profile, each in known:
        names = [each.name, f"{each.compute_slices}c.{profile.name}"]
        if each.full:
            names += [
                *profile.also_named,
                *(f"{each.compute_slices}c.{other}" for other in profile.also_named),
            ]
        if name in names:
            return profile, each
    message = (
        f"{gpu.name} has no MIG device {name!r}. {nearest_names(name, [each.name for _, each in known])}"
    )
    if not known:
        message = f"{gpu.name} has no MIG, so no MIG device {name!r}."
    raise UnreadableDocument(message)


def _why_not(layout: Layout, again: Layout | None) -> str:
    if not layout.gpu.has_mig:
        return f"{layout.gpu.name} has no MIG, so mig-parted has nothing to do on it."
    if not layout.instances:
        return "There is nothing to create yet: place an instance first."
    silent = [each.name for each in layout.instances if not each.compute_instances]
    if silent:
        return (
            "mig-parted makes no GPU instance without a compute instance, and there is none on "
            f"{' and '.join(silent)}."
        )
    if again is None:
        return (
            "mig-parted gives no starts, and by our model of the driver no order of creation makes all of "
            "these devices without them. The nvidia-smi script gives the starts."
        )
    if _contents(again) != _contents(layout):
        return (
            f"mig-parted fills one GPU instance before it makes the next: by our model it would make {again} "
            f"of the devices of {layout}."
        )
    return ""


def _contents(layout: Layout) -> Counter[tuple[str, ...]]:
    return Counter(
        (each.profile.name, *sorted(inside.name for inside in each.compute_instances))
        for each in layout.instances
    )


FORMAT = Format(
    name="mig-parted",
    title="mig-parted",
    order=20,
    about="A file for nvidia-mig-parted, which brings a GPU to the state that the file declares.",
    write=write,
    read=read,
)
