"""Where in a kernel's file the emulator should point."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from mig_explorer.emulator.rewrite import rewrite
from mig_explorer.emulator.source import NotNative
from mig_explorer.errors import UnsupportedKernel


def marked_line(kernel: Any, mark: str = "# refused") -> int:
    """Return the number of the one line of a kernel that ends with a mark."""
    lines, first = inspect.getsourcelines(getattr(kernel, "py_func", kernel))
    (found,) = [number for number, text in enumerate(lines, start=first) if text.rstrip().endswith(mark)]
    return found


def assert_refused(kernel: Any, reason: str, *, native: bool = False) -> None:
    """Assert that a kernel is refused at its marked line, with this reason and no other word.

    With `native`, the fast engine alone refuses it, and it would be tried lane by lane.
    """
    with pytest.raises(UnsupportedKernel) as caught:
        rewrite(kernel)
    name = getattr(kernel, "py_func", kernel).__name__
    assert str(caught.value) == f"{name}, line {marked_line(kernel)}: {reason}"
    assert isinstance(caught.value, NotNative) == native
