"""The kinds of argument that several commands take: a board, a layout on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mig_explorer.errors import MigExplorerError
from mig_explorer.gpus import Gpu, gpu, gpus
from mig_explorer.layouts import Layout, parse_layout

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class BoardType(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4, not before
    """A board of the catalogue by name, product name or alias."""

    name = "GPU"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Gpu:
        """Look the board up; an unknown one is a usage error with the nearest names."""
        if isinstance(value, Gpu):
            return value
        try:
            return gpu(str(value))
        except MigExplorerError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete from the catalogue."""
        names = click.Choice([each.name for each in gpus()], case_sensitive=False)
        return names.shell_complete(ctx, param, incomplete)


BOARD = BoardType()


def read_layout_argument(board: Gpu, text: str, hint: str) -> Layout:
    """Read a layout from an argument; what cannot be read, or cannot stand, is a usage error."""
    try:
        return parse_layout(board, text)
    except MigExplorerError as error:
        raise click.BadParameter(str(error), param_hint=hint) from None
