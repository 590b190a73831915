"""The least steps from what stands to what shall stand, and what each step leaves standing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from mig_explorer.devices.records import ComputeRecord, InstanceRecord, Records, called, in_order, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Action = Literal["destroy-compute", "destroy-gpu", "create-gpu", "create-compute"]


@dataclass(frozen=True)
class Step:
    """One call that changes a GPU.

    Parameters
    ----------
    action : str
        ``"destroy-compute"``, ``"destroy-gpu"``, ``"create-gpu"`` or ``"create-compute"``.
    instance : InstanceRecord
        The GPU instance; without compute instances, and without an id if it does not stand yet.
    compute : ComputeRecord or None
        The compute instance in it, if the step is about one.

    Examples
    --------
    >>> print(Step("create-gpu", InstanceRecord("3g.20gb", 2, 9, 4, 4)))
    create GPU instance 3g.20gb@4
    """

    action: Action
    instance: InstanceRecord
    compute: ComputeRecord | None = None

    @property
    def destroys(self) -> bool:
        """Whether it takes something away."""
        return self.action in ("destroy-compute", "destroy-gpu")

    def __str__(self) -> str:
        verb = "destroy" if self.destroys else "create"
        if self.compute is None:
            return f"{verb} {called(self.instance)}"
        return f"{verb} {called(self.instance, self.compute)} in {called(self.instance)}"

    def stands_in(self, records: Sequence[InstanceRecord]) -> bool:
        """Whether what it is about stands: of a destroy that very instance, by id; of a create its like."""
        held = named(records, self.instance.name)
        if held is None or self.instance.gi_id not in (None, held.gi_id):
            return False
        if self.compute is None:
            return True
        inside = held.compute_at(self.compute.name)
        return inside is not None and self.compute.ci_id in (None, inside.ci_id)

    def with_ids(self, gi_id: int | None, ci_id: int | None = None) -> Step:
        """Return this step with the numbers that NVML uses; None leaves one as it is."""
        instance = self.instance if gi_id is None else replace(self.instance, gi_id=gi_id)
        compute = self.compute
        if compute is not None and ci_id is not None:
            compute = replace(compute, ci_id=ci_id)
        return replace(self, instance=instance, compute=compute)

    def after(self, records: Sequence[InstanceRecord]) -> Records:
        """Return what stands once it is done, if these stood before."""
        rest = [each for each in records if each.name != self.instance.name]
        if self.action == "destroy-gpu":
            return in_order(rest)
        if self.action == "create-gpu":
            return in_order([*rest, replace(self.instance, compute=())])
        held = named(records, self.instance.name)
        if held is None or self.compute is None:
            return in_order(records)
        inside = [each for each in held.compute if each.name != self.compute.name]
        if self.action == "create-compute":
            inside.append(self.compute)
        return in_order([*rest, replace(held, compute=tuple(inside))])


def settled(step: Step, records: Sequence[InstanceRecord], found: Sequence[InstanceRecord]) -> Records:
    """Return what stands by our own doing after a step of which only a reading tells whether it was done.

    A create was done if its like stands and did not before. If the step carries the number that NVML gave,
    only that very instance counts, wherever the driver put it; if it does not, a GPU instance with compute
    instances does not count, as a new one has none. A destroy was done if that very instance is gone.

    Parameters
    ----------
    step : Step
        What was intended last.
    records : sequence of InstanceRecord
        What stood before it.
    found : sequence of InstanceRecord
        What was read after it.

    Examples
    --------
    >>> step = Step("create-gpu", InstanceRecord("1g.5gb", 0, 19, 6, 1))
    >>> settled(step, (), ())
    ()
    >>> settled(step, (), (InstanceRecord("1g.5gb", 0, 19, 6, 1, gi_id=7),))[0].gi_id
    7
    """
    if step.destroys:
        return in_order(records) if step.stands_in(found) else step.after(records)
    if step.compute is None:
        made = _made(step, records, found)
        return in_order([*records, replace(made, compute=())]) if made else in_order(records)
    before, after = named(records, step.instance.name), named(found, step.instance.name)
    if before is None or after is None or before.gi_id != after.gi_id:
        return in_order(records)
    inside = _made_inside(step.compute, before, after)
    if inside is None:
        return in_order(records)
    rest = [each for each in records if each.name != before.name]
    return in_order([*rest, replace(before, compute=(*before.compute, inside))])


def _made(
    step: Step, records: Sequence[InstanceRecord], found: Sequence[InstanceRecord]
) -> InstanceRecord | None:
    known = step.instance.gi_id
    for each in found:
        if named(records, each.name) is None and known in (None, each.gi_id):
            if each.name == step.instance.name and (known is not None or not each.compute):
                return each
            if known is not None and each.profile == step.instance.profile:
                return each
    return None


def _made_inside(
    wanted: ComputeRecord, before: InstanceRecord, after: InstanceRecord
) -> ComputeRecord | None:
    for each in after.compute:
        if before.compute_at(each.name) is None and wanted.ci_id in (None, each.ci_id):
            if each.name == wanted.name:
                return each
            if wanted.ci_id is not None and each.profile == wanted.profile:
                return each
    return None


def steps_between(before: Sequence[InstanceRecord], goal: Sequence[InstanceRecord]) -> tuple[Step, ...]:
    """Return the least steps from what stands to a goal, in an order that the driver takes.

    A GPU instance stays if its profile is wanted at its placement, and so does a compute instance in one that
    stays. Everything else that stands must go and everything else that is wanted must be made, each by a call
    of its own, so no shorter way exists. All that goes, goes first, compute instances before the GPU instance
    that holds them; then a GPU instance is made, and at once what it holds. What stands in between is
    part of the one layout or of the other, and a part of a legal layout is legal.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import parse_layout
    >>> from mig_explorer.devices.records import records_of_layout
    >>> board = gpu("A100-SXM4-40GB")
    >>> before = records_of_layout(parse_layout(board, "3g.20gb@4 1g.5gb@0"))
    >>> goal = records_of_layout(parse_layout(board, "3g.20gb@4 2g.10gb@0"))
    >>> for step in steps_between(before, goal):
    ...     print(step)
    destroy compute instance 1g.5gb@0 in GPU instance 1g.5gb@0
    destroy GPU instance 1g.5gb@0
    create GPU instance 2g.10gb@0
    create compute instance 2g.10gb@0 in GPU instance 2g.10gb@0
    """
    steps: list[Step] = []
    for each in before:
        wanted = named(goal, each.name)
        bare = replace(each, compute=())
        steps += [
            Step("destroy-compute", bare, one)
            for one in each.compute
            if wanted is None or wanted.compute_at(one.name) is None
        ]
        if wanted is None:
            steps.append(Step("destroy-gpu", bare))
    for each in goal:
        held = named(before, each.name)
        bare = replace(each, gi_id=held.gi_id if held else None, compute=())
        if held is None:
            steps.append(Step("create-gpu", bare))
        steps += [
            Step("create-compute", bare, replace(one, ci_id=None, uuid=""))
            for one in each.compute
            if held is None or held.compute_at(one.name) is None
        ]
    return tuple(steps)


def step_as_json(step: Step) -> dict[str, Any]:
    """Return a step as JSON values; `step_from_json` reads them."""
    return asdict(step)


def step_from_json(value: Mapping[str, Any]) -> Step:
    """Return the step that `step_as_json` wrote.

    Raises
    ------
    TypeError, KeyError
        If the value is no such step.

    Examples
    --------
    >>> step = Step("destroy-gpu", InstanceRecord("1g.5gb", 0, 19, 6, 1, gi_id=7))
    >>> step_from_json(step_as_json(step)) == step
    True
    """
    compute = value["compute"]
    return Step(
        action=value["action"],
        instance=InstanceRecord(**{**value["instance"], "compute": ()}),
        compute=None if compute is None else ComputeRecord(**compute),
    )
