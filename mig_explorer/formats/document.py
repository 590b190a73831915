"""What a format writes: documents to copy, and what has to be known beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mig_explorer.errors import InvalidWhere

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import Layout

Language = Literal["bash", "yaml", "python", "ini", "text"]

_HOST_NAME = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*", re.ASCII
)
_MIG_UUID = re.compile(r"MIG-[A-Za-z0-9]+([-/][A-Za-z0-9]+)*", re.ASCII)


@dataclass(frozen=True)
class Document:
    """A text to copy or to download.

    Parameters
    ----------
    filename : str
        Name to save it under, no folder.
    language : {"bash", "yaml", "python", "ini", "text"}
        For highlighting.
    text : str
        The whole text; it ends with a newline.

    Examples
    --------
    >>> print(Document("label.sh", "bash", "kubectl get nodes" + chr(10)).text)
    kubectl get nodes
    <BLANKLINE>
    """

    filename: str
    language: Language
    text: str


@dataclass(frozen=True)
class Export:
    """A layout written in a format.

    Parameters
    ----------
    documents : tuple of Document
        In the order of use; empty if the format cannot carry this layout.
    notes : tuple of str
        What the documents assume, what they do not carry, or why there are none.

    Examples
    --------
    >>> Export((), ("GB10 has no MIG.",)).documents
    ()
    """

    documents: tuple[Document, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Where:
    """What only the machine knows, or its administrator.

    Parameters
    ----------
    gpu_index : int
        Index of the GPU in its machine, as ``nvidia-smi -L`` counts.
    node : str
        Host name; empty if unknown.
    uuids : tuple of str
        One ``MIG-…`` a compute instance, in order of the GPU instances' starts and then of the compute
        instances' starts; empty if unknown.

    Raises
    ------
    InvalidWhere
        If a value could not be written into a script or a configuration file as it stands.

    Examples
    --------
    >>> Where(gpu_index=1).uuids
    ()
    >>> Where(node="two words")
    Traceback (most recent call last):
        ...
    mig_explorer.errors.InvalidWhere: 'two words' is no host name: letters, digits, '-' and '.', at most 253
    of them.
    """

    gpu_index: int = 0
    node: str = ""
    uuids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.gpu_index, bool) or not isinstance(self.gpu_index, int) or self.gpu_index < 0:
            message = (
                f"{self.gpu_index!r} is no index of a GPU: a whole number from 0 on, as nvidia-smi -L counts."
            )
            raise InvalidWhere(message)
        if self.node and (len(self.node) > 253 or not _HOST_NAME.fullmatch(self.node)):
            message = f"{self.node!r} is no host name: letters, digits, '-' and '.', at most 253 of them."
            raise InvalidWhere(message)
        for uuid in self.uuids:
            if not _MIG_UUID.fullmatch(uuid):
                message = f"{uuid!r} is no UUID of a MIG device: write it as nvidia-smi -L does, MIG-…"
                raise InvalidWhere(message)


@dataclass(frozen=True)
class Format:
    """A language of a tool that layouts travel in.

    Parameters
    ----------
    name : str
        What ``write_layout`` and the command line call it: ``"mig-parted"``.
    title : str
        Words for a tab: ``"mig-parted"``.
    order : int
        Place among the tabs.
    about : str
        One sentence: which tool reads it, and what for.
    write : callable
        From a layout and a `Where` to an `Export`. It never raises for a layout that stands on its board.
    read : callable, optional
        From a board and a text to a layout; raises `UnreadableDocument`. None if it cannot be read back.
    carries_starts : bool
        Whether a text says where each GPU instance starts, and not only how many there are.

    Examples
    --------
    >>> shout = Format("title", "Title", 999, "A title.", lambda layout, where: Export((), (layout.title,)))
    >>> shout.read is None
    True
    """

    name: str
    title: str
    order: int
    about: str
    write: Callable[[Layout, Where], Export]
    read: Callable[[Gpu, str], Layout] | None = None
    carries_starts: bool = False
