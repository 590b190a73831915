"""The page around a report: one file that loads nothing and runs nothing."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from mig_explorer.reports import parts
from mig_explorer.reports.element import element, to_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree import ElementTree as ET

STYLE = Path(__file__).with_name("report.css")
ABOUT = (
    "One file, no script, nothing loaded from elsewhere. Written by mig_explorer from the figures it shows."
)


def page(title: str, kinds: Iterable[str], verdict: ET.Element, sections: Sequence[ET.Element]) -> bytes:
    """Return a whole HTML document, the same for the same parts.

    Its Content-Security-Policy allows the style sheet inside it, known by its digest, and nothing else.

    Examples
    --------
    >>> made = page("A title", ["seed 7"], element("p", None, "Yes."), [])
    >>> made[:15], b"<script" in made, b"http://" in made
    (b'<!DOCTYPE html>', False, False)
    """
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("title", None, title),
        element("style", None, style),
    )
    top = element("header", None, element("h1", {"dir": "auto"}, title), parts.badges(kinds))
    body = element(
        "body",
        None,
        element("main", None, top, verdict, list(sections), element("footer", None, ABOUT)),
    )
    return f"<!DOCTYPE html>\n{to_html(element('html', {'lang': 'en-GB'}, head, body))}\n".encode()


@functools.cache
def _style() -> str:
    return STYLE.read_text(encoding="utf-8")
