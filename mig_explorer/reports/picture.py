"""SVG pictures as parts of a page: only shapes and words are let in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from mig_explorer.charts.board_svg import HATCH, INK, INK2, PAPER, SLOT, board_svg
from mig_explorer.charts.palette import COLOURS
from mig_explorer.reports.element import readable

if TYPE_CHECKING:
    from mig_explorer.layouts import Layout

SHAPES = {
    *("svg", "g", "path", "rect", "line", "circle", "ellipse", "polyline", "polygon", "text", "tspan"),
    *("defs", "clipPath", "pattern", "linearGradient", "stop"),
}
LOOKS = {
    *("d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "width", "height"),
    *("points", "transform", "viewBox", "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width"),
    *("stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit"),
    *("opacity", "display", "clip-path", "id", "offset", "stop-color", "stop-opacity", "text-anchor"),
    *("font-size", "font-weight", "font-style", "paint-order", "patternUnits", "patternTransform"),
    *("gradientUnits", "dominant-baseline", "letter-spacing"),
}
BOARD = {
    INK: "var(--ink)",
    INK2: "var(--ink2)",
    SLOT: "var(--slot)",
    HATCH: "var(--hatch)",
    PAPER: "var(--bg)",
}
_LOCAL = re.compile(r"url\((['\"]?)#([\w-]+)\1\)")


def picture(svg: str, label: str, prefix: str) -> ET.Element:
    """Return an SVG text as an element of a page.

    Parameters
    ----------
    svg : str
        The text; what is neither a shape nor a word in it is left out: scripts, links, styles, images.
    label : str
        What a screen reader says of it.
    prefix : str
        Put before every id, so that several pictures fit on a page.

    Raises
    ------
    xml.etree.ElementTree.ParseError
        If it is not SVG.

    Examples
    --------
    >>> from mig_explorer.reports.element import to_html
    >>> evil = (
    ...     '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>y()</script><path d="M0,0"/></svg>'
    ... )
    >>> to_html(picture(evil, "A line", "a"))
    '<svg role="img" aria-label="A line"><path d="M0,0"></path></svg>'
    """
    root = ET.fromstring(svg)  # noqa: S314 - our own drawings; expat of Python 3.11 refuses entity bombs
    made = _shapes(root, prefix)
    made.set("role", "img")
    made.set("aria-label", readable(label))
    return made


def board_picture(layout: Layout, prefix: str) -> ET.Element:
    """Return the picture of a layout in the colours of the page.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> board_picture(Layout(gpu("A30")).place("2g.12gb"), "a").get("aria-label")
    'A30: 2g.12gb@0'
    """
    words = f"{layout.gpu.name}: {layout if layout.gpu.has_mig else 'no MIG'}"
    made = picture(board_svg(layout), words, prefix)
    for each in made.iter():
        if each.get("fill") in COLOURS:
            break  # what is written on an instance has the ink for its colour
        for name in ("fill", "stroke"):
            if each.get(name) in BOARD:
                each.set(name, BOARD[each.attrib[name]])
    return made


def _shapes(given: ET.Element, prefix: str) -> ET.Element:
    made = ET.Element(given.tag.rpartition("}")[2])
    for name, value in given.attrib.items():
        if name not in LOOKS or ("url(" in value and not _LOCAL.fullmatch(value)):
            continue
        local = f"{prefix}-{value}" if name == "id" else _LOCAL.sub(rf"url(#{prefix}-\2)", value)
        made.set(name, readable(local))
    made.text = readable(given.text) if given.text and made.tag in {"text", "tspan"} else None
    for child in given:
        if child.tag.rpartition("}")[2] in SHAPES:
            made.append(_shapes(child, prefix))
            made[-1].tail = readable(child.tail) if child.tail and made.tag == "text" else None
    return made
