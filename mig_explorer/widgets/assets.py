"""The JavaScript and CSS of the widgets, read from ``static/``.

A widget hands the page one JavaScript text, so the modules that it imports travel inside it: each
``import … from "./name.js"`` becomes an import of a ``data:`` URL. No build step, no network.
"""

from __future__ import annotations

import base64
import functools
import re
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_RELATIVE_IMPORT = re.compile(r'(?P<before>\bfrom\s+|\bimport\s+)"\./(?P<name>[\w-]+\.js)"')


@functools.cache
def esm(name: str) -> str:
    """Return the module ``static/<name>`` with the modules it imports inlined.

    Parameters
    ----------
    name : str
        File name of an ES module, for example ``"explorer.js"``.

    Returns
    -------
    str
        JavaScript text that imports nothing but ``data:`` URLs.

    Examples
    --------
    >>> "data:text/javascript" in esm("explorer.js"), '"./' in esm("explorer.js")
    (True, False)
    """

    def inlined(match: re.Match[str]) -> str:
        encoded = base64.b64encode(esm(match["name"]).encode()).decode()
        return f'{match["before"]}"data:text/javascript;base64,{encoded}"'

    return _RELATIVE_IMPORT.sub(inlined, (STATIC / name).read_text(encoding="utf-8"))


@functools.cache
def css(*names: str) -> str:
    """Return the style sheets ``static/<name>`` joined in the order given.

    Examples
    --------
    >>> ".mig" in css("theme.css")
    True
    """
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)
