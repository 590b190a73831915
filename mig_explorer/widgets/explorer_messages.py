"""What the page of the explorer may ask of Python, and the check that it asked for just that."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_TEXT = 100
LARGEST_NUMBER = 999

OPERATIONS: Mapping[str, Mapping[str, type]] = MappingProxyType(
    {
        "place": MappingProxyType({"profile": str, "start": int}),
        "remove": MappingProxyType({"start": int}),
        "take": MappingProxyType({"profile": str, "start": int, "choice": int}),
        "divide": MappingProxyType({"start": int, "into": str}),
        "preset": MappingProxyType({"title": str}),
        "board": MappingProxyType({"name": str}),
        "format": MappingProxyType({"name": str}),
        "machine": MappingProxyType({}),
        "clear": MappingProxyType({}),
        "undo": MappingProxyType({}),
    }
)
"""Every operation with the fields it must have, no more and no fewer. ``take`` asks for alternative number
``choice`` of the refusal that placing ``profile`` at ``start`` meets, ``divide`` for other compute instances
in the GPU instance at memory slice ``start``, ``machine`` for what this machine's GPU holds."""


@dataclass(frozen=True)
class Gesture:
    """A message of the right form; whether it can be done is for the layout to say.

    Parameters
    ----------
    operation : str
        A key of `OPERATIONS`.
    profile, title, name, into : str
        A profile, a preset's title, the name of a board or a format, compute instances as ``Layout.divide``
        takes them; empty where the operation has none.
    start, choice : int
        A memory slice and the number of an alternative, 0 to 999.
    """

    operation: str
    profile: str = ""
    title: str = ""
    name: str = ""
    into: str = ""
    start: int = 0
    choice: int = 0


@dataclass(frozen=True)
class Malformed:
    """A message that is not a gesture.

    Parameters
    ----------
    reason : str
        A sentence on what is wrong with it.
    """

    reason: str


def read_message(content: object) -> Gesture | Malformed:
    """Check a message from the page.

    Parameters
    ----------
    content : object
        Whatever came: JSON decoded, from a page that may be anybody's.

    Returns
    -------
    Gesture or Malformed
        Never raises. A bool is not a number, and a field that is not expected is refused as well.

    Examples
    --------
    >>> read_message({"op": "remove", "start": 3})
    Gesture(operation='remove', profile='', title='', name='', into='', start=3, choice=0)
    >>> read_message({"op": "remove", "start": True}).reason
    'In remove, start must be a whole number from 0 to 999, not true or false.'
    """
    if not isinstance(content, dict):
        return Malformed(f"A message must be an object with the field op, not {_kind(content)}.")
    operation = content.get("op")
    if not isinstance(operation, str) or operation not in OPERATIONS:
        given = (
            f"{operation!r}"
            if isinstance(operation, str) and len(operation) <= LONGEST_TEXT
            else _kind(operation)
        )
        return Malformed(f"The operation must be one of {', '.join(OPERATIONS)}, not {given}.")
    fields = OPERATIONS[operation]
    if len(content) > len(fields) + 1 or any(name not in fields for name in content if name != "op"):
        return Malformed(f"{operation} takes {_listed(fields)}, and the message has other fields.")
    for name, wanted in fields.items():
        if name not in content:
            return Malformed(f"{operation} takes {_listed(fields)}, and {name} is missing.")
        problem = _problem(content[name], wanted)
        if problem:
            return Malformed(f"In {operation}, {name} must be {problem}.")
    return Gesture(operation, **{name: content[name] for name in fields})


def _problem(value: object, wanted: type) -> str:
    if wanted is int:
        if type(value) is int and 0 <= value <= LARGEST_NUMBER:
            return ""
        given = "a number outside that" if type(value) is int else _kind(value)
        return f"a whole number from 0 to {LARGEST_NUMBER}, not {given}"
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return ""
    given = "a longer one" if isinstance(value, str) else _kind(value)
    return f"a text of at most {LONGEST_TEXT} characters, not {given}"


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    kinds = (
        (type(None), "nothing"),
        (int, "a whole number"),
        (float, "a fractional number"),
        (str, "a text"),
    )
    named = next(
        (name for kind, name in (*kinds, (list, "a list"), (dict, "an object")) if isinstance(value, kind)),
        "",
    )
    return named or "something else"


def _listed(fields: Mapping[str, type]) -> str:
    return " and ".join(fields) if fields else "no fields"
