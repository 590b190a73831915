"""Words that a notebook wraps: plain Markdown, in which no text can become markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MARKUP = re.compile(r"([`*_\[\]<>$|~&])")
ADDRESS = re.compile(r"(https?://[A-Za-z0-9._~:/?#@!&+,;=%-]*[A-Za-z0-9_~/=])")
"""A full stop or a comma at its end belongs to the sentence."""


class Prose(str):
    r"""A text that the last line of a cell shows as running words, and not in quotation marks.

    Examples
    --------
    >>> Prose("- one\n- two, see #3").markdown.splitlines()
    ['- one', '- two, see #3']
    """

    __slots__ = ()

    @property
    def markdown(self) -> str:
        """The text in Markdown; lines that begin with a dash are points of a list."""
        return "\n".join(
            f"- {plain(line[2:])}" if line.startswith("- ") else plain(line) for line in self.split("\n")
        )

    def _repr_markdown_(self) -> str:
        return self.markdown


def plain(text: str) -> str:
    r"""Return a text on one line in which Markdown finds only web addresses, and JupyterLab no mathematics.

    Examples
    --------
    >>> print(plain("2 * 1g.5gb <b>_now_</b>, see https://example.org/a_b."))
    2 \* 1g.5gb \<b\>\_now\_\</b\>, see <https://example.org/a_b>.
    >>> print(plain("1. # first"))
    1\. # first
    """
    parts = ADDRESS.split(" ".join(text.split()))
    shown = "".join(
        f"<{part}>" if place % 2 else MARKUP.sub(r"\\\1", part.replace("\\", "\0"))
        for place, part in enumerate(parts)
    )
    # Two backslashes and a bracket would be mathematics, so a backslash is written by its number.
    return re.sub(r"^(\d*)([.)#+=-])", r"\1\\\2", shown).replace("\0", "&#92;")


def listed(texts: pd.Series) -> Prose:
    """Return texts as a list, each after what it is about: the index of the series.

    Examples
    --------
    >>> import pandas as pd
    >>> print(listed(pd.Series(["one driver", "one link"], index=["driver", "PCIe"])))
    - driver: one driver
    - PCIe: one link
    """
    return Prose("\n".join(f"- {about}: {text}" for about, text in texts.items()))
