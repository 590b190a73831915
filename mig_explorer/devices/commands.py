"""Steps as ``nvidia-smi`` commands, to do by hand what a plan does or to lead back from where it stopped."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mig_explorer.devices.records import ComputeRecord, InstanceRecord
    from mig_explorer.devices.steps import Step


def commands_for(steps: Sequence[Step], index: int) -> tuple[str, ...]:
    """Return one command for each step, in their order; one for both where ``-C`` makes two at once.

    ``-cci`` takes no start: compute instances land where the driver puts them, in the order given. What is
    not known before it is made is written ``'<ID of 3g.20gb@4>'``, which ``nvidia-smi`` refuses.

    Parameters
    ----------
    steps : sequence of Step
        What to do.
    index : int
        The GPU's index, as ``nvidia-smi -L`` counts.

    Notes
    -----
    Sources: NVIDIA MIG User Guide (``-cgi``, ``-cci``, ``-dci``, ``-dgi``, ``-C``), and ``nvidia-smi mig -cgi
    --help`` for ``profile:start``.

    Examples
    --------
    >>> from mig_explorer.devices.records import InstanceRecord
    >>> from mig_explorer.devices.steps import Step
    >>> gone = InstanceRecord("1g.5gb", 0, 19, 6, 1, gi_id=7)
    >>> made = InstanceRecord("3g.20gb", 2, 9, 4, 4)
    >>> commands_for([Step("destroy-gpu", gone), Step("create-gpu", made)], 0)
    ('sudo nvidia-smi mig -i 0 -gi 7 -dgi', 'sudo nvidia-smi mig -i 0 -cgi 9:4')
    """
    lines: list[str] = []
    for number, step in enumerate(steps):
        before = steps[number - 1] if number else None
        if before is not None and before.action == "create-gpu" and _fills(before, step):
            lines[-1] += " -C"
        else:
            lines.append(f"sudo nvidia-smi mig -i {index} {_arguments(step)}")
    return tuple(lines)


def resume_command(journal: Path, uuid: str, direction: str) -> str:
    """Return the command that goes on with a change that was cut off, or goes back.

    Examples
    --------
    >>> from pathlib import Path
    >>> resume_command(Path("change.jsonl"), "GPU-1", "back")
    'mig-explorer apply --resume change.jsonl --confirm GPU-1 --back'
    """
    back = " --back" if direction == "back" else ""
    return f"mig-explorer apply --resume {shlex.quote(str(journal))} --confirm {uuid}{back}"


def _fills(before: Step, step: Step) -> bool:
    same = before.instance.name == step.instance.name
    return same and step.action == "create-compute" and step.compute is not None and step.compute.full


def _arguments(step: Step) -> str:
    instance, compute = step.instance, step.compute
    if compute is None:
        if step.destroys:
            return f"-gi {_gi(instance)} -dgi"
        return f"-cgi {_profile(instance)}:{instance.start}"
    if step.destroys:
        ci = compute.ci_id if compute.ci_id is not None else f"'<ID of {compute.name} in {instance.name}>'"
        return f"-gi {_gi(instance)} -ci {ci} -dci"
    return f"-gi {_gi(instance)} -cci {_profile(compute)}"


def _gi(instance: InstanceRecord) -> str:
    return f"'<ID of {instance.name}>'" if instance.gi_id is None else str(instance.gi_id)


def _profile(record: InstanceRecord | ComputeRecord) -> str:
    return record.profile if record.profile_id is None else str(record.profile_id)
