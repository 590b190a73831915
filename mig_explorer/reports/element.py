"""HTML as a tree of elements. A text becomes a text node and nothing else, so none can become markup."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Child = str | ET.Element | None | Iterable["Child"]

TURNS_TEXT = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
"""Characters that would turn what stands after them around, up to the end of the paragraph
(https://www.unicode.org/reports/tr9/, explicit directional formatting)."""

KEPT = "\n\t"


def element(tag: str, attributes: Mapping[str, str] | None = None, *children: Child) -> ET.Element:
    """Make an element.

    Parameters
    ----------
    tag : str
        Its name, as HTML writes it.
    attributes : mapping of str to str, optional
        Their values are escaped.
    *children
        Texts, elements, several of them, or None for nothing.

    Examples
    --------
    >>> to_html(element("p", {"title": '"quoted"'}, "1 < 2 ", element("b", None, "<script>")))
    '<p title="&quot;quoted&quot;">1 &lt; 2 <b>&lt;script&gt;</b></p>'
    """
    made = ET.Element(tag, {name: readable(value) for name, value in (attributes or {}).items()})
    append(made, children)
    return made


def append(parent: ET.Element, children: Iterable[Child]) -> None:
    """Put texts and elements at the end of an element.

    Examples
    --------
    >>> row = element("tr")
    >>> append(row, [element("td", None, "7"), " and more"])
    >>> to_html(row)
    '<tr><td>7</td> and more</tr>'
    """
    for child in children:
        if isinstance(child, str):
            text = readable(child)
            if len(parent):
                parent[-1].tail = (parent[-1].tail or "") + text
            else:
                parent.text = (parent.text or "") + text
        elif isinstance(child, ET.Element):
            parent.append(child)
        elif child is not None:
            append(parent, child)


def readable(text: str) -> str:
    r"""Return a text in which characters that cannot be seen, or that turn text around, are named.

    Letters of every script stay, those that are written from right to left too.

    Examples
    --------
    >>> readable("ann\x00"), readable("gnp.\u202eexe"), readable("\u05d3\u05e0\u05d4") == "\u05d3\u05e0\u05d4"
    ('ann[U+0000]', 'gnp.[U+202E]exe', True)
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"[U+{ord(each):04X}]" if _unseen(each) else each for each in text)


def _unseen(letter: str) -> bool:
    hidden = unicodedata.category(letter) in {"Cc", "Cs", "Cn"} or ord(letter) in TURNS_TEXT
    return hidden and letter not in KEPT


def to_html(root: ET.Element) -> str:
    """Write a tree as HTML.

    Examples
    --------
    >>> to_html(element("p", None, "a", element("br"), "b"))
    '<p>a<br>b</p>'
    """
    return ET.tostring(root, encoding="unicode", method="html")
