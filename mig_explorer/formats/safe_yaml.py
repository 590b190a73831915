"""Reads YAML that may come from anybody: plain data only, with a cap on everything that can grow.

What makes YAML dangerous or surprising is refused with its line: anchors and aliases (they make a small file
large), tags, merge keys, keys twice, keys that are no text, several documents, and numbers that readers of
YAML disagree about.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from mig_explorer.errors import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"

LONGEST: Final = 65_536
"""Characters of a document; the longest file that mig-parted ships has 10 000."""

DEEPEST: Final = 32
"""Lists and mappings inside each other."""

MOST_NODES: Final = 10_000
"""Scalars, lists and mappings of a document."""

LARGEST: Final = 2**63 - 1

_WORDS: Final = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    **{word: True for base in ("true", "yes", "on") for word in (base, base.capitalize(), base.upper())},
    **{word: False for base in ("false", "no", "off") for word in (base, base.capitalize(), base.upper())},
}  # fmt: skip
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,30})|0x[0-9a-fA-F]{1,30}")
_FRACTION = re.compile(r"[-+]?([0-9]{1,30}\.[0-9]{0,30}|\.[0-9]{1,30})([eE][-+]?[0-9]{1,4})?")
# 010 is 8 to some readers and 10 to others, 1_000 a number to some and a text to others.
_DISPUTED = re.compile(
    r"[-+]?(0[0-9]+|0[bo][0-7_]+|0x[0-9a-fA-F]*_[0-9a-fA-F_]*|[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?|[0-9]{32,}"
    r"|[0-9]+[eE][-+]?[0-9]+|\.(inf|Inf|INF)|\.(nan|NaN|NAN))"
)


def load(text: object) -> Value:
    r"""Read one YAML document of plain data.

    Parameters
    ----------
    text : str
        At most `LONGEST` characters.

    Returns
    -------
    None, bool, int, float, str, list or dict
        Keys are texts. Only what is written plainly becomes more than a text: ``true``, ``no``, ``12``,
        ``0x1F``, ``1.5``, ``null``; a date stays the text that it is. None for an empty document.

    Raises
    ------
    UnreadableDocument
        If it is not YAML, too large, or uses what this reader refuses; the message has the line.

    Notes
    -----
    ``yes``, ``no``, ``on`` and ``off`` are true and false, as in YAML 1.1, which mig-parted and Kubernetes
    read.

    Examples
    --------
    >>> load("version: v1\ngpus: [0, 1]")
    {'version': 'v1', 'gpus': [0, 1]}
    >>> load("a: &x 1\nb: *x")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.UnreadableDocument: Line 1: the anchor &x is refused. Write the value out where it is
    needed.
    """
    import yaml  # noqa: PLC0415  # it costs 20 ms, and most users never read YAML

    if not isinstance(text, str):
        message = f"A YAML document is a text, not {type(text).__name__}."
        raise UnreadableDocument(message)
    if len(text) > LONGEST:
        message = f"The YAML document has {len(text)} characters; at most {LONGEST} are read."
        raise UnreadableDocument(message)
    try:
        return _Reader(yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = "" if mark is None else f"Line {mark.line + 1}: "
        message = f"{where}not YAML ({_short(error.problem or error.context or 'no reason given')})."
    except yaml.reader.ReaderError as error:
        # It gives no line, only how far it came.
        line = text.count("\n", 0, error.position) + 1
        message = f"Line {line}: not YAML (a character that YAML does not allow)."
    except (ValueError, OverflowError) as error:
        if isinstance(error, UnreadableDocument):
            raise
        # PyYAML lets these through: \U00110000 in quotes, a version of 5000 digits.
        message = "Not YAML: it holds a number or an escape that means no character."
    raise UnreadableDocument(message) from None


class _Reader:
    """Builds values from a stream of events, so that nothing is built before it is allowed."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.nodes = 0

    def document(self) -> Value:
        next(self.events)  # the stream starts
        event = next(self.events)
        if _is(event, "StreamEnd"):
            return None
        if event.tags:
            _refuse(event, "a %TAG line is refused. Write plain values.")
        value = self.value(next(self.events), 0)
        next(self.events)  # the document ends
        event = next(self.events)
        if not _is(event, "StreamEnd"):
            _refuse(event, "a second document begins. Only one is read; write it into a file of its own.")
        return value

    def value(self, event: Any, depth: int) -> Value:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            _refuse(event, f"more than {MOST_NODES} values.")
        if depth > DEEPEST:
            _refuse(event, f"more than {DEEPEST} lists and mappings inside each other.")
        if _is(event, "Alias"):
            _refuse(
                event,
                f"the alias *{_short(event.anchor)} is refused. Write the value out where it is needed.",
            )
        if event.anchor is not None:
            _refuse(
                event,
                f"the anchor &{_short(event.anchor)} is refused. Write the value out where it is needed.",
            )
        if event.tag is not None:
            _refuse(event, f"the tag {_short(event.tag)} is refused. Write plain values.")
        if _is(event, "Scalar"):
            return _scalar(event)
        return self.sequence(depth) if _is(event, "SequenceStart") else self.mapping(depth)

    def sequence(self, depth: int) -> list[Value]:
        items = []
        while not _is(event := next(self.events), "SequenceEnd"):
            items.append(self.value(event, depth + 1))
        return items

    def mapping(self, depth: int) -> dict[str, Value]:
        entries: dict[str, Value] = {}
        while not _is(event := next(self.events), "MappingEnd"):
            key = self.value(event, depth + 1)
            if _is(event, "Scalar") and event.value == "<<" and event.style is None:
                _refuse(event, "the merge key << is refused. Write the values out.")
            if not isinstance(key, str):
                shown = repr(_short(event.value)) if _is(event, "Scalar") else "a list or a mapping"
                _refuse(event, f"a key must be a text, and {shown} is none. Put it in quotes.")
            if key in entries:
                _refuse(event, f"the key {_short(key)!r} stands twice in one mapping. Remove one of them.")
            entries[key] = self.value(next(self.events), depth + 1)
        return entries


def _scalar(event: Any) -> Value:
    text: str = event.value
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        _refuse(event, "an escape that means no character.")
    if event.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        number = int(text, 0)
        if abs(number) > LARGEST:
            _refuse(event, f"the number {text} is too large. Put it in quotes if it is a text.")
        return number
    if _FRACTION.fullmatch(text):
        fraction = float(text)
        if not math.isfinite(fraction):
            _refuse(event, f"the number {text} is too large. Put it in quotes if it is a text.")
        return fraction
    if _DISPUTED.fullmatch(text):
        _refuse(
            event,
            f"readers of YAML disagree on {_short(text)}. Write the number plainly, or put it in quotes.",
        )
    return text


def _is(event: Any, kind: str) -> bool:
    return type(event).__name__ == f"{kind}Event"


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"


def _refuse(event: Any, problem: str) -> NoReturn:
    message = f"Line {event.start_mark.line + 1}: {problem}"
    raise UnreadableDocument(message)
