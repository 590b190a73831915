"""Finds every format of this folder by itself: a module with a ``FORMAT`` is one."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import MappingProxyType
from typing import TYPE_CHECKING

from mig_explorer.errors import UnknownFormat, nearest_names
from mig_explorer.formats.document import Export, Format, Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import Layout


@functools.cache
def formats() -> Mapping[str, Format]:
    """Return every format by its name, in the order of the tabs.

    The modules are imported on the first call.

    Examples
    --------
    >>> next(iter(formats()))
    'nvidia-smi'
    """
    package = importlib.import_module("mig_explorer.formats")
    return find_formats(package.__path__, package.__name__)


def find_formats(folders: Iterable[str], package: str) -> Mapping[str, Format]:
    """Import the modules of a package and collect their formats.

    Parameters
    ----------
    folders : iterable of str
        The package's folders.
    package : str
        Its dotted name.

    Raises
    ------
    ValueError
        If two modules have formats of the same name.

    Examples
    --------
    >>> dict(find_formats([], "mig_explorer.formats"))
    {}
    """
    found: dict[str, Format] = {}
    for module in sorted(pkgutil.iter_modules(list(folders)), key=lambda each: each.name):
        made = getattr(importlib.import_module(f"{package}.{module.name}"), "FORMAT", None)
        if not isinstance(made, Format):
            continue
        if made.name in found:
            message = f"Two modules of {package} have a format {made.name!r}; {module.name} is the second."
            raise ValueError(message)
        found[made.name] = made
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: (item[1].order, item[0]))))


def write_layout(layout: Layout, name: str, where: Where = Where()) -> Export:  # noqa: B008  # it is frozen
    """Write a layout in a format.

    Parameters
    ----------
    layout : Layout
        What to write.
    name : str
        One of ``formats()``.
    where : Where
        What only the machine knows; without it the documents are for GPU 0 of any machine.

    Raises
    ------
    UnknownFormat
        If there is no such format; the message gives the nearest names.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> write_layout(Layout(gpu("GB10")), "nvidia-smi").documents
    ()
    """
    return _known(name).write(layout, where)


def read_layout(gpu: Gpu, name: str, text: str) -> Layout:
    """Read a layout from a format's text.

    Parameters
    ----------
    gpu : Gpu
        The board it is for.
    name : str
        One of ``formats()``, one that can be read back.
    text : str
        A document, as the format's tool would read it.

    Raises
    ------
    UnknownFormat
        If there is no such format, or it cannot be read back.
    UnreadableDocument
        If the text is not what the format says.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> read_layout(gpu("A30"), "pods", "")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.UnknownFormat: The format 'pods' cannot be read back: it does not say what a board
    holds. Those that can: nvidia-smi, mig-parted.
    """
    wanted = _known(name)
    if wanted.read is None:
        readable = ", ".join(each.name for each in formats().values() if each.read is not None)
        message = (
            f"The format {name!r} cannot be read back: it does not say what a board holds. "
            f"Those that can: {readable}."
        )
        raise UnknownFormat(message)
    return wanted.read(gpu, text)


def _known(name: str) -> Format:
    known = formats()
    if name not in known:
        message = f"There is no format {name!r}. {nearest_names(name, known)}"
        raise UnknownFormat(message)
    return known[name]
