"""The ``nvidia-smi`` commands that make a layout on a machine, and those that undo it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import Layout

AMPERE = 8
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


def commands(layout: Layout) -> Commands:
    """Return the commands for a layout on GPU 0 of a machine.

    Every instance is asked for by its profile's id and with its start, so that the driver chooses neither;
    ``-C`` fills each with one compute instance.

    Parameters
    ----------
    layout : Layout
        The layout to make; one that is empty or on a board without MIG gives no command.

    Notes
    -----
    Sources: NVIDIA MIG User Guide (``-cgi``, ``-C``, ``-dci``, ``-dgi``, switching the mode) and
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
    wanted = ",".join(f"{each.profile.profile_id}:{each.start}" for each in layout.instances)
    return Commands(
        create=f"sudo nvidia-smi -i 0 -mig 1\nsudo nvidia-smi mig -i 0 -cgi {wanted} -C",
        undo="sudo nvidia-smi mig -i 0 -dci\nsudo nvidia-smi mig -i 0 -dgi\nsudo nvidia-smi -i 0 -mig 0",
        notes=(
            "For GPU 0 of a Linux machine (nvidia-smi -L lists them), as root, with no instance on it yet.",
            "Undo ends every instance on that GPU; stop the programs on them first.",
            _on_switching(layout.gpu),
            *_on_drivers(layout),
        ),
    )


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
    needs = {
        each.profile.name: each.profile.min_driver for each in layout.instances if each.profile.min_driver
    }
    return tuple(f"{name} needs driver {driver} or later." for name, driver in needs.items())
