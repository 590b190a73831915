"""The ``nvidia-smi`` commands that make a layout on a machine, those that undo it, and reading them back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mig_explorer.formats.document import Document, Export, Format, Where
from mig_explorer.formats.nvidia_smi_script import AMPERE_TOGETHER, FIND, compute_list, gpu_list, read_script

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import GpuInstance, Layout

AMPERE: Final = 8
"""Major compute capability of the generation whose GPUs reset when MIG mode is switched."""


@dataclass(frozen=True)
class Commands:
    """Shell lines to copy, and what has to be true for them to work.

    Parameters
    ----------
    create : str
        Lines that make the layout; empty if there is nothing to create.
    undo : str
        Lines that take it away again; empty if there is nothing to undo.
    notes : tuple of str
        Sentences on what the lines assume, or why there are none.
    """

    create: str
    undo: str
    notes: tuple[str, ...]


def commands(layout: Layout, gpu_index: int = 0, *, by_name: bool = False) -> Commands:
    """Return the commands for a layout.

    Every GPU instance is asked for with its start, so that the driver does not choose it; ``-C`` fills it
    with one compute instance. One that is divided is created without ``-C``, then looked up in what ``-lgi``
    lists, because no one can know its id before, and given its compute instances one after another.

    Parameters
    ----------
    layout : Layout
        The layout to make; one that is empty or on a board without MIG gives no command.
    gpu_index : int
        Which GPU of the machine.
    by_name : bool
        Profiles by name and not by id; so are they in any case on a board whose ids are unknown.

    Notes
    -----
    Sources: NVIDIA MIG User Guide (``-cgi``, ``-C``, ``-cci``, ``-dci``, ``-dgi``, switching the mode) and
    ``nvidia-smi mig -cgi --help`` (``profile:start``). Ids of instances cannot be known before they are made,
    so undo names none.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> made = commands(Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=0).place("2g.10gb", start=4))
    >>> print(made.create)
    sudo nvidia-smi -i 0 -mig 1
    sudo nvidia-smi mig -i 0 -cgi 9:0,14:4 -C
    >>> print(made.undo)
    sudo nvidia-smi mig -i 0 -dci
    sudo nvidia-smi mig -i 0 -dgi
    sudo nvidia-smi -i 0 -mig 0
    """
    if not layout.gpu.has_mig:
        return Commands(
            "", "", (f"{layout.gpu.name} has no MIG, so nvidia-smi has nothing to create on it.",)
        )
    if not layout.instances:
        return Commands("", "", ("There is nothing to create yet: place an instance first.",))
    tool = f"sudo nvidia-smi mig -i {gpu_index}"
    filled = [each for each in layout.instances if each.filled]
    others = [each for each in layout.instances if not each.filled]
    create = [f"sudo nvidia-smi -i {gpu_index} -mig 1"]
    if filled:
        create.append(f"{tool} -cgi {','.join(gpu_list(filled, by_name=by_name))} -C")
    if others:
        create.append(f"{tool} -cgi {','.join(gpu_list(others, by_name=by_name))}")
    shared = [each for each in others if each.compute_instances]
    if shared:
        create.append(FIND.format(tool=tool))
    for instance, asked in zip(shared, gpu_list(shared, by_name=by_name), strict=True):
        profile, _, start = asked.partition(":")
        inside = ",".join(compute_list(instance, by_name=by_name))
        create.append(f"gi=$(gi_at {profile} {start})")
        create.append(f'{tool} -gi "${{gi:?no GPU instance {profile} at {start}}}" -cci {inside}')
    return Commands(
        create="\n".join(create),
        undo=f"{tool} -dci\n{tool} -dgi\nsudo nvidia-smi -i {gpu_index} -mig 0",
        notes=_notes(layout, gpu_index),
    )


def write(layout: Layout, where: Where, *, by_name: bool = False) -> Export:
    """Write two scripts: one that makes the layout, one that takes it away.

    Parameters
    ----------
    layout : Layout
        What to write.
    where : Where
        Its ``gpu_index`` is used.
    by_name : bool
        As of `commands`.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> made = write(Layout(gpu("A30")).place("2g.12gb", start=2), Where(gpu_index=1))
    >>> print(made.documents[0].text)
    #!/bin/sh
    # Makes 2g.12gb@2 on GPU 1, an A30.
    set -eu
    sudo nvidia-smi -i 1 -mig 1
    sudo nvidia-smi mig -i 1 -cgi 5:2 -C
    <BLANKLINE>
    """
    made = commands(layout, where.gpu_index, by_name=by_name)
    if not made.create:
        return Export((), made.notes)
    of = f"{layout} on GPU {where.gpu_index}, {_article(layout.gpu.name)} {layout.gpu.name}."
    return Export(
        (
            Document("mig-create.sh", "bash", f"#!/bin/sh\n# Makes {of}\nset -eu\n{made.create}\n"),
            Document("mig-undo.sh", "bash", f"#!/bin/sh\n# Takes away {of}\nset -eu\n{made.undo}\n"),
        ),
        made.notes,
    )


def _notes(layout: Layout, gpu_index: int) -> tuple[str, ...]:
    board, names = layout.gpu, {each.profile.name for each in layout.instances}
    place = f"For GPU {gpu_index} of a Linux machine (nvidia-smi -L lists them)"
    notes = [
        f"{place}, as root, with no instance on it yet.",
        "Undo ends every instance on that GPU; stop the programs on them first.",
        _on_switching(board),
        *_on_drivers(layout),
    ]
    if board.compute_capability[0] == AMPERE and all(
        any(name.startswith(size) for name in names) for size in AMPERE_TOGETHER
    ):
        pair = " beside ".join(
            next(name for name in names if name.startswith(size)) for size in AMPERE_TOGETHER
        )
        notes.append(f"{pair} needs driver R510 or later.")
    unknown = [each.profile for each in layout.instances if each.profile.profile_id is None]
    if unknown:
        notes.append(f"The ids of the profiles of {board.name} are unknown here, so they are named.")
        notes += dict.fromkeys(f"Not verified: {each.note}." for each in unknown if each.note)
    notes += _on_dividing(layout.instances)
    return tuple(notes)


def _on_dividing(instances: tuple[GpuInstance, ...]) -> list[str]:
    notes = []
    if any(not each.filled and each.compute_instances for each in instances):
        notes.append(
            "The id of a GPU instance is known only once it is made, so the lines look it up in what "
            "nvidia-smi mig -lgi lists, by profile and start."
        )
    if any(":" in asked for each in instances if not each.filled for asked in compute_list(each)):
        notes.append(
            "Starts of compute instances are given, which older versions of nvidia-smi do not take; those "
            "that list -lcipp should."
        )
    empty = [each.name for each in instances if not each.compute_instances]
    if empty:
        notes.append(f"Nothing can run on {' and '.join(empty)} before a compute instance is made there.")
    return notes


def _on_switching(board: Gpu) -> str:
    if board.compute_capability[0] == AMPERE:
        return (
            f"Switching MIG mode on {board.name} resets the GPU: nothing may be using it, monitoring "
            "included. The mode survives a reboot, the instances do not."
        )
    return (
        f"Switching MIG mode on {board.name} needs no reset; neither the mode nor the instances survive "
        "a reboot."
    )


def _on_drivers(layout: Layout) -> tuple[str, ...]:
    oldest = layout.gpu.value("min_driver_mig")
    needs = {f"MIG on {layout.gpu.name}": oldest} if oldest else {}
    needs |= {
        each.profile.name: each.profile.min_driver for each in layout.instances if each.profile.min_driver
    }
    return tuple(f"{name} needs driver {driver} or later." for name, driver in needs.items())


def _article(name: str) -> str:
    return "an" if name[0] in "AHLR" else "a"


FORMAT = Format(
    name="nvidia-smi",
    title="nvidia-smi",
    order=10,
    about="Shell scripts for the tool that comes with the driver: one makes the layout, one takes it away.",
    write=write,
    read=read_script,
    carries_starts=True,
)
