"""The plan of a change: what stays, what goes, what is made, and who stands in the way. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mig_explorer.devices.commands import commands_for
from mig_explorer.devices.processes import in_the_way
from mig_explorer.devices.records import (
    as_json,
    called,
    named,
    records_of_device,
    records_of_layout,
    text_of,
)
from mig_explorer.devices.steps import step_as_json, steps_between
from mig_explorer.errors import ApplyRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.devices.device import Device
    from mig_explorer.devices.processes import Process
    from mig_explorer.devices.records import ComputeRecord, InstanceRecord, Records
    from mig_explorer.devices.steps import Step
    from mig_explorer.layouts import Layout


@dataclass(frozen=True)
class Plan:
    """The least change from what stands on a GPU to a layout.

    Parameters
    ----------
    uuid : str
        The GPU's UUID; to apply the plan, it must be given again.
    index : int
        The GPU's index, as ``nvidia-smi -L`` counts.
    gpu : str
        The board's name in the catalogue.
    before : tuple of InstanceRecord
        What stood when the plan was made, with ids and UUIDs.
    target : tuple of InstanceRecord
        What shall stand.
    steps : tuple of Step
        What is destroyed, then what is created.
    processes : tuple of Process or None
        Programs on the GPU; None if they are not known.
    problems : tuple of str
        What was odd about reading the GPU.
    """

    uuid: str
    index: int
    gpu: str
    before: Records
    target: Records
    steps: tuple[Step, ...]
    processes: tuple[Process, ...] | None = None
    problems: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The GPU in words."""
        return f"GPU {self.index}, {self.gpu}, {self.uuid}"

    @property
    def blocked_by(self) -> tuple[Process, ...]:
        """Programs on what would be destroyed."""
        return in_the_way(self.processes or (), self.steps)

    @property
    def keeps(self) -> Records:
        """The GPU instances that stay."""
        return tuple(each for each in self.before if named(self.target, each.name))

    @property
    def commands(self) -> tuple[str, ...]:
        """The same by hand, with ``nvidia-smi``."""
        return commands_for(self.steps, self.index)

    @property
    def undo(self) -> tuple[str, ...]:
        """From the target back to what stands now, with ``nvidia-smi``; ids are known once it is applied."""
        return commands_for(steps_between(self.target_standing, self.before), self.index)

    @property
    def target_standing(self) -> Records:
        """The target with the ids of what stays."""
        stands = self.before
        for step in self.steps:
            stands = step.after(stands)
        return stands

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {
            "uuid": self.uuid,
            "index": self.index,
            "gpu": self.gpu,
            "from": text_of(self.before),
            "to": text_of(self.target),
            "before": as_json(self.before),
            "target": as_json(self.target),
            "steps": [{"text": str(each), **step_as_json(each)} for each in self.steps],
            "keeps": as_json(self.keeps),
            "processes": None
            if self.processes is None
            else [{"text": str(each), **vars(each)} for each in self.processes],
            "blocked_by": [each.pid for each in self.blocked_by],
            "commands": list(self.commands),
            "undo": list(self.undo),
            "problems": list(self.problems),
        }

    def __str__(self) -> str:
        lines = [
            f"Plan for {self.title}",
            f"  from {text_of(self.before)}",
            f"  to   {text_of(self.target)}",
        ]
        if not self.steps:
            return "\n".join([*lines, "Nothing to do: it stands already."])
        for title, said in (
            ("Kept", [line for each in self.keeps for line in _kept(each, self.target)]),
            ("Destroyed", [_told(each) for each in self.steps if each.destroys]),
            ("Created", [_told(each) for each in self.steps if not each.destroys]),
            ("In the way", self._obstacles()),
            ("The same by hand", list(self.commands)),
            ("And back again", list(self.undo)),
        ):
            lines += [title, *(f"  {each}" for each in said or ["nothing"])]
        return "\n".join([*lines, *(f"Problem: {each}" for each in self.problems)])

    def _obstacles(self) -> list[str]:
        if not any(each.destroys for each in self.steps):
            return []
        if self.processes is None:
            return ["not known: the driver did not list the processes; it refuses to destroy what is in use"]
        return [str(each) for each in self.blocked_by]


def plan(device: Device, layout: Layout, processes: Iterable[Process] | None = None) -> Plan:
    """Return the least change that makes a layout stand on a GPU. Touches nothing.

    Parameters
    ----------
    device : Device
        The GPU as it was read: ``this_gpu()``.
    layout : Layout
        What shall stand, compute instances included.
    processes : iterable of Process, optional
        The programs on it: ``running_processes(device)``. None if they are not known; applying asks again.

    Raises
    ------
    ApplyRefused
        If the GPU is not known to the catalogue, has no MIG, has MIG mode off or pending, is another board
        than the layout's, or what stands on it cannot be read. MIG mode is never switched here: the message
        says how.

    Examples
    --------
    >>> from mig_explorer.devices import Device
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> board = gpu("A100-SXM4-40GB")
    >>> idle = Device(
    ...     index=0,
    ...     uuid="GPU-1",
    ...     pci_id="",
    ...     product_name="",
    ...     gpu=board,
    ...     memory_mib=40960,
    ...     mig_mode=1,
    ...     pending_mode=1,
    ...     layout=Layout(board),
    ...     instances=(),
    ...     problems=(),
    ... )
    >>> print(*plan(idle, Layout(board).place("7g.40gb")).commands)
    sudo nvidia-smi mig -i 0 -cgi 0:0 -C
    """
    _check_board(device, layout)
    _check_mode(device)
    before, target = records_of_device(device), records_of_layout(layout)
    return Plan(
        uuid=device.uuid,
        index=device.index,
        gpu=layout.gpu.name,
        before=before,
        target=target,
        steps=steps_between(before, target),
        processes=None if processes is None else tuple(processes),
        problems=device.problems,
    )


def _check_board(device: Device, layout: Layout) -> None:
    if device.gpu is None:
        raise ApplyRefused(
            f"GPU {device.index} ({device.product_name}, {device.uuid}) is not in the catalogue, so no "
            f"layout can be planned for it. CONTRIBUTING.md says how to add a board."
        )
    if not device.gpu.has_mig:
        raise ApplyRefused(
            f"GPU {device.index} is {device.gpu.name}, which has no MIG. "
            f"Share it by time slicing, MPS or green contexts, or choose a board with MIG."
        )
    if layout.gpu.name != device.gpu.name:
        raise ApplyRefused(
            f"The layout is for {layout.gpu.name}, and GPU {device.index} is {device.gpu.name}. "
            f"Make the layout for {device.gpu.name}."
        )


def _check_mode(device: Device) -> None:
    name = device.title
    if device.mig_mode is None:
        raise ApplyRefused(
            f"The driver does not say whether MIG mode of {name} is on, so nothing can be planned. "
            f"See: nvidia-smi -i {device.index} --query-gpu=mig.mode.current,mig.mode.pending --format=csv"
        )
    if device.pending_mode not in (None, device.mig_mode):
        now, then = ("on", "off") if device.mig_mode else ("off", "on")
        raise ApplyRefused(
            f"MIG mode of {name} is {now}, and {then} is pending: it takes effect when the GPU is reset. "
            f"With nothing running on it: sudo nvidia-smi --gpu-reset -i {device.index}, or restart the "
            f"machine."
        )
    if not device.mig_mode:
        raise ApplyRefused(
            f"MIG mode of {name} is off, and mig-explorer never switches it. Switch it on yourself, with "
            f"nothing running on the GPU: sudo nvidia-smi -i {device.index} -mig 1"
        )


def _kept(instance: InstanceRecord, target: Records) -> list[str]:
    lines = [called(instance)]
    wanted = named(target, instance.name)
    kept: list[ComputeRecord] = [
        each for each in instance.compute if wanted is not None and wanted.compute_at(each.name)
    ]
    lines += [f"  {called(instance, each)}{_uuid(each)}" for each in kept]
    return lines


def _told(step: Step) -> str:
    text = str(step).removeprefix("destroy ").removeprefix("create ")
    return text if step.compute is None else f"{text}{_uuid(step.compute)}"


def _uuid(compute: ComputeRecord) -> str:
    return f", {compute.uuid}" if compute.uuid else ""
