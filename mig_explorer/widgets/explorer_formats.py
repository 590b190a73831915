"""What the explorer shows of one format: its documents and notes, written only while its tab is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.formats import formats, write_layout

if TYPE_CHECKING:
    from mig_explorer.formats import Where
    from mig_explorer.layouts import Layout


def format_tabs() -> list[dict[str, str]]:
    """Return every format's name and title, in the order of the tabs.

    Examples
    --------
    >>> format_tabs()[0]["name"]
    'nvidia-smi'
    """
    return [{"name": each.name, "title": each.title} for each in formats().values()]


def format_part(layout: Layout, name: str, where: Where) -> dict[str, Any]:
    """Write a layout in one format, as plain values for the page.

    Parameters
    ----------
    layout : Layout
        The layout to write.
    name : str
        One of ``formats()``.
    where : Where
        What only the machine knows.

    Raises
    ------
    UnknownFormat
        If there is no such format.

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> part = format_part(Layout(gpu("A30")).place("4g.24gb"), "nvidia-smi", Where())
    >>> part["name"], [sorted(each) for each in part["documents"]][0]
    ('nvidia-smi', ['filename', 'language', 'text'])
    """
    export = write_layout(layout, name, where)
    return {
        "name": name,
        "about": formats()[name].about,
        "documents": [
            {"filename": each.filename, "language": each.language, "text": each.text}
            for each in export.documents
        ],
        "notes": list(export.notes),
    }
