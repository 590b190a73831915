"""``doctor``, ``plan`` and ``apply``: the GPU in this machine. Only ``apply`` changes anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mig_explorer import devices
from mig_explorer.cli.answer import Answer, answering
from mig_explorer.cli.arguments import read_layout_argument
from mig_explorer.devices.records import as_json
from mig_explorer.errors import ApplyFailed, DeviceUnavailable

if TYPE_CHECKING:
    from mig_explorer.devices import Device, Plan

_INDEX = click.option(
    "--index",
    type=click.IntRange(0, 255),
    default=0,
    show_default=True,
    help="Which GPU, as nvidia-smi -L counts.",
)


@click.command()
@answering
def doctor() -> Answer:
    r"""Show the GPUs of this machine, and what stands in the way of using MIG here.

    It only reads. Each obstacle comes with the command that helps.
    """
    found = devices.diagnose()
    return Answer(str(found), found.as_dict(), yes=found.ok)


@click.command()
@click.argument("layout")
@_INDEX
@answering
def plan(layout: str, index: int) -> Answer:
    r"""Show the least change that makes LAYOUT stand on a GPU of this machine. It changes nothing.

    \b
    mig-explorer plan "3g.20gb@4 1g.5gb@0"
    """
    made, _ = _planned(layout, index)
    return Answer(str(made), {"plan": made.as_dict()}, yes=not made.blocked_by)


@click.command()
@click.argument("layout", required=False)
@_INDEX
@click.option("--confirm", required=True, metavar="UUID", help="The GPU's UUID, in full: yes, this one.")
@click.option(
    "--deadline",
    "deadline_seconds",
    type=click.FloatRange(min=1),
    default=60,
    show_default=True,
    help="Seconds that a step may take.",
)
@click.option(
    "--resume",
    "journal",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Go on with a change that was cut short, from its journal.",
)
@click.option("--back", is_flag=True, help="With --resume: return to the layout from before.")
@answering
def apply(layout: str | None, index: int, journal: Path | None, back: bool, **how: Any) -> Answer:
    r"""Make LAYOUT stand on a GPU of this machine.

    Only what 'plan' shows is destroyed, MIG mode is never switched, and a journal is written before
    every step. If a step fails, the old layout is put back.

    \b
    mig-explorer apply "3g.20gb@4 1g.5gb@0" --confirm GPU-12345678-1234-1234-1234-123456780000
    mig-explorer apply --resume JOURNAL --confirm GPU-12345678-1234-1234-1234-123456780000 --back
    """
    if (layout is None) == (journal is None):
        raise click.UsageError("Give a LAYOUT to apply, or --resume with a journal: one of the two.")
    if back and journal is None:
        raise click.UsageError("--back goes with --resume.")
    try:
        if journal is not None:
            done = devices.resume(journal, direction="back" if back else "forward", **how)
        else:
            made, _ = _planned(str(layout), index)
            done = devices.apply(made, **how)
    except ApplyFailed as error:
        return _failed(error)
    data = {
        "result": done.result,
        "uuid": done.uuid,
        "before": as_json(done.before),
        "after": as_json(done.after),
        "journal": None if done.journal is None else str(done.journal),
        "notes": list(done.notes),
    }
    return Answer(str(done), data)


def _planned(text: str, index: int) -> tuple[Plan, Device]:
    device = devices.this_gpu(index)
    if device.gpu is None:
        raise DeviceUnavailable(
            f"GPU {index} ({device.product_name}) is not in the catalogue, so no layout can be read for it."
        )
    layout = read_layout_argument(device.gpu, text, "LAYOUT")
    return devices.plan(device, layout, devices.running_processes(device)), device


def _failed(error: ApplyFailed) -> Answer:
    data = {
        "error": {"kind": type(error).__name__, "message": str(error)},
        "restored": error.restored,
        "undo": list(error.undo),
        "journal": str(error.journal),
    }
    return Answer(str(error), data, yes=False)
