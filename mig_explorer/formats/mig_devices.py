"""What a layout offers to the tools that hand it out: one MIG device a compute instance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.formats.document import Where
    from mig_explorer.gpus import Slice
    from mig_explorer.layouts import ComputeInstance, GpuInstance, Layout


@dataclass(frozen=True)
class MigDevice:
    """One compute instance, as a program sees it.

    Parameters
    ----------
    instance : GpuInstance
        The GPU instance it is in.
    compute : ComputeInstance
        The compute instance.
    resources : Slice
        Its SMs, its memory, and by how many these are shared.
    uuid : str
        ``MIG-…``, empty where unknown.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> [each.name for each in mig_devices(Layout(gpu("A30")).place("2g.12gb"))]
    ['2g.12gb']
    """

    instance: GpuInstance
    compute: ComputeInstance
    resources: Slice
    uuid: str = ""

    @property
    def name(self) -> str:
        """As ``nvidia-smi -L`` prints it: ``"3g.20gb"``, ``"1c.3g.20gb"`` where it shares a GPU instance."""
        return self.compute.name


def mig_devices(layout: Layout, uuids: tuple[str, ...] = ()) -> tuple[MigDevice, ...]:
    """Return the MIG devices of a layout, in order of the starts of GPU instances and compute instances.

    Parameters
    ----------
    layout : Layout
        Any layout; a GPU instance without a compute instance gives no device.
    uuids : tuple of str
        One a device, in the same order; taken only if there are as many.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> halves = Layout(gpu("A30")).place("2g.12gb", 0).place("2g.12gb", 2)
    >>> [each.uuid for each in mig_devices(halves, ("MIG-a", "MIG-b"))]
    ['MIG-a', 'MIG-b']
    """
    found = [
        (instance, compute, resources)
        for instance in layout.instances
        for compute, resources in zip(instance.compute_instances, instance.slices, strict=True)
    ]
    known = uuids if len(uuids) == len(found) else ("",) * len(found)
    return tuple(MigDevice(*parts, uuid) for parts, uuid in zip(found, known, strict=True))


def counted(devices: tuple[MigDevice, ...]) -> Mapping[str, int]:
    """Return how many there are of each name, the largest first.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> counted(mig_devices(Layout(gpu("A30")).place("1g.6gb").place("2g.12gb").place("1g.6gb")))
    {'2g.12gb': 1, '1g.6gb': 2}
    """
    counts = Counter(each.name for each in devices)
    return {each.name: counts[each.name] for each in largest_first(devices)}


def largest_first(devices: tuple[MigDevice, ...]) -> tuple[MigDevice, ...]:
    """Return the devices in order of their GPU instance's profile and then of their compute slices."""
    return tuple(
        sorted(
            devices,
            key=lambda each: (
                -list(each.instance.gpu.profiles).index(each.instance.profile.name),
                -each.compute.size,
                each.name,
            ),
        )
    )


def why_nothing(layout: Layout) -> str | None:
    """Return why no program could be given a part of this layout, None if one could.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> why_nothing(Layout(gpu("GB10")))
    'GB10 has no MIG, so there is no slice of it to hand out.'
    """
    if not layout.gpu.has_mig:
        return f"{layout.gpu.name} has no MIG, so there is no slice of it to hand out."
    if not layout.instances:
        return "There is nothing to write yet: place an instance first."
    if not mig_devices(layout):
        return "No GPU instance here has a compute instance yet, and only on those can programs run."
    return None


def divided(layout: Layout) -> tuple[str, ...]:
    """Return the names of the devices that do not fill their GPU instance, each once.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> divided(Layout(gpu("A30")).place("2g.12gb").divide(0, "1c+1c"))
    ('1c.2g.12gb',)
    """
    names = (each.name for each in mig_devices(layout) if not each.compute.profile.full)
    return tuple(dict.fromkeys(names))


def notes_on_devices(layout: Layout, where: Where) -> tuple[str, ...]:
    """Return what is to be known of any document that is made from `mig_devices`.

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> notes_on_devices(Layout(gpu("A30")).place("2g.12gb"), Where(uuids=("MIG-a", "MIG-b")))
    ('2 UUIDs were given for 1 MIG device, so none was used.',)
    """
    notes = []
    silent = [each.name for each in layout.instances if not each.compute_instances]
    if silent:
        notes.append(
            f"Left out, because no program can run there without a compute instance: {', '.join(silent)}."
        )
    count = len(mig_devices(layout))
    if where.uuids and len(where.uuids) != count:
        given = f"{len(where.uuids)} UUID{'s were' if len(where.uuids) > 1 else ' was'} given"
        notes.append(f"{given} for {count} MIG device{'s' if count > 1 else ''}, so none was used.")
    return tuple(notes)
