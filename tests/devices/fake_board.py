"""A board of the fake NVML: its GPU instances and compute instances, its rules and its processes."""

from __future__ import annotations

import re
import uuid as uuids
from dataclasses import asdict, dataclass, field
from typing import Any

from mig_explorer.gpus import ComputeProfile, Gpu, Placement, Profile, gpu
from mig_explorer.layouts import GpuInstance, Layout, driver_start, parse_layout
from mig_explorer.layouts.compute import short_name

INVALID_ARGUMENT, NOT_FOUND, IN_USE, INSUFFICIENT_RESOURCES = 2, 6, 19, 23
ENGINES = ("decoders", "encoders", "jpeg", "ofa")


class Refused(Exception):
    """The driver says no, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class FakeCi:
    """A compute instance; `born` tells it from a later one with the same id."""

    ci_id: int
    profile: str
    start: int
    born: int


@dataclass
class FakeGi:
    """A GPU instance."""

    gi_id: int
    profile: str
    start: int
    size: int
    born: int
    compute: list[FakeCi] = field(default_factory=list)

    @property
    def memory_slices(self) -> range:
        return range(self.start, self.start + self.size)


@dataclass
class FakeBoard:
    """A board in the machine.

    Parameters
    ----------
    name : str
        A board of the catalogue.
    uuid : str
        ``"GPU-…"``; made from the index if left out.
    mig_mode, pending : int
        1 is on. What is pending is the current mode unless given.
    layout : str
        What stands on it, in the form of ``str(layout)``: ``"3g.20gb@4[2c@0+1c@2] 1g.5gb@0[]"``.
    processes : list of (pid, name, GPU instance or None, compute instance or None)
        None and None: a program on the board with MIG off.
    numbering : str
        ``"A"`` or the mirrored ``"B"``: boards number their GPU instances in one of two ways.
    product_name, pci_id : str
        What the board says of itself, if not what the catalogue says; ``"0x20B010DE"``.
    reports_memory : bool or None
        Whether it tells its memory; a GB10 does not.
    full_ci_size_in_memory : bool
        Print the full compute instance's size in memory slices, as an H100 was seen to do.
    """

    name: str = "A100-SXM4-40GB"
    uuid: str = ""
    mig_mode: int = 1
    pending: int | None = None
    layout: str = ""
    processes: list[tuple[int, str, int | None, int | None]] = field(default_factory=list)
    numbering: str = "A"
    product_name: str = ""
    pci_id: str = ""
    reports_memory: bool | None = None
    full_ci_size_in_memory: bool = False
    instances: list[FakeGi] = field(default_factory=list)
    births: int = 0

    def __post_init__(self) -> None:
        self.processes = [(p, n, g, c) for p, n, g, c in self.processes]
        self.instances = [_revived(each) for each in self.instances]
        self.pending = self.mig_mode if self.pending is None else self.pending
        self.reports_memory = self.name != "GB10" if self.reports_memory is None else self.reports_memory
        if self.layout:
            text, self.layout = self.layout, ""
            for each in parse_layout(self.gpu, text).instances:
                made = self.create(each.profile, each.placement)
                for one in each.compute_instances:
                    self.create_compute(made, one.profile, one.start)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def gpu(self) -> Gpu:
        return gpu(self.name)

    @property
    def stands(self) -> Layout:
        """What stands on it, as a layout."""
        board = self.gpu
        return Layout(
            board,
            tuple(
                GpuInstance(board, board.profile(each.profile), Placement(each.start, each.size), ())
                for each in self.instances
            ),
        )

    @property
    def text(self) -> str:
        """What stands on it, word for word as `layout` is given: for comparing before and after."""
        words = []
        for each in sorted(self.instances, key=lambda one: one.start):
            profile = self.gpu.profile(each.profile)
            compute = sorted(each.compute, key=lambda one: one.start)
            filled = [one.profile for one in compute] == [profile.full.name]
            inside = "+".join(f"{short_name(exactly(profile, one.profile))}@{one.start}" for one in compute)
            words.append(f"{each.profile}@{each.start}" + ("" if filled else f"[{inside}]"))
        return " ".join(words) or "empty"

    def instance(self, gi_id: int) -> FakeGi:
        for each in self.instances:
            if each.gi_id == gi_id:
                return each
        raise Refused(NOT_FOUND)

    def gi_id(self, start: int, size: int) -> int:
        """Ids by placement, largest first: 0, then 1-2, 3-6, 7-13; numbering B swaps the halves."""
        total = self.gpu.memory_slices
        if self.numbering == "B" and size < total:
            start = (start + total // 2) % total
        return total // size - 1 + start // size

    def mig_uuid(self, gi_id: int, ci_id: int) -> str:
        return f"MIG-{uuids.uuid5(uuids.UUID(self.uuid.removeprefix('GPU-')), f'{gi_id}/{ci_id}')}"

    def mig_devices(self) -> list[tuple[FakeGi, FakeCi]]:
        """In order of GPU instance and compute instance ids, as ``nvidia-smi -L`` lists them."""
        pairs = [(gi, ci) for gi in self.instances for ci in gi.compute]
        return sorted(pairs, key=lambda pair: (pair[0].gi_id, pair[1].ci_id))

    def open_starts(self, profile: Profile) -> list[int]:
        """Return the starts that overlap nothing, within the limits of instances and of media engines."""
        profiles = [self.gpu.profile(each.profile) for each in self.instances]
        if [each.name for each in profiles].count(profile.name) >= profile.max_instances:
            return []
        for engine in ENGINES:
            wanted, total = profile.engines(engine), self.gpu.value(engine)
            if (
                wanted
                and total is not None
                and wanted + sum(p.engines(engine) or 0 for p in profiles) > total
            ):
                return []
        held = {each for one in self.instances for each in one.memory_slices}
        return [s for s in profile.starts if held.isdisjoint(range(s, s + profile.memory_slices))]

    def create(self, profile: Profile, placement: Placement | None = None) -> FakeGi:
        """Create a GPU instance without compute instance."""
        if placement is None:
            start = driver_start(self.stands, profile)
        elif placement not in profile.placements:
            raise Refused(INVALID_ARGUMENT)
        else:
            start = placement.start
        if start is None or start not in self.open_starts(profile):
            raise Refused(INSUFFICIENT_RESOURCES)
        return self.force(profile.name, start, profile.memory_slices)

    def force(self, profile: str, start: int, size: int) -> FakeGi:
        """Put an instance there whatever the rules say."""
        self.births += 1
        made = FakeGi(self.gi_id(start, size), profile, start, size, self.births)
        self.instances.append(made)
        return made

    def create_compute(self, instance: FakeGi, profile: ComputeProfile, start: int | None = None) -> FakeCi:
        if start is not None and start not in profile.starts:
            raise Refused(INVALID_ARGUMENT)
        starts = [each for each in self.open_compute(instance, profile) if start in (None, each)]
        if not starts:
            raise Refused(INSUFFICIENT_RESOURCES)
        self.births += 1
        taken = {each.ci_id for each in instance.compute}
        ci_id = next(each for each in range(len(taken) + 1) if each not in taken)
        made = FakeCi(ci_id, profile.name, starts[0], self.births)
        instance.compute.append(made)
        return made

    def open_compute(self, instance: FakeGi, profile: ComputeProfile) -> list[int]:
        whole = self.gpu.profile(instance.profile)
        if [each.profile for each in instance.compute].count(profile.name) >= profile.max_instances:
            return []
        held = {
            each.start + step
            for each in instance.compute
            for step in range(exactly(whole, each.profile).compute_slices)
        }
        return [s for s in profile.starts if held.isdisjoint(range(s, s + profile.compute_slices))]

    def destroy(self, instance: FakeGi) -> None:
        if instance.compute or self.busy(instance.gi_id):
            raise Refused(IN_USE)
        self.instances.remove(instance)

    def destroy_compute(self, instance: FakeGi, compute: FakeCi) -> None:
        if self.busy(instance.gi_id, compute.ci_id):
            raise Refused(IN_USE)
        instance.compute.remove(compute)

    def busy(self, gi_id: int, ci_id: int | None = None) -> bool:
        return any(gi == gi_id and ci_id in (None, ci) for _pid, _name, gi, ci in self.processes)

    def meddle(self, deed: str) -> None:
        """Do what somebody else does; `Meddling.does` says how it is written."""
        verb, _, rest = deed.partition(" ")
        if verb == "create":
            name, _, start = rest.partition("@")
            profile = self.gpu.profile(name)
            made = self.create(profile, Placement(int(start), profile.memory_slices) if start else None)
            self.create_compute(made, profile.full)
        elif verb == "destroy":
            self.instances = [each for each in self.instances if int(rest) not in each.memory_slices]
        elif verb == "start":
            form = re.fullmatch(r"(\d+) (\S+) (\d+)/(\d+)", rest)
            assert form, deed
            self.processes.append((int(form[1]), form[2], int(form[3]), int(form[4])))
        else:
            assert verb == "stop", deed
            self.processes = [each for each in self.processes if each[0] != int(rest)]


def exactly(profile: Profile, name: str) -> ComputeProfile:
    return next(each for each in profile.compute_profiles if each.name == name)


def _revived(instance: Any) -> FakeGi:
    if isinstance(instance, FakeGi):
        return instance
    return FakeGi(**{**instance, "compute": [FakeCi(**each) for each in instance["compute"]]})
