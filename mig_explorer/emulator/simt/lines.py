"""A line of source, known by its number and by the function it stands in."""

from __future__ import annotations

import linecache
from typing import Self


class Line(int):
    """The number of a line in its file, which knows the file and the function.

    Two lines of one number are equal, as the numbers are; where a launch has functions from several files,
    tell them apart by `place`.

    Parameters
    ----------
    number
        Counted from 1.
    file
        The file's name.
    function
        The kernel's or device function's name.

    Examples
    --------
    >>> line = Line(7, "saxpy.py", "saxpy")
    >>> line + 1, line.function, line.place
    (8, 'saxpy', ('saxpy.py', 7))
    """

    file: str
    function: str

    def __new__(cls, number: int, file: str = "", function: str = "") -> Self:  # noqa: D102 - see above
        line = super().__new__(cls, number)
        line.file = file
        line.function = function
        return line

    @property
    def place(self) -> tuple[str, int]:
        """The file and the number."""
        return self.file, int(self)

    @property
    def source(self) -> str:
        """The text of the line without its indentation, empty where it can't be read."""
        return linecache.getline(self.file, int(self)).strip()
