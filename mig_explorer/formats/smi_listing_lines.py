"""Walks through what ``nvidia-smi`` printed: which lines are rows, which say nothing, which say no.

Columns move from driver to driver, and what people paste has lost or gained spaces, so rows are told by their
form and never by their columns.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn

from mig_explorer.errors import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 262_144
"""Characters of a listing; that of eight GPUs in seven slices each has 10 000."""

LONGEST_LINE: Final = 400

MOST_LINES: Final = 4
"""Lines that one row of a table may take: two by nvidia-smi's own layout, more in a narrow terminal."""

_NOTHING = re.compile(
    r"No (GPU|compute) instances found: Not Found|No MIG devices found|\(?\[?rc=\d+\]?\)?|```\w*|[-+=|\s]*",
    re.ASCII,
)
_PROMPT = re.compile(r".{0,100}[$#] (sudo )?nvidia-smi\b.*", re.ASCII)
_ANSWERS: Final = (
    (
        re.compile(r"No MIG-enabled devices found\.?"),
        "no GPU has MIG mode on. Turn it on with nvidia-smi -i 0 -mig 1, then list again",
    ),
    (
        re.compile(r"No devices were found\.?"),
        "no such GPU is there. nvidia-smi -L lists those that are",
    ),
    (
        re.compile(r".*Insufficient Permissions\.?"),
        "the user may not see this. List again as root",
    ),
    (
        re.compile(r"NVIDIA-SMI has failed.*"),
        "nvidia-smi could not reach the driver. Load it, then list again",
    ),
    (re.compile(r".*Not Supported\.?"), "the GPU has no MIG"),
)


def rows(text: object, headings: re.Pattern[str], what: str) -> Iterator[tuple[int, str]]:
    r"""Yield the lines of a listing that carry something, without the frame around them.

    Parameters
    ----------
    text : str
        What nvidia-smi printed; blank lines, prompts and the frame of the table are passed over.
    headings : re.Pattern
        Whole lines, without the frame, that only name the columns.
    what : str
        The listing, for messages: ``"nvidia-smi mig -lgi"``.

    Yields
    ------
    tuple of int and str
        Number of the line from 1, and its text with single spaces.

    Raises
    ------
    UnreadableDocument
        If it is no text, too long, or nvidia-smi's word that there is nothing to list.

    Examples
    --------
    >>> list(rows("+----+\n| 0  MIG 1g.5gb |", re.compile("GPU"), "nvidia-smi"))
    [(2, '0 MIG 1g.5gb')]
    """
    if not isinstance(text, str):
        message = f"A listing of {what} is a text, not {type(text).__name__}."
        raise UnreadableDocument(message)
    if len(text) > LONGEST:
        message = f"The listing of {what} has {len(text)} characters; at most {LONGEST} are read."
        raise UnreadableDocument(message)
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > LONGEST_LINE:
            refuse(number, line, what)
        bare = " ".join(line.replace("|", " ").split())
        if _NOTHING.fullmatch(bare) or headings.fullmatch(bare) or _PROMPT.fullmatch(line.strip()):
            continue
        for answer, meaning in _ANSWERS:
            if answer.fullmatch(bare):
                message = f"Line {number}: {bare!r} is an answer of {what}, not a listing: {meaning}."
                raise UnreadableDocument(message)
        yield number, bare


def matches(
    text: object, form: re.Pattern[str], headings: re.Pattern[str], what: str
) -> Iterator[re.Match[str]]:
    r"""Yield the rows of a table, of which each may have been broken over up to `MOST_LINES` lines.

    Parameters
    ----------
    text, headings, what
        As of `rows`.
    form : re.Pattern
        A whole row, with single spaces.

    Raises
    ------
    UnreadableDocument
        If a line is part of no row.

    Examples
    --------
    >>> number = re.compile(r"(\d+) (\d+)")
    >>> [each.groups() for each in matches("| 1 2 |\n| 3\n 4 |", number, re.compile("no"), "nvidia-smi")]
    [('1', '2'), ('3', '4')]
    """
    waiting: list[tuple[int, str]] = []
    for number, line in rows(text, headings, what):
        waiting.append((number, line))
        row = form.fullmatch(" ".join(each for _, each in waiting))
        if row is not None:
            yield row
            waiting = []
        elif len(waiting) == MOST_LINES:
            break
    if waiting:
        refuse(*waiting[0], what)


def refuse(number: int, line: str, what: str) -> NoReturn:
    """Raise the error of a line that a listing does not have.

    Raises
    ------
    UnreadableDocument
        Always.

    Examples
    --------
    >>> refuse(3, "Hello", "nvidia-smi -L")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.UnreadableDocument: Line 3: 'Hello' is no line of nvidia-smi -L. Copy what it prints,
    whole.
    """
    shown = line if len(line) <= 80 else f"{line[:80]}…"
    message = f"Line {number}: {shown!r} is no line of {what}. Copy what it prints, whole."
    raise UnreadableDocument(message)
