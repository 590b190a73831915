"""Vega out of the vl-convert wheel: its JavaScript for a page, and a chart drawn as SVG.

Both are made in a short-lived process of their own. Inside vl-convert is a JavaScript engine that takes
about 90 MB, and the kernel of a notebook would keep them.
"""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
import threading
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from mig_explorer.files import user_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXPORTS = "export { vegaEmbed, vega, vegaLite };"
PATIENCE_SECONDS = 120.0
_MAKING = threading.Lock()
_JAVASCRIPT = "vl_convert.javascript_bundle(sys.stdin.read())"
_SVGS = "json.dumps([vl_convert.vegalite_to_svg(each) for each in json.loads(sys.stdin.read())])"


def vega_version() -> str:
    """Name the version of the JavaScript, so that a page and a cache never mix two.

    Examples
    --------
    >>> vega_version()[:11]
    'vl-convert-'
    """
    return f"vl-convert-{version('vl-convert-python')}"


def prepare() -> threading.Thread:
    """Begin to make `javascript` in a thread, so that the first chart need not wait for it.

    A failure is kept for whoever asks for the module itself.

    Examples
    --------
    >>> prepare().daemon
    True
    """

    def make() -> None:
        with suppress(RuntimeError):
            javascript()

    thread = threading.Thread(target=make, name="mig_explorer vega", daemon=True)
    thread.start()
    return thread


def javascript() -> bytes:
    """Return Vega, Vega-Lite and vega-embed as one ES module, about 0.9 MB.

    It is made once a user and version (about 2 s) and kept in the user's cache; a damaged file there is
    noticed and made again, and a folder that cannot be written to only costs the time again.

    Raises
    ------
    RuntimeError
        If it cannot make the module.

    Examples
    --------
    >>> b"vegaEmbed" in javascript()[-300:]
    True
    """
    with _MAKING:  # a second caller waits for the first instead of making it too
        return _javascript()


@functools.cache
def _javascript() -> bytes:
    folder = user_folder("cache")
    kept = None if folder is None else folder / f"vega-{vega_version()}.js"
    if kept is not None:
        with suppress(OSError):
            digest, _, module = kept.read_bytes().partition(b"\n")
            if digest == _digest(module):
                return module
    module = _convert(_JAVASCRIPT, EXPORTS).encode()
    if kept is not None:
        with suppress(OSError):
            write_whole(kept, _digest(module) + b"\n" + module)
    return module


def svg(spec: Mapping[str, Any]) -> str:
    """Draw a Vega-Lite chart as SVG, with no browser and no network.

    Parameters
    ----------
    spec : mapping
        What an Altair chart's ``to_dict()`` gives, data included.

    Raises
    ------
    RuntimeError
        If it cannot draw the chart.

    Examples
    --------
    >>> svg({"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {"x": {"field": "x"}}})[:4]
    '<svg'
    """
    (drawn,) = svgs([spec])
    return drawn


def svgs(specs: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Draw several Vega-Lite charts, in little more time than one: a process takes a second to start.

    Raises
    ------
    RuntimeError
        If it cannot draw one of them.

    Examples
    --------
    >>> mark = {"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {"x": {"field": "x"}}}
    >>> [drawn[:4] for drawn in svgs([mark, mark])]
    ['<svg', '<svg']
    """
    return tuple(json.loads(_convert(_SVGS, json.dumps(list(specs))))) if specs else ()


def _convert(expression: str, text: str) -> str:
    program = f"import json, sys, vl_convert; sys.stdout.buffer.write({expression}.encode())"
    ran = subprocess.run(  # noqa: S603 - this Python, and a program of two statements
        [sys.executable, "-c", program],
        input=text.encode(),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if ran.returncode != 0:
        said = ran.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {ran.returncode}"]
        message = f"vl-convert could not make the chart: {said[-1]}"
        raise RuntimeError(message)
    return ran.stdout.decode()


def _digest(module: bytes) -> bytes:
    return b"// sha256 " + hashlib.sha256(module).hexdigest().encode()
