"""What every command gives back: a text or JSON, and an exit code."""

from __future__ import annotations

import functools
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import click
from tabulate import tabulate

from mig_explorer.errors import MigExplorerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

YES, NO = 0, 1


@dataclass(frozen=True)
class Answer:
    """The outcome of a command.

    Parameters
    ----------
    text : str
        For people.
    data : mapping
        The same for programs: what ``--json`` prints, with ``"ok"`` beside it.
    yes : bool
        Whether it is a yes; the exit code is 0 then, else 1.
    """

    text: str
    data: Mapping[str, Any]
    yes: bool = True


def answering(function: Callable[..., Answer]) -> Callable[..., NoReturn]:
    """Give a command the option ``--json``, and turn its answer or its error into output and an exit code."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
    @functools.wraps(function)
    def run(*, as_json: bool, **arguments: Any) -> NoReturn:
        try:
            answer = function(**arguments)
        except MigExplorerError as error:
            if as_json:
                _print({"ok": False, "error": {"kind": type(error).__name__, "message": str(error)}})
            else:
                click.echo(f"Error: {error}", err=True)
            sys.exit(NO)
        if as_json:
            _print({"ok": answer.yes, **answer.data})
        else:
            click.echo(answer.text)
        sys.exit(YES if answer.yes else NO)

    return run


def table(rows: Sequence[Sequence[object]], head: Sequence[str]) -> str:
    """Return rows in columns: numbers to the right, words to the left, unknown as ``unknown``.

    Examples
    --------
    >>> print(table([["1g.5gb", 14], ["3g.20gb", None]], ["profile", "SMs"]))
    profile    SMs
    ---------  -------
    1g.5gb     14
    3g.20gb    unknown
    """
    shown = [["unknown" if cell is None else cell for cell in row] for row in rows]
    return tabulate(shown, headers=list(head), tablefmt="simple", disable_numparse=True)


def _print(data: Mapping[str, Any]) -> None:
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))
