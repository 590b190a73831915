"""The command ``mig-explorer``."""

from __future__ import annotations

import click

from mig_explorer import __version__
from mig_explorer.cli.boards import gpus, layouts
from mig_explorer.cli.machine import apply, doctor, plan
from mig_explorer.cli.notebooks import lab
from mig_explorer.cli.placing import explain, export, sequence
from mig_explorer.cli.reporting import report

EPILOG = """\b
Exit codes: 0 yes, 1 no (the reason is printed), 2 the command was not understood.
A layout is written like '3g.20gb@4 1g.5gb@0': a profile and the memory slice it starts at.
"""


class InOrder(click.Group):
    """Lists its commands in the order they were added: from looking to changing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return the names as they were added."""
        return list(self.commands)


@click.group(
    "mig-explorer", cls=InOrder, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="mig-explorer")
def main() -> None:
    """Understand, try out and decide how to share a GPU with NVIDIA Multi-Instance GPU (MIG)."""


for each in (gpus, layouts, explain, sequence, export, doctor, plan, apply, report, lab):
    main.add_command(each)
