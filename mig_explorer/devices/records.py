"""What stands on a GPU, or shall stand, in plain values that a plan compares and a journal keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import ApplyRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.devices.device import Device, DeviceInstance
    from mig_explorer.layouts import Layout


@dataclass(frozen=True)
class ComputeRecord:
    """A compute instance that stands, or that shall.

    Parameters
    ----------
    profile : str
        ``"1c.3g.20gb"``; of one that fills its GPU instance ``"3g.20gb"``.
    nvml_profile : int
        ``NVML_COMPUTE_INSTANCE_PROFILE_…``.
    start : int
        First compute slice, counted inside the GPU instance.
    full : bool
        Whether it fills its GPU instance.
    profile_id : int or None
        What ``nvidia-smi mig -cci`` takes; None where unknown.
    ci_id : int or None
        Its number inside the GPU instance; None of one that does not stand yet.
    uuid : str
        ``"MIG-…"``; empty where unknown, and of one that does not stand yet.
    """

    profile: str
    nvml_profile: int
    start: int
    full: bool
    profile_id: int | None = None
    ci_id: int | None = None
    uuid: str = ""

    @property
    def name(self) -> str:
        """Profile and start, ``"1c.3g.20gb@2"``."""
        return f"{self.profile}@{self.start}"


@dataclass(frozen=True)
class InstanceRecord:
    """A GPU instance that stands, or that shall, with its compute instances.

    Parameters
    ----------
    profile : str
        ``"3g.20gb"``.
    nvml_profile : int
        ``NVML_GPU_INSTANCE_PROFILE_…``.
    profile_id : int or None
        What ``nvidia-smi mig -cgi`` takes; None where unknown.
    start, size : int
        Its memory slices.
    gi_id : int or None
        Its number on the GPU; None of one that does not stand yet.
    compute : tuple of ComputeRecord
        In order of their starts.

    Examples
    --------
    >>> half = ComputeRecord("3g.20gb", 2, 0, full=True, ci_id=0)
    >>> InstanceRecord("3g.20gb", 2, 9, 4, 4, gi_id=2, compute=(half,)).text
    '3g.20gb@4'
    """

    profile: str
    nvml_profile: int
    profile_id: int | None
    start: int
    size: int
    gi_id: int | None = None
    compute: tuple[ComputeRecord, ...] = ()

    @property
    def name(self) -> str:
        """Profile and start, ``"3g.20gb@4"``: two that have it in common cannot stand together."""
        return f"{self.profile}@{self.start}"

    @property
    def filled(self) -> bool:
        """Whether one compute instance has all of it."""
        return len(self.compute) == 1 and self.compute[0].full

    @property
    def text(self) -> str:
        """The name, and the compute instances unless one fills it."""
        inside = "+".join(each.name for each in self.compute)
        return self.name if self.filled else f"{self.name}[{inside}]"

    def compute_at(self, name: str) -> ComputeRecord | None:
        """Return its compute instance of that name, None if there is none."""
        return next((each for each in self.compute if each.name == name), None)

    def overlaps(self, other: InstanceRecord) -> bool:
        """Whether the two need a memory slice in common."""
        return self.start < other.start + other.size and other.start < self.start + self.size


Records = tuple[InstanceRecord, ...]
"""GPU instances in order of their starts."""


def records_of_layout(layout: Layout) -> Records:
    """Return a layout as records without ids.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import parse_layout
    >>> records = records_of_layout(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@4 1g.5gb@0"))
    >>> text_of(records), records[1].profile_id, records[1].gi_id
    ('1g.5gb@0 3g.20gb@4', 9, None)
    """
    return tuple(
        InstanceRecord(
            profile=each.profile.name,
            nvml_profile=each.profile.nvml_profile,
            profile_id=each.profile.profile_id,
            start=each.start,
            size=each.size,
            compute=tuple(
                ComputeRecord(
                    profile=one.profile.name,
                    nvml_profile=one.profile.nvml_profile,
                    start=one.start,
                    full=one.profile.full,
                    profile_id=one.profile.profile_id,
                )
                for one in each.compute_instances
            ),
        )
        for each in layout.instances
    )


def records_of_device(device: Device) -> Records:
    """Return what stands on a GPU that was read, with ids and UUIDs.

    Raises
    ------
    ApplyRefused
        If what stands could not be read as a layout.
    """
    if device.layout is None:
        problems = " ".join(device.problems) or "Its MIG devices are not known."
        raise ApplyRefused(f"What stands on {device.title} is not known well enough to change it. {problems}")
    standing = {each.placement: each for each in device.instances}
    return tuple(
        _with_ids(bare, standing[instance.placement])
        for bare, instance in zip(records_of_layout(device.layout), device.layout.instances, strict=True)
    )


def named(records: Sequence[InstanceRecord], name: str) -> InstanceRecord | None:
    """Return the GPU instance of that name, None if there is none."""
    return next((each for each in records if each.name == name), None)


def text_of(records: Sequence[InstanceRecord]) -> str:
    """Return records as one line, ``"1g.5gb@0 3g.20gb@4"``."""
    return " ".join(each.text for each in records) or "empty"


def in_order(records: Sequence[InstanceRecord]) -> Records:
    """Return records by start, and their compute instances likewise."""
    sorted_inside = (
        replace(each, compute=tuple(sorted(each.compute, key=lambda one: (one.start, one.profile))))
        for each in records
    )
    return tuple(sorted(sorted_inside, key=lambda each: (each.start, each.profile)))


def place(instance: InstanceRecord, compute: ComputeRecord | None = None) -> str:
    """Return what NVIDIA's tools call an instance: ``"GPU instance 2"``, ``"compute instance 0"``."""
    number, kind = (instance.gi_id, "GPU") if compute is None else (compute.ci_id, "compute")
    return f"{kind} instance" if number is None else f"{kind} instance {number}"


def called(instance: InstanceRecord, compute: ComputeRecord | None = None) -> str:
    """Return an instance's number and what it is: ``"GPU instance 2 (3g.20gb@4)"``."""
    number, name = (instance.gi_id, instance.name) if compute is None else (compute.ci_id, compute.name)
    return f"{place(instance, compute)} {name if number is None else f'({name})'}"


def as_json(records: Sequence[InstanceRecord]) -> list[dict[str, Any]]:
    """Return records as JSON values; `from_json` reads them.

    Examples
    --------
    >>> standing = (InstanceRecord("1g.5gb", 0, 19, 6, 1, gi_id=7),)
    >>> from_json(as_json(standing)) == standing
    True
    """
    return [asdict(each) for each in records]


def from_json(values: Sequence[Mapping[str, Any]]) -> Records:
    """Return the records that `as_json` wrote.

    Raises
    ------
    TypeError, KeyError
        If the values are not such.
    """
    return tuple(
        InstanceRecord(**{**each, "compute": tuple(ComputeRecord(**one) for one in each["compute"])})
        for each in values
    )


def _with_ids(bare: InstanceRecord, device: DeviceInstance) -> InstanceRecord:
    """Give a record the ids that were read: by order, as drivers count compute slices in several ways."""
    inside = sorted(device.compute, key=lambda each: (each.start or 0, each.ci_id))
    compute = (
        replace(one, ci_id=read.ci_id, uuid=read.uuid) for one, read in zip(bare.compute, inside, strict=True)
    )
    return replace(bare, gi_id=device.gi_id, compute=tuple(compute))
