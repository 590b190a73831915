"""A layout as one line of text: ``3g.20gb@4 2g.10gb@2 1g.5gb@0``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidLayout
from mig_explorer.layouts.layout import Layout

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu

LONGEST = 4096
_WORD = re.compile(r"(?P<profile>[^@\[\]]+)(@(?P<start>\d{1,4}))?(\[(?P<compute>[^\[\]]*)\])?", re.ASCII)


def parse_layout(gpu: Gpu, text: str) -> Layout:
    """Read a layout from one line; ``str(layout)`` writes it.

    Parameters
    ----------
    gpu : Gpu
        The board it is for.
    text : str
        Profiles with their starts, ``"3g.20gb@4 1g.5gb@0"``; without ``@start`` the driver's choice by our
        model, in the order written. ``"3g.20gb@4[1c+2c]"`` divides an instance into compute instances,
        ``"3g.20gb@4[]"`` has none. ``"empty"`` or nothing is the empty layout.

    Raises
    ------
    InvalidLayout
        If a word is not ``profile`` or ``profile@start``, or its compute instances do not fit into it.
    UnknownProfile, ImpossiblePlacement
        If the board has no such profile, or it cannot go there.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> str(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@4 2g.10gb@2 1g.5gb@0 1g.5gb@1"))
    '1g.5gb@0 1g.5gb@1 2g.10gb@2 3g.20gb@4'
    >>> str(parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@4[1c+2c]"))
    '3g.20gb@4[2c@0+1c@2]'
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        message = f"A layout is a line of text of at most {LONGEST} characters, like '3g.20gb@4 1g.5gb@0'."
        raise InvalidLayout(message)
    layout = Layout(gpu)
    words = [] if text.strip() == "empty" else text.replace(",", " ").split()
    for word in words:
        form = _WORD.fullmatch(word)
        if form is None:
            message = f"{word!r} is not a placement; write profile@start, like '3g.20gb@4'."
            raise InvalidLayout(message)
        placed = layout.place(form["profile"], start=None if form["start"] is None else int(form["start"]))
        if form["compute"] is not None:
            new = next(each for each in placed.instances if layout.at(each.start) is None)
            placed = placed.divide(new.start, form["compute"])
        layout = placed
    return layout
